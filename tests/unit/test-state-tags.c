/* What the state knows of tags. SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "mail/name_set.h"
#include "state-fixture.h"
#include "state/tags.h"

TestSuite(state_tags, .fini = fixture_end);

struct change {
	uint32_t folder, uid;
	const char *base, *far, *thread;
};

static int put_tags(struct state_transaction *transaction, void *context, struct error *error)
{
	const struct change *change = context;
	struct state_tags tags = { .thread = change->thread ? memory_text(change->thread) : NULL };
	name_set_read(&tags.base, change->base);
	name_set_read(&tags.far, change->far);
	int result = state_tags_put(transaction, change->folder, change->uid, &tags, error);
	state_tags_release(&tags);
	return result;
}

static void put(struct state *state, uint32_t folder, uint32_t uid, const char *base,
		const char *far, const char *thread)
{
	struct change change = { folder, uid, base, far, thread };
	fixture_write(state, put_tags, &change);
}

static void expect(struct state *state, uint32_t folder, uint32_t uid, const char *base,
		   const char *far, const char *thread)
{
	struct state_transaction *transaction = fixture_read(state);
	struct state_tags tags;
	bool empty = !*base && !*far;
	cr_expect_eq(state_tags_get(transaction, folder, uid, &tags, NULL), !empty, "%u", uid);
	char *base_text = name_set_text(&tags.base);
	char *far_text = name_set_text(&tags.far);
	cr_expect_str_eq(base_text, base, "%u", uid);
	cr_expect_str_eq(far_text, far, "%u", uid);
	cr_expect_str_eq(tags.thread ? tags.thread : "", thread, "%u", uid);
	free(base_text);
	free(far_text);
	state_tags_release(&tags);
	state_read_end(&transaction);
}

Test(state_tags, names_of_messages)
{
	struct state *state = fixture_open(STATE_READ_WRITE);
	uint32_t folder = fixture_folder(state, "a");
	uint32_t other = fixture_folder(state, "b");
	expect(state, folder, 7, "", "", "");
	put(state, folder, 7, "todo work", "todo", "uuid/1");
	put(state, folder, 8, "", "$Junk", NULL);
	put(state, other, 7, "x", "", "uuid/2");
	fixture_reopen(&state);
	expect(state, folder, 7, "todo work", "todo", "uuid/1");
	expect(state, folder, 8, "", "$Junk", "");
	expect(state, other, 7, "x", "", "uuid/2");
	put(state, folder, 7, "", "", "uuid/1");
	expect(state, folder, 7, "", "", "");
	expect(state, other, 7, "x", "", "uuid/2");
	state_close(&state);
}

/* --- Who waits --- */

struct wait {
	uint32_t folder, uid;
	bool waits;
};

static int set_waiting(struct state_transaction *transaction, void *context, struct error *error)
{
	const struct wait *wait = context;
	return state_tags_wait(transaction, wait->folder, wait->uid, wait->waits, error);
}

static void wait_for(struct state *state, uint32_t folder, uint32_t uid, bool waits)
{
	struct wait wait = { folder, uid, waits };
	fixture_write(state, set_waiting, &wait);
}

/* UID 0: there is none. */
static void expect_waiting(struct state *state, uint32_t folder, uint32_t from, uint32_t uid)
{
	struct state_transaction *transaction = fixture_read(state);
	uint32_t found;
	int result = state_tags_next_waiting(transaction, folder, from, &found, NULL);
	cr_expect_eq(result, uid != 0, "folder %u from %u", folder, from);
	if (result > 0)
		cr_expect_eq(found, uid);
	state_read_end(&transaction);
}

Test(state_tags, messages_that_wait)
{
	struct state *state = fixture_open(STATE_READ_WRITE);
	uint32_t folder = fixture_folder(state, "a");
	uint32_t other = fixture_folder(state, "b");
	expect_waiting(state, folder, 1, 0);
	wait_for(state, folder, 5, true);
	wait_for(state, folder, UINT32_MAX, true);
	wait_for(state, other, 3, true);
	expect_waiting(state, folder, 1, 5);
	expect_waiting(state, folder, 6, UINT32_MAX);
	expect_waiting(state, other, 4, 0);
	wait_for(state, folder, 5, false);
	wait_for(state, folder, 5, false);
	wait_for(state, folder, UINT32_MAX, false);
	expect_waiting(state, folder, 1, 0);
	expect_waiting(state, other, 1, 3);
	state_close(&state);
}

/* --- Marks, and what happens to messages in folders that have one --- */

static int put_mark(struct state_transaction *transaction, void *context, struct error *error)
{
	const struct state_tag_mark mark = { .uuid = (char *)"uuid",
					     .revision = UINT64_MAX,
					     .settings = (char *)"map $Junk:spam" };
	return state_tag_mark_put(transaction, *(uint32_t *)context, &mark, error);
}

static int remove_mark(struct state_transaction *transaction, void *context, struct error *error)
{
	return state_tag_mark_remove(transaction, *(uint32_t *)context, error);
}

static void expect_mark(struct state *state, uint32_t folder, bool there)
{
	struct state_transaction *transaction = fixture_read(state);
	struct state_tag_mark mark;
	cr_expect_eq(state_tag_mark_get(transaction, folder, &mark, NULL), there);
	if (there) {
		cr_expect_str_eq(mark.uuid, "uuid");
		cr_expect_eq(mark.revision, UINT64_MAX);
		cr_expect_str_eq(mark.settings, "map $Junk:spam");
	}
	state_tag_mark_release(&mark);
	state_read_end(&transaction);
}

Test(state_tags, marks_of_folders)
{
	struct state *state = fixture_open(STATE_READ_WRITE);
	uint32_t folder = fixture_folder(state, "a");
	uint32_t other = fixture_folder(state, "b");
	fixture_write(state, put_mark, &folder);
	fixture_reopen(&state);
	expect_mark(state, folder, true);
	expect_mark(state, other, false);
	fixture_write(state, remove_mark, &folder);
	expect_mark(state, folder, false);
	state_close(&state);
}

struct message_change {
	uint32_t folder;
	struct state_message message;
};

static int put_message(struct state_transaction *transaction, void *context, struct error *error)
{
	const struct message_change *change = context;
	return state_message_put(transaction, change->folder, &change->message, error);
}

static int remove_message(struct state_transaction *transaction, void *context, struct error *error)
{
	const struct message_change *change = context;
	return state_message_remove(transaction, change->folder, change->message.uid, error);
}

static struct message_change message(uint32_t folder, uint32_t uid, const char *name)
{
	return (struct message_change){ .folder = folder,
					.message = { .uid = uid,
						     .place = 1,
						     .name = name,
						     .base_length = strcspn(name, ":") } };
}

Test(state_tags, a_message_that_comes_or_gets_another_file_waits)
{
	struct state *state = fixture_open(STATE_READ_WRITE);
	uint32_t folder = fixture_folder(state, "a");
	struct message_change one = message(folder, 1, "one:2,");
	struct message_change flags = message(folder, 1, "one:2,S");
	struct message_change file = message(folder, 1, "other:2,S");
	fixture_write(state, put_message, &one);
	expect_waiting(state, folder, 1, 0); /* the folder has no tags */
	fixture_write(state, put_mark, &folder);
	put(state, folder, 1, "todo", "todo", "uuid/1");
	fixture_write(state, put_message, &flags);
	expect_waiting(state, folder, 1, 0);
	expect(state, folder, 1, "todo", "todo", "uuid/1");
	fixture_write(state, put_message, &file);
	expect_waiting(state, folder, 1, 1);
	expect(state, folder, 1, "", "todo", "uuid/1");
	struct message_change two = message(folder, 2, "two:2,");
	fixture_write(state, put_message, &two);
	expect_waiting(state, folder, 2, 2);
	state_close(&state);
}

Test(state_tags, go_with_the_message)
{
	struct state *state = fixture_open(STATE_READ_WRITE);
	uint32_t folder = fixture_folder(state, "a");
	struct message_change one = message(folder, 1, "one:2,");
	fixture_write(state, put_mark, &folder);
	fixture_write(state, put_message, &one);
	put(state, folder, 1, "todo", "todo", "uuid/1");
	put(state, folder, 2, "todo", "todo", "uuid/1");
	fixture_write(state, remove_message, &one);
	expect(state, folder, 1, "", "", "");
	expect_waiting(state, folder, 1, 0);
	expect(state, folder, 2, "todo", "todo", "uuid/1");
	state_close(&state);
}

static int clear(struct state_transaction *transaction, void *context, struct error *error)
{
	return state_folder_clear(transaction, *(uint32_t *)context, error);
}

Test(state_tags, go_with_the_folder)
{
	struct state *state = fixture_open(STATE_READ_WRITE);
	uint32_t folder = fixture_folder(state, "a");
	uint32_t other = fixture_folder(state, "b");
	fixture_write(state, put_mark, &folder);
	put(state, folder, 1, "todo", "todo", "uuid/1");
	put(state, other, 1, "todo", "todo", "uuid/1");
	wait_for(state, folder, 1, true);
	fixture_write(state, clear, &folder);
	expect(state, folder, 1, "", "", "");
	expect_waiting(state, folder, 1, 0);
	expect_mark(state, folder, false);
	expect(state, other, 1, "todo", "todo", "uuid/1");
	state_close(&state);
}
