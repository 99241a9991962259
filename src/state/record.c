/* Records as bytes. SPDX-License-Identifier: GPL-3.0-or-later */
#include "state/record.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "mail/folder_name.h"
#include "state/private.h"

/* The first byte of each record: its version. One decoder a version. */
#define FOLDER_VERSION 3
#define FOLDER_VERSION_WITHOUT_LINKS 2
#define FOLDER_VERSION_WITHOUT_RULES 1
#define MESSAGE_VERSION 4
#define MESSAGE_VERSION_WITHOUT_OBJECT 3
#define MESSAGE_VERSION_OF_SHA256 2
#define MESSAGE_VERSION_WITHOUT_FILE 1
#define UPLOAD_VERSION 3
#define UPLOAD_VERSION_WITHOUT_FLAGS 2
#define UPLOAD_VERSION_WITHOUT_KIND 1
#define DEFERRED_VERSION 1
#define KEYWORDS_VERSION 1
#define LETTERS_VERSION 1

/* --- Writing --- */

static void add_u8(struct buffer *out, uint8_t number)
{
	buffer_add(out, &number, 1);
}

static void add_u32(struct buffer *out, uint32_t number)
{
	unsigned char bytes[4];
	state_write_u32(bytes, number);
	buffer_add(out, bytes, sizeof bytes);
}

static void add_u64(struct buffer *out, uint64_t number)
{
	unsigned char bytes[8];
	state_write_u64(bytes, number);
	buffer_add(out, bytes, sizeof bytes);
}

/* Length, bytes, NUL: so that it can be read in place. */
static void add_text(struct buffer *out, const char *text)
{
	size_t length = text ? strlen(text) : 0;
	add_u32(out, (uint32_t)length);
	buffer_add(out, text ? text : "", length + 1);
}

/* --- Reading: a cursor that remembers whether everything was there --- */

struct cursor {
	const unsigned char *bytes;
	size_t length;
	bool good;
};

static const unsigned char *take(struct cursor *cursor, size_t length)
{
	static const unsigned char nothing[16] = { 0 };
	if (!cursor->good || cursor->length < length) {
		cursor->good = false;
		return nothing;
	}
	const unsigned char *bytes = cursor->bytes;
	cursor->bytes += length;
	cursor->length -= length;
	return bytes;
}

static uint8_t take_u8(struct cursor *cursor)
{
	return *take(cursor, 1);
}

static uint32_t take_u32(struct cursor *cursor)
{
	return state_read_u32(take(cursor, 4));
}

static uint64_t take_u64(struct cursor *cursor)
{
	return state_read_u64(take(cursor, 8));
}

/* In place; "" when it is not whole. */
static const char *take_text(struct cursor *cursor)
{
	size_t length = take_u32(cursor);
	if (!cursor->good || cursor->length <= length || cursor->bytes[length] != '\0' ||
	    memchr(cursor->bytes, '\0', length)) {
		cursor->good = false;
		return "";
	}
	return (const char *)take(cursor, length + 1);
}

/* NULL for none. */
static char *take_optional_text(struct cursor *cursor)
{
	const char *text = take_text(cursor);
	return *text ? memory_text(text) : NULL;
}

static bool is_whole(const struct cursor *cursor)
{
	return cursor->good && cursor->length == 0;
}

/* --- Keywords --- */

static void add_table(struct buffer *out, const struct keyword_table *table)
{
	for (size_t i = 0; i < FLAG_KEYWORD_COUNT; i++)
		add_text(out, table->names[i]);
}

static void take_table(struct cursor *cursor, struct keyword_table *table_r)
{
	for (size_t i = 0; i < FLAG_KEYWORD_COUNT; i++)
		table_r->names[i] = take_optional_text(cursor);
}

void record_encode_keywords(struct buffer *out, const struct state_keywords *keywords)
{
	add_u8(out, KEYWORDS_VERSION);
	add_table(out, &keywords->table);
	add_u32(out, keywords->strays);
	add_u32(out, (uint32_t)keywords->beyond.count);
	for (size_t i = 0; i < keywords->beyond.count; i++)
		add_text(out, keywords->beyond.items[i]);
}

bool record_decode_keywords(const void *bytes, size_t length, struct state_keywords *keywords)
{
	struct cursor cursor = { .bytes = bytes, .length = length, .good = true };
	if (take_u8(&cursor) != KEYWORDS_VERSION)
		return false;
	take_table(&cursor, &keywords->table);
	keywords->strays = take_u32(&cursor) & FLAGS_KEYWORDS;
	uint32_t count = take_u32(&cursor);
	for (uint32_t i = 0; i < count && cursor.good; i++)
		text_list_add(&keywords->beyond, take_text(&cursor));
	if (is_whole(&cursor))
		return true;
	keyword_table_release(&keywords->table);
	text_list_release(&keywords->beyond);
	return false;
}

void record_encode_letters(struct buffer *out, const struct state_letters *letters)
{
	add_u8(out, LETTERS_VERSION);
	add_table(out, &letters->table);
	add_u8(out, letters->of_base);
	add_u64(out, (uint64_t)letters->begun_ns);
}

bool record_decode_letters(const void *bytes, size_t length, struct state_letters *letters_r)
{
	struct cursor cursor = { .bytes = bytes, .length = length, .good = true };
	*letters_r = (struct state_letters){ .begun_ns = 0 };
	if (take_u8(&cursor) != LETTERS_VERSION)
		return false;
	take_table(&cursor, &letters_r->table);
	uint8_t of_base = take_u8(&cursor);
	letters_r->of_base = of_base == 1;
	letters_r->begun_ns = (int64_t)take_u64(&cursor);
	if (is_whole(&cursor) && of_base <= 1)
		return true;
	state_letters_release(letters_r);
	return false;
}

/* --- Folders --- */

static bool has_links(const struct state_folder *folder)
{
	return folder->cur_inode != 0 || object_id_is_known(&folder->mailbox_id) ||
	       folder->renaming || folder->near_begun;
}

static void add_links(struct buffer *out, const struct state_folder *folder)
{
	add_u64(out, folder->cur_device);
	add_u64(out, folder->cur_inode);
	add_u64(out, (uint64_t)folder->cur_born_ns);
	buffer_add(out, folder->mailbox_id.bytes, OBJECT_ID_SIZE);
	add_text(out, folder->renaming);
	add_u8(out, (uint8_t)(folder->near_begun | folder->was_subscribed << 1));
}

/* Of the oldest version that can say it. */
void record_encode_folder(struct buffer *out, const struct state_folder *folder)
{
	add_u8(out, has_links(folder) ? FOLDER_VERSION : FOLDER_VERSION_WITHOUT_LINKS);
	add_u32(out, folder->id);
	add_text(out, folder->name);
	add_text(out, folder->far_name);
	add_u32(out, folder->uidvalidity);
	add_u32(out, folder->uidnext);
	add_u64(out, folder->highestmodseq);
	add_u32(out, folder->far_messages);
	add_u8(out, folder->near_known);
	for (size_t i = 0; i < 2; i++) {
		add_u64(out, folder->near_inode[i]);
		add_u64(out, (uint64_t)folder->near_change_ns[i]);
	}
	add_table(out, &folder->keywords);
	add_text(out, folder->window);
	add_text(out, folder->rules);
	add_u32(out, folder->far_withheld);
	add_u64(out, folder->near_withheld.words[0]);
	add_u64(out, folder->near_withheld.words[1]);
	add_text(out, folder->near_path);
	if (has_links(folder))
		add_links(out, folder);
}

static void take_rules(struct cursor *cursor, struct state_folder *folder)
{
	folder->window = take_optional_text(cursor);
	folder->rules = take_optional_text(cursor);
	folder->far_withheld = take_u32(cursor);
	folder->near_withheld.words[0] = take_u64(cursor);
	folder->near_withheld.words[1] = take_u64(cursor);
	folder->near_path = take_optional_text(cursor);
}

static void take_links(struct cursor *cursor, struct state_folder *folder)
{
	folder->cur_device = take_u64(cursor);
	folder->cur_inode = take_u64(cursor);
	folder->cur_born_ns = (int64_t)take_u64(cursor);
	memcpy(folder->mailbox_id.bytes, take(cursor, OBJECT_ID_SIZE), OBJECT_ID_SIZE);
	folder->renaming = take_optional_text(cursor);
	uint8_t bits = take_u8(cursor);
	folder->near_begun = bits & 1;
	folder->was_subscribed = bits >> 1 & 1;
	cursor->good = cursor->good && bits <= 3 && has_links(folder);
}

bool record_decode_folder(const void *bytes, size_t length, struct state_folder *folder_r)
{
	struct cursor cursor = { .bytes = bytes, .length = length, .good = true };
	*folder_r = (struct state_folder){ .id = 0 };
	uint8_t version = take_u8(&cursor);
	if (version < FOLDER_VERSION_WITHOUT_RULES || version > FOLDER_VERSION)
		return false;
	folder_r->id = take_u32(&cursor);
	folder_r->name = memory_text(take_text(&cursor));
	folder_r->far_name = memory_text(take_text(&cursor));
	folder_r->uidvalidity = take_u32(&cursor);
	folder_r->uidnext = take_u32(&cursor);
	folder_r->highestmodseq = take_u64(&cursor);
	folder_r->far_messages = take_u32(&cursor);
	uint8_t near_known = take_u8(&cursor);
	folder_r->near_known = near_known == 1;
	for (size_t i = 0; i < 2; i++) {
		folder_r->near_inode[i] = take_u64(&cursor);
		folder_r->near_change_ns[i] = (int64_t)take_u64(&cursor);
	}
	take_table(&cursor, &folder_r->keywords);
	if (version != FOLDER_VERSION_WITHOUT_RULES)
		take_rules(&cursor, folder_r);
	if (version == FOLDER_VERSION)
		take_links(&cursor, folder_r);
	if (is_whole(&cursor) && near_known <= 1 && folder_r->id != 0 &&
	    folder_name_is_valid(folder_r->name))
		return true;
	state_folder_release(folder_r);
	return false;
}

/* --- Messages --- */

static void add_file(struct buffer *out, const struct file_stamp *file)
{
	add_u64(out, file->inode);
	add_u64(out, (uint64_t)file->mtime_ns);
	add_u64(out, file->size);
	buffer_add(out, file->digest, FILE_DIGEST_SIZE);
}

static void take_file(struct cursor *cursor, struct file_stamp *file_r)
{
	file_r->inode = take_u64(cursor);
	file_r->mtime_ns = (int64_t)take_u64(cursor);
	file_r->size = take_u64(cursor);
	memcpy(file_r->digest, take(cursor, FILE_DIGEST_SIZE), FILE_DIGEST_SIZE);
	cursor->good = cursor->good && file_stamp_is_known(file_r);
}

/* What stands behind the name: as bits of one byte from version 3 on, HAS_OBJECT from 4 on. */
#define HAS_FILE 1u
#define HAS_KEYED_FILE 2u /* of HAS_FILE: its digest is of the newer kind */
#define HAS_BODY 4u
#define HAS_OBJECT 8u

static unsigned int message_parts(const struct state_message *message)
{
	unsigned int parts = message->body.known ? HAS_BODY : 0;
	if (object_id_is_known(&message->object))
		parts |= HAS_OBJECT;
	if (!file_stamp_is_known(&message->file))
		return parts;
	return parts | HAS_FILE | (message->file.kind != FILE_DIGEST_SHA256 ? HAS_KEYED_FILE : 0);
}

/* A record is of the oldest version that can say it, so that none becomes longer for nothing. */
static uint8_t message_version(unsigned int parts)
{
	if (parts == 0)
		return MESSAGE_VERSION_WITHOUT_FILE;
	if (parts == HAS_FILE)
		return MESSAGE_VERSION_OF_SHA256;
	return parts & HAS_OBJECT ? MESSAGE_VERSION : MESSAGE_VERSION_WITHOUT_OBJECT;
}

void record_encode_message(struct buffer *out, const struct state_message *message)
{
	unsigned int parts = message_parts(message);
	uint8_t version = message_version(parts);
	add_u8(out, version);
	add_u32(out, message->flags);
	/* In one byte, so that records of before absences were noted are as they were. */
	add_u8(out, (uint8_t)(message->place | message->absent << 1));
	add_u64(out, message->size);
	buffer_add(out, message->identity.bytes, IDENTITY_SIZE);
	add_u32(out, (uint32_t)message->base_length);
	add_text(out, message->name);
	if (version >= MESSAGE_VERSION_WITHOUT_OBJECT)
		add_u8(out, (uint8_t)parts);
	if (parts & HAS_FILE)
		add_file(out, &message->file);
	if (parts & HAS_BODY)
		buffer_add(out, message->body.bytes, BODY_DIGEST_SIZE);
	if (parts & HAS_OBJECT)
		buffer_add(out, message->object.bytes, OBJECT_ID_SIZE);
}

static void take_parts(struct cursor *cursor, uint8_t version, struct state_message *message_r)
{
	unsigned int parts = 0;
	if (version >= MESSAGE_VERSION_WITHOUT_OBJECT)
		parts = take_u8(cursor);
	else if (version == MESSAGE_VERSION_OF_SHA256)
		parts = HAS_FILE;
	if (parts & HAS_FILE)
		take_file(cursor, &message_r->file);
	if (parts & HAS_KEYED_FILE)
		message_r->file.kind = FILE_DIGEST_KEYED;
	if (parts & HAS_BODY) {
		message_r->body.known = true;
		memcpy(message_r->body.bytes, take(cursor, BODY_DIGEST_SIZE), BODY_DIGEST_SIZE);
	}
	if (parts & HAS_OBJECT)
		memcpy(message_r->object.bytes, take(cursor, OBJECT_ID_SIZE), OBJECT_ID_SIZE);
	/* Nothing that another version says, and no bit that nobody knows. */
	cursor->good = cursor->good && message_parts(message_r) == parts &&
		       message_version(parts) == version;
}

bool record_decode_message(const void *bytes, size_t length, struct state_message *message_r)
{
	struct cursor cursor = { .bytes = bytes, .length = length, .good = true };
	*message_r = (struct state_message){ .uid = 0 };
	uint8_t version = take_u8(&cursor);
	if (version < MESSAGE_VERSION_WITHOUT_FILE || version > MESSAGE_VERSION)
		return false;
	message_r->flags = take_u32(&cursor);
	uint8_t place = take_u8(&cursor);
	message_r->place = place & 1;
	message_r->absent = (enum state_absence)(place >> 1);
	message_r->size = take_u64(&cursor);
	memcpy(message_r->identity.bytes, take(&cursor, IDENTITY_SIZE), IDENTITY_SIZE);
	message_r->base_length = take_u32(&cursor);
	message_r->name = take_text(&cursor);
	take_parts(&cursor, version, message_r);
	return is_whole(&cursor) && state_absence_is_valid(message_r->absent) &&
	       message_r->base_length <= strlen(message_r->name);
}

/* --- Uploads --- */

/* What an old record meant by a size. */
static enum state_upload_kind kind_of_size(uint64_t size)
{
	return size == 0 ? STATE_UPLOAD_BEGUN : STATE_UPLOAD_NONE;
}

/* Whether an old record says all of it: then an old one is written, and a new one was never written
 * by us. */
static bool upload_fits_old_record(const struct state_upload *upload)
{
	return !upload->has_flags && upload->replaces == 0 &&
	       upload->kind == kind_of_size(upload->size);
}

static uint8_t upload_version(const struct state_upload *upload)
{
	if (upload->has_flags)
		return UPLOAD_VERSION;
	return upload_fits_old_record(upload) ? UPLOAD_VERSION_WITHOUT_KIND
					      : UPLOAD_VERSION_WITHOUT_FLAGS;
}

void record_encode_upload(struct buffer *out, const struct state_upload *upload)
{
	uint8_t version = upload_version(upload);
	add_u8(out, version);
	add_u32(out, upload->uidvalidity);
	add_u32(out, upload->uidnext);
	add_u64(out, upload->size);
	buffer_add(out, upload->identity.bytes, IDENTITY_SIZE);
	if (version == UPLOAD_VERSION_WITHOUT_KIND)
		return;
	add_u8(out, (uint8_t)upload->kind);
	add_u32(out, upload->replaces);
	if (version != UPLOAD_VERSION)
		return;
	add_u32(out, upload->flags);
	add_u32(out, upload->from_folder);
	add_u32(out, upload->from_uid);
}

bool record_decode_upload(const void *bytes, size_t length, struct state_upload *upload_r)
{
	struct cursor cursor = { .bytes = bytes, .length = length, .good = true };
	*upload_r = (struct state_upload){ .uidvalidity = 0 };
	uint8_t version = take_u8(&cursor);
	if (version < UPLOAD_VERSION_WITHOUT_KIND || version > UPLOAD_VERSION)
		return false;
	upload_r->uidvalidity = take_u32(&cursor);
	upload_r->uidnext = take_u32(&cursor);
	upload_r->size = take_u64(&cursor);
	memcpy(upload_r->identity.bytes, take(&cursor, IDENTITY_SIZE), IDENTITY_SIZE);
	upload_r->kind = kind_of_size(upload_r->size);
	if (version == UPLOAD_VERSION_WITHOUT_KIND)
		return is_whole(&cursor);
	upload_r->kind = (enum state_upload_kind)take_u8(&cursor);
	upload_r->replaces = take_u32(&cursor);
	upload_r->has_flags = version == UPLOAD_VERSION;
	if (upload_r->has_flags) {
		upload_r->flags = take_u32(&cursor);
		upload_r->from_folder = take_u32(&cursor);
		upload_r->from_uid = take_u32(&cursor);
	}
	return is_whole(&cursor) && upload_r->kind <= STATE_UPLOAD_NONE &&
	       !upload_fits_old_record(upload_r);
}

/* --- Deferred messages --- */

void record_encode_deferred(struct buffer *out, const struct state_deferred *deferred)
{
	add_u8(out, DEFERRED_VERSION);
	add_u32(out, deferred->failures);
	add_u64(out, (uint64_t)deferred->since);
	add_u64(out, (uint64_t)deferred->tried);
	add_u64(out, (uint64_t)deferred->again);
	add_u8(out, deferred->ends_connection);
	add_text(out, deferred->reason);
}

bool record_decode_deferred(const void *bytes, size_t length, struct state_deferred *deferred_r)
{
	struct cursor cursor = { .bytes = bytes, .length = length, .good = true };
	*deferred_r = (struct state_deferred){ .uid = 0 };
	if (take_u8(&cursor) != DEFERRED_VERSION)
		return false;
	deferred_r->failures = take_u32(&cursor);
	deferred_r->since = (int64_t)take_u64(&cursor);
	deferred_r->tried = (int64_t)take_u64(&cursor);
	deferred_r->again = (int64_t)take_u64(&cursor);
	uint8_t ends_connection = take_u8(&cursor);
	deferred_r->ends_connection = ends_connection == 1;
	deferred_r->reason = take_text(&cursor);
	return is_whole(&cursor) && deferred_r->failures > 0 && ends_connection <= 1;
}
