/* What each connection does, a row each below the line of progress. SPDX-License-Identifier:
 * GPL-3.0-or-later */
#ifndef NAVETTE_CLI_BUSY_H
#define NAVETTE_CLI_BUSY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buffer.h"
#include "sync/sync.h"

struct cli_busy_row {
	char *account; /* of which it is the worker of that number */
	size_t worker;
	char *folder; /* with the account in front; NULL: it is idle */
	char *phase;
	uint64_t done, total;
	int64_t since; /* when it last got on; clock_monotonic_ms() */
};

/* By account and worker. Start zeroed. */
struct cli_busy {
	struct cli_busy_row *rows;
	size_t count, capacity;
};

/* Whether NEWS says that a worker is done, and nothing else. */
bool cli_busy_is_end(const struct sync_progress *news);
/* NAME: of the folder, with the account in front. NOW: clock_monotonic_ms(). */
void cli_busy_update(struct cli_busy *busy, const struct sync_progress *news, const char *name,
		     int64_t now);
/* Adds a newline and a row of up to WIDTH characters for each that is busy, up to MOST of them.
 * Returns how many. */
size_t cli_busy_add_rows(const struct cli_busy *busy, struct buffer *text, size_t width,
			 size_t most, int64_t now);
void cli_busy_clear(struct cli_busy *busy);

#endif
