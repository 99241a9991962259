/* One run: what its files share. Internal to sync. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_SYNC_RUN_H
#define NAVETTE_SYNC_RUN_H

#include "sync/context.h"
#include "sync/folders/choice.h"
#include "sync/folders/folder_table.h"
#include "sync/plan/arrival.h"
#include "sync/plan/source.h"
#include "sync/pool.h"
#include "sync/tags/tags.h"

struct sync_folder;

struct run {
	struct sync_context context;
	struct maildir_root_lock *near_lock; /* NULL in a run that changes nothing */
	struct choice choice;
	struct pool *pool;      /* borrowed, as the state of the context is */
	struct mailboxes *kept; /* what the server listed, for further rounds; borrowed; or NULL */
	struct folder_table table;
	struct sync_folder *folders; /* one for each of the table that takes part */
	size_t folder_count;
	struct arrival_list arrivals; /* what is new in the account, for removals; once planned */
	struct source_list sources;   /* what the server has of that already; likewise */
	struct run_tags tags;
	struct sync_result *result; /* under the context's lock */
	bool gave_up;               /* the account cannot go on; likewise */

	/* rounds.c: the rounds. */
	bool interrupted; /* by an error that is about the whole account, and may pass; likewise */
	struct error interruption;
	struct run_again *again; /* the folders of this round; NULL: all */
	size_t again_count;
	unsigned int rounds;      /* that have ended */
	unsigned int in_vain;     /* the last of them, in which nothing was done */
	uint64_t done;            /* what all of them did, as a number that only grows */
	int64_t in_vain_since_ms; /* when the first round ended in which nothing was done */
};

/* A folder that takes part in another round. */
struct run_again {
	char *name;
	struct sync_counts counts; /* of what the rounds before did */
};

/* --- run.c --- */

/* The folders of both sides and of the base, and what is to be done with each. Returns 0 or -1. */
int run_list(struct run *run, struct error *error);
/* The plan of the folder by itself, from what was observed. Returns 0 or -1. */
int run_plan_folder(struct sync_folder *folder, struct error *error);
/* All of it, once: what had to be put off is left for rounds.c. */
void run_once(struct run *run);

/* --- outcome.c: tells the events and counts; may be called by several threads --- */

/* FOLDER is NULL when the error concerns the account. What was told before is not told again. */
void run_tell_failure(struct run *run, const char *folder, const struct error *error);
/* The folder's end, with a failure told before. */
void run_end_folder(struct run *run, struct sync_folder *folder, enum sync_folder_outcome outcome);
/* The folder's end by ERROR; one that concerns the whole account ends the run, one that may pass
 * puts the folder off until the next round. */
void run_fail_folder(struct run *run, struct sync_folder *folder, const struct error *error);
/* Whether another try in this run may fare better. */
bool run_error_may_pass(const struct error *error);
/* Ends the round by an error that may pass and is about the whole account. */
void run_interrupt(struct run *run, const struct error *error);

/* --- rounds.c: rounds. What was put off is listed, looked at, gathered, planned and applied anew,
 * as the next run would do: whatever was half done is in the state. --- */

/* At the end of a round: waits and returns true when there is to be another; else tells what was
 * put off, and ends it. */
bool run_goes_on(struct run *run);
/* Whether the folder takes part in this round. */
bool run_takes(const struct run *run, const char *name);
/* The folder of that view of the table in this round; NULL: it takes no part, or is left alone by
 * fetch. */
struct sync_folder *run_find_folder(const struct run *run, const struct folder_view *view);
/* What the rounds before did in it. */
struct sync_counts run_earlier_counts(const struct run *run, const char *name);
/* Forgets the folders of the round. */
void run_release_round(struct run *run);
void run_release_again(struct run *run);

/* --- guard.c: what is refused for safety, in words (ERROR_SAFETY). 0 or -1. --- */

int run_refuse_lost_sides(const struct run *run, struct error *error);
int run_refuse_blocked(const struct sync_folder *folder, struct error *error);
int run_refuse_gone(const struct sync_folder *folder, struct error *error);
/* A folder that is to be removed holds mail that moved, and is not on the server where it is now.
 */
int run_refuse_unsent(struct error *error);
int run_refuse_removals(const struct sync_folder *folder, struct error *error);
/* When all folders are planned: refuses the removals of an account of which one side lost all mail,
 * also those of folders of a single message. */
void run_refuse_lost_mail(struct run *run);

/* --- origins.c --- */

/* When all folders are planned: which of the downloads are mail that is here already, from another
 * folder (plan/origins.h). What cannot be learnt is downloaded. */
void run_plan_origins(struct run *run);

/* --- moves.c --- */

/* When all folders are planned: plans for the account as a whole what becomes of far removals
 * (plan/moves.h). */
void run_plan_moves(struct run *run);
/* When plans were refused: moves of which one half is no more are none (plan/moves.h). */
void run_settle_moves(struct run *run);

/* --- stages.c, stage_copies.c and stage_confirm.c: the parts of a run that talk to the server,
 * many folders at a time --- */

/* Folders whose answers are on their way at a time on one connection. */
#define RUN_FOLDERS_IN_FLIGHT 32

void run_gather(struct run *run);
void run_apply(struct run *run);
/* Parts of it. */
void run_copies(struct run *run);
void run_make_again(struct run *run);
/* The end of a folder in which all was done; perhaps without single messages. */
void run_end_done(struct run *run, struct sync_folder *folder);
void run_confirm(struct run *run);

#endif
