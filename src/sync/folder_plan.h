/* Which folders there are on either side, and what to do with each. Pure. SPDX-License-Identifier:
 * GPL-3.0-or-later */
#ifndef NAVETTE_SYNC_FOLDER_PLAN_H
#define NAVETTE_SYNC_FOLDER_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/config.h"
#include "sync/marks.h"

enum folder_action {
	FOLDER_SYNC,        /* both sides have it */
	FOLDER_CREATE_NEAR, /* only far has it: create it near, then sync */
	FOLDER_CREATE_FAR,  /* only near has it: create it far, then sync */
	FOLDER_REMOVE_NEAR, /* far removed it, and the rules follow */
	FOLDER_REMOVE_FAR,  /* near removed it, and the rules follow */
	FOLDER_FORGET,      /* both removed it */
	FOLDER_GONE_NEAR,   /* near lost it: refused */
	FOLDER_GONE_FAR,    /* far lost it: refused */
	FOLDER_SKIP         /* the rules leave it where it is */
};

struct folder_view {
	char *name;                           /* base/folder_name.h */
	const struct config_channel *channel; /* whose rules are its */
	char *mailbox;           /* the server's octets; NULL: the far side does not have it */
	unsigned int attributes; /* of LIST: enum imap_list_attribute */
	struct far_marks status; /* as the server told with LIST; unknown where it did not */
	bool near, far, base;    /* who has it */
	bool has_children;       /* others of the table stand below it; set with the action */
	uint32_t base_messages;  /* how many messages the base has of it */
	enum folder_action action;
};

/* Each name once, ascending by name after folder_plan_make(). Start zeroed. */
struct folder_table {
	struct folder_view **items;
	size_t count, capacity;
	void *tree; /* of tsearch(3), to find a name */
};

/* The folder of that name, added when it is new. Valid until the table is released. */
struct folder_view *folder_table_add(struct folder_table *table, const char *name);
struct folder_view *folder_table_find(const struct folder_table *table, const char *name);
void folder_table_release(struct folder_table *table);

/* What holds for all folders of a run, besides the rules of each one's channel. */
struct folder_plan_options {
	bool force_delete;   /* removals are followed */
	bool restore;        /* what one side lost is created again */
	bool near_uncertain; /* what is not seen near may be there all the same */
};

/* Sorts the table, and sets every folder's action and has_children. A folder that one side lost and
 * of which the base has messages is removed on the other only by rule or force, and by rule only up
 * to max_delete. */
void folder_plan_make(struct folder_table *table, const struct folder_plan_options *options);

/* Whether one side lost all its folders although the base has messages: it is more likely unmounted
 * than emptied. */
bool folder_plan_near_is_lost(const struct folder_table *table);
bool folder_plan_far_is_lost(const struct folder_table *table);

#endif
