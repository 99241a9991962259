/* Whether the data file is a sound tree of pages. SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "state-fixture.h"
#include "state/private.h"

TestSuite(state_pages, .fini = fixture_end);

#define PAGE 4096 /* what is damaged at a time; pages may be larger */

/* Without its note a file is looked through as a whole. */
static void forget_note(void)
{
	char *path = fixture_path(STATE_LOCK_FILE);
	cr_assert_eq(truncate(path, 0), 0);
	free(path);
}

static void assert_sound(void)
{
	struct error error = ERROR_INITIAL;
	struct state *state;
	forget_note();
	state = fixture_open(STATE_READ_ONLY);
	cr_assert_eq(state_pages_check(state, &error), 0, "%s", error.text);
	state_close(&state);
	forget_note();
	state = fixture_open(STATE_READ_WRITE);
	state_close(&state);
}

static void write_data(const char *bytes, size_t size)
{
	char *path = fixture_path(STATE_DATA_FILE);
	FILE *file = fopen(path, "w");
	cr_assert_not_null(file);
	cr_assert_eq(fwrite(bytes, 1, size, file), size);
	cr_assert_eq(fclose(file), 0);
	free(path);
}

Test(state_pages, whatever_lmdb_writes_is_sound)
{
	for (unsigned int seed = 1; seed <= 40; seed++) {
		struct state *state = fixture_open(STATE_READ_WRITE);
		struct fixture_churn work = { .folder = fixture_folder(state, "INBOX"),
					      .seed = seed,
					      .operations = 300,
					      .uids = 900,
					      .clear_one_in = 9 };
		for (unsigned int round = 0; round < 1 + seed % 6; round++)
			fixture_write(state, fixture_churn, &work);
		state_close(&state);
		assert_sound();
	}
}

static int clear(struct state_transaction *transaction, void *context, struct error *error)
{
	return state_folder_clear(transaction, *(uint32_t *)context, error);
}

/* So many pages become free that their list has pages of its own. */
Test(state_pages, a_long_list_of_free_pages_is_sound)
{
	struct state *state = fixture_open(STATE_READ_WRITE);
	uint32_t folder = fixture_folder(state, "INBOX");
	fixture_fill(state, folder, 1, 30000);
	state_close(&state);
	assert_sound();
	state = fixture_open(STATE_READ_WRITE);
	fixture_write(state, clear, &folder);
	state_close(&state);
	assert_sound();
	state = fixture_open(STATE_READ_WRITE);
	fixture_fill(state, folder, 1, 10);
	state_close(&state);
	assert_sound();
}

/* Opens what may be damaged, reads and writes in it: nothing may crash. */
static bool is_usable(void)
{
	struct state *state;
	if (state_open(fixture_directory(), FIXTURE_KEY, STATE_READ_WRITE, 0, &state, NULL) != 0)
		return false;
	struct fixture_churn work = {
		.folder = 1, .seed = 1, .operations = 300, .uids = 900, .clear_one_in = 9
	};
	bool good = state_write(state, fixture_churn, &work, NULL) == 0;
	state_close(&state);
	return good;
}

Test(state_pages, a_damaged_page_is_refused_or_was_not_in_use)
{
	size_t size;
	unsigned int seed = 5;
	unsigned int refused = 0;
	unsigned int tries = 0;
	struct state *state = fixture_open(STATE_READ_WRITE);
	fixture_fill(state, fixture_folder(state, "INBOX"), 1, 1500);
	state_close(&state);
	char *path = fixture_path(STATE_DATA_FILE);
	char *whole = fixture_slurp(path, &size);
	char *bytes = malloc(size);
	cr_assert_not_null(bytes);
	for (size_t at = 0; at + PAGE <= size; at += PAGE) {
		for (int way = 0; way < 3; way++) {
			memcpy(bytes, whole, size);
			for (size_t i = way == 2 ? 16 : 0; i < PAGE; i++)
				bytes[at + i] = way == 0 ? 0 : (char)rand_r(&seed);
			write_data(bytes, size);
			refused += !is_usable();
			tries++;
		}
	}
	cr_assert_gt(refused, tries / 2);
	free(bytes);
	free(whole);
	free(path);
}

/* All that stands beside the tables is one of them. */
Test(state_pages, a_value_where_tables_belong_is_refused)
{
	struct state *state = fixture_open(STATE_READ_WRITE);
	fixture_fill(state, fixture_folder(state, "INBOX"), 1, 10);
	state_close(&state);
	fixture_tamper(NULL, "no table", 8, "x", 1);
	fixture_refused(STATE_READ_ONLY, FIXTURE_KEY, ERROR_SAFETY, "is damaged");
	fixture_refused(STATE_READ_WRITE, FIXTURE_KEY, ERROR_SAFETY, "is damaged");
}

/* A file that is as it was left is not looked through: opening takes the same time at any size. */
Test(state_pages, a_note_of_the_same_time_spares_the_walk)
{
	struct stat status;
	struct state *state = fixture_open(STATE_READ_WRITE);
	fixture_fill(state, fixture_folder(state, "INBOX"), 1, 100);
	char *path = fixture_path(STATE_DATA_FILE);
	cr_assert_eq(stat(path, &status), 0);
	cr_assert(state_size_is_noted(state, &status));
	status.st_mtim.tv_nsec ^= 1;
	cr_assert_not(state_size_is_noted(state, &status));
	state_close(&state);
	free(path);
}
