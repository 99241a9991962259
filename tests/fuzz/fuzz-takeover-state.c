/* Fuzz target: what other synchronisers know of a folder. The first byte picks which file: 's' the
 * state of mbsync, with a journal behind a NUL; 'u' its map of UIDs; 'q' OfflineIMAP's status in
 * sqlite; else the plain one. SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/memory.h"
#include "takeover/mbsync_state.h"
#include "takeover/mbsync_uidmap.h"
#include "takeover/offlineimap_state.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void read_state(const char *text, size_t length)
{
	struct mbsync_state state = { .pairs = NULL };
	struct error error = ERROR_INITIAL;
	char *copy = memory_text_length(text, length);
	size_t end = strlen(copy);
	int result = mbsync_state_parse(copy, &state, &error);
	if (result == 0 && end < length)
		result = mbsync_journal_parse(copy + end + 1, &state, &error);
	if (result != 0 && error.kind != ERROR_FAILED)
		abort();
	mbsync_state_release(&state);
	free(copy);
}

/* Every byte that is given is one of the file. */
static void see(void *context, const char *base, size_t base_length, uint32_t uid)
{
	unsigned int *sum = context;
	for (size_t i = 0; i < base_length; i++)
		*sum += (unsigned char)base[i];
	*sum += uid;
}

static void read_rows(const char *text, size_t length)
{
	struct offlineimap_rows rows = { .items = NULL };
	struct error error = ERROR_INITIAL;
	char *copy = memory_text_length(text, length);
	if (offlineimap_rows_parse(copy, &rows, &error) != 0 && error.kind != ERROR_FAILED)
		abort();
	for (size_t i = 0; i < rows.count; i++) {
		if (rows.items[i].uid == 0)
			abort();
	}
	offlineimap_rows_release(&rows);
	free(copy);
}

static void read_sqlite(const void *bytes, size_t length)
{
	struct offlineimap_rows rows = { .items = NULL };
	struct error error = ERROR_INITIAL;
	char path[64];
	int file = memfd_create("status", 0);
	if (file < 0 || write(file, bytes, length) != (ssize_t)length)
		abort();
	(void)snprintf(path, sizeof path, "/proc/self/fd/%d", file);
	if (offlineimap_rows_read_sqlite(path, &rows, &error) < 0 && error.kind == ERROR_NONE)
		abort();
	offlineimap_rows_release(&rows);
	(void)close(file);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	unsigned int sum = 0;
	if (size == 0)
		return 0;
	const char *text = (const char *)bytes + 1;
	size_t length = size - 1;
	switch (bytes[0]) {
	case 's':
		read_state(text, length);
		break;
	case 'u':
		(void)mbsync_uidmap_read(text, length, see, &sum);
		break;
	case 'q':
		read_sqlite(text, length);
		break;
	default:
		read_rows(text, length);
		break;
	}
	return 0;
}
