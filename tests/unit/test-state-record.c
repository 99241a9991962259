/* Records as bytes. SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "state/record.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

static struct state_folder full_folder(void)
{
	struct state_folder folder = { .id = 7,
				       .name = memory_text("Lists/f\xc3\xbc"),
				       .far_name = memory_text("Lists.f&APw-"),
				       .uidvalidity = 0x01020304,
				       .uidnext = UINT32_MAX,
				       .highestmodseq = UINT64_C(0x7fffffffffffffff),
				       .far_messages = 12,
				       .near_known = true,
				       .near_inode = { UINT64_MAX, 1 },
				       .near_change_ns = { INT64_MIN, INT64_MAX },
				       .rules = memory_text("pull=new"),
				       .far_withheld = 3,
				       .near_withheld = { .words = { 4, UINT64_MAX } } };
	folder.keywords.names[0] = memory_text("$Junk");
	folder.keywords.names[25] = memory_text("work");
	folder.window = memory_text("newest 500");
	folder.near_path = memory_text("/home/me/Mail/INBOX");
	folder.cur_device = 3;
	folder.cur_inode = UINT64_MAX - 1;
	folder.cur_born_ns = -7;
	folder.mailbox_id = object_id_of(OBJECT_ID_MAILBOXID, "F22", 3);
	folder.renaming = memory_text("Lists/new");
	folder.was_subscribed = folder.near_begun = true;
	return folder;
}

static void assert_same_folder(const struct state_folder *a, const struct state_folder *b)
{
	cr_assert_eq(a->id, b->id);
	cr_assert_str_eq(a->name, b->name);
	cr_assert_str_eq(a->far_name, b->far_name);
	cr_assert_eq(a->uidvalidity, b->uidvalidity);
	cr_assert_eq(a->uidnext, b->uidnext);
	cr_assert_eq(a->highestmodseq, b->highestmodseq);
	cr_assert_eq(a->far_messages, b->far_messages);
	cr_assert_eq(a->near_known, b->near_known);
	for (size_t i = 0; i < 2; i++) {
		cr_assert_eq(a->near_inode[i], b->near_inode[i]);
		cr_assert_eq(a->near_change_ns[i], b->near_change_ns[i]);
	}
	cr_assert_eq(!a->window, !b->window);
	if (a->window)
		cr_assert_str_eq(a->window, b->window);
	cr_assert_str_eq(a->near_path ? a->near_path : "", b->near_path ? b->near_path : "");
	cr_assert_str_eq(a->rules ? a->rules : "", b->rules ? b->rules : "");
	cr_assert_eq(a->far_withheld, b->far_withheld);
	cr_assert(name_digest_equal(&a->near_withheld, &b->near_withheld));
	cr_assert_eq(a->cur_device, b->cur_device);
	cr_assert_eq(a->cur_inode, b->cur_inode);
	cr_assert_eq(a->cur_born_ns, b->cur_born_ns);
	cr_assert_eq(object_id_compare(&a->mailbox_id, &b->mailbox_id), 0);
	cr_assert_str_eq(a->renaming ? a->renaming : "", b->renaming ? b->renaming : "");
	cr_assert_eq(a->near_begun, b->near_begun);
	cr_assert_eq(a->was_subscribed, b->was_subscribed);
	for (size_t i = 0; i < FLAG_KEYWORD_COUNT; i++) {
		cr_assert_eq(!a->keywords.names[i], !b->keywords.names[i]);
		if (a->keywords.names[i])
			cr_assert_str_eq(a->keywords.names[i], b->keywords.names[i]);
	}
}

static const struct state_message message = { .flags = FLAG_SEEN | FLAG_KEYWORD(25),
					      .place = 1,
					      .name = "1699.M1P2.host,S=3:2,Sa",
					      .base_length = 18,
					      .size = UINT64_C(0x0102030405060708),
					      .identity = { .bytes = { 1, 2, [15] = 255 } } };
static const struct state_upload upload = { .kind = STATE_UPLOAD_NONE,
					    .uidvalidity = 3,
					    .uidnext = UINT32_MAX,
					    .size = UINT64_MAX,
					    .identity = { .bytes = { 9, [15] = 8 } } };

Test(state_record, folder_comes_back)
{
	struct state_folder folders[] = {
		full_folder(),
		{ .id = 1, .name = memory_text("INBOX"), .far_name = memory_text("INBOX") }
	};
	for (size_t i = 0; i < COUNT(folders); i++) {
		struct buffer bytes = BUFFER_INITIAL;
		struct state_folder back;
		record_encode_folder(&bytes, &folders[i]);
		cr_assert(record_decode_folder(bytes.bytes, bytes.length, &back));
		assert_same_folder(&folders[i], &back);
		state_folder_release(&back);
		cr_assert_null(back.name);
		state_folder_release(&folders[i]);
		buffer_release(&bytes);
	}
}

/* Each record is of the oldest version that can say it. */
Test(state_record, version_of_a_folder)
{
	struct state_folder folder = { .id = 1, .name = (char *)"INBOX" };
	struct state_folder back;
	struct buffer plain = BUFFER_INITIAL;
	struct buffer bytes = BUFFER_INITIAL;
	record_encode_folder(&plain, &folder);
	cr_expect_eq(plain.bytes[0], 2);
	folder.cur_inode = 5;
	record_encode_folder(&bytes, &folder);
	cr_expect_eq(bytes.bytes[0], 3);
	cr_expect_eq(bytes.length, plain.length + 46);
	for (size_t length = 0; length < bytes.length; length++)
		cr_expect_not(record_decode_folder(bytes.bytes, length, &back), "%zu", length);
	bytes.bytes[bytes.length - 1] = 4;
	cr_expect_not(record_decode_folder(bytes.bytes, bytes.length, &back));
	bytes.bytes[bytes.length - 1] = 0;
	bytes.bytes[plain.length + 15] = 0;
	cr_expect_not(record_decode_folder(bytes.bytes, bytes.length, &back), "it says nothing");
	buffer_release(&bytes);
	buffer_release(&plain);
}

Test(state_record, message_comes_back)
{
	struct buffer bytes = BUFFER_INITIAL;
	struct state_message back;
	record_encode_message(&bytes, &message);
	cr_assert(record_decode_message(bytes.bytes, bytes.length, &back));
	cr_assert_eq(back.flags, message.flags);
	cr_assert_eq(back.place, message.place);
	cr_assert_eq(back.absent, message.absent);
	cr_assert_str_eq(back.name, message.name);
	cr_assert_eq(back.base_length, message.base_length);
	cr_assert_eq(back.size, message.size);
	cr_assert(identity_equal(&back.identity, &message.identity));
	cr_assert(back.name > bytes.bytes && back.name < bytes.bytes + bytes.length, "in place");
	buffer_release(&bytes);
}

Test(state_record, absence_comes_back)
{
	for (int absent = STATE_ABSENT_NOWHERE; absent <= STATE_ABSENT_HIDDEN_REMOVED; absent++) {
		if (!state_absence_is_valid((enum state_absence)absent))
			continue;
		struct state_message gone = message;
		struct state_message back;
		struct buffer bytes = BUFFER_INITIAL;
		gone.absent = (enum state_absence)absent;
		record_encode_message(&bytes, &gone);
		cr_assert(record_decode_message(bytes.bytes, bytes.length, &back));
		cr_assert_eq(back.absent, gone.absent);
		cr_assert_eq(back.place, gone.place);
		buffer_release(&bytes);
	}
}

Test(state_record, upload_comes_back)
{
	struct buffer bytes = BUFFER_INITIAL;
	struct state_upload back;
	record_encode_upload(&bytes, &upload);
	cr_assert(record_decode_upload(bytes.bytes, bytes.length, &back));
	cr_assert_eq(back.uidvalidity, upload.uidvalidity);
	cr_assert_eq(back.uidnext, upload.uidnext);
	cr_assert_eq(back.size, upload.size);
	cr_assert(identity_equal(&back.identity, &upload.identity));
	buffer_release(&bytes);
}

static const struct state_deferred deferred = { .failures = 3,
						.since = 1700000000,
						.tried = 1700000100,
						.again = 1700079300,
						.ends_connection = true,
						.reason = "FETCH failed" };

Test(state_record, deferred_comes_back)
{
	struct buffer bytes = BUFFER_INITIAL;
	struct state_deferred back;
	record_encode_deferred(&bytes, &deferred);
	cr_assert(record_decode_deferred(bytes.bytes, bytes.length, &back));
	cr_assert_eq(back.failures, deferred.failures);
	cr_assert_eq(back.since, deferred.since);
	cr_assert_eq(back.tried, deferred.tried);
	cr_assert_eq(back.again, deferred.again);
	cr_assert(back.ends_connection);
	cr_assert_str_eq(back.reason, deferred.reason);
	buffer_release(&bytes);
}

/* What stands on disks must be readable for ever: these bytes may not change with version 1. */
Test(state_record, bytes_of_version_1)
{
	static const unsigned char message_bytes[] = {
		1,   0x80, 0,   0,   1,   1,   1,   2,   3,   4,   5,   6,   7,   8,   1,   2,
		0,   0,    0,   0,   0,   0,   0,   0,   0,   0,   0,   0,   0,   255, 0,   0,
		0,   18,   0,   0,   0,   23,  '1', '6', '9', '9', '.', 'M', '1', 'P', '2', '.',
		'h', 'o',  's', 't', ',', 'S', '=', '3', ':', '2', ',', 'S', 'a', 0
	};
	static const unsigned char upload_bytes[] = { 1,   0,   0,   0,   3,   255, 255, 255, 255,
						      255, 255, 255, 255, 255, 255, 255, 255, 9,
						      0,   0,   0,   0,   0,   0,   0,   0,   0,
						      0,   0,   0,   0,   0,   8 };
	struct buffer bytes = BUFFER_INITIAL;
	record_encode_message(&bytes, &message);
	cr_assert_eq(bytes.length, sizeof message_bytes);
	cr_assert_arr_eq(bytes.bytes, message_bytes, sizeof message_bytes);
	buffer_clear(&bytes);
	record_encode_upload(&bytes, &upload);
	cr_assert_eq(bytes.length, sizeof upload_bytes);
	cr_assert_arr_eq(bytes.bytes, upload_bytes, sizeof upload_bytes);
	buffer_release(&bytes);
}

/* What is known of the file comes behind the rest, and makes it version 2; without it the record is
 * as it was. */
Test(state_record, file_of_a_message_comes_back)
{
	struct buffer bytes = BUFFER_INITIAL;
	struct state_message back;
	struct state_message known = message;
	known.file = (struct file_stamp){
		.inode = 77, .mtime_ns = -5, .size = UINT64_MAX, .digest = { 1, [15] = 2 }
	};
	record_encode_message(&bytes, &known);
	cr_assert_eq(bytes.bytes[0], 2);
	cr_assert(record_decode_message(bytes.bytes, bytes.length, &back));
	cr_assert_eq(back.file.inode, 77);
	cr_assert_eq(back.file.mtime_ns, -5);
	cr_assert_eq(back.file.size, UINT64_MAX);
	cr_assert_arr_eq(back.file.digest, known.file.digest, FILE_DIGEST_SIZE);
	for (size_t length = 0; length < bytes.length; length++)
		cr_assert_not(record_decode_message(bytes.bytes, length, &back), "%zu", length);
	memset(bytes.bytes + bytes.length - 40, 0, 8);
	cr_assert_not(record_decode_message(bytes.bytes, bytes.length, &back), "no inode");
	buffer_release(&bytes);
}

static struct state_message full_message(void)
{
	struct state_message full = message;
	full.file = (struct file_stamp){ .inode = 77,
					 .mtime_ns = -5,
					 .size = 3,
					 .kind = FILE_DIGEST_KEYED,
					 .digest = { 1, [15] = 2 } };
	full.body = (struct body_digest){ .known = true, .bytes = { 3, [15] = 4 } };
	return full;
}

/* These bytes may not change with version 3. */
Test(state_record, bytes_of_version_3)
{
	static const unsigned char end[] = { 7,   0,   0,   0,   0,   0, 0, 0, 77, 255, 255, 255,
					     255, 255, 255, 255, 251, 0, 0, 0, 0,  0,   0,   0,
					     3,   1,   0,   0,   0,   0, 0, 0, 0,  0,   0,   0,
					     0,   0,   0,   0,   2,   3, 0, 0, 0,  0,   0,   0,
					     0,   0,   0,   0,   0,   0, 0, 0, 4 };
	struct buffer plain = BUFFER_INITIAL;
	struct buffer bytes = BUFFER_INITIAL;
	struct state_message full = full_message();
	record_encode_message(&plain, &message);
	record_encode_message(&bytes, &full);
	cr_assert_eq(bytes.bytes[0], 3);
	cr_assert_eq(bytes.length, plain.length + sizeof end);
	cr_assert_arr_eq(bytes.bytes + 1, plain.bytes + 1, plain.length - 1);
	cr_assert_arr_eq(bytes.bytes + plain.length, end, sizeof end);
	buffer_release(&plain);
	buffer_release(&bytes);
}

/* The name that the server has for the content comes last, and makes it version 4. */
Test(state_record, object_of_a_message_comes_back)
{
	const struct state_message messages[] = { message, full_message() };
	for (size_t i = 0; i < COUNT(messages); i++) {
		struct buffer plain = BUFFER_INITIAL;
		struct buffer bytes = BUFFER_INITIAL;
		struct state_message back;
		struct state_message named = messages[i];
		named.object = (struct object_id){ { 5, [15] = 6 } };
		record_encode_message(&plain, &messages[i]);
		record_encode_message(&bytes, &named);
		cr_assert_eq(bytes.bytes[0], 4);
		cr_assert_eq(bytes.length, plain.length + OBJECT_ID_SIZE + (i == 0 ? 1 : 0));
		cr_assert(record_decode_message(bytes.bytes, bytes.length, &back));
		cr_expect(object_id_equal(&back.object, &named.object));
		cr_expect_eq(back.body.known, named.body.known);
		cr_expect_eq(back.file.inode, named.file.inode);
		for (size_t length = 0; length < bytes.length; length++)
			cr_assert_not(record_decode_message(bytes.bytes, length, &back), "%zu",
				      length);
		memset(bytes.bytes + bytes.length - OBJECT_ID_SIZE, 0, OBJECT_ID_SIZE);
		cr_assert_not(record_decode_message(bytes.bytes, bytes.length, &back), "none");
		buffer_release(&plain);
		buffer_release(&bytes);
	}
}

static void assert_same_digests(const struct state_message *a, const struct state_message *b)
{
	cr_expect_eq(a->file.inode, b->file.inode);
	cr_expect_eq(a->file.mtime_ns, b->file.mtime_ns);
	cr_expect_eq(a->file.size, b->file.size);
	cr_expect_eq(a->file.kind, b->file.kind);
	cr_expect_arr_eq(a->file.digest, b->file.digest, FILE_DIGEST_SIZE);
	cr_expect_eq(a->body.known, b->body.known);
	cr_expect_arr_eq(a->body.bytes, b->body.bytes, BODY_DIGEST_SIZE);
}

/* Each record is of the oldest version that can say it. */
Test(state_record, digests_of_a_message_come_back)
{
	static const struct {
		bool file, keyed, body;
		char version;
		size_t longer; /* than without any */
	} cases[] = { { false, false, false, 1, 0 }, { true, false, false, 2, 40 },
		      { true, true, false, 3, 41 },  { false, false, true, 3, 17 },
		      { true, false, true, 3, 57 },  { true, true, true, 3, 57 } };
	size_t shortest = 0;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct buffer bytes = BUFFER_INITIAL;
		struct state_message full = full_message();
		struct state_message back;
		if (!cases[i].file)
			full.file = (struct file_stamp){ .inode = 0 };
		if (!cases[i].keyed)
			full.file.kind = FILE_DIGEST_SHA256;
		if (!cases[i].body)
			full.body = (struct body_digest){ .known = false };
		record_encode_message(&bytes, &full);
		if (i == 0)
			shortest = bytes.length;
		cr_expect_eq(bytes.bytes[0], cases[i].version, "case %zu", i);
		cr_expect_eq(bytes.length, shortest + cases[i].longer, "case %zu", i);
		cr_assert(record_decode_message(bytes.bytes, bytes.length, &back));
		assert_same_digests(&full, &back);
		for (size_t length = 0; length < bytes.length; length++)
			cr_assert_not(record_decode_message(bytes.bytes, length, &back), "%zu",
				      length);
		buffer_release(&bytes);
	}
}

Test(state_record, of_two_kinds_the_newer_stays)
{
	struct buffer bytes = BUFFER_INITIAL;
	struct state_message full = full_message();
	struct state_message back;
	full.file.kind = FILE_DIGEST_BOTH;
	memset(full.file.sha256, 9, sizeof full.file.sha256);
	record_encode_message(&bytes, &full);
	cr_assert(record_decode_message(bytes.bytes, bytes.length, &back));
	cr_expect_eq(back.file.kind, FILE_DIGEST_KEYED);
	cr_expect_arr_eq(back.file.digest, full.file.digest, FILE_DIGEST_SIZE);
	cr_expect_neq(back.file.sha256[0], 9);
	buffer_release(&bytes);
}

/* The byte that says what follows: only what needs version 3, and no bit that nobody knows. */
Test(state_record, parts_that_make_no_sense)
{
	struct buffer plain = BUFFER_INITIAL;
	struct buffer bytes = BUFFER_INITIAL;
	struct state_message full = full_message();
	struct state_message back;
	record_encode_message(&plain, &message);
	record_encode_message(&bytes, &full);
	for (unsigned int parts = 0; parts < 256; parts++) {
		static const size_t lengths[] = { 0, 40, 16, 56 };
		bytes.bytes[plain.length] = (char)parts;
		for (size_t i = 0; i < COUNT(lengths); i++) {
			size_t length = plain.length + 1 + lengths[i];
			bool good = (parts == 3 && i == 1) || (parts == 4 && i == 2) ||
				    (parts == 5 && i == 3) || (parts == 7 && i == 3);
			cr_expect_eq(record_decode_message(bytes.bytes, length, &back), good,
				     "%u %zu", parts, i);
		}
	}
	bytes.bytes[plain.length] = 7;
	bytes.bytes[0] = 4;
	cr_expect_not(record_decode_message(bytes.bytes, bytes.length, &back));
	bytes.bytes[0] = 3;
	memset(bytes.bytes + plain.length + 1, 0, 8);
	cr_expect_not(record_decode_message(bytes.bytes, bytes.length, &back), "no inode");
	buffer_release(&plain);
	buffer_release(&bytes);
}

Test(state_record, kind_of_an_upload_comes_back)
{
	static const struct state_upload uploads[] = {
		{ .kind = STATE_UPLOAD_BEGUN, .uidvalidity = 3, .size = 9, .replaces = 4 },
		{ .kind = STATE_UPLOAD_BEGUN, .uidvalidity = 3, .size = 9 },
		{ .kind = STATE_UPLOAD_BEGUN, .uidvalidity = 3 },
		{ .kind = STATE_UPLOAD_NONE, .uidvalidity = 3, .size = 9 },
		{ .kind = STATE_UPLOAD_NONE, .uidvalidity = 3 },
		{ .kind = STATE_UPLOAD_BEGUN, .uidvalidity = 3, .size = 9, .has_flags = true },
		{ .kind = STATE_UPLOAD_BEGUN, .has_flags = true, .flags = 5, .replaces = 4 },
		{ .has_flags = true, .flags = 5, .from_folder = 6, .from_uid = 7 }
	};
	for (size_t i = 0; i < COUNT(uploads); i++) {
		struct buffer bytes = BUFFER_INITIAL;
		struct state_upload back;
		record_encode_upload(&bytes, &uploads[i]);
		cr_assert(record_decode_upload(bytes.bytes, bytes.length, &back));
		cr_expect_eq(back.kind, uploads[i].kind, "case %zu", i);
		cr_expect_eq(back.size, uploads[i].size, "case %zu", i);
		cr_expect_eq(back.replaces, uploads[i].replaces, "case %zu", i);
		cr_expect_eq(back.has_flags, uploads[i].has_flags, "case %zu", i);
		cr_expect_eq(back.flags, uploads[i].flags, "case %zu", i);
		cr_expect_eq(back.from_folder, uploads[i].from_folder, "case %zu", i);
		cr_expect_eq(back.from_uid, uploads[i].from_uid, "case %zu", i);
		buffer_release(&bytes);
	}
}

/* Version 1 had no window, no rules and no path, and nothing else was different. */
Test(state_record, folder_of_version_1)
{
	struct state_folder folder = full_folder();
	struct buffer bytes = BUFFER_INITIAL;
	struct state_folder back;
	free(folder.window);
	free(folder.rules);
	free(folder.near_path);
	folder.window = folder.rules = folder.near_path = NULL;
	folder.far_withheld = 0;
	folder.near_withheld = (struct name_digest){ .words = { 0, 0 } };
	free(folder.renaming);
	folder.renaming = NULL;
	folder.mailbox_id = (struct object_id){ .bytes = { 0 } };
	folder.cur_device = folder.cur_inode = 0;
	folder.cur_born_ns = 0;
	folder.was_subscribed = folder.near_begun = false;
	record_encode_folder(&bytes, &folder);
	bytes.bytes[0] = 1;
	/* Three empty texts, a number of 4 bytes, two of 8. */
	cr_assert(record_decode_folder(bytes.bytes, bytes.length - 35, &back));
	assert_same_folder(&folder, &back);
	state_folder_release(&back);
	state_folder_release(&folder);
	buffer_release(&bytes);
}

/* --- Damage --- */

static bool decode_any(int kind, const void *bytes, size_t length)
{
	struct state_folder folder;
	struct state_message any_message;
	struct state_upload any_upload;
	struct state_deferred any_deferred;
	switch (kind) {
	case 0:
		if (!record_decode_folder(bytes, length, &folder))
			return false;
		state_folder_release(&folder);
		return true;
	case 1:
		return record_decode_message(bytes, length, &any_message);
	case 2:
		return record_decode_upload(bytes, length, &any_upload);
	default:
		return record_decode_deferred(bytes, length, &any_deferred);
	}
}

static void encode_any(int kind, struct buffer *bytes)
{
	struct state_folder folder = full_folder();
	if (kind == 0)
		record_encode_folder(bytes, &folder);
	else if (kind == 1)
		record_encode_message(bytes, &message);
	else if (kind == 2)
		record_encode_upload(bytes, &upload);
	else
		record_encode_deferred(bytes, &deferred);
	state_folder_release(&folder);
}

/* Every cut is refused; a copy of exact size lets the sanitizer see any reading beyond. */
Test(state_record, cut_at_every_byte)
{
	for (int kind = 0; kind < 4; kind++) {
		struct buffer bytes = BUFFER_INITIAL;
		encode_any(kind, &bytes);
		for (size_t length = 0; length < bytes.length; length++) {
			char *cut = malloc(length ? length : 1);
			cr_assert_not_null(cut);
			memcpy(cut, bytes.bytes, length);
			cr_assert_not(decode_any(kind, cut, length), "%d cut at %zu", kind, length);
			free(cut);
		}
		buffer_release(&bytes);
	}
}

Test(state_record, more_than_a_record_or_another_version_is_refused)
{
	for (int kind = 0; kind < 4; kind++) {
		struct buffer bytes = BUFFER_INITIAL;
		encode_any(kind, &bytes);
		cr_assert(decode_any(kind, bytes.bytes, bytes.length));
		char version = bytes.bytes[0];
		bytes.bytes[0] = (char)(version + 1);
		cr_assert_not(decode_any(kind, bytes.bytes, bytes.length));
		bytes.bytes[0] = 0;
		cr_assert_not(decode_any(kind, bytes.bytes, bytes.length));
		bytes.bytes[0] = version;
		buffer_add_byte(&bytes, '\0');
		cr_assert_not(decode_any(kind, bytes.bytes, bytes.length));
		buffer_release(&bytes);
	}
}

/* One byte of a good record changed: where it is, and what it becomes. */
Test(state_record, values_that_make_no_sense)
{
	static const struct {
		int kind;
		size_t at;
		unsigned char byte;
		const char *why;
	} cases[] = {
		{ 0, 4, 0, "a folder without a number" },
		{ 0, 5, 0xff, "a length beyond the record" },
		{ 0, 8, 0xff, "a length beyond the text" },
		{ 0, 9, '/', "a name that is an absolute path" },
		{ 0, 15, '/', "a name with an empty component" },
		{ 0, 10, '\n', "a name with a control byte" },
		{ 0, 16, '\0', "a NUL within a text" },
		{ 0, 56, 2, "a truth value that is none" },
		{ 1, 5, 7, "removed on both sides" },
		{ 1, 5, 9, "a place that is none" },
		{ 1, 30, 1, "a base name longer than the name" },
		{ 1, 33, 24, "a base name one byte longer than the name" },
		{ 1, 34, 0xff, "a length beyond the record" },
		{ 1, 37, 22, "a length short of the text" },
		{ 1, 40, '\0', "a NUL within a name" },
		{ 1, 61, 'x', "a name without its NUL" },
	};
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct buffer bytes = BUFFER_INITIAL;
		encode_any(cases[i].kind, &bytes);
		cr_assert_lt(cases[i].at, bytes.length);
		bytes.bytes[cases[i].at] = (char)cases[i].byte;
		cr_assert_not(decode_any(cases[i].kind, bytes.bytes, bytes.length), "%s",
			      cases[i].why);
		buffer_release(&bytes);
	}
}
