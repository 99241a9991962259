/* Sets of UIDs, against a model that is one bool a UID. SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <criterion/criterion.h>
#include <string.h>

#include "mail/uid_set.h"
#include "random.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

static struct uid_set parse(const char *text)
{
	struct uid_set set = UID_SET_INITIAL;
	cr_assert(*text == '\0' || uid_set_parse(&set, text, strlen(text)), "%s", text);
	return set;
}

static void assert_set(const struct uid_set *set, const char *expected)
{
	struct buffer text = BUFFER_INITIAL;
	uid_set_format(set, &text);
	cr_assert_str_eq(buffer_text(&text), expected);
	buffer_release(&text);
}

Test(mail_uid_set, parses_and_formats)
{
	static const char *const cases[][2] = {
		{ "1", "1" },
		{ "1:3", "1:3" },
		{ "3:1", "1:3" },
		{ "4,1,2", "1:2,4" },
		{ "1,2,3,3,2,1", "1:3" },
		{ "9:12,7,1:3", "1:3,7,9:12" },
		{ "1:4,6:9,5", "1:9" },
		{ "5:5", "5" },
		{ "4294967295", "4294967295" },
		{ "4294967295:1", "1:4294967295" },
		{ "4294967294,4294967295", "4294967294:4294967295" },
		{ "007", "7" },
	};
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct uid_set set = parse(cases[i][0]);
		assert_set(&set, cases[i][1]);
		uid_set_release(&set);
	}
}

Test(mail_uid_set, refuses_what_is_no_set)
{
	static const char *const cases[] = { "",
					     "0",
					     "*",
					     "1:*",
					     "0:3",
					     "1,",
					     ",1",
					     "1,,2",
					     "1:",
					     ":1",
					     "1:2:3",
					     "4294967296",
					     "-1",
					     "1 ",
					     " 1",
					     "a",
					     "1;2",
					     "1:a",
					     "99999999999999999999999999",
					     "1,0",
					     "$" };
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct uid_set set = UID_SET_INITIAL;
		cr_assert_not(uid_set_parse(&set, cases[i], strlen(cases[i])), "%s", cases[i]);
		uid_set_release(&set);
	}
}

Test(mail_uid_set, parses_only_the_given_length)
{
	struct uid_set set = UID_SET_INITIAL;
	cr_assert(uid_set_parse(&set, "1:23,4", 3));
	assert_set(&set, "1:2");
	uid_set_release(&set);
}

Test(mail_uid_set, zero_is_never_a_member)
{
	struct uid_set set = UID_SET_INITIAL;
	uid_set_add(&set, 0);
	cr_assert(uid_set_is_empty(&set));
	cr_assert_not(uid_set_contains(&set, 0));
	uid_set_add_range(&set, 0, 2);
	assert_set(&set, "1:2");
	uid_set_remove_range(&set, 0, 1);
	assert_set(&set, "2");
	uid_set_release(&set);
}

Test(mail_uid_set, works_at_the_upper_end)
{
	struct uid_set set = UID_SET_INITIAL;
	uint32_t uid = 0;

	uid_set_add(&set, UINT32_MAX);
	uid_set_add(&set, UINT32_MAX);
	cr_assert(uid_set_next(&set, &uid));
	cr_assert_eq(uid, UINT32_MAX);
	cr_assert_not(uid_set_next(&set, &uid));
	uid_set_add_range(&set, 1, UINT32_MAX);
	cr_assert_eq(uid_set_size(&set), UINT32_MAX);
	uid_set_remove_range(&set, 5, UINT32_MAX);
	assert_set(&set, "1:4");
	uid_set_release(&set);
}

Test(mail_uid_set, clear_and_release)
{
	struct uid_set set = parse("1:3,5");
	uid_set_clear(&set);
	cr_assert(uid_set_is_empty(&set));
	cr_assert_eq(uid_set_size(&set), 0);
	uid_set_add(&set, 9);
	assert_set(&set, "9");
	uid_set_release(&set);
	cr_assert_null(set.ranges);
	uid_set_release(&set);
}

Test(mail_uid_set, a_set_and_itself)
{
	struct uid_set set = parse("1:3,5,7,9,11,13,15,17,19,21,23,25,27,29,31,33,35,37");
	uint64_t size = uid_set_size(&set);
	uid_set_add_set(&set, &set);
	cr_assert_eq(uid_set_size(&set), size);
	uid_set_remove_set(&set, &set);
	cr_assert(uid_set_is_empty(&set));
	uid_set_release(&set);
}

Test(mail_uid_set, parts_fit_and_make_the_whole)
{
	static const char whole_text[] = "1:3,7,9:12,1000:2000,3000000000,4294967295";
	for (size_t limit = 0; limit <= sizeof whole_text; limit++) {
		struct uid_set set = parse(whole_text);
		struct uid_set part = parse("77"); /* is cleared first */
		struct uid_set sum = UID_SET_INITIAL;
		while (uid_set_take_part(&set, limit, &part)) {
			struct buffer text = BUFFER_INITIAL;
			uid_set_format(&part, &text);
			cr_assert(text.length <= limit || part.count == 1);
			if (!uid_set_is_empty(&sum))
				cr_assert_gt(part.ranges[0].first, sum.ranges[sum.count - 1].last);
			uid_set_add_set(&sum, &part);
			buffer_release(&text);
		}
		cr_assert(uid_set_is_empty(&part));
		assert_set(&sum, whole_text);
		uid_set_release(&sum);
		uid_set_release(&part);
		uid_set_release(&set);
	}
}

Test(mail_uid_set, the_last_of_a_set)
{
	struct uid_set set = parse("1:3,7,9:12,1000:2000,4294967295");
	struct uid_set part = parse("77"); /* is cleared first */
	cr_assert(uid_set_take_last(&set, 3, &part));
	assert_set(&part, "1999:2000,4294967295");
	assert_set(&set, "1:3,7,9:12,1000:1998");
	cr_assert(uid_set_take_last(&set, 999, &part));
	assert_set(&part, "1000:1998");
	cr_assert_not(uid_set_take_last(&set, 0, &part));
	cr_assert(uid_set_is_empty(&part));
	cr_assert(uid_set_take_last(&set, UINT32_MAX, &part));
	assert_set(&part, "1:3,7,9:12");
	cr_assert_not(uid_set_take_last(&set, 1, &part));
	cr_assert(uid_set_is_empty(&part));
	uid_set_release(&part);
	uid_set_release(&set);
}

Test(mail_uid_set, the_first_of_a_set)
{
	struct uid_set set = parse("1:3,7,9:12,1000:2000,4294967295");
	struct uid_set part = parse("77"); /* is cleared first */
	cr_assert(uid_set_take_first(&set, 6, &part));
	assert_set(&part, "1:3,7,9:10");
	assert_set(&set, "11:12,1000:2000,4294967295");
	cr_assert(uid_set_take_first(&set, 2, &part));
	assert_set(&part, "11:12");
	cr_assert_not(uid_set_take_first(&set, 0, &part));
	cr_assert(uid_set_is_empty(&part));
	cr_assert(uid_set_take_first(&set, UINT32_MAX, &part));
	assert_set(&part, "1000:2000,4294967295");
	cr_assert_not(uid_set_take_first(&set, 1, &part));
	cr_assert(uid_set_is_empty(&part));
	uid_set_release(&part);
	uid_set_release(&set);
}

/* --- Against the model --- */

#define UNIVERSE 160 /* UIDs base + 1 .. base + UNIVERSE */

struct model {
	uint32_t base;
	bool members[UNIVERSE];
};

static void assert_like_model(const struct uid_set *set, const struct model *model)
{
	uint64_t size = 0;
	uint32_t uid = 0;
	for (size_t i = 0; i < set->count; i++) {
		cr_assert_leq(set->ranges[i].first, set->ranges[i].last);
		if (i > 0) /* sorted, disjoint, not adjacent */
			cr_assert_gt(set->ranges[i].first, set->ranges[i - 1].last + 1);
	}
	for (uint32_t i = 0; i < UNIVERSE; i++) {
		uint32_t here = model->base + 1 + i;
		cr_assert_eq(uid_set_contains(set, here), model->members[i], "%u", here);
		if (!model->members[i])
			continue;
		size++;
		cr_assert(uid_set_next(set, &uid));
		cr_assert_eq(uid, here);
	}
	cr_assert_not(uid_set_next(set, &uid));
	cr_assert_eq(uid_set_size(set), size);
	cr_assert_eq(uid_set_is_empty(set), size == 0);
}

static void change_range(struct random *random, struct uid_set *set, struct model *model)
{
	uint32_t a = random_below(random, UNIVERSE);
	uint32_t b = a + random_below(random, 6);
	bool add = random_below(random, 3) > 0;
	if (b >= UNIVERSE)
		b = UNIVERSE - 1;
	for (uint32_t i = a; i <= b; i++)
		model->members[i] = add;
	if (add && a == b)
		uid_set_add(set, model->base + 1 + a);
	else if (add)
		uid_set_add_range(set, model->base + 1 + b, model->base + 1 + a);
	else
		uid_set_remove_range(set, model->base + 1 + a, model->base + 1 + b);
}

/* A set of many single UIDs (above the limit of few ranges) or of few. */
static void change_by_set(struct random *random, struct uid_set *set, struct model *model)
{
	struct uid_set other = UID_SET_INITIAL;
	bool add = random_below(random, 2) > 0;
	uint32_t one_in = random_below(random, 2) > 0 ? 3 : 30;
	for (uint32_t i = 0; i < UNIVERSE; i++) {
		if (random_below(random, one_in) != 0)
			continue;
		uid_set_add(&other, model->base + 1 + i);
		model->members[i] = add;
	}
	if (add)
		uid_set_add_set(set, &other);
	else
		uid_set_remove_set(set, &other);
	uid_set_release(&other);
}

static void assert_survives_text(const struct uid_set *set, const struct model *model)
{
	struct buffer text = BUFFER_INITIAL;
	struct uid_set again = UID_SET_INITIAL;
	uid_set_format(set, &text);
	if (text.length > 0)
		cr_assert(uid_set_parse(&again, text.bytes, text.length));
	assert_like_model(&again, model);
	uid_set_release(&again);
	buffer_release(&text);
}

Test(mail_uid_set, behaves_like_the_model)
{
	static const uint32_t bases[] = { 0, 1000, UINT32_MAX - UNIVERSE };
	struct random random = { .state = 20011 };
	for (size_t i = 0; i < COUNT(bases); i++) {
		for (int round = 0; round < 20; round++) {
			struct model model = { .base = bases[i] };
			struct uid_set set = UID_SET_INITIAL;
			for (int step = 0; step < 60; step++) {
				if (random_below(&random, 10) == 0)
					change_by_set(&random, &set, &model);
				else
					change_range(&random, &set, &model);
				assert_like_model(&set, &model);
			}
			assert_survives_text(&set, &model);
			uid_set_release(&set);
		}
	}
}

Test(mail_uid_set, knows_where_a_range_ends)
{
	struct uid_set set = parse("2:4,7,9:4294967295");
	static const struct {
		uint32_t uid, end;
	} cases[] = { { 1, 0 }, { 2, 4 },          { 3, 4 },
		      { 4, 4 }, { 5, 0 },          { 7, 7 },
		      { 8, 0 }, { 9, UINT32_MAX }, { UINT32_MAX, UINT32_MAX } };
	for (size_t i = 0; i < COUNT(cases); i++)
		cr_expect_eq(uid_set_end_of_range(&set, cases[i].uid), cases[i].end, "UID %u",
			     cases[i].uid);
	uid_set_release(&set);
	cr_expect_eq(uid_set_end_of_range(&set, 1), 0, "the empty set");
}
