/* Patterns of folders. SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "config/pattern.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* Whether the list takes a folder of that name that has no use and is not subscribed. */
static bool takes(const char *list, const char *name, unsigned int uses, bool subscribed)
{
	struct pattern_list patterns = { .taking = NULL };
	const struct folder_facts folder = { .name = name, .uses = uses, .subscribed = subscribed };
	char *problem = NULL;
	cr_assert(pattern_list_add(&patterns, list, &problem), "%s: %s", list, problem);
	bool found = pattern_list_find(&patterns, &folder) != NULL;
	pattern_list_release(&patterns);
	return found;
}

static const struct {
	const char *list, *name;
	bool taken;
} names[] = {
	{ "INBOX", "INBOX", true },
	{ "inbox", "INBOX", true },
	{ "Inbox/*", "INBOX/a", true },
	{ "inbox", "INBOX/a", false },
	{ "inboxes", "inboxes", true },
	{ "a/inbox", "a/inbox", true },
	{ "a/inbox", "a/INBOX", false },
	{ "sent", "Sent", false },
	{ "*", "a", true },
	{ "*", "a/b", false },
	{ "**", "a", true },
	{ "**", "a/b/c", true },
	{ "***", "a/b/c", true },
	{ "Lists/*", "Lists/a", true },
	{ "Lists/*", "Lists", false },
	{ "Lists/*", "Lists/a/b", false },
	{ "Lists/*", "Listsx/a", false },
	{ "Lists/**", "Lists/a/b", true },
	{ "Lists/**", "Lists", false },
	{ "**/x", "x", true },
	{ "**/x", "a/b/x", true },
	{ "**/x", "a/bx", false },
	{ "a/**/x", "a/x", true },
	{ "a/**/x", "a/b/c/x", true },
	{ "a/**/x", "ax", false },
	{ "a**/x", "a/x", true },
	{ "a**/x", "ab/c/x", true },
	{ "a*/x", "ab/c/x", false },
	{ "a*c", "abc", true },
	{ "a*c", "abcd", false },
	{ "*a*b*", "xxaxxbxx", true },
	{ "*a*b*", "xxbxxaxx", false },
	{ "a?c", "abc", true },
	{ "a?c",
	  "a\xc3\xa9"
	  "c",
	  true },
	{ "a?c", "a/c", false },
	{ "a?c", "ac", false },
	{ "\xc3\x9c*",
	  "\xc3\x9c"
	  "bung",
	  true },
	{ "[Gmail]/Sent Mail", "[Gmail]/Sent Mail", true },
	{ "[Gmail]/*", "G/x", false },
	{ "a, b", "b", true },
	{ "a, b", "c", false },
	{ "  a  ,,b ,", "b", true },
	{ "**, !b", "b", false },
	{ "!b, **", "b", false },
	{ "**, ! b", "b", false },
	{ "**, !b, b", "b", false },
	{ "**, !Lists/**, Lists/good", "Lists/good", false },
	{ "a\\,b", "a,b", true },
	{ "a\\,b", "a", false },
	{ "\\!a", "!a", true },
	{ "a\\*", "a*", true },
	{ "a\\*", "ab", false },
	{ "a\\?", "ab", false },
	{ "a\\\\b", "a\\b", true },
	{ "\\\\a", "\\a", true },
	{ "a\\ , b", "a ", true },
	{ "\\ a", " a", true },
	{ "a!b", "a!b", true },
	{ "subscribed", "subscribed", false },
	{ "s\\ubscribed", "subscribed", true },
	{ "\xff*",
	  "\xff"
	  "a",
	  true },
	{ "?", "\xff", true },
};

Test(config_pattern, names)
{
	for (size_t i = 0; i < COUNT(names); i++)
		cr_expect_eq(takes(names[i].list, names[i].name, 0, false), names[i].taken,
			     "%s against %s", names[i].list, names[i].name);
}

Test(config_pattern, uses_and_subscriptions)
{
	cr_expect(takes("\\Sent", "x", FOLDER_USE_SENT | FOLDER_USE_JUNK, false));
	cr_expect(takes("\\sent", "x", FOLDER_USE_SENT, false));
	cr_expect_not(takes("\\Sent", "Sent", FOLDER_USE_DRAFTS, true));
	cr_expect(takes("\\Important", "x", FOLDER_USE_IMPORTANT, false));
	cr_expect(takes("\\All", "x", FOLDER_USE_ALL, false));
	cr_expect_not(takes("**, !\\Junk", "x", FOLDER_USE_JUNK, false));
	cr_expect(takes("**, !\\Junk", "Junk", 0, false));
	cr_expect(takes("subscribed", "x", 0, true));
	cr_expect_not(takes("subscribed", "x", 0, false));
	cr_expect_not(takes("**, !subscribed", "x", 0, true));
}

Test(config_pattern, bad_ones)
{
	static const char *const cases[][2] = {
		{ "\\Snet", "knows no special use \\Snet; did you mean \\Sent?" },
		{ "\\Quux", "there are \\All, " },
		{ "a\\", "a \\ with nothing behind it" },
		{ "a, !", "a ! with no pattern" },
		{ "!, a", "a ! with no pattern" },
		{ "/a", "takes no folder: a path neither begins" },
		{ "a/", "takes no folder" },
		{ "a//b", "takes no folder" },
	};
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct pattern_list list = { .taking = NULL };
		char *problem = NULL;
		cr_assert_not(pattern_list_add(&list, cases[i][0], &problem), "%s", cases[i][0]);
		cr_expect_not_null(strstr(problem, cases[i][1]), "%s", problem);
		free(problem);
		pattern_list_release(&list);
	}
}

Test(config_pattern, what_it_names_before_its_wildcard)
{
	static const char *const cases[][2] = {
		{ "a/b/c*", "a/b/" },    { "a/b", "a/" },  { "a", "" },         { "**", "" },
		{ "inbox/*", "INBOX/" }, { "a*/b/c", "" }, { "a\\*/b", "a*/" }, { "\\Sent", "" }
	};
	for (size_t i = 0; i < COUNT(cases); i++) {
		char *problem = NULL;
		struct pattern *pattern = pattern_parse(cases[i][0], &problem);
		cr_assert_not_null(pattern);
		cr_expect_str_eq(pattern_directory(pattern), cases[i][1]);
		cr_expect_str_eq(pattern_text(pattern), cases[i][0]);
		pattern_destroy(&pattern);
	}
}

/* Ways to match that are tried one after the other would outlast the sun. */
Test(config_pattern, long_names, .timeout = 60)
{
	struct buffer name = BUFFER_INITIAL;
	for (int i = 0; i < 60000; i++)
		buffer_add_byte(&name, i % 100 == 99 ? '/' : 'a');
	cr_expect_not(takes("**a*a*a**a*a*a**a*a*a*a**a*a*a/a*a**b", buffer_text(&name), 0, false));
	buffer_add_text(&name, "b");
	cr_expect(takes("**a*a*a**a*a*a**a*a*a*a**a*a*a/a*a**b", buffer_text(&name), 0, false));
	buffer_release(&name);
}
