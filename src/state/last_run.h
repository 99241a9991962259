/* What the last run did: a small file of its own beside the base, so that a run with nothing to do
 * leaves the base as it is. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_STATE_LAST_RUN_H
#define NAVETTE_STATE_LAST_RUN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

struct state;

/* So many problems are kept; further ones are only counted. */
#define STATE_PROBLEMS_MAX 100

struct state_problem {
	char *folder; /* "": the account */
	char *text;   /* a whole sentence */
	enum error_kind kind;
	bool doubted; /* another try may have cured it: it counts only when it is added again */
};

/* Texts are owned: release with state_last_run_release(). Start zeroed. */
struct state_last_run {
	uint64_t begun, ended; /* seconds since the epoch */
	enum error_kind worst; /* ERROR_NONE: all was in sync */
	bool partial;          /* only chosen folders took part */
	uint32_t folders, failed, refused;
	/* Over all runs: when the last one ended that left all in sync, whole or of chosen folders
	 * (0: none), and how many failed since. Set when it is read; writing keeps them up to date.
	 */
	uint64_t succeeded;
	uint64_t failures;
	struct state_problem *problems;
	size_t problem_count, problem_capacity;
	uint64_t more_problems; /* that were not kept */
};

/* FOLDER may be NULL: it concerns the account. Copies. Returns whether it is new: the same sentence
 * about the same folder is kept once. */
bool state_last_run_add_problem(struct state_last_run *last, const char *folder,
				const struct error *problem);
/* FOLDER is tried again: its problems so far are doubted. */
void state_last_run_doubt(struct state_last_run *last, const char *folder);
void state_last_run_release(struct state_last_run *last);

/* Replaces the file as a whole, without the problems that are doubted. STATE must be open for
 * writing. Not synced: what a power cut loses of it is only shown. Returns 0 or -1 (ERROR_FAILED,
 * SCOPE_ACCOUNT). */
int state_last_run_write(const struct state *state, const struct state_last_run *last,
			 struct error *error);
/* Needs no open state. 1 found, 0 there is none, -1 it cannot be read or makes no sense. */
int state_last_run_read(const char *directory, struct state_last_run *last_r, struct error *error);

#endif
