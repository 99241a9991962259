/* The folders that the user chose, rules that do nothing, and the table of folders.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <stdlib.h>

#include "base/memory.h"
#include "mail/mailbox_attribute.h"
#include "sync/folders/choice.h"
#include "sync/folders/rule_use.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* Two channels, of which the second has a line that matches nothing and one that others take. */
static struct config_channel channels[2];
static struct config_account account;
static struct folder_table table;
static struct sync_options options;

static struct folder_view *add(const char *name, const char *local,
			       const struct config_channel *channel)
{
	struct folder_view *folder = folder_table_add(&table, name);
	folder->local = local ? memory_text(local) : NULL;
	folder->channel = channel;
	return folder;
}

static void begin(void)
{
	char *problem = NULL;
	channels[0] = (struct config_channel){ .name = memory_text("work/lists"), .line = 7 };
	channels[1] = (struct config_channel){ .name = memory_text("work/rest"), .line = 12 };
	account = (struct config_account){ .name = memory_text("work"),
					   .channels = channels,
					   .channel_count = COUNT(channels) };
	table = (struct folder_table){ .items = NULL };
	options = (struct sync_options){ .dry_run = false };
	cr_assert(pattern_list_add(&channels[0].folders, "Lists/*, \\Junk", &problem));
	cr_assert(pattern_list_add(&channels[1].folders, "INBOX, Archiv", &problem));
}

static void end(void)
{
	for (size_t i = 0; i < COUNT(channels); i++) {
		free(channels[i].name);
		pattern_list_release(&channels[i].folders);
	}
	free(account.name);
	folder_table_release(&table);
	text_list_release(&options.folders);
	text_list_release(&options.channels);
}

TestSuite(sync_choice, .init = begin, .fini = end);

/* --- The choice --- */

static void choose(const char *folder)
{
	text_list_add(&options.folders, folder);
}

static bool takes(const struct folder_view *folder)
{
	struct choice choice;
	choice_begin(&choice, &options);
	bool result = choice_takes(&choice, folder);
	choice_end(&choice);
	return result;
}

Test(sync_choice, without_one_all_are_taken)
{
	cr_expect(takes(add("INBOX", "INBOX", &channels[1])));
	cr_expect(takes(add("Other", NULL, NULL)));
	cr_expect_not(choice_is_partial(&options));
}

Test(sync_choice, by_name_of_either_side_and_by_pattern)
{
	static const struct {
		const char *chosen;
		bool inbox, list, junk;
	} cases[] = {
		{ "INBOX", true, false, false },   { "in", true, false, false },
		{ "Lists/a", false, true, false }, { "Lists/*", false, true, false },
		{ "here/*", false, true, false },  { "\\Junk", false, false, true },
		{ "Lists", false, false, false },  { "**", true, true, true },
		{ "*", true, false, true },
	};
	const struct folder_view *inbox = add("INBOX", "in", &channels[1]);
	const struct folder_view *list = add("Lists/a", "here/a", &channels[0]);
	struct folder_view *junk = add("Spam", NULL, NULL);
	junk->attributes = MAILBOX_JUNK;
	for (size_t i = 0; i < COUNT(cases); i++) {
		choose(cases[i].chosen);
		cr_expect(choice_is_partial(&options));
		cr_expect_eq(takes(inbox), cases[i].inbox, "%s", cases[i].chosen);
		cr_expect_eq(takes(list), cases[i].list, "%s", cases[i].chosen);
		cr_expect_eq(takes(junk), cases[i].junk, "%s", cases[i].chosen);
		text_list_release(&options.folders);
	}
	choose("Lists/a");
	choose("Spam");
	cr_expect(!takes(inbox) && takes(list) && takes(junk), "either of two");
}

Test(sync_choice, by_channel)
{
	text_list_add(&options.channels, "work/lists");
	cr_expect(choice_is_partial(&options));
	cr_expect(takes(add("Lists/a", "Lists/a", &channels[0])));
	cr_expect_not(takes(add("INBOX", "INBOX", &channels[1])));
	cr_expect_not(takes(add("Other", NULL, NULL)));
}

/* A name that is no pattern may be a folder's all the same. */
Test(sync_choice, what_is_no_pattern_is_a_name)
{
	choose("\\Nonsense");
	cr_expect(takes(add("\\Nonsense", NULL, NULL)));
	cr_expect_not(takes(add("Nonsense", NULL, NULL)));
}

static void expect_check(const char *text)
{
	struct error error = ERROR_INITIAL;
	struct choice choice;
	choice_begin(&choice, &options);
	cr_expect_eq(choice_check(&choice, &table, &account, &error), text ? -1 : 0);
	if (text) {
		cr_expect_eq(error.kind, ERROR_CONFIG);
		cr_expect_str_eq(error.text, text, "%s", error.text);
	}
	choice_end(&choice);
	text_list_release(&options.folders);
}

Test(sync_choice, what_is_nothing_is_told)
{
	(void)add("INBOX", "in", &channels[1]);
	(void)add("Other", "Other", NULL);
	folder_table_add_stranger(&table, "Strange", "/mail/Strange");
	folder_table_pass_over(&table, CONFIG_SIDE_FAR, "Taken", NULL, &channels[0],
			       memory_text("it is passed over"));
	expect_check(NULL);
	choose("INBOX");
	choose("in");
	choose("Taken"); /* passed over for a reason that is told elsewhere */
	expect_check(NULL);
	choose("INBOX");
	choose("Other");
	expect_check("no channel of account work takes Other, so nothing is done with it; see "
		     "`navette list work`");
	choose("Strange");
	expect_check("no channel of account work takes Strange, so nothing is done with it; see "
		     "`navette list work`");
	choose("INBX");
	expect_check("account work has no channel and neither side of it a folder named INBX; did "
		     "you mean INBOX? `navette list work` shows all");
	choose("list");
	expect_check("account work has no channel and neither side of it a folder named list; did "
		     "you mean lists? `navette list work` shows all");
	choose("wrk");
	expect_check("account work has no channel and neither side of it a folder named wrk; did "
		     "you mean work? `navette list work` shows all");
	choose("Completely/else");
	expect_check("account work has no channel and neither side of it a folder named "
		     "Completely/else; `navette list work` shows all");
}

/* --- Rules that do nothing --- */

static struct buffer told;

static void tell(void *context, const char *text)
{
	(void)context;
	buffer_add_format(&told, "%s\n", text);
}

static void expect_told(const char *text)
{
	struct rule_use use;
	rule_use_begin(&use, &account);
	for (size_t i = 0; i < table.count; i++)
		rule_use_see(&use, table.items[i]);
	rule_use_tell(&use, tell, NULL);
	cr_expect_str_eq(buffer_text(&told), text, "%s", buffer_text(&told));
	for (size_t i = 0; i < COUNT(channels); i++) {
		size_t taken = 0;
		for (size_t k = 0; k < table.count; k++)
			taken += table.items[k]->channel == &channels[i];
		cr_expect_eq(rule_use_taken(&use, i), taken);
	}
	rule_use_end(&use);
	buffer_release(&told);
}

Test(sync_choice, patterns_that_match_nothing)
{
	(void)add("INBOX", NULL, &channels[1]);
	(void)add("Archive", NULL, NULL);
	add("Spam", NULL, &channels[0])->attributes = MAILBOX_JUNK;
	expect_told(
		"channel work/lists (line 7): there is no folder Lists/*\n"
		"channel work/rest (line 12): there is no folder Archiv; did you mean Archive?\n");
	channels[1].implicit = true;
	expect_told("channel work/lists (line 7): there is no folder Lists/*\n");
}

/* What it matches goes to one above it. */
Test(sync_choice, channels_that_take_nothing)
{
	(void)add("INBOX", NULL, &channels[0]);
	(void)add("Archiv", NULL, &channels[0]);
	(void)add("Lists/a", NULL, &channels[0]);
	add("Spam", NULL, &channels[0])->attributes = MAILBOX_JUNK;
	expect_told(
		"channel work/rest (line 12) takes no folder: channels above it take all that it "
		"matches, or its exclusions do\n");
	table.items[0]->channel = &channels[1];
	expect_told("");
}

/* --- The table --- */

Test(sync_choice, uses_of_a_folder)
{
	static const struct {
		unsigned int attributes, uses;
		bool subscribed;
	} cases[] = {
		{ 0, 0, false },
		{ MAILBOX_SUBSCRIBED, 0, true },
		{ MAILBOX_ALL, FOLDER_USE_ALL, false },
		{ MAILBOX_ARCHIVE, FOLDER_USE_ARCHIVE, false },
		{ MAILBOX_DRAFTS, FOLDER_USE_DRAFTS, false },
		{ MAILBOX_FLAGGED, FOLDER_USE_FLAGGED, false },
		{ MAILBOX_JUNK, FOLDER_USE_JUNK, false },
		{ MAILBOX_SENT, FOLDER_USE_SENT, false },
		{ MAILBOX_TRASH, FOLDER_USE_TRASH, false },
		{ MAILBOX_IMPORTANT, FOLDER_USE_IMPORTANT, false },
		{ MAILBOX_SENT | MAILBOX_ARCHIVE | MAILBOX_SUBSCRIBED,
		  FOLDER_USE_SENT | FOLDER_USE_ARCHIVE, true },
	};
	struct folder_view *folder = add("Name", NULL, NULL);
	for (size_t i = 0; i < COUNT(cases); i++) {
		folder->attributes = cases[i].attributes;
		const struct folder_facts facts = folder_view_facts(folder, "Other");
		cr_expect_str_eq(facts.name, "Other");
		cr_expect_eq(facts.uses, cases[i].uses, "case %zu", i);
		cr_expect_eq(facts.subscribed, cases[i].subscribed, "case %zu", i);
	}
}

Test(sync_choice, a_folder_that_the_rules_put_elsewhere)
{
	struct folder_view *folder = add("Name", NULL, NULL);
	cr_expect_not(folder_view_is_moved(folder));
	folder->path = memory_text("/mail/Name");
	cr_expect_not(folder_view_is_moved(folder), "it is new");
	folder->base_path = memory_text("/mail/Name");
	cr_expect_not(folder_view_is_moved(folder));
	folder->base_path[1] = 'M';
	cr_expect(folder_view_is_moved(folder));
	free(folder->path);
	folder->path = NULL;
	cr_expect_not(folder_view_is_moved(folder), "none takes it");
}

Test(sync_choice, strangers)
{
	folder_table_add_stranger(&table, "Here", "/mail/Here");
	folder_table_pass_over(&table, CONFIG_SIDE_NEAR, "Passed", "/mail/Passed", &channels[0],
			       memory_text("it is no Maildir"));
	folder_table_pass_over(&table, CONFIG_SIDE_FAR, "There", NULL, NULL,
			       memory_text("it cannot be opened"));
	cr_assert_eq(table.stranger_count, 3);
	cr_expect_eq(table.count, 0);
	const struct folder_view *here = table.strangers[0];
	const struct folder_view *passed = table.strangers[1];
	const struct folder_view *there = table.strangers[2];
	cr_expect_str_eq(here->name, "Here");
	cr_expect_str_eq(here->local, "Here");
	cr_expect_str_eq(here->path, "/mail/Here");
	cr_expect(here->near && !here->far && here->action == FOLDER_SKIP && !here->blocked);
	cr_expect_str_eq(passed->path, "/mail/Passed");
	cr_expect_str_eq(passed->blocked, "it is no Maildir");
	cr_expect(passed->near && !passed->far && passed->action == FOLDER_BLOCKED);
	cr_expect_eq(passed->channel, &channels[0]);
	cr_expect_null(there->path);
	cr_expect(!there->near && there->far && there->action == FOLDER_BLOCKED);
	cr_expect_str_eq(there->name, "There");
}
