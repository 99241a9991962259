/* OfflineIMAP's record of what both sides agreed on. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_TAKEOVER_OFFLINEIMAP_STATE_H
#define NAVETTE_TAKEOVER_OFFLINEIMAP_STATE_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

struct offlineimap_row {
	uint32_t uid;   /* on the server */
	uint32_t flags; /* FLAG_*, and letters as keywords */
};

struct offlineimap_rows {
	struct offlineimap_row *items;
	size_t count, capacity;
};

/* Reads TEXT, a plain status file of formats 1 and 2. Start zeroed. 0, or -1 (ERROR_FAILED): it is
 * none; the text names the line. */
int offlineimap_rows_parse(const char *text, struct offlineimap_rows *rows, struct error *error);
/* Reads a status file of sqlite. 1 read, 0 there is none, -1 error. */
int offlineimap_rows_read_sqlite(const char *path, struct offlineimap_rows *rows,
				 struct error *error);
void offlineimap_rows_release(struct offlineimap_rows *rows);

/* For those who read. FLAGS are letters. False: a UID that cannot be. */
int offlineimap_rows_add(struct offlineimap_rows *rows, int64_t uid, const char *flags);

#endif
