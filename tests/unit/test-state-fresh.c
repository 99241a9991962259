/* Messages that the next run looks at once. SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "state-fixture.h"
#include "state/fresh.h"

TestSuite(state_fresh, .fini = fixture_end);

static void add(const struct state *state, uint32_t folder, uint32_t first, uint32_t last)
{
	struct uid_set uids = UID_SET_INITIAL;
	uid_set_add_range(&uids, first, last);
	cr_assert_eq(state_fresh_add(state, folder, &uids, NULL), 0);
	uid_set_release(&uids);
}

static void expect(const struct state_fresh *fresh, uint32_t folder, uint32_t first, uint32_t last)
{
	struct uid_set uids = UID_SET_INITIAL;
	state_fresh_get(fresh, folder, &uids);
	cr_expect_eq(uid_set_size(&uids), last == 0 ? 0 : last - first + 1, "folder %u", folder);
	for (uint32_t uid = first; uid <= last && last != 0; uid++)
		cr_expect(uid_set_contains(&uids, uid), "folder %u, UID %u", folder, uid);
	uid_set_release(&uids);
}

Test(state_fresh, comes_back_once_a_folder_each)
{
	struct state *state = fixture_open(STATE_READ_WRITE);
	struct state_fresh fresh = { .count = 0 };
	add(state, 7, 300, 301);
	add(state, 3, 5, 2000); /* more than is read in one piece */
	add(state, 9, 1, 1);
	add(state, 7, 302, 310);
	add(state, 5, UINT32_MAX - 1, UINT32_MAX - 1);
	fixture_reopen(&state);
	state_fresh_take(state, &fresh);
	cr_expect_eq(fresh.count, 1996 + 11 + 2);
	expect(&fresh, 3, 5, 2000);
	expect(&fresh, 5, UINT32_MAX - 1, UINT32_MAX - 1);
	expect(&fresh, 7, 300, 310);
	expect(&fresh, 9, 1, 1);
	for (uint32_t folder = 2; folder <= 10; folder += 2)
		expect(&fresh, folder, 1, 0);
	state_fresh_release(&fresh);
	cr_expect_eq(fresh.count, 0);
	state_fresh_take(state, &fresh);
	cr_expect_eq(fresh.count, 0, "it is left no more");
	state_close(&state);
}

/* An entry that was written in part is none; one of UID 0 can only be damage. */
Test(state_fresh, what_makes_no_sense_is_passed_over)
{
	static const unsigned char bytes[] = { 0, 0, 0, 7, 0, 0, 0, 1, 0, 0, 0, 7,
					       0, 0, 0, 0, 0, 0, 0, 7, 0, 0, 9 };
	struct state *state = fixture_open(STATE_READ_WRITE);
	struct state_fresh fresh = { .count = 0 };
	char *path = fixture_path("fresh");
	FILE *file = fopen(path, "w");
	cr_assert(file && fwrite(bytes, sizeof bytes, 1, file) == 1 && fclose(file) == 0);
	state_fresh_take(state, &fresh);
	expect(&fresh, 7, 1, 1);
	state_fresh_release(&fresh);
	free(path);
	state_close(&state);
}

/* A file that nothing reads does not grow without end: that many are not worth a look each. */
Test(state_fresh, has_an_end)
{
	struct state *state = fixture_open(STATE_READ_WRITE);
	char *path = fixture_path("fresh");
	struct stat status;
	add(state, 1, 1, 200001);
	cr_expect_neq(stat(path, &status), 0, "too many at once");
	add(state, 1, 1, 200000);
	cr_assert_eq(stat(path, &status), 0);
	cr_expect_eq(status.st_size, 1600000);
	add(state, 2, 1, 1);
	cr_assert_eq(stat(path, &status), 0);
	cr_expect_eq(status.st_size, 1600000);
	free(path);
	state_close(&state);
}

Test(state_fresh, nothing_is_noted_of_nothing)
{
	const struct uid_set none = UID_SET_INITIAL;
	struct state *state = fixture_open(STATE_READ_WRITE);
	char *path = fixture_path("fresh");
	struct stat status;
	cr_expect_eq(state_fresh_add(state, 1, &none, NULL), 0);
	cr_expect_neq(stat(path, &status), 0);
	free(path);
	state_close(&state);
}

Test(state_fresh, what_cannot_be_noted_is_told)
{
	struct state *state = fixture_open(STATE_READ_WRITE);
	char *path = fixture_path("fresh");
	struct uid_set uids = UID_SET_INITIAL;
	struct error error = ERROR_INITIAL;
	uid_set_add(&uids, 1);
	cr_assert_eq(mkdir(path, 0700), 0);
	cr_expect_eq(state_fresh_add(state, 1, &uids, &error), -1);
	cr_expect(strncmp(error.text, "cannot note in ", 15) == 0, "%s", error.text);
	cr_assert_eq(rmdir(path), 0);
	uid_set_release(&uids);
	free(path);
	state_close(&state);
}
