/* The progress line on a terminal. SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/progress.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/text.h"
#include "credential/terminal.h"

#define REDRAW_MS 100
#define SETTLE_MS 300      /* so long a terminal keeps its size before it is drawn on again */
#define DEFAULT_COLUMNS 79 /* the last one of a line may break it */
#define DEFAULT_LINES 24

static void clear_hook(void *context)
{
	cli_progress_clear(context);
}

/* A terminal without the sequences that this needs. */
static bool is_dumb(void)
{
	const char *terminal = getenv("TERM");
	return !terminal || *terminal == '\0' || strcmp(terminal, "dumb") == 0;
}

void cli_progress_begin(struct cli_progress *progress, bool wanted, bool with_rows)
{
	*progress =
		(struct cli_progress){ .active = wanted && isatty(STDERR_FILENO) == 1 && !is_dumb(),
				       .with_rows = with_rows,
				       .lock = PTHREAD_MUTEX_INITIALIZER,
				       .started = clock_monotonic_ms() };
	if (progress->active)
		log_set_hooks(clear_hook, NULL, progress);
}

void cli_format_size(uint64_t bytes, char text[CLI_SIZE_TEXT])
{
	static const char *const units[] = { "B", "kB", "MB", "GB", "TB" };
	double value = (double)bytes;
	size_t unit = 0;
	while (value >= 999.5 && unit + 1 < sizeof units / sizeof *units) {
		value /= 1000;
		unit++;
	}
	int decimals = unit > 0 && value < 9.95 ? 1 : 0;
	(void)snprintf(text, CLI_SIZE_TEXT, "%.*f %s", decimals, value, units[unit]);
}

/* --- Totals --- */

void cli_progress_plan(struct cli_progress *progress, uint64_t count)
{
	progress->planned += count;
}

static struct cli_progress_part *find_part(struct cli_progress *progress, const char *folder,
					   const char *phase)
{
	for (size_t i = progress->part_count; i-- > 0;) { /* it is mostly the last one again */
		struct cli_progress_part *part = &progress->parts[i];
		if (strcmp(part->folder, folder) == 0 && strcmp(part->phase, phase) == 0)
			return part;
	}
	memory_grow((void **)&progress->parts, &progress->part_capacity, progress->part_count + 1,
		    sizeof *progress->parts);
	struct cli_progress_part *part = &progress->parts[progress->part_count++];
	*part = (struct cli_progress_part){ .folder = memory_text(folder),
					    .phase = memory_text(phase) };
	return part;
}

static struct cli_progress_account *find_account(struct cli_progress *progress, const char *name)
{
	for (size_t i = progress->account_count; i-- > 0;) {
		if (strcmp(progress->accounts[i].name, name) == 0)
			return &progress->accounts[i];
	}
	memory_grow((void **)&progress->accounts, &progress->account_capacity,
		    progress->account_count + 1, sizeof *progress->accounts);
	struct cli_progress_account *account = &progress->accounts[progress->account_count++];
	*account = (struct cli_progress_account){ .name = memory_text(name) };
	return account;
}

/* Each account counts its own bytes, and a further round its messages anew. */
static void add_news(struct cli_progress *progress, const struct sync_progress *news,
		     const char *folder)
{
	struct cli_progress_account *account = find_account(progress, news->account);
	progress->bytes += news->bytes > account->bytes ? news->bytes - account->bytes : 0;
	account->bytes = news->bytes;
	if (news->total == 0)
		return;
	struct cli_progress_part *part = find_part(progress, folder, news->phase);
	progress->done += news->done > part->done ? news->done - part->done : 0;
	part->done = news->done;
	if (progress->work_started == 0)
		progress->work_started = clock_monotonic_ms();
	if (progress->planned < progress->done)
		progress->planned = progress->done;
}

/* --- The line --- */

size_t cli_progress_columns(void)
{
	struct winsize window;
	if (ioctl(STDERR_FILENO, TIOCGWINSZ, &window) == 0 && window.ws_col > 1)
		return window.ws_col - 1u;
	return DEFAULT_COLUMNS;
}

static size_t lines(void)
{
	struct winsize window;
	if (ioctl(STDERR_FILENO, TIOCGWINSZ, &window) == 0 && window.ws_row > 1)
		return window.ws_row;
	return DEFAULT_LINES;
}

static size_t count_characters(const char *text)
{
	size_t count = 0;
	for (; *text != '\0'; text++)
		count += ((unsigned char)*text & 0xc0) != 0x80;
	return count;
}

/* The bytes of the first COUNT characters. */
static size_t bytes_of(const char *text, size_t count)
{
	size_t length = 0;
	for (; text[length] != '\0'; length++) {
		if (((unsigned char)text[length] & 0xc0) != 0x80 && count-- == 0)
			break;
	}
	return length;
}

char *cli_progress_cut(const char *name, size_t width)
{
	size_t count = count_characters(name);
	if (count <= width)
		return memory_text(name);
	size_t kept = width - 3;
	size_t head = kept / 2;
	const char *tail = name + bytes_of(name, count - (kept - head));
	return memory_format("%.*s...%s", (int)bytes_of(name, head), name, tail);
}

/* The time left, as far as the rate so far tells. */
static void add_time_left(const struct cli_progress *progress, struct buffer *line)
{
	int64_t spent = clock_monotonic_ms() - progress->work_started;
	if (progress->done == 0 || progress->planned <= progress->done || spent < 2000)
		return;
	int64_t left = spent / (int64_t)progress->done *
		       (int64_t)(progress->planned - progress->done) / 1000;
	buffer_add_format(line, ", %lld:%02lld left", (long long)(left / 60),
			  (long long)(left % 60));
}

/* "12 of 345 messages, 1.2 MB, 300 kB/s, 0:34 left"; "" while there is nothing to count. */
static void add_figures(const struct cli_progress *progress, struct buffer *line)
{
	char bytes[CLI_SIZE_TEXT];
	char rate[CLI_SIZE_TEXT];
	int64_t spent = clock_monotonic_ms() - progress->work_started;
	if (progress->work_started == 0 || progress->planned == 0)
		return;
	cli_format_size(progress->bytes, bytes);
	cli_format_size(progress->bytes * 1000 / (uint64_t)(spent > 0 ? spent : 1), rate);
	buffer_add_format(line, "%llu of %llu %s, %s, %s/s", (unsigned long long)progress->done,
			  (unsigned long long)progress->planned,
			  text_plural(progress->planned, "message", "messages"), bytes, rate);
	add_time_left(progress, line);
	buffer_add_text(line, "  ");
}

/* Figures first: they stay when the terminal is narrow. */
static char *describe(const struct cli_progress *progress, const struct sync_progress *news,
		      const char *folder, size_t width)
{
	struct buffer line = BUFFER_INITIAL;
	add_figures(progress, &line);
	char *what = line.length > 0 ? memory_text(folder)
				     : memory_format("%s: %s", folder, news->phase);
	char *printable = text_printable(what, strlen(what));
	size_t used = count_characters(buffer_text(&line));
	if (width >= used + 5) {
		char *cut = cli_progress_cut(printable, width - used);
		buffer_add_text(&line, cut);
		free(cut);
	}
	free(printable);
	free(what);
	char *text = buffer_take(&line);
	text[bytes_of(text, width)] = '\0';
	return text;
}

/* --- On the terminal --- */

static size_t longest_of(const char *text)
{
	size_t longest = 0;
	for (const char *line = text; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		char *copy = memory_text_length(line, strcspn(line, "\n"));
		size_t length = count_characters(copy);
		longest = length > longest ? length : longest;
		free(copy);
	}
	return longest;
}

/* Under the lock, as is draw(). */
static void clear(struct cli_progress *progress)
{
	if (!progress->drawn)
		return;
	if (progress->longest > cli_progress_columns())
		(void)fputs("\r\n", stderr);
	else if (progress->rows > 0)
		(void)fprintf(stderr, "\r\033[%zuA\033[J", progress->rows);
	else
		(void)fputs("\r\033[K", stderr);
	progress->drawn = false;
}

static void draw(struct cli_progress *progress, const struct sync_progress *news,
		 const char *folder, int64_t now)
{
	struct buffer text = BUFFER_INITIAL;
	char *line = describe(progress, news, folder, progress->columns);
	size_t rows = 0;
	buffer_add_text(&text, line);
	if (progress->with_rows)
		rows = cli_busy_add_rows(&progress->busy, &text, progress->columns, lines() - 2,
					 now);
	if (progress->drawn)
		clear(progress);
	else
		(void)fputs("\r\033[K", stderr);
	(void)fputs(buffer_text(&text), stderr);
	progress->drawn = true;
	progress->rows = rows;
	progress->longest = longest_of(buffer_text(&text));
	progress->last = now;
	buffer_release(&text);
	free(line);
}

/* A terminal that is being dragged to another size is left alone until it has it. */
static bool is_time(struct cli_progress *progress, int64_t now)
{
	size_t width = cli_progress_columns();
	if (width != progress->columns && progress->drawn)
		progress->last = now - REDRAW_MS + SETTLE_MS;
	progress->columns = width;
	return !progress->drawn || now - progress->last >= REDRAW_MS;
}

void cli_progress_update(struct cli_progress *progress, const struct sync_progress *news)
{
	int64_t now = progress->active ? clock_monotonic_ms() : 0;
	if (!progress->active)
		return;
	char *folder = memory_format("%s%s%s", news->account, news->folder ? "/" : "",
				     news->folder ? news->folder : "");
	cli_busy_update(&progress->busy, news, folder, now);
	if (!cli_busy_is_end(news)) {
		add_news(progress, news, folder);
		(void)pthread_mutex_lock(&progress->lock);
		if (is_time(progress, now) && !terminal_is_taken())
			draw(progress, news, folder, now);
		(void)pthread_mutex_unlock(&progress->lock);
	}
	free(folder);
}

void cli_progress_clear(struct cli_progress *progress)
{
	(void)pthread_mutex_lock(&progress->lock); /* fails only for wrong use */
	clear(progress);
	(void)pthread_mutex_unlock(&progress->lock);
}

void cli_progress_end(struct cli_progress *progress)
{
	cli_progress_clear(progress);
	if (progress->active)
		log_set_hooks(NULL, NULL, NULL);
	for (size_t i = 0; i < progress->part_count; i++) {
		free(progress->parts[i].folder);
		free(progress->parts[i].phase);
	}
	free(progress->parts);
	cli_busy_clear(&progress->busy);
	for (size_t i = 0; i < progress->account_count; i++)
		free(progress->accounts[i].name);
	free(progress->accounts);
}
