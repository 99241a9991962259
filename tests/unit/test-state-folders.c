/* Folders. SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "mail/folder_name.h"
#include "state-fixture.h"
#include "state/private.h"

TestSuite(state_folders, .fini = fixture_end);

static int put(struct state_transaction *transaction, void *context, struct error *error)
{
	return state_folder_put(transaction, context, error);
}

static int remove_folder(struct state_transaction *transaction, void *context, struct error *error)
{
	const struct state_folder *folder = context;
	return state_folder_remove(transaction, folder->id, folder->name, error);
}

static int clear_folder(struct state_transaction *transaction, void *context, struct error *error)
{
	return state_folder_clear(transaction, *(uint32_t *)context, error);
}

static int get(struct state *state, const char *name, struct state_folder *folder_r)
{
	struct error error = ERROR_INITIAL;
	struct state_transaction *view = fixture_read(state);
	int found = state_folder_get(view, name, folder_r, &error);
	cr_assert_geq(found, 0, "%s", error.text);
	state_read_end(&view);
	return found;
}

Test(state_folders, put_get_and_replace)
{
	struct state *state = fixture_open(STATE_READ_WRITE);
	struct state_folder folder = { .name = (char *)"Lists/a", .far_name = (char *)"Lists.a" };
	struct state_folder back;
	cr_assert_eq(get(state, "Lists/a", &back), 0);
	fixture_write(state, put, &folder);
	cr_assert_eq(folder.id, 1);
	folder.uidvalidity = 5;
	folder.uidnext = 77;
	folder.highestmodseq = UINT64_C(1) << 62;
	folder.far_messages = 9;
	folder.near_known = true;
	folder.near_inode[1] = 4;
	folder.near_change_ns[0] = -1;
	folder.keywords.names[3] = (char *)"$Junk";
	fixture_write(state, put, &folder);
	fixture_reopen(&state);
	cr_assert_eq(get(state, "Lists/a", &back), 1);
	cr_assert_eq(back.id, 1);
	cr_assert_str_eq(back.name, "Lists/a");
	cr_assert_str_eq(back.far_name, "Lists.a");
	cr_assert_eq(back.uidvalidity, 5);
	cr_assert_eq(back.uidnext, 77);
	cr_assert_eq(back.highestmodseq, UINT64_C(1) << 62);
	cr_assert_eq(back.far_messages, 9);
	cr_assert(back.near_known);
	cr_assert_eq(back.near_inode[1], 4);
	cr_assert_eq(back.near_change_ns[0], -1);
	cr_assert_str_eq(back.keywords.names[3], "$Junk");
	cr_assert_null(back.keywords.names[0]);
	state_folder_release(&back);
	cr_assert_eq(get(state, "Lists", &back), 0);
	cr_assert_eq(get(state, "lists/a", &back), 0);
	state_close(&state);
}

/* Beyond the 511 bytes that a key of LMDB may have, and alike to the last byte. */
Test(state_folders, names_as_long_as_they_may_be)
{
	struct state *state = fixture_open(STATE_READ_WRITE);
	char name[FOLDER_NAME_MAX + 1];
	memset(name, 'n', FOLDER_NAME_MAX);
	for (size_t i = 200; i < FOLDER_NAME_MAX; i += 201)
		name[i] = '/';
	name[FOLDER_NAME_MAX] = '\0';
	uint32_t a = fixture_folder(state, name);
	name[FOLDER_NAME_MAX - 1] = 'm';
	uint32_t b = fixture_folder(state, name);
	cr_assert_neq(a, b);
	struct state_folder back;
	cr_assert_eq(get(state, name, &back), 1);
	cr_assert_eq(back.id, b);
	cr_assert_str_eq(back.name, name);
	state_folder_release(&back);
	state_close(&state);
}

Test(state_folders, names_that_are_not_safe_are_refused)
{
	static const char *const names[] = { "", "../x", "/etc", "a//b", "a/", "cur", "a\nb" };
	struct state *state = fixture_open(STATE_READ_WRITE);
	for (size_t i = 0; i < COUNT(names); i++) {
		struct error error = ERROR_INITIAL;
		struct state_folder folder = { .name = (char *)names[i], .far_name = (char *)"x" };
		cr_assert_eq(state_write(state, put, &folder, &error), -1, "%s", names[i]);
		cr_assert_eq(error.scope, SCOPE_FOLDER);
		cr_assert_eq(folder.id, 0);
	}
	state_close(&state);
}

/* --- Numbers --- */

Test(state_folders, an_id_is_never_used_again)
{
	struct state *state = fixture_open(STATE_READ_WRITE);
	struct state_folder a = { .name = (char *)"a", .id = fixture_folder(state, "a") };
	fixture_write(state, remove_folder, &a);
	cr_assert_eq(fixture_folder(state, "b"), 2);
	fixture_reopen(&state);
	cr_assert_eq(fixture_folder(state, "a"), 3);
	state_close(&state);
}

static int put_and_fail(struct state_transaction *transaction, void *context, struct error *error)
{
	if (state_folder_put(transaction, context, error) == 0)
		(void)error_set(error, ERROR_FAILED, SCOPE_FOLDER, "after all");
	return -1;
}

/* The id of a transaction that was rolled back is another folder's when the work is done again. */
Test(state_folders, an_id_from_a_rolled_back_transaction_does_no_harm)
{
	struct error error = ERROR_INITIAL;
	struct state *state = fixture_open(STATE_READ_WRITE);
	struct state_folder late = { .name = (char *)"late", .far_name = (char *)"late" };
	cr_assert_eq(state_write(state, put_and_fail, &late, &error), -1);
	cr_assert_eq(late.id, 1);
	uint32_t other = fixture_folder(state, "other");
	cr_assert_eq(other, 1);
	fixture_write(state, put, &late);
	cr_assert_eq(late.id, 2);
	cr_assert_eq(fixture_folder(state, "other"), 1);
	cr_assert_eq(fixture_folder(state, "late"), 2);
	state_close(&state);
}

Test(state_folders, a_folder_that_has_a_record_keeps_its_id)
{
	struct error error = ERROR_INITIAL;
	struct state *state = fixture_open(STATE_READ_WRITE);
	uint32_t id = fixture_folder(state, "a");
	struct state_folder again = { .name = (char *)"a", .far_name = (char *)"other" };
	fixture_write(state, put, &again);
	cr_assert_eq(again.id, id);
	again.id = id + 1;
	cr_assert_eq(state_write(state, put, &again, &error), -1);
	cr_assert_eq(error.scope, SCOPE_FOLDER);
	state_close(&state);
}

/* --- Removal --- */

struct content {
	uint32_t folder;
	uint32_t messages;
	uint32_t uploads;
	bool downloads;
	bool deferred;
	uint32_t sets; /* how many UIDs all of them hold */
};

static const enum state_set sets[] = { STATE_OUTSIDE, STATE_EXPIRING, STATE_STUBS,
				       STATE_WANTED,  STATE_WATCHED,  STATE_MOVED };

static int put_journal(struct state_transaction *transaction, void *context, struct error *error)
{
	const struct content *content = context;
	struct state_upload upload = { .uidvalidity = 1 };
	struct state_deferred deferred = { .uid = 4, .failures = 1, .reason = "none" };
	struct uid_set uids = UID_SET_INITIAL;
	int result = 0;
	uid_set_add(&uids, 5);
	for (size_t i = 0; result == 0 && i < COUNT(sets); i++)
		result = state_set_put(transaction, content->folder, sets[i], &uids, error);
	uid_set_release(&uids);
	return result != 0 ||
			       state_download_put(transaction, content->folder, 3, "t.3", error) !=
				       0 ||
			       state_upload_put(transaction, content->folder, "u", 1, &upload,
						error) != 0 ||
			       state_deferred_put(transaction, content->folder, &deferred, error) !=
				       0
		       ? -1
		       : 0;
}

static void look_at_sets(struct state_transaction *view, struct content *content)
{
	struct state_deferred deferred;
	int found = state_deferred_next(view, content->folder, 1, &deferred, NULL);
	cr_assert_geq(found, 0);
	content->deferred = found > 0;
	for (size_t i = 0; i < COUNT(sets); i++) {
		uint32_t count;
		cr_assert_eq(state_set_count(view, content->folder, sets[i], &count, NULL), 0);
		content->sets += count;
	}
}

static struct content look(struct state *state, uint32_t folder)
{
	struct content content = { .folder = folder, .messages = fixture_count(state, folder) };
	struct state_transaction *view = fixture_read(state);
	struct state_message message;
	const char *name;
	uint32_t uid;
	cr_assert_eq(state_upload_count(view, folder, &content.uploads, NULL), 0);
	int found = state_download_next(view, folder, 0, &uid, &name, NULL);
	cr_assert_geq(found, 0);
	content.downloads = found > 0;
	found = state_message_next(view, folder, 0, &message, NULL);
	cr_assert_eq(found > 0, content.messages > 0);
	found = state_message_by_name(view, folder, "1.x", 3, &message, NULL);
	cr_assert_eq(found > 0, content.messages > 0);
	look_at_sets(view, &content);
	state_read_end(&view);
	return content;
}

static void assert_content(struct state *state, uint32_t folder, bool full)
{
	struct content content = look(state, folder);
	cr_assert_eq(content.messages, full ? 700 : 0, "folder %u", folder);
	cr_assert_eq(content.uploads, full ? 1 : 0);
	cr_assert_eq(content.downloads, full);
	cr_assert_eq(content.deferred, full);
	cr_assert_eq(content.sets, full ? COUNT(sets) : 0);
}

/* Three folders with everything a folder can have; only the middle one goes. */
static void make_three(struct state *state, struct state_folder folders[3])
{
	static const char *const names[] = { "a", "b", "c" };
	for (size_t i = 0; i < 3; i++) {
		folders[i] = (struct state_folder){ .name = (char *)names[i],
						    .id = fixture_folder(state, names[i]) };
		struct content content = { .folder = folders[i].id };
		fixture_fill(state, folders[i].id, 1, 700);
		fixture_write(state, put_journal, &content);
		assert_content(state, folders[i].id, true);
	}
}

Test(state_folders, clear_takes_all_but_the_record)
{
	struct state *state = fixture_open(STATE_READ_WRITE);
	struct state_folder folders[3];
	make_three(state, folders);
	fixture_write(state, clear_folder, &folders[1].id);
	for (size_t i = 0; i < 3; i++) {
		assert_content(state, folders[i].id, i != 1);
		cr_assert_eq(fixture_folder(state, folders[i].name), folders[i].id);
	}
	/* It can be filled again with the same names. */
	fixture_fill(state, folders[1].id, 1, 700);
	cr_assert_eq(fixture_count(state, folders[1].id), 700);
	state_close(&state);
}

Test(state_folders, remove_takes_the_record_too)
{
	struct state *state = fixture_open(STATE_READ_WRITE);
	struct state_folder folders[3];
	struct state_folder back;
	make_three(state, folders);
	fixture_write(state, remove_folder, &folders[1]);
	fixture_write(state, remove_folder, &folders[1]); /* what is not there is fine */
	for (size_t i = 0; i < 3; i++)
		assert_content(state, folders[i].id, i != 1);
	cr_assert_eq(get(state, "b", &back), 0);
	/* The folder that has the name now is not the one that goes. */
	uint32_t id = fixture_folder(state, "b");
	fixture_write(state, remove_folder, &folders[1]);
	cr_assert_eq(fixture_folder(state, "b"), id);
	state_close(&state);
}

/* --- Each --- */

struct seeing {
	char *names;
	int stop_after;
};

static int see(void *context, const struct state_folder *folder, struct error *error)
{
	struct seeing *seeing = context;
	char *names = memory_format("%s%s;", seeing->names, folder->name);
	free(seeing->names);
	seeing->names = names;
	if (--seeing->stop_after == 0)
		return error_set(error, ERROR_FAILED, SCOPE_FOLDER, "enough");
	return 0;
}

struct renaming {
	const char *from;
	struct state_folder folder;
};

static int rename_folder(struct state_transaction *transaction, void *context, struct error *error)
{
	struct renaming *renaming = context;
	return state_folder_rename(transaction, renaming->from, &renaming->folder, error);
}

static void expect_no_renaming(struct state *state, const char *from, uint32_t id, const char *to)
{
	struct error error = ERROR_INITIAL;
	struct renaming renaming = { from, { .id = id, .name = (char *)to } };
	cr_expect_neq(state_write(state, rename_folder, &renaming, &error), 0, "%s to %s", from,
		      to);
	cr_expect_eq(error.scope, SCOPE_FOLDER);
}

/* All that belongs to it goes by its number, and needs no step. */
Test(state_folders, rename_keeps_what_belongs_to_it)
{
	struct state *state = fixture_open(STATE_READ_WRITE);
	struct state_folder back;
	uint32_t id = fixture_folder(state, "Lists");
	uint32_t other = fixture_folder(state, "Other");
	fixture_fill(state, id, 1, 5);
	struct renaming renaming = { "Lists",
				     { .id = id, .name = (char *)"New", .uidvalidity = 9 } };
	fixture_write(state, rename_folder, &renaming);
	fixture_reopen(&state);
	cr_expect_eq(get(state, "Lists", &back), 0);
	cr_assert_eq(get(state, "New", &back), 1);
	cr_expect_eq(back.id, id);
	cr_expect_eq(back.uidvalidity, 9);
	state_folder_release(&back);
	cr_expect_eq(fixture_count(state, id), 5);
	expect_no_renaming(state, "New", id, "Other");
	expect_no_renaming(state, "Lists", id, "Lists/a");
	expect_no_renaming(state, "New", other, "Lists/a");
	expect_no_renaming(state, "New", 0, "Lists/a");
	expect_no_renaming(state, "New", id, "../a");
	cr_expect_eq(get(state, "New", &back), 1);
	state_folder_release(&back);
	cr_expect_eq(get(state, "Other", &back), 1);
	state_folder_release(&back);
	state_close(&state);
}

Test(state_folders, each_goes_by_name)
{
	static const char *const names[] = { "b", "INBOX", "a/b", "a", "a b" };
	struct error error = ERROR_INITIAL;
	struct state *state = fixture_open(STATE_READ_WRITE);
	for (size_t i = 0; i < COUNT(names); i++)
		(void)fixture_folder(state, names[i]);
	struct state_transaction *view = fixture_read(state);
	struct seeing seeing = { .names = memory_text("") };
	cr_assert_eq(state_folder_each(view, see, &seeing, &error), 0);
	cr_assert_str_eq(seeing.names, "INBOX;a;a b;a/b;b;");
	seeing.names[0] = '\0';
	seeing.stop_after = 2;
	cr_assert_eq(state_folder_each(view, see, &seeing, &error), -1);
	cr_assert_str_eq(seeing.names, "INBOX;a;");
	cr_assert_str_eq(error.text, "enough");
	state_read_end(&view);
	free(seeing.names);
	state_close(&state);
}

/* --- Damage --- */

static int find_key(void *context, const struct state_folder *folder, struct error *error)
{
	(void)context;
	(void)folder;
	(void)error;
	return 0;
}

/* The record of "a" under the key of "a": cut, and another folder's. */
Test(state_folders, a_record_that_makes_no_sense_is_refused)
{
	/* SHA-256 of "a". */
	static const unsigned char key[32] = { 0xca, 0x97, 0x81, 0x12, 0xca, 0x1b, 0xbd, 0xca,
					       0xfa, 0xc2, 0x31, 0xb3, 0x9a, 0x23, 0xdc, 0x4d,
					       0xa7, 0x86, 0xef, 0xf8, 0x14, 0x7c, 0x4e, 0x72,
					       0xb9, 0x80, 0x77, 0x85, 0xaf, 0xee, 0x48, 0xbb };
	struct state *state = fixture_open(STATE_READ_WRITE);
	struct state_folder folder = { .name = (char *)"a", .id = fixture_folder(state, "a") };
	state_close(&state);
	fixture_tamper("folders", key, sizeof key, "\1\0\0", 3);
	state = fixture_open(STATE_READ_WRITE);
	struct state_transaction *view = fixture_read(state);
	struct error error = ERROR_INITIAL;
	struct state_folder back;
	cr_assert_eq(state_folder_get(view, "a", &back, &error), -1);
	cr_assert_eq(error.kind, ERROR_SAFETY);
	cr_assert_not_null(strstr(error.text, "can be moved away"), "%s", error.text);
	error_clear(&error);
	cr_assert_eq(state_folder_each(view, find_key, NULL, &error), -1);
	cr_assert_eq(error.kind, ERROR_SAFETY);
	state_read_end(&view);
	cr_assert_eq(state_write(state, put, &folder, &error), -1);
	cr_assert_eq(error.kind, ERROR_SAFETY);
	state_close(&state);
}

Test(state_folders, a_damaged_count_of_folders_is_refused)
{
	struct error error = ERROR_INITIAL;
	struct state *state = fixture_open(STATE_READ_WRITE);
	(void)fixture_folder(state, "a");
	state_close(&state);
	static const struct {
		const char *bytes;
		size_t length;
	} cases[] = { { "\0\0\1", 3 }, { "\0\0\0\0", 4 }, { "\xff\xff\xff\xff", 4 } };
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct state_folder folder = { .name = (char *)"b", .far_name = (char *)"b" };
		fixture_tamper("meta", "next-folder", 11, cases[i].bytes, cases[i].length);
		state = fixture_open(STATE_READ_WRITE);
		cr_assert_eq(state_write(state, put, &folder, &error), -1);
		cr_assert_eq(error.kind, ERROR_SAFETY);
		state_close(&state);
	}
}
