/* Messages of a folder. SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "state-fixture.h"
#include "state/private.h"

TestSuite(state_messages, .fini = fixture_end);

#define FOLDER 1

struct put_one {
	uint32_t folder;
	struct state_message message;
};

static int put(struct state_transaction *transaction, void *context, struct error *error)
{
	const struct put_one *one = context;
	return state_message_put(transaction, one->folder, &one->message, error);
}

static int try_put(struct state *state, uint32_t uid, const char *name, size_t base_length,
		   struct error *error)
{
	struct put_one one = {
		.folder = FOLDER,
		.message = { .uid = uid, .name = name, .base_length = base_length, .size = uid }
	};
	return state_write(state, put, &one, error);
}

static void put_named(struct state *state, uint32_t uid, const char *name, size_t base_length)
{
	struct error error = ERROR_INITIAL;
	int result = try_put(state, uid, name, base_length, &error);
	cr_assert_eq(result, 0, "%s", error.text);
}

static int remove_one(struct state_transaction *transaction, void *context, struct error *error)
{
	return state_message_remove(transaction, FOLDER, *(uint32_t *)context, error);
}

/* The UID of the message with that base name; 0: none. */
static uint32_t uid_of(struct state *state, const char *base)
{
	struct error error = ERROR_INITIAL;
	struct state_message message = { .uid = 0 };
	struct state_transaction *view = fixture_read(state);
	int found = state_message_by_name(view, FOLDER, base, strlen(base), &message, &error);
	cr_assert_geq(found, 0, "%s", error.text);
	state_read_end(&view);
	return found ? message.uid : 0;
}

static struct state *open_with_folder(void)
{
	struct state *state = fixture_open(STATE_READ_WRITE);
	cr_assert_eq(fixture_folder(state, "INBOX"), FOLDER);
	return state;
}

Test(state_messages, put_and_get_by_uid_and_by_name)
{
	struct error error = ERROR_INITIAL;
	struct state *state = open_with_folder();
	struct put_one one = { .folder = FOLDER,
			       .message = { .uid = UINT32_MAX,
					    .flags = FLAG_SEEN | FLAG_KEYWORD(2),
					    .place = 1,
					    .name = "abc,S=1:2,Sc",
					    .base_length = 7,
					    .size = UINT64_C(1) << 40,
					    .identity = { .bytes = { 1, [15] = 2 } } } };
	fixture_write(state, put, &one);
	fixture_reopen(&state);
	struct state_transaction *view = fixture_read(state);
	for (int by_name = 0; by_name < 2; by_name++) {
		struct state_message back;
		int found =
			by_name ? state_message_by_name(view, FOLDER, "abc,S=1", 7, &back, &error)
				: state_message_by_uid(view, FOLDER, UINT32_MAX, &back, &error);
		cr_assert_eq(found, 1);
		cr_assert_eq(back.uid, UINT32_MAX);
		cr_assert_eq(back.flags, FLAG_SEEN | FLAG_KEYWORD(2));
		cr_assert_eq(back.place, 1);
		cr_assert_str_eq(back.name, "abc,S=1:2,Sc");
		cr_assert_eq(back.base_length, 7);
		cr_assert_eq(back.size, UINT64_C(1) << 40);
		cr_assert(identity_equal(&back.identity, &one.message.identity));
		cr_assert_eq(state_message_by_uid(view, FOLDER + 1, UINT32_MAX, &back, &error), 0);
		cr_assert_eq(state_message_by_uid(view, FOLDER, 1, &back, &error), 0);
		cr_assert_eq(state_message_by_name(view, FOLDER, "abc", 3, &back, &error), 0);
		cr_assert_eq(state_message_by_name(view, FOLDER + 1, "abc,S=1", 7, &back, &error),
			     0);
	}
	state_read_end(&view);
	state_close(&state);
}

Test(state_messages, replacing_keeps_count_and_index_true)
{
	struct state *state = open_with_folder();
	put_named(state, 5, "a:2,", 1);
	put_named(state, 5, "a:2,S", 1); /* the file got a flag */
	cr_assert_eq(fixture_count(state, FOLDER), 1);
	cr_assert_eq(uid_of(state, "a"), 5);
	put_named(state, 5, "b:2,S", 1); /* another file */
	cr_assert_eq(fixture_count(state, FOLDER), 1);
	cr_assert_eq(uid_of(state, "a"), 0);
	cr_assert_eq(uid_of(state, "b"), 5);
	put_named(state, 6, "a:2,", 1); /* the old name is free */
	cr_assert_eq(fixture_count(state, FOLDER), 2);
	cr_assert_eq(uid_of(state, "a"), 6);
	state_close(&state);
}

Test(state_messages, a_name_is_one_message_s_only)
{
	struct error error = ERROR_INITIAL;
	struct state *state = open_with_folder();
	put_named(state, 5, "a:2,", 1);
	put_named(state, 6, "b:2,", 1);
	cr_assert_eq(try_put(state, 6, "a:2,S", 1, &error), -1);
	cr_assert_eq(error.scope, SCOPE_FOLDER);
	cr_assert_not_null(strstr(error.text, "UID 5 and UID 6"), "%s", error.text);
	cr_assert_eq(try_put(state, 7, "a:2,S", 1, &error), -1);
	cr_assert_eq(uid_of(state, "a"), 5);
	cr_assert_eq(uid_of(state, "b"), 6);
	cr_assert_eq(fixture_count(state, FOLDER), 2);
	state_close(&state);
}

/* Work that goes on after a message that could not be put: nothing of it may be there. */
static int put_and_go_on(struct state_transaction *transaction, void *context, struct error *error)
{
	(void)error;
	cr_assert_eq(put(transaction, context, NULL), -1);
	return 0;
}

Test(state_messages, what_is_refused_leaves_no_trace)
{
	static const char long_name[257] = { [0 ... 255] = 'n' };
	static const struct state_message messages[] = {
		{ .uid = 6, .name = "a:2,S", .base_length = 1 },
		{ .uid = 9, .name = "a:2,S", .base_length = 1 },
		{ .uid = 0, .name = "z:2,S", .base_length = 1 },
		{ .uid = 9, .name = "z:2,S", .base_length = 6 },
		{ .uid = 9, .name = "z:2,S", .base_length = 1, .place = 2 },
		{ .uid = 9, .name = long_name, .base_length = 256 },
		{ .uid = 6, .name = long_name, .base_length = 256 },
	};
	struct state *state = open_with_folder();
	put_named(state, 5, "a:2,", 1);
	put_named(state, 6, "b:2,", 1);
	for (size_t i = 0; i < COUNT(messages); i++) {
		struct put_one one = { .folder = FOLDER, .message = messages[i] };
		fixture_write(state, put_and_go_on, &one);
		cr_assert_eq(fixture_count(state, FOLDER), 2, "case %zu", i);
		cr_assert_eq(uid_of(state, "a"), 5, "case %zu", i);
		cr_assert_eq(uid_of(state, "b"), 6, "case %zu", i);
		cr_assert_eq(uid_of(state, "z"), 0, "case %zu", i);
	}
	state_close(&state);
}

Test(state_messages, names_of_any_bytes_and_of_full_length)
{
	char name[256];
	memset(name, '\xff', 255);
	name[255] = '\0';
	struct state *state = open_with_folder();
	put_named(state, 1, name, 255);
	put_named(state, 2, name, 254);
	put_named(state, 3, ":2,S", 0);
	cr_assert_eq(uid_of(state, name), 1);
	name[254] = '\0';
	cr_assert_eq(uid_of(state, name), 2);
	cr_assert_eq(uid_of(state, ""), 3);
	state_close(&state);
}

Test(state_messages, remove)
{
	struct state *state = open_with_folder();
	uint32_t uid = 5;
	put_named(state, 5, "a:2,", 1);
	put_named(state, 6, "b:2,", 1);
	fixture_write(state, remove_one, &uid);
	cr_assert_eq(fixture_count(state, FOLDER), 1);
	cr_assert_eq(uid_of(state, "a"), 0);
	cr_assert_eq(uid_of(state, "b"), 6);
	fixture_write(state, remove_one, &uid); /* what is not there is fine */
	cr_assert_eq(fixture_count(state, FOLDER), 1);
	uid = 6;
	fixture_write(state, remove_one, &uid);
	cr_assert_eq(fixture_count(state, FOLDER), 0);
	state_close(&state);
}

Test(state_messages, next_goes_by_uid_and_stays_in_its_folder)
{
	static const uint32_t uids[] = { 300, 1, 256, 255, UINT32_MAX, 70000 };
	static const uint32_t sorted[] = { 1, 255, 256, 300, 70000, UINT32_MAX };
	struct state *state = open_with_folder();
	uint32_t second = fixture_folder(state, "second");
	uint32_t third = fixture_folder(state, "third");
	for (size_t i = 0; i < COUNT(uids); i++)
		fixture_fill(state, second, uids[i], uids[i] == UINT32_MAX ? 0 : uids[i]);
	char name[40];
	struct put_one last = { .folder = second,
				.message = fixture_message(UINT32_MAX, name, sizeof name) };
	fixture_write(state, put, &last);
	fixture_fill(state, third, 1, 3);
	struct state_transaction *view = fixture_read(state);
	struct state_message message;
	for (size_t i = 0; i < COUNT(sorted); i++) {
		uint32_t from = i == 0 ? 0 : sorted[i - 1] + 1;
		cr_assert_eq(state_message_next(view, second, from, &message, NULL), 1);
		cr_assert_eq(message.uid, sorted[i]);
		cr_assert_eq(state_message_next(view, second, sorted[i], &message, NULL), 1);
		cr_assert_eq(message.uid, sorted[i]);
	}
	cr_assert_eq(state_message_next(view, FOLDER, 0, &message, NULL), 0);
	cr_assert_eq(state_message_next(view, third, 4, &message, NULL), 0);
	state_read_end(&view);
	state_close(&state);
}

/* What was read may be put back with a change, as the engine does. */
static int flag_all(struct state_transaction *transaction, void *context, struct error *error)
{
	struct state_message message;
	int found;
	(void)context;
	for (uint32_t uid = 0;
	     (found = state_message_next(transaction, FOLDER, uid, &message, error)) > 0;) {
		uid = message.uid + 1;
		message.flags |= FLAG_FLAGGED;
		message.place = 0;
		if (state_message_put(transaction, FOLDER, &message, error) != 0)
			return -1;
	}
	return found;
}

Test(state_messages, what_was_read_can_be_put_back)
{
	struct state *state = open_with_folder();
	fixture_fill(state, FOLDER, 1, 500);
	fixture_write(state, flag_all, NULL);
	struct state_transaction *view = fixture_read(state);
	for (uint32_t uid = 1; uid <= 500; uid++) {
		struct state_message message;
		char name[40];
		struct state_message expected = fixture_message(uid, name, sizeof name);
		cr_assert_eq(state_message_by_uid(view, FOLDER, uid, &message, NULL), 1);
		cr_assert_eq(message.flags, FLAG_SEEN | FLAG_FLAGGED);
		cr_assert_eq(message.place, 0);
		cr_assert_str_eq(message.name, expected.name);
	}
	state_read_end(&view);
	state_close(&state);
}

/* --- Damage --- */

enum reading { BY_UID, BY_NAME, NEXT, COUNTING };

static void assert_damaged(enum reading reading)
{
	struct error error = ERROR_INITIAL;
	struct state_message message;
	uint32_t count;
	struct state *state = fixture_open(STATE_READ_ONLY);
	struct state_transaction *view = fixture_read(state);
	int result = -2;
	switch (reading) {
	case BY_UID:
		result = state_message_by_uid(view, FOLDER, 1, &message, &error);
		break;
	case BY_NAME:
		result = state_message_by_name(view, FOLDER, "1.x", 3, &message, &error);
		break;
	case NEXT:
		result = state_message_next(view, FOLDER, 0, &message, &error);
		break;
	case COUNTING:
		result = state_message_count(view, FOLDER, &count, &error);
		break;
	}
	cr_assert_eq(result, -1, "reading %d", (int)reading);
	cr_assert_eq(error.kind, ERROR_SAFETY);
	cr_assert_not_null(strstr(error.text, "can be moved away"), "%s", error.text);
	state_read_end(&view);
	state_close(&state);
}

Test(state_messages, damage_is_refused)
{
	static const char uid_key[8] = { 0, 0, 0, FOLDER, 0, 0, 0, 1 };
	static const char name_key[7] = { 0, 0, 0, FOLDER, '1', '.', 'x' };
	struct state *state = open_with_folder();
	fixture_fill(state, FOLDER, 1, 2);
	state_close(&state);
	fixture_tamper("counts", uid_key, 4, "\0\0\1", 3);
	assert_damaged(COUNTING);
	fixture_tamper("names", name_key, 7, "\0\0\0\2", 4); /* the other message */
	assert_damaged(BY_NAME);
	fixture_tamper("names", name_key, 7, "\0\0\0\3", 4); /* no message */
	assert_damaged(BY_NAME);
	fixture_tamper("names", name_key, 7, "\0\0\1", 3);
	assert_damaged(BY_NAME);
	fixture_tamper("messages", uid_key, 8, "\1\2\3", 3);
	assert_damaged(BY_UID);
	assert_damaged(NEXT);
	fixture_tamper("messages", uid_key, 5, "\1\2\3", 3); /* a key of five bytes */
	assert_damaged(NEXT);
}

/* A count that says none, but a message is there: it is not made wrong further. */
Test(state_messages, a_count_below_zero_is_damage)
{
	static const char count_key[4] = { 0, 0, 0, FOLDER };
	struct error error = ERROR_INITIAL;
	uint32_t uid = 1;
	struct state *state = open_with_folder();
	fixture_fill(state, FOLDER, 1, 2);
	state_close(&state);
	fixture_tamper("counts", count_key, 4, "\0\0\0\0", 4);
	state = fixture_open(STATE_READ_WRITE);
	cr_assert_eq(state_write(state, remove_one, &uid, &error), -1);
	cr_assert_eq(error.kind, ERROR_SAFETY);
	state_close(&state);
}
