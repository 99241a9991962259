/* Sets of UIDs of a folder. SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>

#include "random.h"
#include "state-fixture.h"

TestSuite(state_sets, .fini = fixture_end);

struct putting {
	uint32_t folder;
	enum state_set which;
	const struct uid_set *uids;
};

static int put(struct state_transaction *transaction, void *context, struct error *error)
{
	const struct putting *putting = context;
	return state_set_put(transaction, putting->folder, putting->which, putting->uids, error);
}

static void assert_set(struct state *state, uint32_t folder, enum state_set which,
		       const struct uid_set *expected)
{
	struct error error = ERROR_INITIAL;
	struct uid_set uids = UID_SET_INITIAL;
	struct state_transaction *transaction = fixture_read(state);
	uint32_t count;
	cr_assert_eq(state_set_get(transaction, folder, which, &uids, &error), 0, "%s", error.text);
	cr_assert_eq(state_set_count(transaction, folder, which, &count, &error), 0);
	state_read_end(&transaction);
	cr_assert_eq(count, uid_set_size(expected));
	cr_assert_eq(uids.count, expected->count);
	if (uids.count > 0)
		cr_assert_arr_eq(uids.ranges, expected->ranges, uids.count * sizeof *uids.ranges);
	uid_set_release(&uids);
}

static void change(struct uid_set *uids, struct random *random)
{
	uint32_t first = 1 + random_below(random, 60);
	uint32_t last = first + random_below(random, 10);
	if (random_below(random, 2) == 0)
		uid_set_add_range(uids, first, last);
	else
		uid_set_remove_range(uids, first, last);
}

#define SETS 4u /* of a folder */

/* All sets of two folders, changed at random: each is what was put last. */
Test(state_sets, hold_what_was_put_last)
{
	struct state *state = fixture_open(STATE_READ_WRITE);
	uint32_t folders[2] = { fixture_folder(state, "A"), fixture_folder(state, "B") };
	struct uid_set sets[2 * SETS];
	for (uint32_t i = 0; i < 2 * SETS; i++)
		sets[i] = (struct uid_set)UID_SET_INITIAL;
	struct random random = { .state = 11 };
	for (int i = 0; i < 300; i++) {
		uint32_t which = random_below(&random, 2 * SETS);
		for (uint32_t changes = random_below(&random, 5); changes > 0; changes--)
			change(&sets[which], &random);
		struct putting putting = { .folder = folders[which / SETS],
					   .which = (enum state_set)(which % SETS),
					   .uids = &sets[which] };
		fixture_write(state, put, &putting);
		for (uint32_t j = 0; j < 2 * SETS; j++)
			assert_set(state, folders[j / SETS], (enum state_set)(j % SETS), &sets[j]);
	}
	for (uint32_t i = 0; i < 2 * SETS; i++)
		uid_set_release(&sets[i]);
	state_close(&state);
}

Test(state_sets, hold_the_highest_uid)
{
	struct state *state = fixture_open(STATE_READ_WRITE);
	struct uid_set uids = UID_SET_INITIAL;
	uint32_t folder = fixture_folder(state, "A");
	uid_set_add(&uids, 1);
	uid_set_add(&uids, UINT32_MAX);
	struct putting putting = { .folder = folder, .which = STATE_OUTSIDE, .uids = &uids };
	fixture_write(state, put, &putting);
	fixture_reopen(&state);
	assert_set(state, folder, STATE_OUTSIDE, &uids);
	uid_set_release(&uids);
	state_close(&state);
}

static int clear(struct state_transaction *transaction, void *context, struct error *error)
{
	const uint32_t *folder = context;
	return state_folder_clear(transaction, *folder, error);
}

Test(state_sets, go_with_their_folder)
{
	struct state *state = fixture_open(STATE_READ_WRITE);
	uint32_t folder = fixture_folder(state, "A");
	struct uid_set uids = UID_SET_INITIAL;
	struct uid_set none = UID_SET_INITIAL;
	uid_set_add_range(&uids, 3, 9);
	for (int which = 0; which < 2; which++) {
		struct putting putting = { .folder = folder,
					   .which = (enum state_set)which,
					   .uids = &uids };
		fixture_write(state, put, &putting);
	}
	fixture_write(state, clear, &folder);
	assert_set(state, folder, STATE_OUTSIDE, &none);
	assert_set(state, folder, STATE_EXPIRING, &none);
	uid_set_release(&uids);
	state_close(&state);
}

/* What is no set must not be taken for one: a message left out would come again, or a removal be
 * taken for the user's. */
Test(state_sets, nonsense_is_refused)
{
	static const unsigned char key[8] = { 0, 0, 0, 1, 0, 0, 0, 5 };
	static const unsigned char before_first[4] = { 0, 0, 0, 4 };
	struct state *state = fixture_open(STATE_READ_WRITE);
	struct uid_set uids = UID_SET_INITIAL;
	cr_assert_eq(fixture_folder(state, "A"), 1);
	uid_set_add(&uids, 2);
	struct putting putting = { .folder = 1, .which = STATE_OUTSIDE, .uids = &uids };
	fixture_write(state, put, &putting);
	state_close(&state);
	for (size_t size = 3; size <= sizeof before_first; size++) {
		struct error error = ERROR_INITIAL;
		fixture_tamper("left-out", key, sizeof key, before_first, size);
		state = fixture_open(STATE_READ_ONLY);
		struct state_transaction *transaction = fixture_read(state);
		cr_assert_eq(state_set_get(transaction, 1, STATE_OUTSIDE, &uids, &error), -1);
		cr_assert_eq(error.kind, ERROR_SAFETY);
		state_read_end(&transaction);
		state_close(&state);
	}
	uid_set_release(&uids);
}
