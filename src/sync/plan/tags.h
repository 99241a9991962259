/* The tags of one message and the keywords of all its copies on the server become the same. Pure.
 * Internal to sync. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_SYNC_PLAN_TAGS_H
#define NAVETTE_SYNC_PLAN_TAGS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/text.h"

/* A copy of the message on the server. Sets are of keywords (mail/name_set.h), of which all have a
 * tag. */
struct tag_copy {
	struct text_list base; /* what both sides agreed on; owned, as all that follows */
	struct text_list far;  /* what the server has */
	bool is_fresh; /* tags that are missing were not taken away: who tells of them never had
			  them */
	bool pulls, pushes;               /* whether changes may go to the tags, to the server */
	bool stores_any;                  /* the server takes every keyword, */
	const struct text_list *storable; /* else these; borrowed */
	struct text_list add, remove;     /* result: what is to be changed on the server */
	bool done;                        /* and it was: set by who does it */
};

struct tag_merge {
	struct text_list near; /* the message's tags, as keywords; owned */
	struct tag_copy *copies;
	size_t count;
	struct text_list add, remove; /* result: what is to be changed of the tags */
	bool done;                    /* and it was */
};

/* A keyword that was added to one copy, or as a tag, is on all in the end; one that was taken from
 * one, or as a tag, on none. Where one was added and the same was taken away, it stays. */
void tag_merge_make(struct tag_merge *merge);

bool tag_merge_writes_near(const struct tag_merge *merge);
bool tag_copy_writes_far(const struct tag_copy *copy);
/* When it was done, or not: `base` and `far` of each copy become what is true now. */
void tag_merge_settle(struct tag_merge *merge);

void tag_merge_release(struct tag_merge *merge); /* `copies` as well */

#endif
