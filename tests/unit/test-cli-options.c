/* The command line. SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <string.h>

#include "cli/options.h"

static int parse(char *line, struct cli_options *options, struct error *error)
{
	static char *words[16];
	int count = 0;
	char *rest = line;
	for (char *word; (word = strsep(&rest, " ")) != NULL;)
		words[count++] = word;
	words[count] = NULL;
	return cli_options_parse(count, words, options, error);
}

Test(cli_options, before_and_after_the_command)
{
	char line[] = "navette -v sync -n work/INBOX --force-delete -vc /file";
	struct cli_options options;
	cr_assert_eq(parse(line, &options, NULL), 0);
	cr_expect_str_eq(options.command, "sync");
	cr_expect_str_eq(options.arguments[0], "work/INBOX");
	cr_expect_null(options.arguments[1]);
	cr_expect_str_eq(options.config, "/file");
	cr_expect(options.dry_run && options.force_delete && !options.restore);
	cr_expect_eq(options.verbose, 2);
}

Test(cli_options, slips)
{
	static const struct {
		const char *line;
		const char *words;
	} cases[] = { { "navette --dryrun sync", "did you mean --dry-run?" },
		      { "navette -x sync", "unknown option -x" },
		      { "navette sync --wait", "needs a value" },
		      { "navette sync --wait soon", "number of seconds" },
		      { "navette sync --restore --force-delete", "opposite" },
		      { "navette sync --host x", "option of navette init alone" },
		      { "navette --timer", "option of navette init alone" },
		      { "navette --watch", "option of navette init alone" } };
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char line[64];
		struct cli_options options;
		struct error error = ERROR_INITIAL;
		memcpy(line, cases[i].line, strlen(cases[i].line) + 1);
		cr_expect_eq(parse(line, &options, &error), -1);
		cr_expect_eq(error.kind, ERROR_CONFIG);
		cr_expect_not_null(strstr(error.text, cases[i].words), "%s", error.text);
	}
}

Test(cli_options, texts_of_init)
{
	char line[] = "navette --address me@example.org init --keep=year --timer";
	struct cli_options options;
	cr_assert_eq(parse(line, &options, NULL), 0);
	cr_expect_str_eq(options.text[CLI_TEXT_ADDRESS], "me@example.org");
	cr_expect_str_eq(options.text[CLI_TEXT_KEEP], "year");
	cr_expect_null(options.text[CLI_TEXT_HOST]);
	cr_expect(options.timer && !options.non_interactive);
}

Test(cli_options, help_is_of_all_commands_or_of_one)
{
	struct buffer help = BUFFER_INITIAL;
	cli_options_add_help(&help, NULL);
	cr_expect_not_null(strstr(buffer_text(&help), "  -n, --dry-run"));
	cr_expect_null(strstr(buffer_text(&help), "--keep"));
	buffer_clear(&help);
	cli_options_add_help(&help, "init");
	cr_expect_not_null(strstr(buffer_text(&help), "--keep WHAT"));
	cr_expect_null(strstr(buffer_text(&help), "--dry-run"));
	buffer_clear(&help);
	cli_options_add_help(&help, "check");
	cr_expect_eq(help.length, 0);
	buffer_release(&help);
}
