/* What each connection does. SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/busy.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"
#include "cli/progress.h"

#define STALLED_MS 5000 /* so long without a message is worth a word */

bool cli_busy_is_end(const struct sync_progress *news)
{
	return strcmp(news->phase, "idle") == 0;
}

static void row_release(struct cli_busy_row *row)
{
	free(row->folder);
	free(row->phase);
}

static int compare(const struct cli_busy_row *row, const struct sync_progress *news)
{
	int order = strcmp(row->account, news->account);
	return order != 0 ? order : (row->worker > news->worker) - (row->worker < news->worker);
}

static struct cli_busy_row *find_row(struct cli_busy *busy, const struct sync_progress *news)
{
	size_t place = 0;
	while (place < busy->count && compare(&busy->rows[place], news) < 0)
		place++;
	if (place < busy->count && compare(&busy->rows[place], news) == 0)
		return &busy->rows[place];
	memory_grow((void **)&busy->rows, &busy->capacity, busy->count + 1, sizeof *busy->rows);
	struct cli_busy_row *row = &busy->rows[place];
	memmove(row + 1, row, (busy->count - place) * sizeof *row);
	busy->count++;
	*row = (struct cli_busy_row){ .account = memory_text(news->account),
				      .worker = news->worker };
	return row;
}

void cli_busy_update(struct cli_busy *busy, const struct sync_progress *news, const char *name,
		     int64_t now)
{
	struct cli_busy_row *row = find_row(busy, news);
	row_release(row);
	row->folder = news->folder ? text_printable(name, strlen(name)) : NULL;
	row->phase = news->folder ? memory_text(news->phase) : NULL;
	row->done = news->done;
	row->total = news->total;
	row->since = now;
}

static void add_row(const struct cli_busy_row *row, struct buffer *text, size_t width, int64_t now)
{
	struct buffer figures = BUFFER_INITIAL;
	buffer_add_format(&figures, "  %zu: %s", row->worker + 1, row->phase);
	if (row->total > 0)
		buffer_add_format(&figures, " %llu of %llu", (unsigned long long)row->done,
				  (unsigned long long)row->total);
	if (now - row->since >= STALLED_MS)
		buffer_add_format(&figures, ", nothing for %lld s",
				  (long long)((now - row->since) / 1000));
	buffer_add_text(&figures, "  ");
	if (width >= figures.length + 5) {
		char *cut = cli_progress_cut(row->folder, width - figures.length);
		buffer_add_text(&figures, cut);
		free(cut);
	}
	size_t length = figures.length < width ? strlen(buffer_text(&figures)) : width;
	buffer_add_format(text, "\n%.*s", (int)length, buffer_text(&figures));
	buffer_release(&figures);
}

size_t cli_busy_add_rows(const struct cli_busy *busy, struct buffer *text, size_t width,
			 size_t most, int64_t now)
{
	size_t added = 0;
	for (size_t i = 0; i < busy->count && added < most; i++) {
		if (!busy->rows[i].folder)
			continue;
		add_row(&busy->rows[i], text, width, now);
		added++;
	}
	return added;
}

void cli_busy_clear(struct cli_busy *busy)
{
	for (size_t i = 0; i < busy->count; i++) {
		row_release(&busy->rows[i]);
		free(busy->rows[i].account);
	}
	free(busy->rows);
	*busy = (struct cli_busy){ .rows = NULL };
}
