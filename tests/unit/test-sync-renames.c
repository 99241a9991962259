/* What becomes of folders that have another name. SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/memory.h"
#include "mail/mailbox_attribute.h"
#include "sync/folders/renames.h"
#include "sync/observe/other_names_private.h"

static const struct config_channel all = {
	.rules = { .pull = CONFIG_KINDS_ALL, .push = CONFIG_KINDS_ALL, .create = CONFIG_SIDES_BOTH }
};

/* "nfb NAME": who has it. */
static struct folder_view *add(struct folder_table *table, const char *text)
{
	struct folder_view *view = folder_table_add(table, text + 4);
	view->near = text[0] == 'n';
	view->far = text[1] == 'f';
	view->base = text[2] == 'b';
	view->channel = &all;
	view->local = memory_text(text + 4);
	view->path = memory_format("/mail/%s", text + 4);
	return view;
}

static struct folder_view *find(const struct folder_table *table, const char *name)
{
	struct folder_view *view = name ? folder_table_find(table, name) : NULL;
	cr_assert(view || !name, "%s", name);
	return view;
}

/* "FOLDER step TO" a line, in their order; "(" what comes along, "*" the whole directory. */
static char *decide(struct folder_renames *renames, const struct folder_table *table)
{
	static const char *const words[] = { "none",     "record", "far",    "near",
					     "exchange", "waits",  "refused" };
	struct buffer text = BUFFER_INITIAL;
	folder_renames_decide(renames, table);
	for (size_t i = 0; i < renames->count; i++) {
		const struct folder_rename *one = &renames->items[i];
		buffer_add_format(&text, "%s%s %s %s%s\n", one->comes_along ? "(" : "",
				  one->folder->name, words[one->step],
				  one->to ? one->to->name : "-", one->whole ? "*" : "");
	}
	folder_renames_release(renames);
	return buffer_take(&text);
}

struct scene {
	const char *views[8];
	const char *renames[4][3]; /* folder, near, far */
	const char *decided;
};

static void expect(const struct scene *scene)
{
	struct folder_table table = { .items = NULL };
	struct folder_renames renames = { .items = NULL };
	for (size_t i = 0; scene->views[i]; i++)
		(void)add(&table, scene->views[i]);
	for (size_t i = 0; i < 4 && scene->renames[i][0]; i++) {
		memory_grow((void **)&renames.items, &renames.capacity, renames.count + 1,
			    sizeof *renames.items);
		renames.items[renames.count++] = (struct folder_rename){
			.folder = find(&table, scene->renames[i][0]),
			.near = find(&table, scene->renames[i][1]),
			.far = find(&table, scene->renames[i][2]),
		};
	}
	char *text = decide(&renames, &table);
	cr_expect_str_eq(text, scene->decided);
	free(text);
	folder_table_release(&table);
}

static const struct scene scenes[] = {
	{ { " fb A", "n   B" }, { { "A", "B", NULL } }, "A far B\n" },
	{ { "n b A", " f  B" }, { { "A", NULL, "B" } }, "A near B*\n" },
	{ { "  b A", "nf  B" }, { { "A", "B", "B" } }, "A record B\n" },
	/* Differently: the server's name. */
	{ { "  b A", "n   B", " f  C" }, { { "A", "B", "C" } }, "A near C*\n" },
	{ { "  b A", "nf  B", " f  C" }, { { "A", "B", "C" } }, "A waits C\n" },
	{ { "  b A", "n   B", "nf  C" }, { { "A", "B", "C" } }, "A waits C\n" },
	/* There is one of that name. */
	{ { " fb A", "nf  B" }, { { "A", "B", NULL } }, "A waits B\n" },
	{ { "n b A", "nf  B" }, { { "A", NULL, "B" } }, "A waits B\n" },
	/* The other side lost it, or nobody knows. */
	{ { "  b A", "n   B" }, { { "A", "B", NULL } }, "A none -\n" },
	{ { "  b A", " f  B" }, { { "A", NULL, "B" } }, "A none -\n" },
	/* With what is below. */
	{ { " fb A", " fb A/x", "n   B", "n   B/x" },
	  { { "A", "B", NULL }, { "A/x", "B/x", NULL } },
	  "(A/x far B/x\nA far B\n" },
	{ { "n b A", "n b A/x", " f  B", " f  B/x" },
	  { { "A", NULL, "B" }, { "A/x", NULL, "B/x" } },
	  "(A/x near B/x*\nA near B*\n" },
	/* One below goes elsewhere, and goes first. */
	{ { " fb A", " fb A/x", "n   B", "n   C" },
	  { { "A", "B", NULL }, { "A/x", "C", NULL } },
	  "A/x far C\nA far B\n" },
	{ { "n b A", "n b A/x", " f  B", " f  C" },
	  { { "A", NULL, "B" }, { "A/x", NULL, "C" } },
	  "A/x near C*\nA near B\n" },
	/* One below stays, known or a stranger to the base. */
	{ { "n b A", "nfb A/x", " f  B" }, { { "A", NULL, "B" } }, "A near B\n" },
	{ { "n b A", "n   A/y", " f  B" }, { { "A", NULL, "B" } }, "A near B\n" },
	{ { "n b A", "n   Ay", " f  B" }, { { "A", NULL, "B" } }, "A near B*\n" },
	/* Into itself. */
	{ { "n b A", " f  A/B" }, { { "A", NULL, "A/B" } }, "A near A/B\n" },
	/* What is to be above comes first. */
	{ { "n b C", "n b D", " f  B", " f  B/A" },
	  { { "C", NULL, "B/A" }, { "D", NULL, "B" } },
	  "D near B*\nC near B/A*\n" },
};

Test(sync_renames, decisions)
{
	for (size_t i = 0; i < sizeof scenes / sizeof *scenes; i++)
		expect(&scenes[i]);
}

/* Rules of the folder as it was called, and as it is called now. */
static enum folder_rename_step step_under(const struct config_rules *old,
					  const struct config_rules *new, bool far,
					  unsigned int attributes)
{
	const struct config_channel from = { .rules = *old };
	const struct config_channel to = { .rules = *new };
	struct folder_table table = { .items = NULL };
	struct folder_view *a = add(&table, far ? "n b A" : " fb A");
	struct folder_view *b = add(&table, far ? " f  B" : "n   B");
	struct folder_rename rename = { .folder = a };
	struct folder_renames renames = { .items = &rename, .count = 1 };
	a->channel = &from;
	b->channel = &to;
	a->attributes = attributes;
	if (far)
		rename.far = b;
	else
		rename.near = b;
	folder_renames_decide(&renames, &table);
	folder_table_release(&table);
	return rename.step;
}

Test(sync_renames, rules)
{
	struct config_rules rules = all.rules;
	cr_expect_eq(step_under(&rules, &rules, false, 0), FOLDER_RENAME_FAR);
	cr_expect_eq(step_under(&rules, &rules, true, 0), FOLDER_RENAME_NEAR);
	rules.push = CONFIG_KIND_NEW | CONFIG_KIND_FLAGS;
	cr_expect_eq(step_under(&rules, &all.rules, false, 0), FOLDER_RENAME_NONE);
	cr_expect_eq(step_under(&all.rules, &rules, false, 0), FOLDER_RENAME_FAR);
	cr_expect_eq(step_under(&rules, &rules, true, 0), FOLDER_RENAME_NEAR);
	rules.push = CONFIG_KIND_DELETIONS;
	cr_expect_eq(step_under(&all.rules, &rules, false, 0), FOLDER_RENAME_NONE);
	rules = all.rules;
	rules.pull = CONFIG_KIND_NEW;
	cr_expect_eq(step_under(&rules, &rules, true, 0), FOLDER_RENAME_NONE);
	rules = all.rules;
	rules.create = CONFIG_SIDE_NEAR;
	cr_expect_eq(step_under(&rules, &rules, false, 0), FOLDER_RENAME_NONE);
	cr_expect_eq(step_under(&rules, &rules, true, 0), FOLDER_RENAME_NEAR);
	rules.create = CONFIG_SIDE_FAR;
	cr_expect_eq(step_under(&rules, &rules, true, 0), FOLDER_RENAME_NONE);
}

Test(sync_renames, of_a_mailbox_with_a_use)
{
	cr_expect_eq(step_under(&all.rules, &all.rules, false, MAILBOX_TRASH),
		     FOLDER_RENAME_REFUSED);
	cr_expect_eq(step_under(&all.rules, &all.rules, false, MAILBOX_SUBSCRIBED),
		     FOLDER_RENAME_FAR);
	cr_expect_eq(step_under(&all.rules, &all.rules, true, MAILBOX_TRASH), FOLDER_RENAME_NEAR);
}

Test(sync_renames, below)
{
	cr_expect_str_eq(folder_renames_below("A/x", "A"), "/x");
	cr_expect_null(folder_renames_below("A", "A"));
	cr_expect_null(folder_renames_below("Ab/x", "A"));
	cr_expect_null(folder_renames_below("B/x", "A"));
}

/* --- Whether a directory is the one that was there --- */

Test(sync_renames, places)
{
	const struct new_place place = { .device = 1,
					 .inode = 5,
					 .born_ns = 77,
					 .fingerprint = { .inode = { 4, 5 },
							  .change_ns = { 8, 9 } } };
	static const struct {
		struct state_folder record;
		enum place_answer answer;
		const char *why;
	} cases[] = {
		{ { .cur_device = 1, .cur_inode = 5, .cur_born_ns = 77 }, PLACE_IS_SAME, "born" },
		{ { .cur_device = 1, .cur_inode = 5, .cur_born_ns = 78 }, PLACE_IS_OTHER, "later" },
		{ { .cur_device = 1, .cur_inode = 6, .cur_born_ns = 77 }, PLACE_IS_OTHER, "inode" },
		{ { .cur_device = 1, .cur_inode = 5 }, PLACE_MAY_BE_SAME, "inode alone" },
		{ { .cur_device = 2, .cur_inode = 5, .cur_born_ns = 77 },
		  PLACE_MAY_BE_SAME,
		  "numbers of devices change" },
		{ { .cur_device = 1,
		    .cur_inode = 5,
		    .near_known = true,
		    .near_inode = { 4, 5 },
		    .near_change_ns = { 8, 9 } },
		  PLACE_IS_SAME,
		  "unchanged" },
		{ { .cur_device = 1,
		    .cur_inode = 5,
		    .cur_born_ns = 78,
		    .near_known = true,
		    .near_inode = { 4, 5 },
		    .near_change_ns = { 8, 9 } },
		  PLACE_IS_OTHER,
		  "times can be set" },
		{ { .near_known = true, .near_inode = { 4, 5 }, .near_change_ns = { 8, 9 } },
		  PLACE_IS_SAME,
		  "of an older state" },
		{ { .near_known = true, .near_inode = { 4, 5 }, .near_change_ns = { 8, 10 } },
		  PLACE_MAY_BE_SAME,
		  "changed, of an older state" },
		{ { .near_known = false }, PLACE_IS_OTHER, "not known" },
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		cr_expect_eq(other_names_compare_place(&cases[i].record, &place), cases[i].answer,
			     "%s", cases[i].why);
}
