/* What folders are called here. SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "config/as.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

static struct config_as good(const char *value)
{
	struct config_as as = { .before = NULL };
	char *problem = NULL;
	cr_assert(config_read_as(&as, value, &problem), "%s: %s", value, problem);
	return as;
}

/* Both ways. */
Test(config_as, names)
{
	static const struct {
		const char *as, *name, *directory, *local;
	} cases[] = {
		{ "Server/", "Lists/a", "Lists/", "Server/Lists/a" },
		{ "a/b/", "INBOX", "", "a/b/INBOX" },
		{ "*", "Lists/a", "Lists/", "a" },
		{ "L/*", "Lists/a/b", "Lists/", "L/a/b" },
		{ "L-*-x", "a", "", "L-a-x" },
		{ "\\*/*", "a", "", "*/a" },
	};
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct config_as as = good(cases[i].as);
		char *local = config_as_near(&as, cases[i].name, cases[i].directory);
		char *name = config_as_far(&as, cases[i].local, cases[i].directory);
		cr_expect_str_eq(local, cases[i].local);
		cr_assert_not_null(name, "%s", cases[i].local);
		cr_expect_str_eq(name, cases[i].name);
		free(local);
		free(name);
		config_as_release(&as);
	}
}

Test(config_as, one_name_and_none)
{
	struct config_as same = { .before = NULL };
	struct config_as one = good("Sent");
	char *local = config_as_near(&one, "[Gmail]/Sent Mail", "[Gmail]/");
	char *name = config_as_far(&same, "a/b", "a/");
	cr_expect_str_eq(local, "Sent");
	cr_expect_str_eq(name, "a/b");
	cr_expect_null(config_as_far(&one, "Sent", ""), "it does not tell");
	free(local);
	free(name);
	config_as_release(&one);
}

Test(config_as, local_names_that_are_none_of_it)
{
	struct config_as around = good("L-*-x");
	cr_expect_null(config_as_far(&around, "La-x", ""));
	cr_expect_null(config_as_far(&around, "L-a", ""));
	cr_expect_null(config_as_far(&around, "L--x", ""), "nothing is left");
	cr_expect_null(config_as_far(&around, "L-x", ""), "they overlap");
	config_as_release(&around);
}

Test(config_as, bad_ones)
{
	static const char *const cases[][2] = {
		{ "", "cannot be the name" },        { "/a", "cannot be the name" },
		{ "a//b", "cannot be the name" },    { "..", "cannot be the name" },
		{ "a/../b", "cannot be the name" },  { "cur", "cannot be the name" },
		{ ".hidden", "cannot be the name" }, { "inbox/.x", "cannot be the name" },
		{ "*/*", "can have one *" },         { "a\\", "no \\ at its end" },
		{ "/", "cannot be the name" },
	};
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct config_as as = { .before = NULL };
		char *problem = NULL;
		cr_assert_not(config_read_as(&as, cases[i][0], &problem), "%s", cases[i][0]);
		cr_expect_not_null(strstr(problem, cases[i][1]), "%s", problem);
		cr_expect_null(as.before);
		free(problem);
	}
}
