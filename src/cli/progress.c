/* The progress line on a terminal. SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/progress.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"

#define REDRAW_MS 100
#define DEFAULT_COLUMNS 80

static void clear_hook(void *context)
{
	cli_progress_clear(context);
}

void cli_progress_begin(struct cli_progress *progress, bool wanted)
{
	*progress = (struct cli_progress){ .active = wanted && isatty(STDERR_FILENO) == 1,
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

/* The time left in this phase, as far as the rate so far tells. */
static void add_time_left(const struct cli_progress *progress, const struct sync_progress *news,
			  char *text, size_t size)
{
	int64_t spent = clock_monotonic_ms() - progress->started;
	text[0] = '\0';
	if (news->done == 0 || news->total <= news->done || spent < 2000)
		return;
	int64_t left = spent / (int64_t)news->done * (int64_t)(news->total - news->done) / 1000;
	(void)snprintf(text, size, ", about %lld:%02lld left", (long long)(left / 60),
		       (long long)(left % 60));
}

static void describe(const struct cli_progress *progress, const struct sync_progress *news,
		     char *text, size_t size)
{
	char bytes[CLI_SIZE_TEXT];
	char rate[CLI_SIZE_TEXT];
	char left[48];
	int64_t spent = clock_monotonic_ms() - progress->started;
	cli_format_size(news->bytes, bytes);
	cli_format_size(news->bytes * 1000 / (uint64_t)(spent > 0 ? spent : 1), rate);
	add_time_left(progress, news, left, sizeof left);
	if (news->total > 0)
		(void)snprintf(text, size, "%s/%s: %s %llu of %llu, %s, %s/s%s", news->account,
			       news->folder, news->phase, (unsigned long long)news->done,
			       (unsigned long long)news->total, bytes, rate, left);
	else
		(void)snprintf(text, size, "%s%s%s: %s", news->account, news->folder ? "/" : "",
			       news->folder ? news->folder : "", news->phase);
}

/* Cuts TEXT to the terminal's width, counting characters and not bytes. */
static void cut_to_width(char *text)
{
	struct winsize window;
	size_t columns = DEFAULT_COLUMNS;
	if (ioctl(STDERR_FILENO, TIOCGWINSZ, &window) == 0 && window.ws_col > 1)
		columns = window.ws_col - 1u;
	size_t shown = 0;
	for (size_t i = 0; text[i]; i++) {
		if (((unsigned char)text[i] & 0xc0) != 0x80 && shown++ == columns) {
			text[i] = '\0';
			return;
		}
	}
}

void cli_progress_update(struct cli_progress *progress, const struct sync_progress *news)
{
	int64_t now = progress->active ? clock_monotonic_ms() : 0;
	if (!progress->active || (progress->drawn && now - progress->last < REDRAW_MS))
		return;
	describe(progress, news, progress->text, sizeof progress->text);
	char *printable = text_printable(progress->text, strlen(progress->text));
	cut_to_width(printable);
	(void)fprintf(stderr, "\r\033[K%s", printable);
	free(printable);
	progress->drawn = true;
	progress->last = now;
}

void cli_progress_clear(struct cli_progress *progress)
{
	if (!progress->drawn)
		return;
	(void)fputs("\r\033[K", stderr);
	progress->drawn = false;
}

void cli_progress_end(struct cli_progress *progress)
{
	cli_progress_clear(progress);
	if (progress->active)
		log_set_hooks(NULL, NULL, NULL);
}
