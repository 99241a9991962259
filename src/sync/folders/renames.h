/* What becomes of folders that have another name on one side or both. Pure.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_SYNC_FOLDERS_RENAMES_H
#define NAVETTE_SYNC_FOLDERS_RENAMES_H

#include <stdbool.h>

#include "sync/folders/folder_table.h"

enum folder_rename_step {
	FOLDER_RENAME_NONE,     /* the rules for folders that are gone, and new, decide */
	FOLDER_RENAME_RECORD,   /* both sides call it so: only the base does not */
	FOLDER_RENAME_FAR,      /* its mailbox gets the name */
	FOLDER_RENAME_NEAR,     /* its Maildir gets the place */
	FOLDER_RENAME_EXCHANGE, /* its Maildir and the one at that place change places, for so did
				   their mailboxes */
	FOLDER_RENAME_WAITS,  /* another one has that name yet: it goes first, or nothing is done */
	FOLDER_RENAME_REFUSED /* like FAR, but of a mailbox with a special use */
};

/* A folder of the base that one side or both lack under its name. */
struct folder_rename {
	struct folder_view *folder; /* by the name that the base has */
	/* As what it is there now, which is proven; NULL: as ever, or nobody knows. */
	struct folder_view *near, *far;
	/* Decided: */
	enum folder_rename_step step;
	struct folder_view *to; /* NULL: FOLDER_RENAME_NONE */
	bool comes_along;       /* another one, above it or the other half, does this as well */
	bool whole;             /* of NEAR: the directory can go with all that is in it */
	bool below;             /* it waits for one above its new place */
};
struct folder_renames {
	struct folder_rename *items;
	size_t count, capacity;
};

/* Decides for each of RENAMES, and sorts them: one after the other they can be done. TABLE is all
 * folders of the run. When a folder is called differently on both sides, the server's name wins. */
void folder_renames_decide(struct folder_renames *renames, const struct folder_table *table);
/* Where its Maildir stands now. */
const char *folder_rename_place(const struct folder_rename *rename);
/* Whether NAME lies below ABOVE (names or paths): what comes behind, from the "/" on; else NULL. */
const char *folder_renames_below(const char *name, const char *above);
void folder_renames_release(struct folder_renames *renames);

#endif
