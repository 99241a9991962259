/* One run: what its files share. Internal to sync. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_SYNC_RUN_H
#define NAVETTE_SYNC_RUN_H

#include "sync/folder.h"
#include "sync/pool.h"

struct run {
	struct sync_context context;
	struct pool *pool;
	struct folder_table table;
	struct sync_folder *folders; /* one for each of the table that takes part */
	size_t folder_count;
	struct sync_result *result; /* under the context's lock */
	bool gave_up;               /* the account cannot go on; likewise */
};

/* --- outcome.c: tells the events and counts; may be called by several threads --- */

/* FOLDER is NULL when the error concerns the account. */
void run_tell_failure(struct run *run, const char *folder, const struct error *error);
/* The folder's end, with a failure told before. */
void run_end_folder(struct run *run, struct sync_folder *folder, enum sync_folder_outcome outcome);
/* The folder's end by ERROR; one that concerns the whole account ends the run. */
void run_fail_folder(struct run *run, struct sync_folder *folder, const struct error *error);

/* --- guard.c: what is refused for safety, in words (ERROR_SAFETY). 0 or -1. --- */

int run_refuse_lost_sides(const struct run *run, struct error *error);
int run_refuse_gone(const struct sync_folder *folder, struct error *error);
int run_refuse_removals(const struct sync_folder *folder, struct error *error);

/* --- stages.c: the parts of a run that talk to the server, many folders at a time --- */

void run_gather(struct run *run);
void run_apply(struct run *run);
void run_confirm(struct run *run);

#endif
