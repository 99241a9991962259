/* The whole state against a naive one in memory, by random operations.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "state-fixture.h"
#include "state/private.h"

TestSuite(state_model, .fini = fixture_end);

/* Few of everything, so that operations meet. */
#define FOLDERS 4
#define UIDS 40
#define BASES 50
#define IDENTITIES 6 /* the first is the empty one */
#define SIZES 3

static const enum state_absence absences[] = { STATE_ABSENT_NOWHERE, STATE_ABSENT_NEAR,
					       STATE_ABSENT_FAR, STATE_ABSENT_HIDDEN,
					       STATE_ABSENT_HIDDEN_REMOVED };

struct model_folder {
	uint32_t id; /* 0: not there */
	uint32_t uidnext;
	uint32_t count;
	struct {
		bool there;
		uint32_t flags;
		enum state_absence absent;
		int base;
		unsigned int identity;
		uint64_t size;
	} messages[UIDS + 1];
	int downloads[UIDS + 1]; /* the number in the temporary name; 0: none */
	uint32_t uploads[BASES]; /* UIDNEXT of the record; 0: none */
	uint32_t owners[BASES];  /* UID of the message with that base name; 0: none */
};

struct model {
	struct model_folder folders[FOLDERS];
	uint32_t last_id;
	unsigned int seed;
};

static unsigned int pick(struct model *model, unsigned int below)
{
	return (unsigned int)rand_r(&model->seed) % below;
}

static const char *folder_name(size_t folder)
{
	static const char *const names[FOLDERS] = { "INBOX", "a", "a/b", "Sent" };
	return names[folder];
}

static size_t base_name(int base, char name[32])
{
	/* Some are the beginning of others. */
	return (size_t)snprintf(name, 32, "%d%s", base / 2, base % 2 ? ".host" : "");
}

static struct identity identity_number(unsigned int number)
{
	struct identity identity = identity_of_header("", 0);
	if (number > 0)
		memset(identity.bytes, number < 3 ? 1 : 2, sizeof identity.bytes);
	/* Some begin alike. */
	identity.bytes[IDENTITY_SIZE - 1] ^= (uint8_t)number;
	return identity;
}

/* --- The operations: on the state and on the model, which is a copy until all is committed. One
 * that fails (the map is full) leaves the copy wrong, but then it is thrown away --- */

static int op_folder(struct state_transaction *transaction, struct model *model, size_t index)
{
	struct model_folder *folder = &model->folders[index];
	struct state_folder record = { .id = folder->id,
				       .name = (char *)folder_name(index),
				       .far_name = (char *)folder_name(index),
				       .uidnext = pick(model, 3) };
	if (pick(model, 5) > 0 || folder->id == 0) {
		if (state_folder_put(transaction, &record, NULL) != 0)
			return -1;
		if (folder->id == 0)
			folder->id = ++model->last_id;
		cr_assert_eq(record.id, folder->id);
		folder->uidnext = record.uidnext;
		return 0;
	}
	bool all = pick(model, 2) == 0;
	struct model_folder empty = { .id = all ? 0 : folder->id,
				      .uidnext = all ? 0 : folder->uidnext };
	int result = all ? state_folder_remove(transaction, folder->id, folder_name(index), NULL)
			 : state_folder_clear(transaction, folder->id, NULL);
	*folder = empty;
	return result;
}

static int op_put(struct state_transaction *transaction, struct model *model,
		  struct model_folder *folder)
{
	char name[32];
	uint32_t uid = 1 + pick(model, UIDS);
	int base = (int)pick(model, BASES);
	size_t base_length = base_name(base, name);
	struct state_message message = { .uid = uid,
					 .flags = pick(model, 64),
					 .name = name,
					 .base_length = base_length,
					 .size = pick(model, SIZES),
					 .absent = absences[pick(model, 5)] };
	unsigned int identity = pick(model, IDENTITIES);
	message.identity = identity_number(identity);
	(void)snprintf(name + base_length, sizeof name - base_length, ":2,%u", message.flags);
	bool taken = folder->owners[base] != 0 && folder->owners[base] != uid;
	int result = state_message_put(transaction, folder->id, &message, NULL);
	if (taken) {
		cr_assert_eq(result, -1);
		return 0;
	}
	if (folder->messages[uid].there)
		folder->owners[folder->messages[uid].base] = 0;
	else
		folder->count++;
	folder->messages[uid].there = true;
	folder->messages[uid].flags = message.flags;
	folder->messages[uid].absent = message.absent;
	folder->messages[uid].base = base;
	folder->messages[uid].identity = identity;
	folder->messages[uid].size = message.size;
	folder->owners[base] = uid;
	return result;
}

static int op_remove(struct state_transaction *transaction, struct model *model,
		     struct model_folder *folder)
{
	uint32_t uid = 1 + pick(model, UIDS);
	int result = state_message_remove(transaction, folder->id, uid, NULL);
	if (!folder->messages[uid].there)
		return result;
	folder->owners[folder->messages[uid].base] = 0;
	folder->messages[uid].there = false;
	folder->count--;
	return result;
}

static int op_download(struct state_transaction *transaction, struct model *model,
		       struct model_folder *folder)
{
	char name[32];
	uint32_t uid = 1 + pick(model, UIDS);
	folder->downloads[uid] = (int)pick(model, 3);
	(void)snprintf(name, sizeof name, "t%d", folder->downloads[uid]);
	return folder->downloads[uid] ? state_download_put(transaction, folder->id, uid, name, NULL)
				      : state_download_remove(transaction, folder->id, uid, NULL);
}

static int op_upload(struct state_transaction *transaction, struct model *model,
		     struct model_folder *folder)
{
	char name[32];
	int base = (int)pick(model, BASES);
	size_t length = base_name(base, name);
	struct state_upload upload = { .uidnext = pick(model, 3) };
	folder->uploads[base] = upload.uidnext;
	return upload.uidnext
		       ? state_upload_put(transaction, folder->id, name, length, &upload, NULL)
		       : state_upload_remove(transaction, folder->id, name, length, NULL);
}

static int operate(struct state_transaction *transaction, struct model *model)
{
	size_t index = pick(model, FOLDERS);
	struct model_folder *folder = &model->folders[index];
	unsigned int operation = pick(model, 20);
	if (folder->id == 0 || operation == 0)
		return op_folder(transaction, model, index);
	if (operation < 10)
		return op_put(transaction, model, folder);
	if (operation < 14)
		return op_remove(transaction, model, folder);
	if (operation < 17)
		return op_download(transaction, model, folder);
	return op_upload(transaction, model, folder);
}

/* --- Comparing --- */

static void compare_messages(struct state_transaction *view, const struct model_folder *folder)
{
	struct state_message message;
	uint32_t from = 0;
	uint32_t count;
	uint32_t absent[STATE_ABSENT_HIDDEN_REMOVED + 1] = { 0 };
	uint32_t near;
	uint32_t far;
	uint32_t hidden;
	struct name_digest names = { .words = { 0, 0 } };
	struct name_digest told;
	for (uint32_t uid = 1; uid <= UIDS; uid++) {
		char name[32];
		int found = state_message_by_uid(view, folder->id, uid, &message, NULL);
		cr_assert_eq(found, folder->messages[uid].there ? 1 : 0);
		if (!found)
			continue;
		size_t length = base_name(folder->messages[uid].base, name);
		cr_assert_eq(message.flags, folder->messages[uid].flags);
		cr_assert_eq(message.absent, folder->messages[uid].absent);
		absent[message.absent]++;
		if (!state_is_absent_near(message.absent))
			name_digest_add(&names, message.place, message.name);
		cr_assert_eq(message.base_length, length);
		cr_assert_arr_eq(message.name, name, length);
		cr_assert_eq(state_message_next(view, folder->id, from, &message, NULL), 1);
		cr_assert_eq(message.uid, uid);
		from = uid + 1;
	}
	cr_assert_eq(state_message_next(view, folder->id, from, &message, NULL), 0);
	cr_assert_eq(state_message_count(view, folder->id, &count, NULL), 0);
	cr_assert_eq(count, folder->count);
	cr_assert_eq(state_message_absent(view, folder->id, &near, &far, NULL), 0);
	cr_assert_eq(state_message_hidden(view, folder->id, &hidden, NULL), 0);
	cr_assert_eq(near, absent[STATE_ABSENT_NEAR] + absent[STATE_ABSENT_HIDDEN_REMOVED]);
	cr_assert_eq(hidden, absent[STATE_ABSENT_HIDDEN] + absent[STATE_ABSENT_HIDDEN_REMOVED]);
	cr_assert_eq(far, absent[STATE_ABSENT_FAR] + hidden);
	cr_assert_eq(state_message_digest(view, folder->id, &told, NULL), 0);
	cr_assert(name_digest_equal(&told, &names));
}

static void compare_names(struct state_transaction *view, const struct model_folder *folder)
{
	uint32_t uploads = 0;
	uint32_t count;
	for (int base = 0; base < BASES; base++) {
		char name[32];
		size_t length = base_name(base, name);
		struct state_message message = { .uid = 0 };
		struct state_upload upload = { .uidnext = 0 };
		int found = state_message_by_name(view, folder->id, name, length, &message, NULL);
		cr_assert_eq(found, folder->owners[base] ? 1 : 0);
		cr_assert_eq(message.uid, folder->owners[base]);
		found = state_upload_get(view, folder->id, name, length, &upload, NULL);
		cr_assert_eq(found, folder->uploads[base] ? 1 : 0);
		cr_assert_eq(upload.uidnext, folder->uploads[base]);
		uploads += folder->uploads[base] ? 1 : 0;
	}
	cr_assert_eq(state_upload_count(view, folder->id, &count, NULL), 0);
	cr_assert_eq(count, uploads);
}

static void compare_downloads(struct state_transaction *view, const struct model_folder *folder)
{
	uint32_t from = 0;
	uint32_t found_uid;
	const char *name;
	for (uint32_t uid = 1; uid <= UIDS; uid++) {
		char expected[32];
		if (!folder->downloads[uid])
			continue;
		(void)snprintf(expected, sizeof expected, "t%d", folder->downloads[uid]);
		cr_assert_eq(state_download_next(view, folder->id, from, &found_uid, &name, NULL),
			     1);
		cr_assert_eq(found_uid, uid);
		cr_assert_str_eq(name, expected);
		from = uid + 1;
	}
	cr_assert_eq(state_download_next(view, folder->id, from, &found_uid, &name, NULL), 0);
}

/* Messages by number of the folder and UID. */
struct seen {
	const struct model *model;
	bool there[FOLDERS][UIDS + 1];
	unsigned int count;
};

static int see(void *context, uint32_t folder, const struct state_message *message,
	       struct error *error)
{
	struct seen *seen = context;
	(void)error;
	for (size_t i = 0; i < FOLDERS; i++) {
		if (seen->model->folders[i].id != folder)
			continue;
		cr_assert_leq(message->uid, UIDS);
		cr_assert_not(seen->there[i][message->uid], "it is seen once");
		cr_assert(seen->model->folders[i].messages[message->uid].there);
		cr_assert_eq(seen->model->folders[i].messages[message->uid].size, message->size);
		seen->there[i][message->uid] = true;
		seen->count++;
		return 0;
	}
	cr_assert_fail("no folder %u", folder);
	return -1;
}

/* Whether all are seen whose identity is one of the bits of WANTED; and where that is the empty
 * one, which have that size. */
static void compare_seen(const struct seen *seen, unsigned int wanted, uint64_t size)
{
	unsigned int count = 0;
	for (size_t i = 0; i < FOLDERS; i++) {
		for (uint32_t uid = 1; uid <= UIDS; uid++) {
			const struct model_folder *folder = &seen->model->folders[i];
			bool is_wanted = folder->id != 0 && folder->messages[uid].there &&
					 (wanted >> folder->messages[uid].identity & 1) &&
					 (folder->messages[uid].identity > 0 ||
					  folder->messages[uid].size == size);
			cr_assert_eq(seen->there[i][uid], is_wanted);
			count += is_wanted;
		}
	}
	cr_assert_eq(seen->count, count);
}

static int compare_identities(const void *a, const void *b)
{
	return memcmp(a, b, IDENTITY_SIZE);
}

static void compare_index(struct state_transaction *view, const struct model *model)
{
	struct identity all[IDENTITIES];
	for (unsigned int i = 0; i < IDENTITIES; i++) {
		struct identity identity = identity_number(i);
		for (uint64_t size = 0; size < (i == 0 ? SIZES : 1); size++) {
			struct seen seen = { .model = model };
			cr_assert_eq(state_identity_each(view, &identity, size, see, &seen, NULL),
				     0);
			compare_seen(&seen, 1u << i, size);
		}
		all[i] = identity_with_size(&identity, 1);
	}
	struct seen seen = { .model = model };
	qsort(all, IDENTITIES, sizeof *all, compare_identities);
	cr_assert_eq(state_identities_each(view, all, IDENTITIES, see, &seen, NULL), 0);
	compare_seen(&seen, (1u << IDENTITIES) - 1, 1);
}

static void compare(struct state *state, const struct model *model)
{
	struct state_transaction *view = fixture_read(state);
	for (size_t i = 0; i < FOLDERS; i++) {
		const struct model_folder *folder = &model->folders[i];
		struct state_folder record;
		int found = state_folder_get(view, folder_name(i), &record, NULL);
		cr_assert_eq(found, folder->id ? 1 : 0);
		if (!found)
			continue;
		cr_assert_eq(record.id, folder->id);
		cr_assert_eq(record.uidnext, folder->uidnext);
		state_folder_release(&record);
		compare_messages(view, folder);
		compare_names(view, folder);
		compare_downloads(view, folder);
	}
	compare_index(view, model);
	state_read_end(&view);
}

/* --- The run --- */

struct transaction_plan {
	const struct model *before;
	struct model after; /* made anew each time the work is run */
	unsigned int operations;
	bool fails;
};

static int run_plan(struct state_transaction *transaction, void *context, struct error *error)
{
	struct transaction_plan *plan = context;
	(void)error;
	plan->after = *plan->before;
	for (unsigned int i = 0; i < plan->operations; i++) {
		if (operate(transaction, &plan->after) != 0)
			return -1;
	}
	compare_index(transaction, &plan->after);
	return plan->fails ? -1 : 0;
}

#define RUN 16 /* so that there are several */

static void reopen(struct state **state, struct model *model)
{
	state_close(state);
	if (pick(model, 5) == 0) {
		fixture_make_format_5();
		*state = fixture_open(STATE_READ_ONLY);
		compare(*state, model);
		state_close(state);
	}
	*state = fixture_open(STATE_READ_WRITE);
	(*state)->identity_run = RUN;
}

static void run_model(unsigned int seed)
{
	struct state *state = fixture_open_with_map(64 * 1024);
	struct model model = { .seed = seed };
	state->identity_run = RUN;
	for (int round = 0; round < 200; round++) {
		struct transaction_plan plan = { .before = &model,
						 .operations = pick(&model, 30),
						 .fails = pick(&model, 5) == 0 };
		int result = state_write(state, run_plan, &plan, NULL);
		cr_assert_eq(result, plan.fails ? -1 : 0);
		if (plan.fails)
			model.seed = plan.after.seed;
		else
			model = plan.after;
		if (pick(&model, 10) == 0)
			reopen(&state, &model);
		if (pick(&model, 4) == 0)
			cr_assert_eq(state_identity_index(state, NULL), 0);
		compare(state, &model);
	}
	state_close(&state);
	fixture_end();
}

Test(state_model, random_operations)
{
	for (unsigned int seed = 1; seed <= 4; seed++)
		run_model(seed);
}
