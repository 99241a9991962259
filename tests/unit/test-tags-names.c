/* Which tag is which keyword. SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <stdlib.h>

#include "mail/name_set.h"
#include "tags/names.h"

static char *map_items[] = { "$Junk:spam", "$Work:job" };
static char *ignore_items[] = { "inbox", "new" };
static const struct text_list map = { .items = map_items, .count = 2 };
static const struct text_list ignored = { .items = ignore_items, .count = 2 };
static const struct tag_names plain = { .map = &map, .ignore = &ignored };
static const struct tag_names prefixed = { .map = &map, .ignore = &ignored, .prefix = "imap/" };

struct tag_case {
	const char *tag;
	enum tag_name kind;
	const char *keyword;
};

static void expect_keywords(const struct tag_names *names, const struct tag_case *cases,
			    size_t count)
{
	for (size_t i = 0; i < count; i++) {
		char *keyword;
		cr_expect_eq(tag_names_keyword(names, cases[i].tag, &keyword), cases[i].kind, "%s",
			     cases[i].tag);
		cr_expect_str_eq(keyword ? keyword : "", cases[i].keyword, "%s", cases[i].tag);
		free(keyword);
	}
}

Test(tag_names, a_tag_is_the_keyword_of_its_name)
{
	static const struct tag_case cases[] = {
		{ "todo", TAG_NAME_IS_KEYWORD, "todo" },
		{ "spam", TAG_NAME_IS_KEYWORD, "$Junk" },
		{ "lists/mutt", TAG_NAME_IS_KEYWORD, "lists/mutt" },
		{ "a:b", TAG_NAME_IS_KEYWORD, "a:b" },
		{ "job", TAG_NAME_IS_KEYWORD, "$Work" },
		{ "$work", TAG_NAME_STAYS, "" }, /* that keyword is the tag job */
		{ "inbox", TAG_NAME_STAYS, "" },
		{ "Inbox", TAG_NAME_STAYS, "" },
		{ "unread", TAG_NAME_STAYS, "" },
		{ "flagged", TAG_NAME_STAYS, "" },
		{ "replied", TAG_NAME_STAYS, "" },
		{ "draft", TAG_NAME_STAYS, "" },
		{ "passed", TAG_NAME_STAYS, "" },
		{ "attachment", TAG_NAME_STAYS, "" },
		{ "signed", TAG_NAME_STAYS, "" },
		{ "encrypted", TAG_NAME_STAYS, "" },
		{ "two words", TAG_NAME_INVALID, "" },
		{ "\\Seen", TAG_NAME_INVALID, "" },
		{ "a*", TAG_NAME_INVALID, "" },
		{ "a%b", TAG_NAME_INVALID, "" },
		{ "a(b)", TAG_NAME_INVALID, "" },
		{ "a{1}", TAG_NAME_INVALID, "" },
		{ "a]", TAG_NAME_INVALID, "" },
		{ "a\"", TAG_NAME_INVALID, "" },
		{ "gr\xc3\xbcn", TAG_NAME_INVALID, "" },
		{ "nil", TAG_NAME_INVALID, "" },
		{ "-a", TAG_NAME_INVALID, "" },
		{ "a-", TAG_NAME_IS_KEYWORD, "a-" },
		{ "$forwarded", TAG_NAME_INVALID, "" },
		{ "", TAG_NAME_INVALID, "" },
	};
	expect_keywords(&plain, cases, sizeof cases / sizeof *cases);
}

Test(tag_names, with_a_prefix_only_what_has_it)
{
	static const struct tag_case cases[] = {
		{ "imap/todo", TAG_NAME_IS_KEYWORD, "todo" },
		{ "todo", TAG_NAME_STAYS, "" },
		{ "imap/", TAG_NAME_INVALID, "" },
		{ "spam", TAG_NAME_IS_KEYWORD, "$Junk" },
		{ "imap/$Junk", TAG_NAME_STAYS, "" },
		{ "imap/two words", TAG_NAME_INVALID, "" },
	};
	expect_keywords(&prefixed, cases, sizeof cases / sizeof *cases);
}

Test(tag_names, a_keyword_has_a_tag_that_leads_back)
{
	static const struct {
		const char *keyword, *plain, *prefixed;
	} cases[] = {
		{ "todo", "todo", "imap/todo" },
		{ "$Junk", "spam", "spam" },
		{ "$JUNK", "spam", "spam" },
		{ "spam", "", "imap/spam" },
		{ "inbox", "", "imap/inbox" },
		{ "unread", "", "imap/unread" },
		{ "$MDNSent", "$MDNSent", "imap/$MDNSent" },
		{ "$Forwarded", "", "" },
		{ "-a", "", "imap/-a" },
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char *tag = tag_names_tag(&plain, cases[i].keyword);
		cr_expect_str_eq(tag ? tag : "", cases[i].plain, "%s", cases[i].keyword);
		free(tag);
		tag = tag_names_tag(&prefixed, cases[i].keyword);
		cr_expect_str_eq(tag ? tag : "", cases[i].prefixed, "%s", cases[i].keyword);
		free(tag);
	}
}

Test(tag_names, a_tag_that_is_too_long_for_notmuch)
{
	char keyword[202];
	for (size_t i = 0; i < sizeof keyword - 1; i++)
		keyword[i] = 'a';
	keyword[201] = '\0';
	cr_expect_null(tag_names_tag(&plain, keyword));
	keyword[200] = '\0';
	char *tag = tag_names_tag(&plain, keyword);
	cr_expect_str_eq(tag, keyword);
	free(tag);
}

Test(tag_names, of_many)
{
	char *items[] = { "todo", "inbox", "spam", "two words", "TODO" };
	const struct text_list tags = { .items = items, .count = 5 };
	struct text_list set = { .items = NULL };
	struct text_list invalid = { .items = NULL };
	tag_names_keywords(&plain, &tags, &set, &invalid);
	char *text = name_set_text(&set);
	cr_expect_str_eq(text, "$Junk todo");
	free(text);
	cr_assert_eq(invalid.count, 1);
	cr_expect_str_eq(invalid.items[0], "two words");
	text_list_release(&invalid);
	text_list_release(&set);
	tag_names_carried(&plain, &tags, &set);
	text = name_set_text(&set);
	cr_expect_str_eq(text, "todo");
	free(text);
	text_list_release(&set);
}
