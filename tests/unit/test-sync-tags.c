/* Tags and keywords of a message become the same. SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <stdlib.h>

#include "base/memory.h"
#include "mail/name_set.h"
#include "random.h"
#include "sync/plan/tags.h"

enum { FRESH = 1, NO_PULL = 2, NO_PUSH = 4, NO_NEW = 8 };

#define COPIES 2
struct merge_case {
	const char *what;
	const char *near;
	struct {
		const char *base, *far; /* base NULL: there is no such copy */
		int how;
		const char *add, *remove;
	} copies[COPIES];
	const char *add, *remove;
};

static struct text_list set_of(const char *text)
{
	struct text_list set = { .items = NULL };
	name_set_read(&set, text ? text : "");
	return set;
}

static void expect(const char *what, const char *which, const struct text_list *set,
		   const char *text)
{
	char *found = name_set_text(set);
	cr_expect_str_eq(found, text ? text : "", "%s: %s: \"%s\", not \"%s\"", what, which, found,
			 text ? text : "");
	free(found);
}

static const struct text_list no_names = { .items = NULL };

static struct tag_merge begin(const struct merge_case *one)
{
	struct tag_merge merge = { .near = set_of(one->near) };
	merge.copies = memory_array(COPIES, sizeof *merge.copies);
	for (size_t i = 0; i < COPIES && one->copies[i].base; i++) {
		int how = one->copies[i].how;
		merge.copies[merge.count++] =
			(struct tag_copy){ .base = set_of(one->copies[i].base),
					   .far = set_of(one->copies[i].far),
					   .is_fresh = (how & FRESH) != 0,
					   .pulls = !(how & NO_PULL),
					   .pushes = !(how & NO_PUSH),
					   .stores_any = !(how & NO_NEW),
					   .storable = &no_names };
	}
	return merge;
}

/* When all is done the same again has nothing to do. */
static void expect_rest(const struct merge_case *one, struct tag_merge *merge)
{
	merge->done = true;
	for (size_t i = 0; i < merge->count; i++)
		merge->copies[i].done = true;
	tag_merge_settle(merge);
	text_list_release(&merge->add);
	text_list_release(&merge->remove);
	for (size_t i = 0; i < merge->count; i++) {
		text_list_release(&merge->copies[i].add);
		text_list_release(&merge->copies[i].remove);
	}
	tag_merge_make(merge);
	cr_expect_not(tag_merge_writes_near(merge), "%s: again", one->what);
	for (size_t i = 0; i < merge->count; i++)
		cr_expect_not(tag_copy_writes_far(&merge->copies[i]), "%s: again", one->what);
}

static void check(const struct merge_case *one)
{
	struct tag_merge merge = begin(one);
	tag_merge_make(&merge);
	expect(one->what, "tags to add", &merge.add, one->add);
	expect(one->what, "tags to remove", &merge.remove, one->remove);
	for (size_t i = 0; i < merge.count; i++) {
		expect(one->what, "keywords to add", &merge.copies[i].add, one->copies[i].add);
		expect(one->what, "keywords to remove", &merge.copies[i].remove,
		       one->copies[i].remove);
	}
	expect_rest(one, &merge);
	tag_merge_release(&merge);
}

Test(sync_tags, one_copy)
{
	static const struct merge_case cases[] = {
		{ .what = "nothing", .near = "", .copies = { { "", "" } } },
		{ .what = "all the same", .near = "a b", .copies = { { "a b", "a b" } } },
		{ .what = "other case", .near = "TODO", .copies = { { "todo", "Todo" } } },
		{ .what = "tagged", .near = "a", .copies = { { "", "", 0, "a" } } },
		{ .what = "untagged", .near = "", .copies = { { "a", "a", 0, NULL, "a" } } },
		{ .what = "keyword came", .near = "", .copies = { { "", "a" } }, .add = "a" },
		{ .what = "keyword went", .near = "a", .copies = { { "a", "" } }, .remove = "a" },
		{ .what = "both came", .near = "a", .copies = { { "", "a" } } },
		{ .what = "both went", .near = "", .copies = { { "a", "" } } },
		{ .what = "each another",
		  .near = "a c",
		  .copies = { { "a b", "b d", 0, "c", "b" } },
		  .add = "d",
		  .remove = "a" },
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		check(&cases[i]);
}

Test(sync_tags, what_never_had_a_name_does_not_take_it_away)
{
	static const struct merge_case cases[] = {
		{ .what = "lost tags come back",
		  .near = "",
		  .copies = { { "a b", "a b", FRESH } },
		  .add = "a b" },
		{ .what = "what the server removed stays removed",
		  .near = "",
		  .copies = { { "a b", "b", FRESH } },
		  .add = "b" },
		{ .what = "tags of a dump go to the server",
		  .near = "c",
		  .copies = { { "", "a", FRESH, "c" } },
		  .add = "a" },
		{ .what = "a dump has what the server removed",
		  .near = "a",
		  .copies = { { "a", "", FRESH } },
		  .remove = "a" },
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		check(&cases[i]);
}

Test(sync_tags, several_copies)
{
	static const struct merge_case cases[] = {
		{ .what = "a tag goes to all",
		  .near = "a",
		  .copies = { { "", "", 0, "a" }, { "", "", 0, "a" } } },
		{ .what = "a keyword of one goes to all",
		  .near = "",
		  .copies = { { "", "a" }, { "", "", 0, "a" } },
		  .add = "a" },
		{ .what = "a new copy gets them",
		  .near = "a",
		  .copies = { { "a", "a" }, { "", "", 0, "a" } } },
		{ .what = "taken from one, taken from all",
		  .near = "a",
		  .copies = { { "a", "" }, { "a", "a", 0, NULL, "a" } },
		  .remove = "a" },
		{ .what = "an untagged message loses them on all",
		  .near = "",
		  .copies = { { "a", "a", 0, NULL, "a" }, { "a", "a", 0, NULL, "a" } } },
		{ .what = "taken from one and given to another: it stays",
		  .near = "a",
		  .copies = { { "a", "", 0, "a" }, { "", "a" } } },
		{ .what = "untagged and given to another: it stays",
		  .near = "",
		  .copies = { { "a", "a" }, { "", "a" } },
		  .add = "a" },
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		check(&cases[i]);
}

Test(sync_tags, rules_and_servers_that_keep_things_where_they_are)
{
	static const struct merge_case cases[] = {
		{ .what = "nothing goes to the server",
		  .near = "a",
		  .copies = { { "b", "b c", NO_PUSH } },
		  .add = "c" },
		{ .what = "nothing comes from it",
		  .near = "a b",
		  .copies = { { "b", "c", NO_PULL, "a" } } },
		{ .what = "what it may not tell is changed when it is changed here",
		  .near = "",
		  .copies = { { "b", "b", NO_PULL, NULL, "b" } } },
		{ .what = "it takes no new keywords",
		  .near = "a",
		  .copies = { { "b", "b", NO_NEW } } },
		{ .what = "of two folders one takes none",
		  .near = "a",
		  .copies = { { "", "", NO_NEW }, { "", "", 0, "a" } } },
		{ .what = "taken from the one that has it",
		  .near = "a",
		  .copies = { { "", "", NO_NEW }, { "a", "" } },
		  .remove = "a" },
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		check(&cases[i]);
}

Test(sync_tags, a_keyword_that_the_mailbox_has_can_be_stored)
{
	struct text_list storable = set_of("a");
	struct tag_copy copy = { .pulls = true, .pushes = true, .storable = &storable };
	struct tag_merge merge = { .near = set_of("a b") };
	merge.copies = memory_array(1, sizeof copy);
	merge.copies[0] = copy;
	merge.count = 1;
	tag_merge_make(&merge);
	expect("storable", "keywords to add", &merge.copies[0].add, "a");
	tag_merge_release(&merge);
	text_list_release(&storable);
}

/* --- Whatever is done or not: the next tries bring all to rest, and nothing that both had goes
 * --- */

static struct text_list some(struct random *random)
{
	static const char *const names[] = { "a", "b", "c", "d" };
	struct text_list set = { .items = NULL };
	for (size_t i = 0; i < 4; i++) {
		if (random_below(random, 2) == 0)
			name_set_add(&set, names[i]);
	}
	return set;
}

static void try_once(struct tag_merge *merge, struct random *random, bool all)
{
	text_list_release(&merge->add);
	text_list_release(&merge->remove);
	for (size_t i = 0; i < merge->count; i++) {
		text_list_release(&merge->copies[i].add);
		text_list_release(&merge->copies[i].remove);
	}
	tag_merge_make(merge);
	merge->done = all || random_below(random, 2) == 0;
	for (size_t i = 0; i < merge->count; i++)
		merge->copies[i].done = all || random_below(random, 2) == 0;
	tag_merge_settle(merge);
}

/* What is to be added is something to write, and so is what is to be removed. */
Test(sync_tags, either_is_something_to_write)
{
	struct text_list one = { .items = NULL };
	name_set_add(&one, "todo");
	cr_expect(tag_merge_writes_near(&(struct tag_merge){ .add = one }));
	cr_expect(tag_merge_writes_near(&(struct tag_merge){ .remove = one }));
	cr_expect_not(tag_merge_writes_near(&(struct tag_merge){ .near = one }));
	cr_expect(tag_copy_writes_far(&(struct tag_copy){ .add = one }));
	cr_expect(tag_copy_writes_far(&(struct tag_copy){ .remove = one }));
	cr_expect_not(tag_copy_writes_far(&(struct tag_copy){ .far = one }));
	text_list_release(&one);
}

Test(sync_tags, half_done_is_done_by_the_next)
{
	struct random random = { .state = 7 };
	for (int round = 0; round < 20000; round++) {
		struct tag_merge merge = { .near = some(&random) };
		merge.copies = memory_array(COPIES, sizeof *merge.copies);
		merge.count = 1 + random_below(&random, COPIES);
		for (size_t i = 0; i < merge.count; i++)
			merge.copies[i] =
				(struct tag_copy){ .base = some(&random),
						   .far = some(&random),
						   .is_fresh = random_below(&random, 4) == 0,
						   .pulls = true,
						   .pushes = true,
						   .stores_any = true };
		for (int i = 0; i < 3; i++)
			try_once(&merge, &random, i == 2);
		for (size_t i = 0; i < merge.count; i++) {
			cr_assert(name_set_equal(&merge.near, &merge.copies[i].far), "%d", round);
			cr_assert(name_set_equal(&merge.near, &merge.copies[i].base), "%d", round);
		}
		try_once(&merge, &random, true);
		cr_assert_not(tag_merge_writes_near(&merge), "%d", round);
		tag_merge_release(&merge);
	}
}
