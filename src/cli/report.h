/* What a run prints: results on stdout, problems on stderr. SPDX-License-Identifier:
 * GPL-3.0-or-later */
#ifndef NAVETTE_CLI_REPORT_H
#define NAVETTE_CLI_REPORT_H

#include "cli/hooks.h"
#include "cli/options.h"
#include "cli/plan_text.h"
#include "cli/progress.h"
#include "sync/sync.h"

/* Turns the events of one account's run into text or JSON. Not for two threads at a time, and those
 * of several accounts neither: they write to the same streams. */
struct cli_report {
	const struct cli_options *options;
	struct cli_progress *progress; /* borrowed; NULL: none is shown */
	struct cli_plan plan;          /* of a dry run */
	struct cli_hooks *hooks;       /* which are told as well; borrowed; NULL: none */
	struct cli_account_hooks *mine;
};

/* PROGRESS and the hooks may be NULL. */
void cli_report_begin(struct cli_report *report, const struct cli_options *options,
		      struct cli_progress *progress, struct cli_hooks *hooks,
		      struct cli_account_hooks *mine);
/* The events to give to sync_account(); they refer to REPORT. */
struct sync_events cli_report_events(struct cli_report *report);
/* The account begins: it may take a while until there is more to show. */
void cli_report_start(struct cli_report *report, const char *account);
/* It is done. */
void cli_report_account(struct cli_report *report, const char *account,
			const struct sync_result *result);
/* Prints one line of results, printable as text_printable() makes it. */
void cli_print_line(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* A problem of the command itself, before any account. */
void cli_report_error(const struct cli_options *options, const char *account, const char *folder,
		      const struct error *error);
/* The word that JSON has for it. */
const char *cli_kind_word(enum error_kind kind);

#endif
