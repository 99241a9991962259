/* What was sent last is looked at once more. SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>

#include "state-fixture.h"
#include "state/fresh.h"

TestSuite(state_fresh, .fini = fixture_end);

static void add(const struct state *state, uint32_t folder, uint32_t first, uint32_t last)
{
	struct uid_set uids = UID_SET_INITIAL;
	struct error error = ERROR_INITIAL;
	uid_set_add_range(&uids, first, last);
	cr_assert_eq(state_fresh_add(state, folder, &uids, &error), 0, "%s", error.text);
	uid_set_release(&uids);
}

static void expect(const struct state_fresh *fresh, uint32_t folder, uint64_t count)
{
	struct uid_set uids = UID_SET_INITIAL;
	state_fresh_get(fresh, folder, &uids);
	cr_expect_eq(uid_set_size(&uids), count, "folder %u", folder);
	uid_set_release(&uids);
}

Test(state_fresh, all_of_a_run_is_kept_for_the_next_and_for_no_other)
{
	struct state *state = fixture_open(STATE_READ_WRITE);
	struct state_fresh fresh = { .items = NULL };
	add(state, 2, 1, 700);
	add(state, 1, 5, 5);
	add(state, 2, 701, 702);
	state_fresh_take(state, &fresh);
	expect(&fresh, 1, 1);
	expect(&fresh, 2, 702);
	expect(&fresh, 3, 0);
	state_fresh_release(&fresh);
	state_fresh_take(state, &fresh);
	expect(&fresh, 2, 0);
	state_fresh_release(&fresh);
	state_close(&state);
}
