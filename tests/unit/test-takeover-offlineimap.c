/* OfflineIMAP's files. SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "mail/flags.h"
#include "takeover/ini_file.h"
#include "takeover/offlineimap_state.h"
#include "takeover/python.h"

static const char FILE_TEXT[] = "[DEFAULT]\n"
				"base = /mail\n"
				"[general]\n"
				"Accounts: a, b\n"
				"# comment = no\n"
				"; neither = this\n"
				"\n"
				"[Account a]\n"
				"path = %(base)s/%(name)s\n"
				"name = x%%y\n"
				"filter = lambda f:\n"
				"    f in ['a']\n"
				"quick = On\n";

Test(takeover_offlineimap, files_of_configparser)
{
	struct ini_file file = { .path = NULL };
	cr_assert_eq(ini_file_parse("rc", FILE_TEXT, &file, NULL), 0);
	const struct ini_section *general = ini_find_section(&file, "general");
	const struct ini_section *account = ini_find_section(&file, "Account a");
	cr_assert(general && account);
	static const char *const cases[][2] = { { "path", "/mail/x%y" },
						{ "base", "/mail" },
						{ "filter", "lambda f:\nf in ['a']" } };
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char *value = ini_value(&file, account, cases[i][0]);
		cr_expect_str_eq(value, cases[i][1]);
		free(value);
	}
	char *accounts = ini_value(&file, general, "accounts");
	cr_expect_str_eq(accounts, "a, b");
	free(accounts);
	cr_expect_null(ini_find(&file, general, "comment"));
	cr_expect(ini_is_true(&file, account, "quick", false));
	cr_expect(ini_is_true(&file, account, "slow", true));
	ini_file_release(&file);
}

Test(takeover_offlineimap, values_that_go_round_and_lines_that_are_none)
{
	struct ini_file file = { .path = NULL };
	cr_assert_eq(ini_file_parse("rc", "[a]\nx = %(y)s\ny = %(x)s\n", &file, NULL), 0);
	char *value = ini_value(&file, ini_find_section(&file, "a"), "x");
	cr_expect_not_null(value);
	free(value);
	ini_file_release(&file);
	struct error error = ERROR_INITIAL;
	cr_expect_eq(ini_file_parse("rc", "[a]\nwhat is this\n", &file, &error), -1);
	cr_expect_not_null(strstr(error.text, "rc:2: "));
	ini_file_release(&file);
	cr_expect_eq(ini_file_parse("rc", "[a\n", &file, &error), -1);
	ini_file_release(&file);
}

Test(takeover_offlineimap, values_within_values_have_an_end)
{
	struct ini_file file = { .path = NULL };
	struct buffer text = BUFFER_INITIAL;
	buffer_add_text(&text, "[a]\nx = ");
	for (int i = 0; i < 1000; i++)
		buffer_add_text(&text, "%(x)s");
	cr_assert_eq(ini_file_parse("rc", buffer_text(&text), &file, NULL), 0);
	char *value = ini_value(&file, ini_find_section(&file, "a"), "x");
	cr_expect_leq(strlen(value), 100000);
	free(value);
	ini_file_release(&file);
	buffer_release(&text);
}

Test(takeover_offlineimap, string_literals)
{
	static const char *const cases[][2] = {
		{ "'a'", "a" },      { "u\"a'b\" ", "a'b" }, { "'a\\\\b\\'c'", "a\\b'c" },
		{ "'a\\nb'", NULL }, { "'a\nb'", NULL },     { "'a", NULL },
		{ "'a' + b", NULL }
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char *value = python_read_string(cases[i][0]);
		cr_expect(value ? cases[i][1] && strcmp(value, cases[i][1]) == 0 : !cases[i][1],
			  "%s: %s", cases[i][0], value);
		free(value);
	}
}

Test(takeover_offlineimap, filters)
{
	/* Patterns with a bar behind each; NULL: not understood. */
	static const char *const cases[][2] = {
		{ "lambda f: f in ['a', \"b\"]", "a|b|" },
		{ "lambda folder: folder not in ['Spam', 'Trash',]", "!Spam|!Trash|" },
		{ "lambda f: not f in ('a',)", "!a|" },
		{ "lambda f: f == 'a'", "a|" },
		{ "lambda f: f != 'a'", "!a|" },
		{ "lambda f: f.startswith('L')", "L**|" },
		{ "lambda f: not f.startswith('L')", "!L**|" },
		{ "lambda f: not re.search('^Trash$|Del', f)", "!Trash|!**Del**|" },
		{ "lambda f: not re.search('(^Trash$|^Del)', f)", "!Trash|!Del**|" },
		{ "lambda f: re.search(r'^(a|b)', f)", "a**|b**|" },
		{ "lambda f: not re.match('a\\.b', f)", "!a.b**|" },
		{ "lambda f: f in ['G&AOQ-ste', 'a*']", "Gäste|a\\*|" },
		{ "lambda f: re.search('a.b', f)", NULL },
		{ "lambda f: f in names", NULL },
		{ "lambda f: f in ['a'] and x", NULL },
		{ "lambda f: f in ['a', b]", NULL },
		{ "lambda f: g(f)", NULL },
		{ "lambda f: True", NULL },
		{ "f in ['a']", NULL },
		{ "", NULL },
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct text_list patterns = { .items = NULL };
		struct buffer joined = BUFFER_INITIAL;
		bool good = python_read_filter(cases[i][0], &patterns);
		for (size_t k = 0; k < patterns.count; k++)
			buffer_add_format(&joined, "%s|", patterns.items[k]);
		cr_expect_eq(good, cases[i][1] != NULL, "%s", cases[i][0]);
		if (good && cases[i][1])
			cr_expect_str_eq(buffer_text(&joined), cases[i][1], "%s: %s", cases[i][0],
					 buffer_text(&joined));
		buffer_release(&joined);
		text_list_release(&patterns);
	}
}

Test(takeover_offlineimap, names)
{
	static const struct {
		const char *text;
		bool good, dotted;
		const char *cut, *from, *to;
	} cases[] = {
		{ "lambda f: {'Gesendet': 'Sent'}.get(f, f)", true, false, NULL, "Gesendet",
		  "Sent" },
		{ "lambda f: re.sub('^\\[Gmail\\]/', '', f)", true, false, "[Gmail]/", NULL, NULL },
		{ "lambda f: f.replace('[Gmail]/', '')", true, false, "[Gmail]/", NULL, NULL },
		{ "lambda f: re.sub('^INBOX\\.', '', f)", true, false, "INBOX.", NULL, NULL },
		{ "lambda f: re.sub('^INBOX\\.*', '.', f)", true, true, NULL, NULL, NULL },
		{ "lambda f: re.sub('a+', '', f)", false, false, NULL, NULL, NULL },
		{ "lambda f: {'a': 'b'}.get(f, 'c')", false, false, NULL, NULL, NULL },
		{ "lambda f: f.upper()", false, false, NULL, NULL, NULL },
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct python_names names = { .cut = NULL };
		cr_expect_eq(python_read_names(cases[i].text, &names), cases[i].good, "%s",
			     cases[i].text);
		cr_expect_eq(names.dotted, cases[i].dotted, "%s", cases[i].text);
		if (cases[i].cut)
			cr_expect_str_eq(names.cut, cases[i].cut);
		if (cases[i].from) {
			cr_assert_eq(names.from.count, 1);
			cr_expect_str_eq(names.from.items[0], cases[i].from);
			cr_expect_str_eq(names.to.items[0], cases[i].to);
		}
		python_names_release(&names);
	}
	char *text = python_read_string(" 'it\\'s' ");
	cr_expect_str_eq(text, "it's");
	free(text);
	cr_expect_null(python_read_string("'a' + b"));
	cr_expect_null(python_read_string("get('a')"));
}

Test(takeover_offlineimap, status_files)
{
	static const char head[] = "OFFLINEIMAP LocalStatus CACHE DATA - DO NOT MODIFY - FORMAT ";
	static const struct {
		const char *format, *lines;
		size_t rows;
		uint32_t flags; /* of the first */
	} cases[] = {
		{ "2", "7|FSk|0|\n8||1|a,b\n", 2,
		  FLAG_FLAGGED | FLAG_SEEN | FLAG_KEYWORD('k' - 'a') },
		{ "1", "7:PRS", 1, FLAG_ANSWERED | FLAG_SEEN },
		{ "2", "", 0, 0 },
		{ "3", "", SIZE_MAX, 0 },
		{ "2", "0|S|0|\n", SIZE_MAX, 0 },
		{ "2", "x|S|0|\n", SIZE_MAX, 0 },
		{ "2", "99999999999|S|0|\n", SIZE_MAX, 0 },
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct offlineimap_rows rows = { .items = NULL };
		struct buffer text = BUFFER_INITIAL;
		struct error error = ERROR_INITIAL;
		buffer_add_format(&text, "%s%s\n%s", head, cases[i].format, cases[i].lines);
		int result = offlineimap_rows_parse(buffer_text(&text), &rows, &error);
		cr_expect_eq(result, cases[i].rows == SIZE_MAX ? -1 : 0, "%zu: %s", i, error.text);
		if (result == 0) {
			cr_expect_eq(rows.count, cases[i].rows, "%zu", i);
			cr_expect(rows.count == 0 || rows.items[0].flags == cases[i].flags, "%zu",
				  i);
		}
		buffer_release(&text);
		offlineimap_rows_release(&rows);
	}
}
