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

void cli_busy_update(struct cli_busy *busy, const struct sync_progress *news, const char *name,
		     int64_t now)
{
	while (busy->count <= news->worker) {
		memory_grow((void **)&busy->rows, &busy->capacity, busy->count + 1,
			    sizeof *busy->rows);
		busy->rows[busy->count++] = (struct cli_busy_row){ .folder = NULL };
	}
	struct cli_busy_row *row = &busy->rows[news->worker];
	row_release(row);
	*row = (struct cli_busy_row){ .folder = NULL };
	if (!news->folder)
		return;
	*row = (struct cli_busy_row){ .folder = text_printable(name, strlen(name)),
				      .phase = memory_text(news->phase),
				      .done = news->done,
				      .total = news->total,
				      .since = now };
}

static void add_row(const struct cli_busy_row *row, size_t number, struct buffer *text,
		    size_t width, int64_t now)
{
	struct buffer figures = BUFFER_INITIAL;
	buffer_add_format(&figures, "  %zu: %s", number, row->phase);
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
		add_row(&busy->rows[i], i + 1, text, width, now);
		added++;
	}
	return added;
}

void cli_busy_clear(struct cli_busy *busy)
{
	for (size_t i = 0; i < busy->count; i++)
		row_release(&busy->rows[i]);
	free(busy->rows);
	*busy = (struct cli_busy){ .rows = NULL };
}
