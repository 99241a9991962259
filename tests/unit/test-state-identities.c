/* The messages of the account by identity: what a lookup finds, and what it costs.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "state-fixture.h"
#include "state/identities.h"

TestSuite(state_identities, .fini = fixture_end);

#define PAGE 4096

/* --- Messages with identities of their own --- */

static struct identity identity_number(uint32_t number)
{
	char text[40];
	int length = snprintf(text, sizeof text, "Message-ID: <%u@x>\r\n\r\n", number);
	return identity_of_header(text, (size_t)length);
}

struct filling {
	uint32_t folder, first, last;
	uint32_t identity; /* of FIRST */
};

static int fill(struct state_transaction *transaction, void *context, struct error *error)
{
	const struct filling *filling = context;
	for (uint32_t uid = filling->first; uid <= filling->last; uid++) {
		char name[40];
		struct state_message message = fixture_message(uid, name, sizeof name);
		message.identity = identity_number(filling->identity + uid - filling->first);
		if (state_message_put(transaction, filling->folder, &message, error) != 0)
			return -1;
	}
	return 0;
}

static int fill_and_fail(struct state_transaction *transaction, void *context, struct error *error)
{
	(void)fill(transaction, context, error);
	return -1;
}

static void put_messages(struct state *state, uint32_t folder, uint32_t first, uint32_t last,
			 uint32_t identity)
{
	struct filling filling = {
		.folder = folder, .first = first, .last = last, .identity = identity
	};
	fixture_write(state, fill, &filling);
}

static int take_out(struct state_transaction *transaction, void *context, struct error *error)
{
	const struct filling *filling = context;
	for (uint32_t uid = filling->first; uid <= filling->last; uid++) {
		if (state_message_remove(transaction, filling->folder, uid, error) != 0)
			return -1;
	}
	return 0;
}

static void bring_up_to_date(struct state *state)
{
	struct error error = ERROR_INITIAL;
	cr_assert_eq(state_identity_index(state, &error), 0, "%s", error.text);
}

/* --- Lookups --- */

struct seen {
	uint32_t folder, uid; /* of the last one */
	unsigned int count;
};

static int see(void *context, uint32_t folder, const struct state_message *message,
	       struct error *error)
{
	struct seen *seen = context;
	(void)error;
	*seen = (struct seen){ folder, message->uid, seen->count + 1 };
	return 0;
}

static int stop(void *context, uint32_t folder, const struct state_message *message,
		struct error *error)
{
	(void)see(context, folder, message, error);
	return -1;
}

static struct seen look_up(struct state *state, uint32_t number, unsigned int *reads_r)
{
	struct error error = ERROR_INITIAL;
	struct seen seen = { .count = 0 };
	struct identity identity = identity_number(number);
	struct state_transaction *view = fixture_read(state);
	cr_assert_eq(state_identity_each(view, &identity, 0, see, &seen, &error), 0, "%s",
		     error.text);
	if (reads_r)
		*reads_r = view->reads;
	state_read_end(&view);
	return seen;
}

static void expect_at(struct state *state, uint32_t number, uint32_t folder, uint32_t uid)
{
	struct seen seen = look_up(state, number, NULL);
	cr_expect_eq(seen.count, 1, "identity %u is there %u times", number, seen.count);
	cr_expect_eq(seen.folder, folder);
	cr_expect_eq(seen.uid, uid);
}

static size_t entries_of(struct state *state, enum state_table table)
{
	size_t count;
	struct state_transaction *view = fixture_read(state);
	cr_assert_eq(identity_table_entries(view, table, &count, NULL), 0);
	state_read_end(&view);
	return count;
}

/* --- What is found --- */

Test(state_identities, the_same_before_and_after_it_is_indexed)
{
	struct state *state = fixture_open(STATE_READ_WRITE);
	uint32_t inbox = fixture_folder(state, "INBOX");
	uint32_t work = fixture_folder(state, "Work");
	put_messages(state, inbox, 1, 20, 100);
	put_messages(state, work, 5, 9, 200);
	for (int round = 0; round < 2; round++) {
		expect_at(state, 100, inbox, 1);
		expect_at(state, 119, inbox, 20);
		expect_at(state, 204, work, 9);
		cr_expect_eq(look_up(state, 99, NULL).count, 0);
		bring_up_to_date(state);
	}
	cr_expect_eq(entries_of(state, STATE_TABLE_IDENTITIES), 25);
	put_messages(state, work, 3, 3, 119);
	cr_expect_eq(look_up(state, 119, NULL).count, 2, "a copy in another folder");
	bring_up_to_date(state);
	cr_expect_eq(look_up(state, 119, NULL).count, 2);
	state_close(&state);
}

Test(state_identities, a_message_that_goes_or_becomes_another_is_not_found)
{
	struct state *state = fixture_open(STATE_READ_WRITE);
	uint32_t folder = fixture_folder(state, "INBOX");
	struct filling gone = { .folder = folder, .first = 4, .last = 4 };
	put_messages(state, folder, 1, 9, 1);
	bring_up_to_date(state);
	fixture_write(state, take_out, &gone);
	put_messages(state, folder, 5, 5, 77);
	cr_expect_eq(look_up(state, 4, NULL).count, 0);
	cr_expect_eq(look_up(state, 5, NULL).count, 0);
	expect_at(state, 77, folder, 5);
	put_messages(state, folder, 4, 5, 4); /* as they were: they have entries already */
	expect_at(state, 4, folder, 4);
	expect_at(state, 5, folder, 5);
	bring_up_to_date(state);
	expect_at(state, 4, folder, 4);
	expect_at(state, 5, folder, 5);
	cr_expect_eq(look_up(state, 77, NULL).count, 0);
	state_close(&state);
}

/* What is found by its size, since its identity says nothing. */
Test(state_identities, messages_without_a_header_are_found_by_their_size)
{
	struct error error = ERROR_INITIAL;
	struct state *state = fixture_open(STATE_READ_WRITE);
	struct identity empty = identity_of_header("", 0);
	uint32_t folder = fixture_folder(state, "INBOX");
	cr_assert(identity_is_empty(&empty));
	put_messages(state, folder, 1, 9, 1);
	for (int round = 0; round < 2; round++) {
		struct seen seen = { .count = 0 };
		struct state_transaction *view = fixture_read(state);
		cr_assert_eq(state_identity_each(view, &empty, 1004, see, &seen, &error), 0);
		cr_expect_eq(seen.count, 0);
		state_read_end(&view);
		bring_up_to_date(state);
	}
	struct state_message message;
	struct state_transaction *view = fixture_read(state);
	cr_assert_eq(state_message_by_uid(view, folder, 4, &message, &error), 1);
	cr_assert_eq(message.size, 1004);
	state_read_end(&view);
	state_close(&state);
}

struct one {
	uint32_t folder;
	struct state_message message;
};

static int put_one(struct state_transaction *transaction, void *context, struct error *error)
{
	struct one *one = context;
	return state_message_put(transaction, one->folder, &one->message, error);
}

/* The index holds only the first half of an identity. */
Test(state_identities, one_that_only_begins_alike_is_another)
{
	struct state *state = fixture_open(STATE_READ_WRITE);
	struct one one = { .folder = fixture_folder(state, "INBOX") };
	char name[40];
	one.message = fixture_message(1, name, sizeof name);
	one.message.identity = identity_number(5);
	one.message.identity.bytes[IDENTITY_SIZE - 1] ^= 1;
	fixture_write(state, put_one, &one);
	bring_up_to_date(state);
	cr_expect_eq(look_up(state, 5, NULL).count, 0);
	one.message.identity = identity_number(5); /* of the same entry */
	fixture_write(state, put_one, &one);
	expect_at(state, 5, one.folder, 1);
	bring_up_to_date(state);
	expect_at(state, 5, one.folder, 1);
	state_close(&state);
}

/* --- By what the server calls the content --- */

static struct object_id object_number(uint32_t number)
{
	return object_id_of(OBJECT_ID_EMAILID, (const char *)&number, sizeof number);
}

static void put_object(struct state *state, uint32_t folder, uint32_t uid, uint32_t object)
{
	char name[40];
	struct one one = { .folder = folder, .message = fixture_message(uid, name, sizeof name) };
	one.message.identity = identity_number(uid);
	one.message.object = object_number(object);
	fixture_write(state, put_one, &one);
}

static struct seen look_up_object(struct state *state, uint32_t number)
{
	struct error error = ERROR_INITIAL;
	struct seen seen = { .count = 0 };
	struct object_id object = object_number(number);
	struct state_transaction *view = fixture_read(state);
	cr_assert_eq(state_objects_each(view, &object, 1, see, &seen, &error), 0, "%s", error.text);
	state_read_end(&view);
	return seen;
}

Test(state_identities, messages_are_found_by_their_objects)
{
	struct state *state = fixture_open(STATE_READ_WRITE);
	uint32_t inbox = fixture_folder(state, "INBOX");
	uint32_t work = fixture_folder(state, "Work");
	put_messages(state, inbox, 1, 3, 1);
	put_object(state, inbox, 4, 70);
	put_object(state, work, 9, 70);
	put_object(state, work, 10, 71);
	for (int round = 0; round < 2; round++) {
		cr_expect_eq(look_up_object(state, 70).count, 2);
		cr_expect_eq(look_up_object(state, 71).uid, 10);
		cr_expect_eq(look_up_object(state, 72).count, 0);
		expect_at(state, 10, work, 10);
		bring_up_to_date(state);
	}
	cr_expect_eq(entries_of(state, STATE_TABLE_IDENTITIES), 9);
	state_close(&state);
}

/* States of before have no objects: a record gets one when its message is seen. */
Test(state_identities, a_message_is_found_by_an_object_that_it_got_later)
{
	struct state *state = fixture_open(STATE_READ_WRITE);
	uint32_t folder = fixture_folder(state, "INBOX");
	put_messages(state, folder, 1, 9, 1);
	bring_up_to_date(state);
	cr_expect_eq(look_up_object(state, 50).count, 0);
	put_object(state, folder, 5, 50);
	for (int round = 0; round < 2; round++) {
		cr_expect_eq(look_up_object(state, 50).uid, 5);
		expect_at(state, 5, folder, 5);
		bring_up_to_date(state);
	}
	put_object(state, folder, 5, 51);
	cr_expect_eq(look_up_object(state, 50).count, 0);
	cr_expect_eq(look_up_object(state, 51).uid, 5);
	state_close(&state);
}

Test(state_identities, nothing_is_left_of_a_transaction_that_failed)
{
	struct state *state = fixture_open(STATE_READ_WRITE);
	struct filling filling = {
		.folder = fixture_folder(state, "INBOX"), .first = 1, .last = 600, .identity = 1
	};
	bring_up_to_date(state);
	cr_assert_eq(state_write(state, fill_and_fail, &filling, NULL), -1);
	cr_expect_eq(entries_of(state, STATE_TABLE_UNINDEXED), 0);
	bring_up_to_date(state);
	cr_expect_eq(entries_of(state, STATE_TABLE_IDENTITIES), 0);
	cr_expect_eq(look_up(state, 1, NULL).count, 0);
	state_close(&state);
}

static int fill_and_clear(struct state_transaction *transaction, void *context, struct error *error)
{
	const struct filling *filling = context;
	return fill(transaction, context, error) == 0
		       ? state_folder_clear(transaction, filling->folder, error)
		       : -1;
}

Test(state_identities, a_folder_that_is_cleared_or_removed_is_out_of_it)
{
	struct state *state = fixture_open(STATE_READ_WRITE);
	struct filling filling = {
		.folder = fixture_folder(state, "INBOX"), .first = 1, .last = 600, .identity = 1
	};
	put_messages(state, filling.folder, 1, 600, 1);
	bring_up_to_date(state);
	fixture_write(state, fill_and_clear, &filling);
	cr_expect_eq(entries_of(state, STATE_TABLE_UNINDEXED), 0);
	cr_expect_eq(look_up(state, 1, NULL).count, 0);
	put_messages(state, filling.folder, 7, 7, 1);
	expect_at(state, 1, filling.folder, 7);
	bring_up_to_date(state);
	expect_at(state, 1, filling.folder, 7);
	state_close(&state);
}

Test(state_identities, who_sees_one_may_stop)
{
	struct seen seen = { .count = 0 };
	struct identity identity = identity_number(1);
	struct state *state = fixture_open(STATE_READ_WRITE);
	uint32_t folder = fixture_folder(state, "INBOX");
	put_messages(state, folder, 1, 1, 1);
	put_messages(state, folder, 2, 2, 1);
	for (unsigned int round = 1; round <= 2; round++) {
		struct state_transaction *view = fixture_read(state);
		cr_assert_eq(state_identity_each(view, &identity, 0, stop, &seen, NULL), -1);
		cr_expect_eq(seen.count, round);
		state_read_end(&view);
		bring_up_to_date(state);
	}
	state_close(&state);
}

/* --- Older formats --- */

Test(state_identities, a_state_of_format_5_is_read_and_indexed)
{
	struct state *state = fixture_open(STATE_READ_WRITE);
	uint32_t folder = fixture_folder(state, "INBOX");
	put_messages(state, folder, 1, 50, 1);
	state_close(&state);
	fixture_make_format_5();
	state = fixture_open(STATE_READ_ONLY);
	expect_at(state, 33, folder, 33);
	bring_up_to_date(state);
	expect_at(state, 33, folder, 33);
	state_close(&state);
	state = fixture_open(STATE_READ_WRITE);
	cr_expect_eq(entries_of(state, STATE_TABLE_IDENTITIES), 0, "opening reads no record");
	expect_at(state, 33, folder, 33);
	bring_up_to_date(state);
	cr_expect_eq(entries_of(state, STATE_TABLE_IDENTITIES), 50);
	state_close(&state);
	state = fixture_open(STATE_READ_ONLY);
	expect_at(state, 33, folder, 33);
	state_close(&state);
}

Test(state_identities, a_state_that_does_not_exist_has_none)
{
	struct state *state = fixture_open(STATE_READ_ONLY);
	cr_assert_not(state_exists(state));
	bring_up_to_date(state);
	cr_expect_eq(look_up(state, 1, NULL).count, 0);
	state_close(&state);
}

/* --- What it costs: in records and pages --- */

/* The records that one step reads. */
struct step {
	unsigned int reads;
	bool is_last;
};

static int take_step(struct state_transaction *transaction, void *context, struct error *error)
{
	struct step *step = context;
	int result = identity_index_some(transaction, &step->is_last, error);
	step->reads = transaction->reads;
	return result;
}

Test(state_identities, a_lookup_reads_what_is_looked_up)
{
	enum { MESSAGES = 20000 };
	struct state *state = fixture_open(STATE_READ_WRITE);
	uint32_t folder = fixture_folder(state, "INBOX");
	unsigned int reads = 0;
	struct step step;
	put_messages(state, folder, 1, MESSAGES, 1);
	fixture_write(state, take_step, &step);
	cr_expect(step.is_last);
	cr_expect_geq(step.reads, MESSAGES);
	for (uint32_t number = 1; number <= MESSAGES; number += 999) {
		cr_expect_eq(look_up(state, number, &reads).count, 1);
		cr_expect_lt(reads, 8, "%u", reads);
	}
	fixture_write(state, take_step, &step);
	cr_expect_lt(step.reads, 8, "each is read once in its life, but %u were", step.reads);
	put_messages(state, folder, MESSAGES + 1, MESSAGES + 10, MESSAGES + 1);
	(void)look_up(state, 1, &reads);
	cr_expect_lt(reads, 30, "%u", reads);
	fixture_write(state, take_step, &step);
	cr_expect_lt(step.reads, 60, "%u", step.reads);
	state_close(&state);
}

static size_t pages_changed(const char *before, size_t before_size, const char *after,
			    size_t after_size)
{
	size_t changed = 0;
	for (size_t at = 0; at + PAGE <= after_size; at += PAGE)
		changed += at + PAGE > before_size || memcmp(before + at, after + at, PAGE) != 0;
	return changed;
}

/* Pages that putting a thousand messages writes. */
static size_t pages_of_batch(struct state *state, uint32_t folder, uint32_t first)
{
	size_t before_size;
	size_t after_size;
	char *path = fixture_path(STATE_DATA_FILE);
	char *before = fixture_slurp(path, &before_size);
	put_messages(state, folder, first, first + 999, first);
	char *after = fixture_slurp(path, &after_size);
	size_t changed = pages_changed(before, before_size, after, after_size);
	free(before);
	free(after);
	free(path);
	return changed;
}

Test(state_identities, who_looks_nothing_up_writes_nothing_for_it)
{
	struct state *state = fixture_open(STATE_READ_WRITE);
	uint32_t folder = fixture_folder(state, "INBOX");
	for (uint32_t first = 1; first < 20000; first += 1000)
		put_messages(state, folder, first, first + 999, first);
	cr_expect_eq(entries_of(state, STATE_TABLE_IDENTITIES), 0);
	cr_expect_eq(entries_of(state, STATE_TABLE_UNINDEXED), 0);
	size_t without = pages_of_batch(state, folder, 20001);
	bring_up_to_date(state);
	put_messages(state, folder, 21001, 22000, 21001); /* its list is there */
	size_t with = pages_of_batch(state, folder, 22001);
	cr_expect_leq(with, without + 4, "%zu pages in place of %zu", with, without);
	cr_expect_leq(entries_of(state, STATE_TABLE_UNINDEXED), 9);
	state_close(&state);
}

static size_t index_pages(struct state *state)
{
	MDB_stat statistics;
	struct state_transaction *view = fixture_read(state);
	cr_assert_eq(mdb_stat(view->txn, state->tables[STATE_TABLE_IDENTITIES], &statistics), 0);
	state_read_end(&view);
	return statistics.ms_leaf_pages;
}

/* Runs are written in order: their pages are full. */
Test(state_identities, runs_fill_their_pages)
{
	enum { MESSAGES = 20000 };
	struct state *state = fixture_open(STATE_READ_WRITE);
	uint32_t folder = fixture_folder(state, "INBOX");
	state->identity_run = 5000;
	put_messages(state, folder, 1, MESSAGES, 1);
	bring_up_to_date(state);
	cr_expect_eq(entries_of(state, STATE_TABLE_IDENTITIES), MESSAGES);
	cr_expect_lt(index_pages(state), MESSAGES * 30 / PAGE + 10, "%zu pages",
		     index_pages(state));
	for (uint32_t number = 1; number <= MESSAGES; number += 999)
		expect_at(state, number, folder, number);
	state_close(&state);
}

/* As another version of navette may do it. */
Test(state_identities, the_length_of_runs_may_change)
{
	struct state *state = fixture_open(STATE_READ_WRITE);
	uint32_t folder = fixture_folder(state, "INBOX");
	static const uint32_t lengths[] = { 10, 1000, 7, 65536 };
	uint32_t last = 0;
	for (size_t i = 0; i < COUNT(lengths); i++) {
		state->identity_run = lengths[i];
		put_messages(state, folder, last + 1, last + 35, last + 1);
		last += 35;
		bring_up_to_date(state);
		for (uint32_t number = 1; number <= last; number++)
			expect_at(state, number, folder, number);
		cr_expect_eq(entries_of(state, STATE_TABLE_IDENTITIES), last);
	}
	state_close(&state);
}

/* Entries of messages that are no more do not stay for ever. */
Test(state_identities, what_is_left_over_is_dropped)
{
	struct state *state = fixture_open(STATE_READ_WRITE);
	uint32_t folder = fixture_folder(state, "INBOX");
	size_t most = 0;
	state->identity_run = 160;
	put_messages(state, folder, 1, 10, 1);
	for (uint32_t round = 1; round < 20; round++) {
		struct filling gone = { .folder = folder,
					.first = round * 100,
					.last = round * 100 + 39 };
		put_messages(state, folder, gone.first, gone.last, gone.first);
		bring_up_to_date(state);
		fixture_write(state, take_out, &gone);
		bring_up_to_date(state);
		if (entries_of(state, STATE_TABLE_IDENTITIES) > most)
			most = entries_of(state, STATE_TABLE_IDENTITIES);
		expect_at(state, 3, folder, 3);
	}
	cr_expect_lt(most, 120, "%zu entries for 10 to 50 messages", most);
	state_close(&state);
}

/* --- Damage --- */

static void refuse_lookup(void)
{
	struct error error = ERROR_INITIAL;
	struct seen seen = { .count = 0 };
	struct identity identity = identity_number(1);
	struct state *state = fixture_open(STATE_READ_WRITE);
	struct state_transaction *view = fixture_read(state);
	cr_expect_eq(state_identity_each(view, &identity, 0, see, &seen, &error), -1);
	cr_expect_eq(error.kind, ERROR_SAFETY);
	cr_expect_not_null(strstr(error.text, "is damaged"), "%s", error.text);
	state_read_end(&view);
	error = (struct error)ERROR_INITIAL;
	cr_expect_eq(state_identity_index(state, &error), -1);
	cr_expect_not_null(strstr(error.text, "is damaged"), "%s", error.text);
	state_close(&state);
}

Test(state_identities, damage_is_refused)
{
	static const unsigned char last_key[9] = { 0xff, 0xff, 0xff, 0xff, 0xff,
						   0xff, 0xff, 0xff, 0xff };
	static const unsigned char block[8] = { 0, 0, 0, 1 };
	struct state *state = fixture_open(STATE_READ_WRITE);
	uint32_t folder = fixture_folder(state, "INBOX");
	put_messages(state, folder, 1, 5, 1);
	state_close(&state);
	fixture_tamper("meta", "indexed", 7, "1234", 4);
	refuse_lookup();
	fixture_tamper("meta", "indexed", 7, NULL, 0);
	fixture_tamper("unindexed", block, sizeof block, "short", 5);
	refuse_lookup();
	fixture_tamper("unindexed", block, sizeof block, NULL, 0);
	fixture_tamper("identities", last_key, sizeof last_key, "", 0);
	refuse_lookup();
}

/* What the index points to is damaged, or what it does not have yet. */
Test(state_identities, a_damaged_record_is_refused)
{
	static const unsigned char indexed[8] = { 0, 0, 0, 1, 0, 0, 0, 1 };
	static const unsigned char noted[8] = { 0, 0, 0, 1, 0, 0, 0, 6 };
	struct error error = ERROR_INITIAL;
	struct seen seen = { .count = 0 };
	struct identity identity = identity_number(1);
	struct state *state = fixture_open(STATE_READ_WRITE);
	cr_assert_eq(fixture_folder(state, "INBOX"), 1);
	put_messages(state, 1, 1, 5, 1);
	bring_up_to_date(state);
	state_close(&state);
	fixture_tamper("messages", indexed, sizeof indexed, "x", 1);
	state = fixture_open(STATE_READ_WRITE);
	struct state_transaction *view = fixture_read(state);
	cr_expect_eq(state_identity_each(view, &identity, 0, see, &seen, &error), -1);
	cr_expect_not_null(strstr(error.text, "is damaged"), "%s", error.text);
	state_read_end(&view);
	put_messages(state, 1, 6, 6, 6);
	state_close(&state);
	fixture_tamper("messages", noted, sizeof noted, "x", 1);
	state = fixture_open(STATE_READ_WRITE);
	error = (struct error)ERROR_INITIAL;
	cr_expect_eq(state_identity_index(state, &error), -1);
	cr_expect_not_null(strstr(error.text, "is damaged"), "%s", error.text);
	state_close(&state);
}

/* A note may outlive its message: it is of nothing then. */
Test(state_identities, a_note_without_a_message_is_of_none)
{
	static const struct identity zero = { .bytes = { 0 } };
	struct error error = ERROR_INITIAL;
	struct seen seen = { .count = 0 };
	struct filling gone = { .first = 6, .last = 6 };
	struct identity identity = identity_with_size(&zero, 0);
	struct state *state = fixture_open(STATE_READ_WRITE);
	gone.folder = fixture_folder(state, "INBOX");
	put_messages(state, gone.folder, 1, 5, 1);
	bring_up_to_date(state);
	put_messages(state, gone.folder, 6, 6, 6);
	fixture_write(state, take_out, &gone);
	struct state_transaction *view = fixture_read(state);
	cr_assert_eq(state_identity_each(view, &identity, 0, see, &seen, &error), 0);
	cr_expect_eq(seen.count, 0);
	state_read_end(&view);
	cr_expect_eq(look_up(state, 6, NULL).count, 0);
	state_close(&state);
}
