/* Files under another base name. SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "mail/flags.h"
#include "sync/observe/renamed.h"

/* One vanished message, UID 7, and one new file. 0 as inode: the base does not know the file. */
struct side {
	uint64_t inode;
	uint64_t size;
	int64_t mtime;
	uint8_t digest; /* 0: it is not read */
	uint8_t identity;
	uint64_t wire_size;
	uint32_t flags;
};

#define EMPTY 255 /* the identity of a header without the fields */

static const struct {
	struct side before, now;
	bool pairs;
	const char *why;
} cases[] = {
	{ { 5, 100, 9, 1, 1, 110, 0 }, { 5, 100, 9, 0, 0, 0, 0 }, true, "the very file, unread" },
	{ { 5, 100, 9, 1, 1, 110, FLAG_DRAFT },
	  { 5, 100, 9, 0, 0, 0, FLAG_DRAFT },
	  true,
	  "the very file of a draft" },
	{ { 5, 100, 9, 1, 1, 110, 0 }, { 5, 100, 8, 0, 0, 0, 0 }, false, "another time" },
	{ { 5, 100, 9, 1, 1, 110, 0 }, { 5, 101, 9, 2, 1, 111, 0 }, false, "another size" },
	{ { 5, 100, 9, 1, 1, 110, 0 }, { 6, 100, 8, 1, 1, 110, 0 }, true, "a copy" },
	{ { 5, 100, 9, 1, 1, 110, 0 }, { 6, 100, 9, 2, 1, 110, 0 }, false, "other bytes" },
	{ { 5, 100, 9, 1, 1, 110, 0 }, { 6, 100, 9, 0, 1, 110, 0 }, false, "it could not be read" },
	{ { 0, 0, 0, 0, 1, 110, 0 }, { 6, 100, 9, 1, 1, 110, 0 }, true, "of an old state" },
	{ { 0, 0, 0, 0, 1, 110, 0 }, { 6, 100, 9, 1, 2, 110, 0 }, false, "another message" },
	{ { 0, 0, 0, 0, 1, 110, 0 }, { 6, 100, 9, 1, 1, 111, 0 }, false, "another length" },
	{ { 0, 0, 0, 0, EMPTY, 110, 0 }, { 6, 100, 9, 1, EMPTY, 110, 0 }, false, "no header" },
	{ { 0, 0, 0, 0, 1, 110, FLAG_DRAFT }, { 6, 100, 9, 1, 1, 110, 0 }, false, "was a draft" },
	{ { 0, 0, 0, 0, 1, 110, 0 }, { 6, 100, 9, 1, 1, 110, FLAG_DRAFT }, false, "is a draft" },
};

static struct file_stamp stamp_of(const struct side *side)
{
	struct file_stamp stamp = { .inode = side->inode,
				    .size = side->size,
				    .mtime_ns = side->mtime };
	stamp.digest[0] = side->digest;
	return stamp;
}

static struct identity identity_of(const struct side *side)
{
	struct identity identity = { { side->identity } };
	return side->identity == EMPTY ? identity_of_header("\n", 1) : identity;
}

static void add_vanished(struct vanished_list *list, uint32_t uid, const struct side *side)
{
	struct state_message message = {
		.uid = uid, .flags = side->flags, .size = side->wire_size, .file = stamp_of(side)
	};
	message.identity = identity_of(side);
	vanished_list_add(list, &message);
}

static void add_file(struct near_changes *changes, const char *name, const struct side *side)
{
	memory_grow((void **)&changes->added, &changes->added_capacity, changes->added_count + 1,
		    sizeof *changes->added);
	struct near_added *added = &changes->added[changes->added_count++];
	*added = (struct near_added){ .name = memory_text(name),
				      .place = MAILDIR_CUR,
				      .flags = side->flags,
				      .is_identified = side->digest != 0,
				      .size = side->wire_size,
				      .file = stamp_of(side) };
	added->identity = identity_of(side);
}

static void pair(struct vanished_list *list, struct near_changes *changes)
{
	renamed_pair_files(list, changes);
	renamed_pair_contents(list, changes);
	vanished_list_release(list);
}

Test(sync_renamed, what_is_the_same)
{
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct vanished_list list = { .items = NULL };
		struct near_changes changes = { .added = NULL };
		add_vanished(&list, 7, &cases[i].before);
		uid_set_add(&changes.removed, 7);
		add_file(&changes, "other:2,S", &cases[i].now);
		pair(&list, &changes);
		cr_expect_eq(changes.changed_count, cases[i].pairs, "%s", cases[i].why);
		cr_expect_eq(changes.added_count, !cases[i].pairs, "%s", cases[i].why);
		cr_expect_eq(uid_set_is_empty(&changes.removed), cases[i].pairs, "%s",
			     cases[i].why);
		if (changes.changed_count == 1) {
			cr_expect_eq(changes.changed[0].uid, 7);
			cr_expect_str_eq(changes.changed[0].name, "other:2,S");
		}
		near_changes_release(&changes);
	}
}

/* A record knows one kind of digest; a file was read for one, or for both. The stamps' digest is 1
 * with a key and 2 by SHA-256 where the content is the same, else 8 and 9. */
static struct file_stamp stamp_of_kind(enum file_digest_kind kind, bool same)
{
	struct file_stamp stamp = { .inode = 6, .size = 100, .mtime_ns = 8, .kind = kind };
	stamp.digest[0] = same ? 1 : 8;
	stamp.sha256[0] = same ? 2 : 9;
	if (kind == FILE_DIGEST_SHA256)
		stamp.digest[0] = stamp.sha256[0];
	return stamp;
}

/* UID 7 has that kind; others of its size the other one, before and behind it. */
static void add_some_of_both_kinds(struct vanished_list *list, struct near_changes *changes,
				   enum file_digest_kind kind)
{
	const struct side side = { 9, 100, 7, 0, 1, 110, 0 };
	for (uint32_t uid = 6; uid <= 8; uid++) {
		add_vanished(list, uid, &side);
		list->items[list->count - 1].file =
			uid == 7 ? stamp_of_kind(kind, true) : stamp_of_kind(1 - kind, false);
		list->items[list->count - 1].file.inode = uid + 100;
		uid_set_add(&changes->removed, uid);
	}
}

Test(sync_renamed, kinds_of_digests)
{
	static const struct {
		enum file_digest_kind before, now;
		bool same, pairs;
	} kinds[] = {
		{ FILE_DIGEST_SHA256, FILE_DIGEST_SHA256, true, true },
		{ FILE_DIGEST_SHA256, FILE_DIGEST_BOTH, true, true },
		{ FILE_DIGEST_KEYED, FILE_DIGEST_KEYED, true, true },
		{ FILE_DIGEST_KEYED, FILE_DIGEST_BOTH, true, true },
		{ FILE_DIGEST_SHA256, FILE_DIGEST_BOTH, false, false },
		{ FILE_DIGEST_KEYED, FILE_DIGEST_BOTH, false, false },
		{ FILE_DIGEST_SHA256, FILE_DIGEST_KEYED, true, false },
		{ FILE_DIGEST_KEYED, FILE_DIGEST_SHA256, true, false },
	};
	const struct side file = { 6, 100, 8, 1, 1, 110, 0 };
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
		struct vanished_list list = { .items = NULL };
		struct near_changes changes = { .added = NULL };
		add_some_of_both_kinds(&list, &changes, kinds[i].before);
		add_file(&changes, "other:2,S", &file);
		changes.added[0].file = stamp_of_kind(kinds[i].now, kinds[i].same);
		changes.added[0].file.inode = 200;
		if (!kinds[i].same) /* as nothing is */
			changes.added[0].file.digest[0] = changes.added[0].file.sha256[0] = 5;
		changes.added[0].body.known = true;
		cr_expect(renamed_must_read(&list, &changes.added[0]));
		pair(&list, &changes);
		cr_expect_eq(changes.changed_count, kinds[i].pairs, "kinds %zu", i);
		if (changes.changed_count == 1) {
			cr_expect_eq(changes.changed[0].uid, 7, "kinds %zu", i);
			cr_expect(changes.changed[0].body.known);
		}
		near_changes_release(&changes);
	}
}

/* Only then are files read for SHA-256. */
Test(sync_renamed, tells_whether_there_are_digests_of_before)
{
	const struct side known = { 6, 100, 8, 1, 1, 110, 0 };
	const struct side unknown = { 0, 0, 0, 0, 1, 110, 0 };
	struct vanished_list list = { .items = NULL };
	struct state_message message = { .uid = 1, .file = stamp_of_kind(FILE_DIGEST_KEYED, true) };
	vanished_list_add(&list, &message);
	cr_expect_not(list.any_sha256);
	add_vanished(&list, 2, &unknown);
	cr_expect_not(list.any_sha256);
	add_vanished(&list, 3, &known);
	cr_expect(list.any_sha256);
	vanished_list_release(&list);
}

/* The base did not know its file: that it is the message is likely, but its body may be another. */
Test(sync_renamed, of_an_old_state_the_body_is_not_known)
{
	const struct side before = { 0, 0, 0, 0, 1, 110, 0 };
	const struct side now = { 6, 100, 9, 1, 1, 110, 0 };
	struct vanished_list list = { .items = NULL };
	struct near_changes changes = { .added = NULL };
	add_vanished(&list, 7, &before);
	uid_set_add(&changes.removed, 7);
	add_file(&changes, "other:2,S", &now);
	changes.added[0].body.known = true;
	pair(&list, &changes);
	cr_assert_eq(changes.changed_count, 1);
	cr_expect(file_stamp_is_known(&changes.changed[0].file));
	cr_expect_not(changes.changed[0].body.known);
	near_changes_release(&changes);
}

/* Two messages of the same bytes: each file is one of them, and neither is two. */
Test(sync_renamed, each_once)
{
	const struct side same = { 5, 100, 9, 1, 1, 110, 0 };
	const struct side copy = { 6, 100, 8, 1, 1, 110, 0 };
	const struct side other = { 8, 100, 8, 1, 1, 110, 0 };
	struct vanished_list list = { .items = NULL };
	struct near_changes changes = { .added = NULL };
	add_vanished(&list, 9, &same);
	add_vanished(&list, 4, &same);
	uid_set_add(&changes.removed, 9);
	uid_set_add(&changes.removed, 4);
	add_file(&changes, "a", &copy);
	add_file(&changes, "b", &other);
	add_file(&changes, "c", &other);
	pair(&list, &changes);
	cr_assert_eq(changes.changed_count, 2);
	cr_expect_eq(changes.changed[0].uid, 4);
	cr_expect_eq(changes.changed[1].uid, 9);
	cr_expect_eq(changes.added_count, 1);
	cr_expect(uid_set_is_empty(&changes.removed));
	near_changes_release(&changes);
}

/* A second file of one base name, and a new version, are no renamed files. */
Test(sync_renamed, copies_and_new_versions_stay)
{
	const struct side same = { 5, 100, 9, 1, 1, 110, 0 };
	struct vanished_list list = { .items = NULL };
	struct near_changes changes = { .added = NULL };
	add_vanished(&list, 7, &same);
	uid_set_add(&changes.removed, 7);
	add_file(&changes, "a", &same);
	add_file(&changes, "b", &same);
	changes.added[0].is_copy = true;
	changes.added[1].edits = 3;
	pair(&list, &changes);
	cr_expect_eq(changes.changed_count, 0);
	cr_expect_eq(changes.added_count, 2);
	near_changes_release(&changes);
}
