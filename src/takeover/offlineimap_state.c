/* OfflineIMAP's status files. SPDX-License-Identifier: GPL-3.0-or-later */
#include "takeover/offlineimap_state.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"
#include "mail/flags.h"

static uint32_t flag_of(char letter)
{
	switch (letter) {
	case 'D':
		return FLAG_DRAFT;
	case 'F':
		return FLAG_FLAGGED;
	case 'R':
		return FLAG_ANSWERED;
	case 'S':
		return FLAG_SEEN;
	case 'T':
		return FLAG_DELETED;
	case 'P': /* stands here without ever having gone to the server */
		return 0;
	default:
		return letter >= 'a' && letter <= 'z' ? FLAG_KEYWORD((unsigned int)(letter - 'a'))
						      : 0;
	}
}

int offlineimap_rows_add(struct offlineimap_rows *rows, int64_t uid, const char *flags)
{
	if (uid < 1 || uid > UINT32_MAX)
		return -1;
	memory_grow((void **)&rows->items, &rows->capacity, rows->count + 1, sizeof *rows->items);
	struct offlineimap_row *row = &rows->items[rows->count++];
	*row = (struct offlineimap_row){ .uid = (uint32_t)uid };
	for (; *flags != '\0' && *flags != '|'; flags++)
		row->flags |= flag_of(*flags);
	return 0;
}

/* "uid|flags|mtime|labels", or of format 1 "uid:flags". */
static bool read_line(struct offlineimap_rows *rows, const char *line)
{
	char *end;
	long long uid = strtoll(line, &end, 10);
	if (end == line || (*end != '|' && *end != ':'))
		return false;
	return offlineimap_rows_add(rows, uid, end + 1) == 0;
}

int offlineimap_rows_parse(const char *text, struct offlineimap_rows *rows, struct error *error)
{
	static const char head[] = "OFFLINEIMAP LocalStatus CACHE DATA - DO NOT MODIFY - FORMAT ";
	if (!text_starts_with(text, head) || !strchr("12", text[sizeof head - 1]))
		return error_set(error, ERROR_FAILED, SCOPE_FOLDER,
				 "it is none that OfflineIMAP 6 to 8 writes");
	text += strcspn(text, "\n");
	for (unsigned int number = 2; *text == '\n'; number++) {
		text++;
		size_t length = strcspn(text, "\n");
		char *line = memory_text_length(text, length);
		bool good = length == 0 || read_line(rows, line);
		free(line);
		text += length;
		if (!good)
			return error_set(error, ERROR_FAILED, SCOPE_FOLDER,
					 "line %u of it makes no sense", number);
	}
	return 0;
}

void offlineimap_rows_release(struct offlineimap_rows *rows)
{
	free(rows->items);
	*rows = (struct offlineimap_rows){ .items = NULL };
}
