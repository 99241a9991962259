/* The progress line on a terminal. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_CLI_PROGRESS_H
#define NAVETTE_CLI_PROGRESS_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "cli/busy.h"
#include "sync/sync.h"

/* How far one folder is in one phase. */
struct cli_progress_part {
	char *folder; /* with the account in front */
	char *phase;
	uint64_t done;
};

/* The bytes of one account's run. */
struct cli_progress_account {
	char *name;
	uint64_t bytes;
};

/* One line of totals over all that the runs have to do, and below it a row for each connection that
 * is busy, where that is wanted. Draws on stderr, at most ten times a second; nothing when stderr
 * is no terminal, or one that cannot draw. */
struct cli_progress {
	bool active;          /* stderr is a terminal */
	bool with_rows;       /* ... and shall have those of the connections */
	pthread_mutex_t lock; /* over what is drawn: the log takes it away in any thread */
	bool drawn;           /* a line stands there now */
	size_t rows, longest; /* below it; the characters of the longest of all */
	size_t columns;       /* of the terminal, when it was last looked at */
	int64_t started;      /* clock_monotonic_ms() */
	int64_t last;         /* when it was last drawn */
	uint64_t planned;     /* messages with which something is to be done, as far as is known */
	uint64_t done;        /* with so many it is done */
	int64_t work_started; /* when the first of it was */
	uint64_t bytes;       /* of messages so far, of all accounts */
	struct cli_progress_account *accounts;
	size_t account_count, account_capacity;
	struct cli_busy busy;
	struct cli_progress_part *parts;
	size_t part_count, part_capacity;
};

void cli_progress_begin(struct cli_progress *progress, bool wanted, bool with_rows);
/* COUNT more messages have something to be done with. */
void cli_progress_plan(struct cli_progress *progress, uint64_t count);
void cli_progress_update(struct cli_progress *progress, const struct sync_progress *news);
/* Takes line and rows away, so that something else can be printed. Where the terminal became too
 * narrow for them they stay: nobody knows over how many lines they stand now. */
void cli_progress_clear(struct cli_progress *progress);
void cli_progress_end(struct cli_progress *progress);

/* How many characters a line of the terminal takes. */
size_t cli_progress_columns(void);
/* NAME in at most WIDTH characters (5 or more), cut in the middle where it is longer; the caller's.
 */
char *cli_progress_cut(const char *name, size_t width);

/* BYTES for people: "812 B", "3.4 kB", "12 MB". */
#define CLI_SIZE_TEXT 16
void cli_format_size(uint64_t bytes, char text[CLI_SIZE_TEXT]);

#endif
