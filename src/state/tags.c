/* What the state knows of tags. SPDX-License-Identifier: GPL-3.0-or-later */
#include "state/tags.h"

#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/memory.h"
#include "mail/name_set.h"
#include "state/private.h"

/* Records are a version and texts, each with its NUL. */
#define RECORD_VERSION 1

void state_tags_release(struct state_tags *tags)
{
	text_list_release(&tags->base);
	text_list_release(&tags->far);
	free(tags->thread);
	*tags = (struct state_tags){ .thread = NULL };
}

void state_tag_mark_release(struct state_tag_mark *mark)
{
	free(mark->uuid);
	free(mark->settings);
	*mark = (struct state_tag_mark){ .uuid = NULL };
}

static int refuse_damaged(const struct state_transaction *transaction, struct error *error)
{
	return state_refuse(transaction->state, "is damaged (a record of tags makes no sense)",
			    error);
}

/* --- Texts in records --- */

struct texts {
	const char *bytes;
	size_t length;
	bool good;
};

static struct texts begin_texts(const MDB_val *value)
{
	struct texts texts = { .bytes = value->mv_data, .length = value->mv_size };
	texts.good = texts.length > 0 && texts.bytes[0] == RECORD_VERSION;
	if (texts.good) {
		texts.bytes++;
		texts.length--;
	}
	return texts;
}

/* "" when it is not whole. */
static const char *take_text(struct texts *texts)
{
	const char *end = texts->good ? memchr(texts->bytes, '\0', texts->length) : NULL;
	const char *text = texts->bytes;
	texts->good = end != NULL;
	if (!end)
		return "";
	size_t taken = (size_t)(end - text) + 1;
	texts->bytes += taken;
	texts->length -= taken;
	return text;
}

static bool are_whole(const struct texts *texts)
{
	return texts->good && texts->length == 0;
}

static void add_text(struct buffer *record, const char *text)
{
	buffer_add(record, text, strlen(text) + 1);
}

static void add_names(struct buffer *record, const struct text_list *names)
{
	char *text = name_set_text(names);
	add_text(record, text);
	free(text);
}

/* --- What all tables need --- */

static int put_record(struct state_transaction *transaction, enum state_table table,
		      struct state_key *key, const struct buffer *record, struct error *error)
{
	MDB_val key_value = state_key_value(key);
	MDB_val old;
	MDB_val value = { .mv_size = record->length, .mv_data = record->bytes };
	int found = state_get(transaction, table, &key_value, &old, error);
	if (found < 0)
		return -1;
	if (found > 0 && old.mv_size == record->length &&
	    memcmp(old.mv_data, record->bytes, record->length) == 0)
		return 0;
	return state_put(transaction, table, &key_value, &value, error);
}

static int delete_key(struct state_transaction *transaction, enum state_table table,
		      struct state_key *key, struct error *error)
{
	MDB_val key_value = state_key_value(key);
	return state_delete(transaction, table, &key_value, error);
}

/* --- Names of a message --- */

int state_tags_get(struct state_transaction *transaction, uint32_t folder, uint32_t uid,
		   struct state_tags *tags_r, struct error *error)
{
	struct state_key key;
	MDB_val value;
	*tags_r = (struct state_tags){ .thread = NULL };
	state_key_uid(&key, folder, uid);
	MDB_val key_value = state_key_value(&key);
	int found = state_get(transaction, STATE_TABLE_TAGS, &key_value, &value, error);
	if (found <= 0)
		return found;
	struct texts texts = begin_texts(&value);
	name_set_read(&tags_r->base, take_text(&texts));
	name_set_read(&tags_r->far, take_text(&texts));
	const char *thread = take_text(&texts);
	if (*thread)
		tags_r->thread = memory_text(thread);
	if (are_whole(&texts))
		return 1;
	state_tags_release(tags_r);
	return refuse_damaged(transaction, error);
}

int state_tags_put(struct state_transaction *transaction, uint32_t folder, uint32_t uid,
		   const struct state_tags *tags, struct error *error)
{
	struct state_key key;
	struct buffer record = BUFFER_INITIAL;
	state_key_uid(&key, folder, uid);
	if (tags->base.count == 0 && tags->far.count == 0)
		return delete_key(transaction, STATE_TABLE_TAGS, &key, error);
	buffer_add_byte(&record, RECORD_VERSION);
	add_names(&record, &tags->base);
	add_names(&record, &tags->far);
	add_text(&record, tags->thread ? tags->thread : "");
	int result = put_record(transaction, STATE_TABLE_TAGS, &key, &record, error);
	buffer_release(&record);
	return result;
}

/* --- Who waits --- */

int state_tags_wait(struct state_transaction *transaction, uint32_t folder, uint32_t uid,
		    bool waits, struct error *error)
{
	struct state_key key;
	char nothing = RECORD_VERSION;
	MDB_val value = { .mv_size = sizeof nothing, .mv_data = &nothing };
	state_key_uid(&key, folder, uid);
	if (!waits)
		return delete_key(transaction, STATE_TABLE_TAGS_WAITING, &key, error);
	MDB_val key_value = state_key_value(&key);
	return state_put(transaction, STATE_TABLE_TAGS_WAITING, &key_value, &value, error);
}

int state_tags_next_waiting(struct state_transaction *transaction, uint32_t folder,
			    uint32_t from_uid, uint32_t *uid_r, struct error *error)
{
	struct state_key key;
	MDB_val value;
	state_key_uid(&key, folder, from_uid);
	MDB_val key_value = state_key_value(&key);
	int found = state_seek(transaction, STATE_TABLE_TAGS_WAITING, &key_value, &value, error);
	if (found <= 0)
		return found;
	if (key_value.mv_size != 8)
		return refuse_damaged(transaction, error);
	*uid_r = state_read_u32((const unsigned char *)key_value.mv_data + 4);
	return state_read_u32(key_value.mv_data) == folder;
}

/* --- Marks --- */

int state_tag_mark_get(struct state_transaction *transaction, uint32_t folder,
		       struct state_tag_mark *mark_r, struct error *error)
{
	struct state_key key;
	MDB_val value;
	*mark_r = (struct state_tag_mark){ .uuid = NULL };
	state_key_folder(&key, folder);
	MDB_val key_value = state_key_value(&key);
	int found = state_get(transaction, STATE_TABLE_TAG_MARKS, &key_value, &value, error);
	if (found <= 0)
		return found;
	struct texts texts = begin_texts(&value);
	const char *uuid = take_text(&texts);
	const char *revision = take_text(&texts);
	const char *settings = take_text(&texts);
	if (!are_whole(&texts) || !text_parse_number(revision, UINT64_MAX, &mark_r->revision))
		return refuse_damaged(transaction, error);
	mark_r->uuid = memory_text(uuid);
	mark_r->settings = memory_text(settings);
	return 1;
}

int state_tag_mark_put(struct state_transaction *transaction, uint32_t folder,
		       const struct state_tag_mark *mark, struct error *error)
{
	struct state_key key;
	struct buffer record = BUFFER_INITIAL;
	char *revision = memory_format("%llu", (unsigned long long)mark->revision);
	state_key_folder(&key, folder);
	buffer_add_byte(&record, RECORD_VERSION);
	add_text(&record, mark->uuid);
	add_text(&record, revision);
	add_text(&record, mark->settings);
	int result = put_record(transaction, STATE_TABLE_TAG_MARKS, &key, &record, error);
	buffer_release(&record);
	free(revision);
	return result;
}

int state_tag_mark_remove(struct state_transaction *transaction, uint32_t folder,
			  struct error *error)
{
	struct state_key key;
	state_key_folder(&key, folder);
	return delete_key(transaction, STATE_TABLE_TAG_MARKS, &key, error);
}

/* --- Messages that come, get another file, and go --- */

static int forget_agreed(struct state_transaction *transaction, uint32_t folder, uint32_t uid,
			 struct error *error)
{
	struct state_tags tags;
	int found = state_tags_get(transaction, folder, uid, &tags, error);
	if (found <= 0)
		return found;
	text_list_release(&tags.base);
	int result = state_tags_put(transaction, folder, uid, &tags, error);
	state_tags_release(&tags);
	return result;
}

int state_tags_renew(struct state_transaction *transaction, uint32_t folder, uint32_t uid,
		     struct error *error)
{
	struct state_key key;
	MDB_val value;
	state_key_folder(&key, folder);
	MDB_val key_value = state_key_value(&key);
	int found = state_get(transaction, STATE_TABLE_TAG_MARKS, &key_value, &value, error);
	if (found <= 0)
		return found;
	if (forget_agreed(transaction, folder, uid, error) != 0)
		return -1;
	return state_tags_wait(transaction, folder, uid, true, error);
}

int state_tags_remove(struct state_transaction *transaction, uint32_t folder, uint32_t uid,
		      struct error *error)
{
	struct state_key key;
	state_key_uid(&key, folder, uid);
	if (delete_key(transaction, STATE_TABLE_TAGS, &key, error) != 0)
		return -1;
	return delete_key(transaction, STATE_TABLE_TAGS_WAITING, &key, error);
}
