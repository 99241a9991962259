/* The steps of a plan, by their kinds. Pure. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_SYNC_PLAN_OPERATION_H
#define NAVETTE_SYNC_PLAN_OPERATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/config.h"
#include "mail/file_stamp.h"
#include "maildir/folder.h"
#include "state/state.h"

enum operation_kind {
	OPERATION_UPLOAD,      /* near file -> far; uid 0 */
	OPERATION_MERGE,       /* make the flags of both sides equal, record flags and file name */
	OPERATION_WITHHOLD,    /* one side removed it, and the rules leave it on the other, perhaps
				  marked \Deleted, or the server does not show it any more: the base
				  notes that it is absent there */
	OPERATION_ADOPT,       /* near file and far UID are the same message: record it, make flags
				  equal */
	OPERATION_REMOVE_NEAR, /* far removed it */
	OPERATION_REMOVE_FAR,  /* near removed it */
	OPERATION_TRASH,       /* likewise, and it goes to the trash on the server */
	OPERATION_FORGET       /* both removed it: out of the base */
};
#define OPERATION_KINDS (OPERATION_FORGET + 1)

/* What is the same of all operations of a kind. */
struct operation_facts {
	const char *verb;  /* in reports; NULL: only the flags are told that it changes */
	bool has_flags;    /* it may change the flags of a message on either side */
	bool removes;      /* a message from a side, or only from the base */
	unsigned int side; /* enum config_sides on which messages come or go by it; 0: on none */
	size_t count; /* what it is counted as, besides its flags: the offset in struct sync_counts;
			 SIZE_MAX: nothing */
};
const struct operation_facts *operation_facts(enum operation_kind kind);

struct source;

/* Of an UPLOAD. UIDs are 0 where there is none. */
struct operation_upload {
	uint32_t replaces;   /* a message that far removed but near changed: its old UID leaves the
				base */
	uint32_t supersedes; /* it is a new version of a message that far has: its UID, which the
				base gives another name */
	/* Decided for the account (moves.h): */
	uint32_t in_place_of; /* a new version: the UID of the old one, where it may go in the
				 same step */
	const struct source *source; /* the server has it there already: it is carried from there,
					and not sent; borrowed; NULL: it is sent */
	bool moves;                  /* and leaves that place in the same step, where it can */
	const char *moved_from; /* the folder where it was; borrowed; NULL: it moved from none */
	size_t from_folder;     /* that folder's number in the round */
	/* Where it was, or may have been, so that a removal there that is seen later is known for
	 * what it is: the folder's id in the state, and the UID; 0: nowhere. */
	uint32_t from_id;
	uint32_t from_uid;
};

/* Of a REMOVE_FAR or TRASH; decided for the account (moves.h). */
struct operation_removal {
	struct identity awaits; /* not before all new files of that identity are on the server;
				   none: at once */
	const char *moved_to;   /* the folder where the message is now; borrowed; NULL: it moved to
				   none, or nobody knows to which */
	bool has_moved;         /* the message is in another folder, or comes there first: its
				   removal is no loss */
	bool is_replaced;       /* nor is it of one of which a new version comes there first */
};

/* One step. NAME is borrowed from the changes, or owned by the plan when it came from the base (see
 * plan_release). */
struct operation {
	enum operation_kind kind;
	uint32_t uid;
	enum maildir_place place; /* where the near file stands; name is NULL where there is none */
	const char *name;
	bool needs_new_name;            /* UPLOAD of a copy: give the file a new base name first */
	const struct file_stamp *file;  /* MERGE: what the base is to record of the file; NULL: what
					   it has */
	const struct body_digest *body; /* likewise, of the message */
	uint32_t near_flags; /* what the near file has and shall have; equal: no rename */
	uint32_t near_wanted;
	uint32_t far_flags; /* what the far message has and shall have; equal: nothing to store */
	uint32_t far_wanted;
	uint32_t base_flags; /* what the base records afterwards; of a REMOVE_FAR what it has */
	enum state_absence absent; /* likewise */
	uint64_t told_size;        /* ADOPT: RFC822.SIZE */
	size_t added; /* ADOPT, UPLOAD of an added file: its index in near_changes.added; else
			 SIZE_MAX */
	struct operation_upload upload;
	struct operation_removal removal;
};
/* Whether the flags of the far message, or of the near file, are to change. */
static inline bool operation_stores(const struct operation *operation)
{
	return operation->far_flags != operation->far_wanted;
}
static inline bool operation_renames(const struct operation *operation)
{
	return operation->near_flags != operation->near_wanted;
}

/* All of one kind: those about messages of the base ascending by UID, then those about new files.
 * Start zeroed. */
struct operation_list {
	struct operation *items;
	size_t count, capacity;
};
/* Adds one, which is valid until the next is added to the list. */
struct operation *operation_list_add(struct operation_list *list, enum operation_kind kind,
				     uint32_t uid);
/* The one about a message of the base with that UID; NULL: there is none. Of a kind of which all
 * are about such. */
const struct operation *operation_list_find(const struct operation_list *list, uint32_t uid);
/* Adds the UIDs that they have to UIDS. */
void operation_list_uids(const struct operation_list *list, struct uid_set *uids);
void operation_list_release(struct operation_list *list);

#endif
