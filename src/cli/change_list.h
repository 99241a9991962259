/* What a run did to files, written down for a hook. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_CLI_CHANGE_LIST_H
#define NAVETTE_CLI_CHANGE_LIST_H

#include <stdbool.h>
#include <stdio.h>

#include "sync/sync.h"

/* In a temporary file, from the first change on: three texts each, with a NUL after every one: what
 * happened, the path now, the path before or nothing. */
struct cli_change_list {
	bool wanted;
	bool failed; /* it could not be written, which was told */
	char *path;  /* NULL: there is no file yet */
	FILE *file;
};

/* "new", "moved", "changed", "gone" */
const char *cli_change_word(enum sync_change_kind kind);

/* An empty one; WANTED: there is a hook that may read it. */
void cli_change_list_begin(struct cli_change_list *list, bool wanted);
void cli_change_list_add(struct cli_change_list *list, const struct sync_change *change);
/* The file, which has all of it now; NULL: there is none, for it could not be written. The list's.
 */
const char *cli_change_list_path(struct cli_change_list *list);
/* Removes the file. */
void cli_change_list_end(struct cli_change_list *list);

#endif
