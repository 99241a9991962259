/* Of which format and whose a state is. SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <lmdb.h>
#include <stdlib.h>
#include <string.h>

#include "state-fixture.h"

TestSuite(state_signature, .fini = fixture_end);

static const enum state_mode modes[] = { STATE_READ_ONLY, STATE_READ_WRITE };

static void create(void)
{
	struct state *state = fixture_open(STATE_READ_WRITE);
	fixture_fill(state, fixture_folder(state, "INBOX"), 1, 5);
	state_close(&state);
}

Test(state_signature, another_account_is_refused)
{
	create();
	for (size_t i = 0; i < COUNT(modes); i++) {
		fixture_refused(modes[i], "you@imap.example:993", ERROR_SAFETY,
				"belongs to " FIXTURE_KEY);
		fixture_refused(modes[i], "you@imap.example:993", ERROR_SAFETY,
				"is now you@imap.example:993");
	}
	struct state *state = fixture_open(STATE_READ_WRITE);
	cr_assert_eq(fixture_count(state, 1), 5, "and it is unharmed");
	state_close(&state);
}

/* As a slip in the host leaves it: a folder may be known, but no mail. */
Test(state_signature, a_state_without_mail_is_signed_anew)
{
	static const char other[] = "you@imap.example";
	struct error error = ERROR_INITIAL;
	struct state *state = fixture_open(STATE_READ_WRITE);
	cr_assert_eq(fixture_folder(state, "INBOX"), 1);
	state_close(&state);
	cr_assert_eq(state_open(fixture_directory(), other, STATE_READ_ONLY, 0, &state, &error), 0,
		     "%s", error.text);
	cr_expect_not(state_exists(state), "looking at it changes nothing");
	state_close(&state);
	cr_assert_eq(state_open(fixture_directory(), other, STATE_READ_WRITE, 0, &state, &error), 0,
		     "%s", error.text);
	cr_expect_null(state_owner(state));
	struct state_folder before;
	struct state_transaction *transaction = fixture_read(state);
	cr_expect_eq(state_folder_get(transaction, "INBOX", &before, &error), 0);
	state_read_end(&transaction);
	fixture_fill(state, fixture_folder(state, "Work"), 1, 5);
	state_close(&state);
	fixture_refused(STATE_READ_WRITE, FIXTURE_KEY, ERROR_SAFETY, "belongs to you@imap.example");
}

Test(state_signature, one_with_mail_may_be_opened_to_sign_it)
{
	static const char other[] = "you@imap.example";
	struct error error = ERROR_INITIAL;
	struct state *state;
	create();
	for (size_t i = 0; i < COUNT(modes); i++) {
		cr_assert_eq(
			state_open_any(fixture_directory(), other, modes[i], 0, &state, &error), 0,
			"%s", error.text);
		cr_expect_str_eq(state_owner(state), FIXTURE_KEY);
		cr_expect_eq(state_refuse_owner(state, other, &error), -1);
		cr_assert_eq(state_sign(state, other, &error), 0, "%s", error.text);
		cr_expect_null(state_owner(state));
		cr_expect_eq(fixture_count(state, 1), 5);
		state_close(&state);
	}
	fixture_refused(STATE_READ_WRITE, FIXTURE_KEY, ERROR_SAFETY, "belongs to you@imap.example");
	cr_assert_eq(state_open(fixture_directory(), other, STATE_READ_WRITE, 0, &state, &error),
		     0);
	state_close(&state);
}

Test(state_signature, a_newer_format_is_refused_and_left_alone)
{
	size_t size;
	size_t size_after;
	create();
	fixture_tamper("meta", "format", 6, "8", 1);
	char *path = fixture_path("data.mdb");
	char *before = fixture_slurp(path, &size);
	for (size_t i = 0; i < COUNT(modes); i++)
		fixture_refused(modes[i], FIXTURE_KEY, ERROR_SAFETY, "format 8");
	char *after = fixture_slurp(path, &size_after);
	cr_assert_eq(size, size_after);
	cr_assert_arr_eq(before, after, size);
	free(before);
	free(after);
	free(path);
}

/* A newer format may have other tables: none of ours may be needed to see that it is newer. */
Test(state_signature, a_newer_format_with_other_tables_is_still_refused)
{
	MDB_env *env;
	MDB_txn *txn;
	MDB_dbi table;
	create();
	cr_assert_eq(mdb_env_create(&env), 0);
	cr_assert_eq(mdb_env_set_maxdbs(env, 4), 0);
	cr_assert_eq(mdb_env_open(env, fixture_directory(), 0, 0600), 0);
	cr_assert_eq(mdb_txn_begin(env, NULL, 0, &txn), 0);
	cr_assert_eq(mdb_dbi_open(txn, "messages", 0, &table), 0);
	cr_assert_eq(mdb_drop(txn, table, 1), 0);
	cr_assert_eq(mdb_txn_commit(txn), 0);
	mdb_env_close(env);
	for (size_t i = 0; i < COUNT(modes); i++)
		fixture_refused(modes[i], FIXTURE_KEY, ERROR_SAFETY, "a table is missing");
	fixture_tamper("meta", "format", 6, "10", 2);
	for (size_t i = 0; i < COUNT(modes); i++)
		fixture_refused(modes[i], FIXTURE_KEY, ERROR_SAFETY, "format 10");
}

Test(state_signature, a_signature_that_makes_no_sense_is_refused)
{
	static const char *const formats[] = { "", "0", "-1", "1x", "one", "99999999999999999999" };
	create();
	for (size_t i = 0; i < COUNT(formats); i++) {
		fixture_tamper("meta", "format", 6, formats[i], strlen(formats[i]));
		for (size_t j = 0; j < COUNT(modes); j++)
			fixture_refused(modes[j], FIXTURE_KEY, ERROR_SAFETY,
					"format makes no sense");
	}
	fixture_tamper("meta", "format", 6, NULL, 0);
	for (size_t j = 0; j < COUNT(modes); j++)
		fixture_refused(modes[j], FIXTURE_KEY, ERROR_SAFETY, "format makes no sense");
	fixture_tamper("meta", "format", 6, "7", 1);
	fixture_tamper("meta", "account", 7, NULL, 0);
	for (size_t j = 0; j < COUNT(modes); j++)
		fixture_refused(modes[j], FIXTURE_KEY, ERROR_SAFETY, "whose it is");
}

/* --- Older formats --- */

/* A state as format 2 had it: without the tables of windows. */
static void create_format_2(void)
{
	create();
	fixture_make_format_5();
	fixture_drop_table("left-out");
	fixture_drop_table("leaving");
	fixture_drop_table("deferred");
	fixture_drop_table("watched");
	fixture_tamper("meta", "format", 6, "2", 1);
}

static uint32_t outside_count(struct state *state)
{
	struct error error = ERROR_INITIAL;
	struct uid_set uids = UID_SET_INITIAL;
	struct state_transaction *transaction = fixture_read(state);
	uint32_t count = UINT32_MAX;
	cr_assert_eq(state_set_count(transaction, 1, STATE_OUTSIDE, &count, &error), 0);
	cr_assert_eq(state_set_get(transaction, 1, STATE_OUTSIDE, &uids, &error), 0);
	cr_assert_eq(uid_set_size(&uids), count);
	state_read_end(&transaction);
	uid_set_release(&uids);
	return count;
}

static int leave_one_out(struct state_transaction *transaction, void *context, struct error *error)
{
	struct uid_set uids = UID_SET_INITIAL;
	(void)context;
	uid_set_add(&uids, 9);
	int result = state_set_put(transaction, 1, STATE_OUTSIDE, &uids, error);
	uid_set_release(&uids);
	return result;
}

Test(state_signature, format_2_is_upgraded_when_it_is_opened_for_writing)
{
	create_format_2();
	struct state *state = fixture_open(STATE_READ_WRITE);
	cr_assert_eq(fixture_count(state, 1), 5, "nothing of it is lost");
	cr_assert_eq(outside_count(state), 0);
	fixture_write(state, leave_one_out, NULL);
	state_close(&state);
	state = fixture_open(STATE_READ_ONLY);
	cr_assert_eq(outside_count(state), 1, "it is of the new format for good");
	state_close(&state);
}

static int defer_one(struct state_transaction *transaction, void *context, struct error *error)
{
	const struct state_deferred deferred = {
		.uid = 9, .failures = 2, .since = 5, .tried = 7, .again = 9, .reason = "no"
	};
	(void)context;
	return state_deferred_put(transaction, 1, &deferred, error);
}

/* Whether UID 9 is deferred. */
static int find_deferred(struct state *state)
{
	struct error error = ERROR_INITIAL;
	struct state_deferred deferred;
	struct state_transaction *transaction = fixture_read(state);
	int found = state_deferred_next(transaction, 1, 1, &deferred, &error);
	cr_assert(found == 0 || (deferred.uid == 9 && deferred.failures == 2 &&
				 strcmp(deferred.reason, "no") == 0));
	cr_assert_eq(state_deferred_next(transaction, 1, 10, &deferred, &error), 0);
	cr_assert_eq(state_deferred_next(transaction, 2, 1, &deferred, &error), 0);
	state_read_end(&transaction);
	return found;
}

/* Format 3 has the tables of windows, and what stands in them counts also for who only reads. */
Test(state_signature, format_3_is_read_whole_and_upgraded)
{
	create();
	struct state *state = fixture_open(STATE_READ_WRITE);
	fixture_write(state, leave_one_out, NULL);
	state_close(&state);
	fixture_make_format_5();
	fixture_drop_table("deferred");
	fixture_drop_table("watched");
	fixture_tamper("meta", "format", 6, "3", 1);
	state = fixture_open(STATE_READ_ONLY);
	cr_assert_eq(outside_count(state), 1);
	cr_assert_eq(find_deferred(state), 0);
	state_close(&state);
	state = fixture_open(STATE_READ_WRITE);
	cr_assert_eq(outside_count(state), 1);
	fixture_write(state, defer_one, NULL);
	cr_assert_eq(find_deferred(state), 1);
	state_close(&state);
	state = fixture_open(STATE_READ_ONLY);
	cr_assert_eq(find_deferred(state), 1);
	state_close(&state);
}

Test(state_signature, format_2_can_be_read_and_stays_as_it_is)
{
	size_t size;
	size_t size_after;
	create_format_2();
	char *path = fixture_path("data.mdb");
	char *before = fixture_slurp(path, &size);
	struct state *state = fixture_open(STATE_READ_ONLY);
	cr_assert_eq(fixture_count(state, 1), 5);
	cr_assert_eq(outside_count(state), 0);
	state_close(&state);
	char *after = fixture_slurp(path, &size_after);
	cr_assert_eq(size, size_after);
	cr_assert_arr_eq(before, after, size);
	free(before);
	free(after);
	free(path);
}

Test(state_signature, a_format_before_the_first_release_is_refused)
{
	create_format_2();
	fixture_tamper("meta", "format", 6, "1", 1);
	for (size_t i = 0; i < COUNT(modes); i++)
		fixture_refused(modes[i], FIXTURE_KEY, ERROR_SAFETY, "before navette's first");
}
