/* The progress line on a terminal. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_CLI_PROGRESS_H
#define NAVETTE_CLI_PROGRESS_H

#include <stdint.h>

#include "sync/sync.h"

/* Draws on stderr, at most ten times a second; nothing when stderr is no terminal. */
struct cli_progress {
	bool active;     /* stderr is a terminal */
	bool drawn;      /* a line stands there now */
	int64_t started; /* clock_monotonic_ms() */
	int64_t last;    /* when it was last drawn */
	char text[512];  /* what was last drawn */
};

void cli_progress_begin(struct cli_progress *progress, bool wanted);
void cli_progress_update(struct cli_progress *progress, const struct sync_progress *news);
/* Takes the line away, so that something else can be printed. */
void cli_progress_clear(struct cli_progress *progress);
void cli_progress_end(struct cli_progress *progress);

/* BYTES for people: "812 B", "3.4 kB", "12 MB". */
#define CLI_SIZE_TEXT 16
void cli_format_size(uint64_t bytes, char text[CLI_SIZE_TEXT]);

#endif
