/* The folders of a run: what each side and the base say of them. SPDX-License-Identifier:
 * GPL-3.0-or-later */
#ifndef NAVETTE_SYNC_FOLDERS_FOLDER_TABLE_H
#define NAVETTE_SYNC_FOLDERS_FOLDER_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "config/config.h"
#include "sync/observe/marks.h"

enum folder_action {
	FOLDER_SYNC,         /* both sides have it */
	FOLDER_CREATE_NEAR,  /* only far has it: create it near, then sync */
	FOLDER_CREATE_FAR,   /* only near has it: create it far, then sync */
	FOLDER_REMOVE_NEAR,  /* far removed it, and the rules follow */
	FOLDER_REMOVE_FAR,   /* near removed it, and the rules follow */
	FOLDER_RENAMED_NEAR, /* it gets the name here that it has on the server */
	FOLDER_RENAMED_FAR,  /* it gets the name on the server that it has here */
	FOLDER_FORGET,       /* both removed it */
	FOLDER_GONE_NEAR,    /* near lost it: refused */
	FOLDER_GONE_FAR,     /* far lost it: refused */
	FOLDER_BLOCKED,      /* refused: the view says why */
	FOLDER_SKIP          /* the rules leave it where it is */
};

struct folder_view {
	char *name; /* on the server, or that it would have there: mail/folder_name.h */
	const struct config_channel *channel; /* whose rules are its; NULL: none takes it */
	char *local;                          /* its name here; NULL: none takes it */
	char *path;         /* of its Maildir, wherever that name leads; likewise */
	char *base_path;    /* where that stood in the last run; NULL: not in the base */
	char *base_mailbox; /* the server's octets then; NULL: not in the base, or never there */
	char *mailbox;      /* the server's octets; NULL: the far side does not have it */
	unsigned int attributes;   /* enum mailbox_attribute */
	struct far_marks status;   /* as the server told with LIST; unknown where it did not */
	bool near, far, base;      /* who has it */
	uint32_t base_uidvalidity; /* of the mailbox that the base knows; 0: not known */
	/* What has the name is another folder of the base (observe/other_names.h). */
	bool near_other, far_other;
	bool respelt;      /* its name here is another spelling of what it would be called */
	bool far_still;    /* nothing changed on the server since the base: `status` is not known */
	bool has_children; /* others of the table stand below it; set with the action */
	uint32_t outside;  /* how many messages its window left on the server */
	uint32_t base_messages; /* how many messages the base has of it */
	uint32_t hidden;        /* how many of them the server does not show any more */
	/* FOLDER_RENAMED_*: it, or another of the table, is the same folder by its other name, and
	 * nothing else is done with it; FOLDER_SYNC: no. */
	enum folder_action renamed;
	char *blocked; /* why nothing may be done with it; NULL: nothing is wrong */
	enum error_kind blocked_kind;
	enum folder_action action;
};

/* Each name once, ascending by name after folder_plan_make(). Start zeroed. */
struct folder_table {
	struct folder_view **items;
	size_t count, capacity;
	void *tree; /* of tsearch(3), to find a name */
	/* What is no folder of the account: Maildirs that no channel takes, by their local names;
	 * and mailboxes and directories that are passed over, with the reason in `blocked` and in
	 * `channel` the one that would take them: NULL where none would. */
	struct folder_view **strangers;
	size_t stranger_count, stranger_capacity;
};

/* The folder of that name, added when it is new. Valid until the table is released. */
struct folder_view *folder_table_add(struct folder_table *table, const char *name);
struct folder_view *folder_table_find(const struct folder_table *table, const char *name);
void folder_table_add_stranger(struct folder_table *table, const char *local, const char *path);
/* What is passed over, on that side: NAME is what patterns and people see of it; PATH, of a
 * directory, may be NULL. WHY is a sentence, and becomes the table's. */
void folder_table_pass_over(struct folder_table *table, enum config_sides side, const char *name,
			    const char *path, const struct config_channel *channel, char *why);
/* What patterns are held against, under that name, which outlives it. */
struct folder_facts folder_view_facts(const struct folder_view *folder, const char *name);
/* Whether the rules put the folder elsewhere than where the base knows it. */
bool folder_view_is_moved(const struct folder_view *folder);
void folder_table_release(struct folder_table *table);

#endif
