/* The rules of a channel in words. SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <stdlib.h>

#include "cli/rules_text.h"

static struct config_rules plain(void)
{
	return (struct config_rules){ .pull = CONFIG_KINDS_ALL,
				      .push = CONFIG_KINDS_ALL,
				      .expunge = CONFIG_SIDES_BOTH,
				      .keyword_limit = CONFIG_KEYWORD_LIMIT_MAX };
}

static void assert_text(const struct config_rules *rules, const char *expected)
{
	char *text = cli_rules_text(rules);
	cr_assert_str_eq(text, expected);
	free(text);
}

Test(cli_rules_text, says_nothing_of_the_plain_ones)
{
	struct config_rules rules = plain();
	assert_text(&rules, "");
}

Test(cli_rules_text, tells_directions)
{
	struct config_rules rules = plain();
	rules.push = CONFIG_KINDS_NONE;
	assert_text(&rules, "direction = pull");
	rules.push = CONFIG_KIND_FLAGS;
	assert_text(&rules, "push = flags");
	rules.pull = CONFIG_KIND_NEW | CONFIG_KIND_DELETIONS;
	assert_text(&rules, "pull = new deletions, push = flags");
	rules.push = CONFIG_KINDS_ALL;
	rules.pull = CONFIG_KINDS_NONE;
	assert_text(&rules, "direction = push");
	rules.push = CONFIG_KINDS_NONE;
	assert_text(&rules, "pull = none, push = none");
}

Test(cli_rules_text, tells_everything_else)
{
	struct config_rules rules = plain();
	char trash[] = "\\Trash";
	rules.expunge = CONFIG_SIDE_NEAR;
	rules.trash = trash;
	rules.window = (struct config_window){ .max_age_days = 90,
					       .max_messages = 500,
					       .max_size = 10485760,
					       .keep = { .unseen = true, .flagged = true } };
	rules.body = CONFIG_BODY_HEADERS;
	assert_text(&rules, "expunge = near, trash = \\Trash, max-age = 90d, max-messages = 500, "
			    "max-size = 10485760, keep = unseen flagged, body = headers");
}

Test(cli_rules_text, tells_keywords)
{
	struct config_rules rules = plain();
	rules.keywords = CONFIG_KEYWORDS_PULL;
	assert_text(&rules, "keywords = pull");
	rules.keywords = CONFIG_KEYWORDS_NONE;
	rules.keyword_limit = 3;
	assert_text(&rules, "keywords = none, keyword-limit = 3");
}
