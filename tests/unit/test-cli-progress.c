/* What the line of progress shows. SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <stdlib.h>

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
