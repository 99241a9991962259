/* What the state knows of tags: the names that keywords and tags have in common, by message, and as
 * of which revision of the database of tags. Names are sets (mail/name_set.h) of keywords.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_STATE_TAGS_H
#define NAVETTE_STATE_TAGS_H

#include "state/state.h"

/* Of one message; all is owned. */
struct state_tags {
	struct text_list base; /* what both sides agreed on last */
	struct text_list far;  /* what the server has, as it told last */
	char *thread;          /* by which the database knew it then; NULL: not known */
};
void state_tags_release(struct state_tags *tags);

/* 1 found, 0 there is none: *tags_r is empty, -1 error. */
int state_tags_get(struct state_transaction *transaction, uint32_t folder, uint32_t uid,
		   struct state_tags *tags_r, struct error *error);
/* One without names is as none. Writes nothing when it is the same already. Returns 0 or -1. */
int state_tags_put(struct state_transaction *transaction, uint32_t folder, uint32_t uid,
		   const struct state_tags *tags, struct error *error);
/* Messages that wait to be compared with the database. Those that come into the base, and those
 * whose file gets another base name, do so by themselves in folders that have a mark; of the latter
 * nothing counts as agreed any more. Returns 0 or -1. */
int state_tags_wait(struct state_transaction *transaction, uint32_t folder, uint32_t uid,
		    bool waits, struct error *error);
/* The first of them with that UID or a higher one: 1 found, 0 none, -1 error. */
int state_tags_next_waiting(struct state_transaction *transaction, uint32_t folder,
			    uint32_t from_uid, uint32_t *uid_r, struct error *error);

/* All changes of the database up to here were looked at. Texts are owned. */
struct state_tag_mark {
	char *uuid;
	uint64_t revision;
	char *settings; /* which names were carried then */
};
void state_tag_mark_release(struct state_tag_mark *mark);
/* 1 found, 0 none: *mark_r is empty, -1 error. */
int state_tag_mark_get(struct state_transaction *transaction, uint32_t folder,
		       struct state_tag_mark *mark_r, struct error *error);
/* Writes nothing when it is the same already. Returns 0 or -1. */
int state_tag_mark_put(struct state_transaction *transaction, uint32_t folder,
		       const struct state_tag_mark *mark, struct error *error);
/* Removing what is not there is fine. */
int state_tag_mark_remove(struct state_transaction *transaction, uint32_t folder,
			  struct error *error);

#endif
