/* A server in memory: mailboxes with messages, and what is wrong with it. It lies in memory that a
 * process shares with its children, so that it outlives a run that is killed.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_TESTS_FAR_WORLD_H
#define NAVETTE_TESTS_FAR_WORLD_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "far/far.h"

#define WORLD_MAILBOXES 12
#define WORLD_MESSAGES 192 /* of one mailbox, those that are gone among them */
#define WORLD_NAME_SIZE 96
#define WORLD_BYTES (8u * 1024 * 1024) /* of all bodies */
#define WORLD_KEYWORDS 26
#define WORLD_WATCHES 8 /* at a time */

struct world_message {
	uint32_t uid;
	uint32_t flags; /* FLAG_*; keyword bits as in the world's table */
	int64_t date;
	uint64_t modseq; /* of its last change, or of its removal */
	size_t body;     /* where its bytes are */
	size_t length;
	bool is_gone;
};

struct world_mailbox {
	bool exists;
	char name[WORLD_NAME_SIZE];
	unsigned int attributes;
	bool read_only;
	bool locked; /* it cannot be opened */
	uint32_t id; /* that it keeps under all names */
	uint32_t uidvalidity;
	uint32_t uidnext;
	uint64_t highestmodseq;
	struct world_message messages[WORLD_MESSAGES];
	size_t count;
};

/* How much of what others do it tells to those who wait (far/watch.h). */
enum world_telling {
	WORLD_TELLS_ALL,
	WORLD_TELLS_ONE,
	WORLD_TELLS_NOTHING,
	WORLD_PROMISES /* it says that it tells all, and tells nothing */
};

/* What a server of this kind does not have, or gets wrong. */
struct world_ways {
	enum world_telling tells;
	bool without_modseq; /* what changed cannot be told, only what there is */
	bool without_uids;   /* it does not say which UID a message got */
	bool without_moves;
	bool without_uidnext; /* nor which one the next message gets */
	bool grows;           /* something arrives at each look */
	bool refuses_moves;   /* and copies */
	bool with_replace;
	bool with_objects; /* equal content that it copied or moved has one name */
	bool with_mailbox_ids;
	bool renames_anew;        /* a mailbox under another name has another UIDVALIDITY */
	bool without_keywords;    /* only system flags can be stored */
	bool tells_twice;         /* and in any order */
	bool stores_nothing;      /* it says OK to changes of flags */
	int64_t size_error;       /* added to the sizes that it tells */
	uint32_t newest_only;     /* it shows only so many; 0: all */
	uint64_t largest;         /* bytes that it takes; 0: any */
	unsigned int delay_us;    /* before each answer */
	uint32_t refuses_body_of; /* the UID of a message that it fails to give; 0: none */
	uint32_t ends_with; /* the UID of a message whose header ends the connection; 0: none */
	uint32_t keeps;     /* that no removal takes although it says OK; 0: none */
	bool keeps_once;    /* it says OK to a message that it has already, and stores nothing */
	uint32_t gives_nothing_of; /* the UID of a message that it lists, and leaves out when asked
				      for it */
	uint32_t lacks_flags_of;   /* the UID of a message that comes without its flags; 0: none */
	bool lacks_sizes;          /* messages come without them */
	bool gives_twice;          /* bodies, one after the other */
	bool says_bye;             /* where it ends the connection */
	bool cannot_search;        /* it finds nothing, and says so */
	bool refuses_searches;
	bool makes_elsewhere; /* new mailboxes, below "Labels" */
	uint64_t marked;      /* others that a removal would take along: it removes nothing then */
	uint64_t takes_only;  /* so many messages in all, then it refuses all; 0: any number */
};

/* What happens at a step: each effect on a mailbox is one, and each answer. */
enum world_fault {
	WORLD_WELL,
	WORLD_REFUSES,      /* it says no */
	WORLD_BREAKS,       /* the connection ends before the effect */
	WORLD_BREAKS_AFTER, /* ... after it, without an answer */
	WORLD_PAUSES,       /* it wants to be left alone for a moment, and ends the connection */
	WORLD_DIES,         /* the process is killed before the effect */
	WORLD_DIES_AFTER
};

struct world {
	pthread_mutex_t lock; /* over all of it */
	struct world_ways ways;
	uint64_t steps;   /* so far */
	uint64_t effects; /* those of them that changed something */
	uint64_t fault_at;
	enum world_fault fault;
	uint64_t bodies_given;  /* how often a whole message or header was fetched */
	uint64_t headers_given; /* how often the fields that tell messages apart were */
	uint64_t listed;        /* how often a message was listed, or what changed of it */
	uint32_t asked_ahead;   /* how many it was asked to give ahead, of one mailbox at most */
	uint64_t bodies_taken;  /* how many messages were sent to it */
	char keywords[WORLD_KEYWORDS][WORLD_NAME_SIZE];
	uint32_t next_uidvalidity;
	struct world_mailbox mailboxes[WORLD_MAILBOXES];
	int wakers[WORLD_WATCHES];    /* event descriptors, which children have as well */
	bool is_waked[WORLD_WATCHES]; /* whether a session waits by it */
	uint64_t told_effects;        /* those that woke them */
	size_t used;                  /* of the bytes */
	unsigned char bytes[WORLD_BYTES];
};

/* An empty one, with an INBOX. */
struct world *world_create(void);
void world_destroy(struct world **world);
/* Empty again, in the same memory. */
void world_clear(struct world *world);

/* --- What other clients do; none of it is a step --- */

/* Wakes those who wait: to be called behind what follows. */
void world_tell(struct world *world);
/* NULL: there is none of that name, or no room. */
struct world_mailbox *world_find(struct world *world, const char *name);
struct world_mailbox *world_make(struct world *world, const char *name);
/* With what is below it, and without subscriptions. Whether it could be. */
bool world_rename(struct world *world, const char *from, const char *to);
/* A new UIDVALIDITY, and UIDs from 1 on, as after the mailbox was made anew. */
void world_renumber(struct world *world, struct world_mailbox *mailbox);
/* Returns its UID. */
uint32_t world_add(struct world *world, struct world_mailbox *mailbox, uint32_t flags, int64_t date,
		   const void *bytes, size_t length);
/* MESSAGE, of whichever mailbox, also in this one: of the same content. Returns its UID. */
uint32_t world_copy(struct world_mailbox *mailbox, const struct world_message *message);
/* NULL: it is not there. */
struct world_message *world_message(struct world_mailbox *mailbox, uint32_t uid);
void world_set_flags(struct world_mailbox *mailbox, uint32_t uid, uint32_t flags);
void world_remove(struct world_mailbox *mailbox, uint32_t uid);
/* What another client does: copies a message to TO, which is made if it is not there, or moves it.
 */
void world_carry(struct world *world, const char *from, uint32_t uid, const char *to, bool moves);
/* The N-th that is there. NULL: there are not so many. */
struct world_message *world_nth(struct world_mailbox *mailbox, size_t n);
size_t world_count(const struct world_mailbox *mailbox);
/* The bit of a keyword; 0: there is no room. */
uint32_t world_keyword(struct world *world, const char *name);

/* --- The far side --- */

/* Sessions to it. The world outlives it. */
struct far_side *world_side(struct world *world);

#endif
