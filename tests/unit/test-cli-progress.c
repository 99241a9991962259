/* What the line of progress shows. SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <stdlib.h>

#include "base/buffer.h"
#include "cli/busy.h"
#include "cli/progress.h"

Test(cli_progress, long_names_are_cut_in_the_middle)
{
	static const struct {
		const char *name;
		size_t width;
		const char *cut;
	} cases[] = { { "work/INBOX", 10, "work/INBOX" }, { "work/INBOX", 9, "wor...BOX" },
		      { "work/INBOX", 8, "wo...BOX" },    { "work/INBOX", 5, "w...X" },
		      { "äöü/ÄÖÜ/äöü", 9, "äöü...äöü" },  { "", 5, "" } };
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char *cut = cli_progress_cut(cases[i].name, cases[i].width);
		cr_expect_str_eq(cut, cases[i].cut);
		free(cut);
	}
}

Test(cli_progress, sizes)
{
	static const struct {
		uint64_t bytes;
		const char *text;
	} cases[] = { { 0, "0 B" },
		      { 812, "812 B" },
		      { 3400, "3.4 kB" },
		      { 12000000, "12 MB" },
		      { 999999, "1.0 MB" } };
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char text[CLI_SIZE_TEXT];
		cli_format_size(cases[i].bytes, text);
		cr_expect_str_eq(text, cases[i].text);
	}
}

static void tell(struct cli_busy *busy, size_t worker, const char *folder, const char *phase,
		 uint64_t done)
{
	const struct sync_progress news = { .account = "work",
					    .folder = folder,
					    .phase = phase,
					    .done = done,
					    .total = done > 0 ? 12 : 0,
					    .worker = worker };
	cli_busy_update(busy, &news, folder ? folder : "work", 1000);
}

static void expect_rows(const struct cli_busy *busy, size_t width, size_t most, int64_t now,
			size_t count, const char *expected)
{
	struct buffer text = BUFFER_INITIAL;
	cr_expect_eq(cli_busy_add_rows(busy, &text, width, most, now), count);
	cr_expect_str_eq(buffer_text(&text), expected);
	buffer_release(&text);
}

Test(cli_busy, a_row_for_each_connection_that_works)
{
	struct cli_busy busy = { .rows = NULL };
	expect_rows(&busy, 79, 9, 1000, 0, "");
	tell(&busy, 2, "work/Lists/a-long-name", "downloading", 3);
	tell(&busy, 0, "work/INBOX", "looking", 0);
	expect_rows(&busy, 79, 9, 5999, 2,
		    "\n  1: looking  work/INBOX"
		    "\n  3: downloading 3 of 12  work/Lists/a-long-name");
	expect_rows(&busy, 36, 9, 5999, 2,
		    "\n  1: looking  work/INBOX\n  3: downloading 3 of 12  wor...name");
	expect_rows(&busy, 20, 1, 5999, 1, "\n  1: looking  w...OX");
	expect_rows(&busy, 10, 9, 5999, 2, "\n  1: looki\n  3: downl");
	tell(&busy, 0, NULL, "idle", 0);
	expect_rows(&busy, 79, 9, 6000, 1,
		    "\n  3: downloading 3 of 12, nothing for 5 s  work/Lists/a-long-name");
	tell(&busy, 2, NULL, "connecting", 0);
	expect_rows(&busy, 79, 9, 6000, 0, "");
	cli_busy_clear(&busy);
}
