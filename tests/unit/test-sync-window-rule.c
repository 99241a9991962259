/* The rule of a window. SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <stdlib.h>

#include "mail/flags.h"
#include "sync/plan/window.h"

#define DAY 86400

static const struct config_window everything = { .max_age_days = 30,
						 .max_messages = 500,
						 .max_size = 1024,
						 .keep = { .unseen = true, .flagged = true } };

static void assert_text(const struct window_rule *rule, const char *expected)
{
	char *text = window_rule_text(rule);
	if (expected)
		cr_assert_str_eq(text, expected);
	else
		cr_assert_null(text);
	free(text);
}

Test(sync_window, says_what_it_means)
{
	const struct config_window none = { .keep = { .flagged = true } };
	const struct config_window newest = { .max_messages = 3 };
	struct window_rule rule = window_rule_make(&everything, 20000 * (int64_t)DAY + 5);
	assert_text(&rule, "since 19970 newest 500 largest 1024 unseen flagged");
	cr_assert(window_rule_searches(&rule));
	rule = window_rule_make(&newest, 0);
	assert_text(&rule, "newest 3");
	cr_assert_not(window_rule_searches(&rule));
	rule = window_rule_make(&none, 0);
	assert_text(&rule, NULL);
	cr_assert(window_rule_is_open(&rule), "what keeps nothing out need not keep anything in");
}

Test(sync_window, moves_on_once_a_day)
{
	struct window_rule rule = window_rule_make(&everything, 20000 * (int64_t)DAY);
	char *text = window_rule_text(&rule);
	struct window_rule evening = window_rule_make(&everything, 20001 * (int64_t)DAY - 1);
	struct window_rule tomorrow = window_rule_make(&everything, 20001 * (int64_t)DAY);
	cr_assert(window_is_settled(&evening, text));
	cr_assert_not(window_is_settled(&tomorrow, text));
	cr_assert_not(window_is_settled(&evening, WINDOW_UNSETTLED));
	cr_assert_not(window_is_settled(&evening, NULL));
	free(text);
}

/* A clock that was never set must not make a window that cannot be asked for. */
Test(sync_window, begins_with_the_epoch_at_the_earliest)
{
	cr_assert_eq(window_rule_make(&everything, 5 * (int64_t)DAY).since_day, 0);
	cr_assert_eq(window_rule_make(&everything, -5 * (int64_t)DAY).since_day, 0);
}

Test(sync_window, keeps_by_flags)
{
	const struct window_rule rule = window_rule_make(&everything, 0);
	const struct config_window plain = { .max_messages = 3 };
	const struct window_rule strict = window_rule_make(&plain, 0);
	cr_assert(window_rule_keeps(&rule, 0), "unread");
	cr_assert(window_rule_keeps(&rule, FLAG_SEEN | FLAG_FLAGGED));
	cr_assert_not(window_rule_keeps(&rule, FLAG_SEEN | FLAG_ANSWERED));
	cr_assert_not(window_rule_keeps(&strict, FLAG_FLAGGED));
}

Test(sync_window, finds_the_newest)
{
	struct uid_set set = UID_SET_INITIAL;
	cr_assert_eq(window_first_of_last(&set, 3), 1);
	uid_set_add_range(&set, 2, 5);
	uid_set_add_range(&set, 8, 9);
	cr_assert_eq(window_first_of_last(&set, 0), 0);
	cr_assert_eq(window_first_of_last(&set, 1), 9);
	cr_assert_eq(window_first_of_last(&set, 2), 8);
	cr_assert_eq(window_first_of_last(&set, 3), 5);
	cr_assert_eq(window_first_of_last(&set, 6), 2);
	cr_assert_eq(window_first_of_last(&set, 7), 1);
	uid_set_release(&set);
}

/* Each part of a rule, alone and with the others. */
Test(sync_window, each_part_by_itself)
{
	static const struct {
		struct config_window config;
		bool searches, is_open, looks_again; /* after an upload */
		const char *text;
	} cases[] = {
		{ { .max_age_days = 0 }, false, true, false, NULL },
		{ { .max_age_days = 1 }, true, false, false, "since 19999" },
		{ { .max_messages = 1 }, false, false, false, "newest 1" },
		{ { .max_size = 1 }, true, false, false, "largest 1" },
		{ { .max_messages = 1, .max_size = 1 }, true, false, true, "newest 1 largest 1" },
		{ { .max_age_days = 1, .max_messages = 1 },
		  true,
		  false,
		  true,
		  "since 19999 newest 1" },
		{ { .max_size = 1, .keep = { .unseen = true } },
		  true,
		  false,
		  false,
		  "largest 1 unseen" },
		{ { .max_size = 1, .keep = { .flagged = true } },
		  true,
		  false,
		  false,
		  "largest 1 flagged" },
		{ { .keep = { .unseen = true, .flagged = true } }, false, true, false, NULL },
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		const struct window_rule rule =
			window_rule_make(&cases[i].config, 20000 * (int64_t)DAY);
		cr_expect_eq(window_rule_searches(&rule), cases[i].searches, "case %zu", i);
		cr_expect_eq(window_rule_is_open(&rule), cases[i].is_open, "case %zu", i);
		cr_expect_eq(window_rule_needs_look_after_upload(&rule), cases[i].looks_again,
			     "case %zu", i);
		assert_text(&rule, cases[i].text);
		cr_expect_eq(window_is_settled(&rule, NULL), cases[i].text == NULL, "case %zu", i);
		cr_expect_eq(window_is_settled(&rule, "largest 1"), i == 3, "case %zu", i);
	}
}

Test(sync_window, each_flag_by_itself)
{
	static const struct config_window unseen = { .keep = { .unseen = true } };
	static const struct config_window flagged = { .keep = { .flagged = true } };
	const struct window_rule unread = window_rule_make(&unseen, 0);
	const struct window_rule marked = window_rule_make(&flagged, 0);
	cr_expect(window_rule_keeps(&unread, FLAG_FLAGGED));
	cr_expect_not(window_rule_keeps(&unread, FLAG_SEEN | FLAG_FLAGGED));
	cr_expect(window_rule_keeps(&marked, FLAG_FLAGGED));
	cr_expect_not(window_rule_keeps(&marked, 0));
}
