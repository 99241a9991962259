/* What a dry run prints of a plan: a line for each folder and kind of step, not one for each
 * message. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_CLI_PLAN_TEXT_H
#define NAVETTE_CLI_PLAN_TEXT_H

#include "base/buffer.h"
#include "sync/sync.h"

struct cli_plan_group;

/* The steps of one folder so far. Start zeroed; empty after cli_plan_print(). */
struct cli_plan {
	char *account, *folder;
	struct cli_plan_group *groups;
	size_t count, capacity;
};

/* One step as a line, without line end: "ACCOUNT/FOLDER: VERB UID N +(FLAGS) FILE". */
void cli_plan_describe(struct buffer *line, const struct sync_operation_report *operation);

/* "\Seen \Flagged keyword" of the bits, added to OUT. */
void cli_plan_add_flag_names(struct buffer *out, uint32_t flags,
			     const struct keyword_table *keywords);

/* Notes a step. One of another folder than before prints what is there. */
void cli_plan_add(struct cli_plan *plan, const struct sync_operation_report *operation);

/* Prints what was noted and forgets it. */
void cli_plan_print(struct cli_plan *plan);

#endif
