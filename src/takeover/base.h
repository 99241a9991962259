/* What another synchroniser knows of one folder: the last state that both sides agreed on.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_TAKEOVER_BASE_H
#define NAVETTE_TAKEOVER_BASE_H

#include "mail/flags.h"
#include "takeover/takeover.h"

enum takeover_kind {
	TAKEOVER_PAIR,        /* both sides had it */
	TAKEOVER_ABSENT_NEAR, /* only the server had it, and that was to stay so */
	TAKEOVER_ABSENT_FAR,  /* only this side had it, likewise; it has no UID */
	TAKEOVER_STUB         /* a pair, but the file only stands for the message */
};

struct takeover_message {
	enum takeover_kind kind;
	uint32_t uid;   /* on the server; 0: none */
	uint32_t flags; /* that both sides had */
	char *name;     /* the file's whole name; NULL: it is gone */
	uint8_t place;  /* 0 new, 1 cur */
};

/* Texts are owned. Start zeroed. */
struct takeover_base {
	uint32_t uidvalidity; /* of the mailbox then */
	uint32_t uidnext;     /* messages from it on are new */
	struct takeover_message *messages;
	size_t count, capacity;
	char *keywords[FLAG_KEYWORD_COUNT]; /* what letters mean; NULL: nothing */
	size_t doubtful; /* messages that are left out, to be matched by content */
};

/* Which folder is looked for. */
struct takeover_place {
	const char *mailbox; /* its name on the server, in the octets of that */
	const char *far;     /* the same as ours */
	const char *local;   /* here */
	const char *path;    /* of its Maildir */
};

/* Finds and reads what SOURCE's program knows of the folder. 1 found, 0 it knows nothing of it, -1
 * error (SCOPE_FOLDER): what it has cannot be used, or it is running now. Release in any case. */
int takeover_read_base(const struct takeover_source *source, const struct takeover_place *place,
		       struct takeover_base *base, struct error *error);
void takeover_base_release(struct takeover_base *base);

/* --- For those who make one --- */

/* NAME (may be NULL) is taken over. */
void takeover_base_add(struct takeover_base *base, enum takeover_kind kind, uint32_t uid,
		       uint32_t flags, char *name, uint8_t place);

int takeover_mbsync_base(const struct takeover_source *source, const struct takeover_place *place,
			 struct takeover_base *base, struct error *error);
int takeover_offlineimap_base(const struct takeover_source *source,
			      const struct takeover_place *place, struct takeover_base *base,
			      struct error *error);

#endif
