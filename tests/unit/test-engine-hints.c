/* The real engine: rounds by hints, and what is said of keywords and their letters.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "engine-story.h"
#include "engine-words.h"

static struct rig rig;

static void end(void)
{
	rig_end(&rig);
}

TestSuite(engine_hints, .fini = end, .timeout = 120);

/* --- Who was told of new mail --- */

/* How many messages are asked for in the flight that looks. */
static uint32_t ahead(const char *rules, bool base, const char *far, const char *near)
{
	struct sync_hints hints = { .all_near = false };
	rig_begin_alone(&rig, rules);
	if (base)
		(void)rig_append(&rig, "INBOX", FLAG_SEEN, 1, 0);
	rig_run(&rig, NULL);
	(void)rig_append(&rig, "INBOX", FLAG_SEEN, 2, 0);
	if (far)
		text_list_add(&hints.far, far);
	if (near)
		text_list_add(&hints.near, near);
	rig.world->asked_ahead = 0;
	rig_run(&rig, &(struct sync_options){ .hints = far || near ? &hints : NULL });
	uint32_t asked = rig.world->asked_ahead;
	text_list_release(&hints.far);
	text_list_release(&hints.near);
	rig_end(&rig);
	return asked;
}

Test(engine_hints, new_mail_that_was_told_of_comes_at_once)
{
	cr_expect_eq(ahead("", true, "INBOX", NULL), FAR_AHEAD_MAX);
	cr_expect_eq(ahead("", true, NULL, "INBOX"), 0);
	cr_expect_eq(ahead("", true, NULL, NULL), 0);
	cr_expect_eq(ahead("", false, "INBOX", NULL), 0);
	cr_expect_eq(ahead("pull = flags\n", true, "INBOX", NULL), 0);
	cr_expect_eq(ahead("body = headers\n", true, "INBOX", NULL), 0);
	rig_begin_alone(&rig, "");
}

/* --- Keywords --- */

Test(engine_hints, keywords_beyond_the_limit_are_told_once)
{
	rig_begin_alone(&rig, "keyword-limit = 1\n");
	(void)words_add(&rig, "INBOX", 1, FLAG_SEEN, "work");
	rig_run(&rig, NULL);
	(void)words_add(&rig, "INBOX", 2, FLAG_SEEN, "work");
	story_expect(&rig, NULL, NULL, "1 downloaded, 189 bytes_down", "");
	(void)words_add(&rig, "INBOX", 3, FLAG_SEEN, "home");
	(void)words_add(&rig, "Other", 4, FLAG_SEEN, "home");
	story_expect(
		&rig, NULL, NULL, "2 downloaded, 762 bytes_down",
		"navette: work/INBOX: the account has more keywords than there are letters for (1); home and others stay on the server and are not shown here: navette status lists them\n");
}

Test(engine_hints, letters_that_are_exchanged_are_told)
{
	rig_begin_alone(&rig, "");
	rig_make_folder(&rig, "INBOX");
	rig_make_folder(&rig, "Other");
	words_write_table(&rig, "INBOX", "0 work\n1 home\n");
	words_write_table(&rig, "Other", "0 home\n1 work\n");
	rig_deliver(&rig, "INBOX", "1.x:2,Sa", 1, 0);
	rig_deliver(&rig, "Other", "2.x:2,Sa", 2, 0);
	rig_deliver(&rig, "Other", "3.x:2,Sb", 3, 0);
	rig_deliver(&rig, "Other", "4.x:2,S", 4, 0);
	rig_deliver(&rig, "Other", "5.x:2,Sab", 5, 0);
	story_expect(
		&rig, NULL, NULL, "5 uploaded, 1969 bytes_up",
		"navette: work/Other: the letters of keywords were changed in 2 file names, so that each means the same in all folders of the account\n");
	words_expect_letters(&rig, 2, "b");
	words_expect_letters(&rig, 3, "a");
	words_expect_letters(&rig, 4, "");
	words_expect_letters(&rig, 5, "ab");
	words_expect(&rig,
		     "INBOX 1 S work\nOther 2 S home\nOther 3 S work\nOther 4 S\n"
		     "Other 5 S home work\n",
		     "INBOX 1 S work\nOther 2 S home\nOther 3 S work\nOther 4 S\n"
		     "Other 5 S home work\n",
		     "exchanged");
	story_expect_nothing(&rig);
}

/* The account has no letter for it: it goes from the names, not from the server. */
Test(engine_hints, a_keyword_without_a_letter_is_told)
{
	rig_begin_alone(&rig, "");
	for (unsigned int i = 0; i < FLAG_KEYWORD_COUNT; i++) {
		char word[8];
		(void)snprintf(word, sizeof word, "k%u", i);
		(void)words_add(&rig, "INBOX", i, FLAG_SEEN, word);
	}
	rig_run(&rig, NULL);
	rig_make_folder(&rig, "Other");
	words_write_table(&rig, "Other", "0 extra\n1 k0\n2 $Forwarded\n");
	rig_deliver(&rig, "Other", "90.x:2,Sa", 90, 0);
	rig_deliver(&rig, "Other", "91.x:2,Sbc", 91, 0);
	story_expect(
		&rig, NULL, NULL, "2 uploaded, 576 bytes_up",
		"navette: work/Other: the account has no letter left for the keyword extra, which is not shown in this folder any more\n"
		"navette: work/Other: the letters of keywords were changed in 2 file names, so that each means the same in all folders of the account\n");
	words_expect_letters(&rig, 90, "");
	char *near = words_near(&rig);
	char *far = words_far(&rig);
	cr_expect_not_null(strstr(near, "Other 90 S\nOther 91 SP k0\n"), "%s", near);
	cr_expect_not_null(strstr(far, "Other 91 SP k0\n"), "%s", far);
	free(near);
	free(far);
	story_expect_nothing(&rig);
}

/* Each side has its own, then. */
Test(engine_hints, letters_that_mean_nothing_stay)
{
	rig_begin_alone(&rig, "keywords = none\n");
	(void)words_add(&rig, "INBOX", 1, FLAG_SEEN, "work");
	rig_run(&rig, NULL);
	words_expect_letters(&rig, 1, "");
	words_rename(&rig, 1, NULL, ":2,FSc");
	story_expect(&rig, NULL, NULL, "1 far_flags", "");
	words_expect_letters(&rig, 1, "c");
	words_expect(&rig, "INBOX 1 SF ?\n", "INBOX 1 SF work\n", "none");
	story_expect_nothing(&rig);
}
