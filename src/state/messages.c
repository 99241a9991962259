/* Messages of a folder. SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "state/private.h"
#include "state/record.h"

static int refuse_damaged(struct state_transaction *transaction, const char *what,
			  struct error *error)
{
	char *text = memory_format("is damaged (%s makes no sense)", what);
	(void)state_refuse(transaction->state, text, error); /* always -1 */
	free(text);
	return -1;
}

static int decode(struct state_transaction *transaction, uint32_t uid, const MDB_val *value,
		  struct state_message *message_r, struct error *error)
{
	if (!record_decode_message(value->mv_data, value->mv_size, message_r))
		return refuse_damaged(transaction, "a message record", error);
	message_r->uid = uid;
	return 1;
}

int state_message_by_uid(struct state_transaction *transaction, uint32_t folder, uint32_t uid,
			 struct state_message *message_r, struct error *error)
{
	struct state_key key;
	MDB_val value;
	state_key_uid(&key, folder, uid);
	MDB_val key_value = state_key_value(&key);
	int found = state_get(transaction, STATE_TABLE_MESSAGES, &key_value, &value, error);
	return found > 0 ? decode(transaction, uid, &value, message_r, error) : found;
}

/* The UID that a base name belongs to: 1 found, 0 not, -1 error. */
static int uid_of_name(struct state_transaction *transaction, uint32_t folder, const char *base,
		       size_t base_length, uint32_t *uid_r, struct error *error)
{
	struct state_key key;
	MDB_val value;
	if (!state_key_name(&key, folder, base, base_length))
		return 0;
	MDB_val key_value = state_key_value(&key);
	int found = state_get(transaction, STATE_TABLE_NAMES, &key_value, &value, error);
	if (found <= 0)
		return found;
	if (value.mv_size != 4)
		return refuse_damaged(transaction, "a name's entry", error);
	*uid_r = state_read_u32(value.mv_data);
	return 1;
}

static bool has_base(const struct state_message *message, const char *base, size_t base_length)
{
	return message->base_length == base_length && memcmp(message->name, base, base_length) == 0;
}

int state_message_by_name(struct state_transaction *transaction, uint32_t folder, const char *base,
			  size_t base_length, struct state_message *message_r, struct error *error)
{
	uint32_t uid;
	int found = uid_of_name(transaction, folder, base, base_length, &uid, error);
	if (found <= 0)
		return found;
	found = state_message_by_uid(transaction, folder, uid, message_r, error);
	if (found == 0 || (found > 0 && !has_base(message_r, base, base_length)))
		return refuse_damaged(transaction, "the index of names", error);
	return found;
}

/* 1 found (*place is where), 0 none, -1 error. */
static int seek(struct state_transaction *transaction, struct state_place *place, MDB_val *value_r,
		struct error *error)
{
	struct state_key key;
	state_key_uid(&key, place->folder, place->uid);
	MDB_val key_value = state_key_value(&key);
	int found = state_seek(transaction, STATE_TABLE_MESSAGES, &key_value, value_r, error);
	if (found <= 0)
		return found;
	const unsigned char *bytes = key_value.mv_data;
	if (key_value.mv_size != 8)
		return refuse_damaged(transaction, "a message's key", error);
	*place = (struct state_place){ state_read_u32(bytes), state_read_u32(bytes + 4) };
	return 1;
}

int state_message_next(struct state_transaction *transaction, uint32_t folder, uint32_t from_uid,
		       struct state_message *message_r, struct error *error)
{
	struct state_place place = { folder, from_uid };
	MDB_val value;
	int found = seek(transaction, &place, &value, error);
	if (found <= 0 || place.folder != folder)
		return found < 0 ? -1 : 0;
	return decode(transaction, place.uid, &value, message_r, error);
}

int state_message_next_anywhere(struct state_transaction *transaction, struct state_place *place,
				struct state_message *message_r, struct error *error)
{
	MDB_val value;
	int found = seek(transaction, place, &value, error);
	return found > 0 ? decode(transaction, place->uid, &value, message_r, error) : found;
}

/* How many messages a folder has, how many of them are absent on a side, and the digest of the
 * names of the files that are there. */
struct tally {
	uint32_t count;
	struct name_digest names;
	uint32_t absent_near;
	uint32_t absent_far;
	uint32_t hidden; /* of absent_far */
};
/* Without the last three, as long as nothing is absent; and without the last, as long as nothing is
 * hidden. */
#define TALLY_SIZE 20
#define TALLY_SIZE_ABSENT 28
#define TALLY_SIZE_HIDDEN 32

static int get_tally(struct state_transaction *transaction, uint32_t folder, struct tally *tally_r,
		     struct error *error)
{
	struct state_key key;
	MDB_val value;
	state_key_folder(&key, folder);
	MDB_val key_value = state_key_value(&key);
	*tally_r = (struct tally){ .count = 0 };
	int found = state_get(transaction, STATE_TABLE_COUNTS, &key_value, &value, error);
	if (found <= 0)
		return found;
	if (value.mv_size != TALLY_SIZE && value.mv_size != TALLY_SIZE_ABSENT &&
	    value.mv_size != TALLY_SIZE_HIDDEN)
		return refuse_damaged(transaction, "a count", error);
	const unsigned char *bytes = value.mv_data;
	tally_r->count = state_read_u32(bytes);
	tally_r->names.words[0] = state_read_u64(bytes + 4);
	tally_r->names.words[1] = state_read_u64(bytes + 12);
	if (value.mv_size >= TALLY_SIZE_ABSENT) {
		tally_r->absent_near = state_read_u32(bytes + 20);
		tally_r->absent_far = state_read_u32(bytes + 24);
	}
	if (value.mv_size == TALLY_SIZE_HIDDEN)
		tally_r->hidden = state_read_u32(bytes + 28);
	return 0;
}

static size_t tally_size(const struct tally *tally)
{
	if (tally->hidden != 0)
		return TALLY_SIZE_HIDDEN;
	return tally->absent_near != 0 || tally->absent_far != 0 ? TALLY_SIZE_ABSENT : TALLY_SIZE;
}

static int put_tally(struct state_transaction *transaction, uint32_t folder,
		     const struct tally *tally, struct error *error)
{
	unsigned char bytes[TALLY_SIZE_HIDDEN];
	struct state_key key;
	state_write_u32(bytes, tally->count);
	state_write_u64(bytes + 4, tally->names.words[0]);
	state_write_u64(bytes + 12, tally->names.words[1]);
	state_write_u32(bytes + 20, tally->absent_near);
	state_write_u32(bytes + 24, tally->absent_far);
	state_write_u32(bytes + 28, tally->hidden);
	state_key_folder(&key, folder);
	MDB_val key_value = state_key_value(&key);
	MDB_val value = { .mv_size = tally_size(tally), .mv_data = bytes };
	return state_put(transaction, STATE_TABLE_COUNTS, &key_value, &value, error);
}

int state_message_count(struct state_transaction *transaction, uint32_t folder, uint32_t *count_r,
			struct error *error)
{
	struct tally tally;
	int result = get_tally(transaction, folder, &tally, error);
	*count_r = tally.count;
	return result;
}

int state_message_absent(struct state_transaction *transaction, uint32_t folder, uint32_t *near_r,
			 uint32_t *far_r, struct error *error)
{
	struct tally tally;
	int result = get_tally(transaction, folder, &tally, error);
	*near_r = tally.absent_near;
	*far_r = tally.absent_far;
	return result;
}

int state_message_hidden(struct state_transaction *transaction, uint32_t folder, uint32_t *hidden_r,
			 struct error *error)
{
	struct tally tally;
	int result = get_tally(transaction, folder, &tally, error);
	*hidden_r = tally.hidden;
	return result;
}

int state_message_digest(struct state_transaction *transaction, uint32_t folder,
			 struct name_digest *digest_r, struct error *error)
{
	struct tally tally;
	int result = get_tally(transaction, folder, &tally, error);
	*digest_r = tally.names;
	return result;
}

static void tally_add(struct tally *tally, const struct state_message *message)
{
	tally->count++;
	tally->absent_near += state_is_absent_near(message->absent);
	tally->absent_far += state_is_absent_far(message->absent);
	tally->hidden += state_is_hidden(message->absent);
	if (!state_is_absent_near(message->absent))
		name_digest_add(&tally->names, message->place, message->name);
}

/* False: the tally cannot be true. */
static bool tally_remove(struct tally *tally, const struct state_message *message)
{
	bool near = state_is_absent_near(message->absent);
	bool far = state_is_absent_far(message->absent);
	bool hidden = state_is_hidden(message->absent);
	if (tally->count == 0 || tally->absent_near < near || tally->absent_far < far ||
	    tally->hidden < hidden)
		return false;
	tally->count--;
	tally->absent_near -= near;
	tally->absent_far -= far;
	tally->hidden -= hidden;
	if (!near)
		name_digest_remove(&tally->names, message->place, message->name);
	return true;
}

/* OLD goes, NEW comes; either may be NULL. */
static int change_tally(struct state_transaction *transaction, uint32_t folder,
			const struct state_message *old, const struct state_message *new,
			struct error *error)
{
	struct tally tally;
	if (get_tally(transaction, folder, &tally, error) != 0)
		return -1;
	if (old && !tally_remove(&tally, old))
		return refuse_damaged(transaction, "a count", error);
	if (new)
		tally_add(&tally, new);
	return put_tally(transaction, folder, &tally, error);
}

static int delete_name(struct state_transaction *transaction, uint32_t folder,
		       const struct state_message *message, struct error *error)
{
	struct state_key key;
	if (!state_key_name(&key, folder, message->name, message->base_length))
		return 0;
	MDB_val key_value = state_key_value(&key);
	return state_delete(transaction, STATE_TABLE_NAMES, &key_value, error);
}

/* Whether the record may be written: before anything is, so that the caller may go on without this
 * message. */
static int check_message(struct state_transaction *transaction, uint32_t folder,
			 const struct state_message *message, struct error *error)
{
	struct state_key key;
	uint32_t owner;
	if (message->uid == 0 || message->place > 1 || !state_absence_is_valid(message->absent) ||
	    message->base_length > strlen(message->name) ||
	    !state_key_name(&key, folder, message->name, message->base_length))
		return error_set(error, ERROR_FAILED, SCOPE_MESSAGE,
				 "the message with UID %u, file name %.300s, cannot be recorded: "
				 "its number or its name is not one that a message can have",
				 message->uid, message->name);
	int found = uid_of_name(transaction, folder, message->name, message->base_length, &owner,
				error);
	if (found > 0 && owner != message->uid)
		return error_set(error, ERROR_FAILED, SCOPE_FOLDER,
				 "the file name %s belongs to two messages, UID %u and UID %u; the "
				 "folder was left as it is",
				 message->name, owner, message->uid);
	return found < 0 ? -1 : 0;
}

/* Makes the name index right for the new record: takes the old record's name out, puts its own in.
 */
static int index_name(struct state_transaction *transaction, uint32_t folder,
		      const struct state_message *old, const struct state_message *message,
		      struct error *error)
{
	struct state_key key;
	unsigned char bytes[4];
	if (old && has_base(old, message->name, message->base_length))
		return 0;
	if (old && delete_name(transaction, folder, old, error) != 0)
		return -1;
	(void)state_key_name(&key, folder, message->name, message->base_length); /* was checked */
	state_write_u32(bytes, message->uid);
	MDB_val key_value = state_key_value(&key);
	MDB_val value = { .mv_size = sizeof bytes, .mv_data = bytes };
	return state_put(transaction, STATE_TABLE_NAMES, &key_value, &value, error);
}

/* OLD (NULL: none) lies outside of the map, where writing does not change it. */
static int replace_record(struct state_transaction *transaction, uint32_t folder,
			  const struct state_message *old, const struct state_message *message,
			  const struct buffer *record, struct error *error)
{
	struct state_key key;
	if (index_name(transaction, folder, old, message, error) != 0 ||
	    change_tally(transaction, folder, old, message, error) != 0)
		return -1;
	if ((!old || !has_base(old, message->name, message->base_length)) &&
	    state_tags_renew(transaction, folder, message->uid, error) != 0)
		return -1;
	if ((!old || !state_identity_same_key(old, message)) &&
	    state_unindexed_add(transaction, (struct state_place){ folder, message->uid }, error) !=
		    0)
		return -1;
	state_key_uid(&key, folder, message->uid);
	MDB_val key_value = state_key_value(&key);
	MDB_val value = { .mv_size = record->length, .mv_data = record->bytes };
	return state_put(transaction, STATE_TABLE_MESSAGES, &key_value, &value, error);
}

static int put_record(struct state_transaction *transaction, uint32_t folder,
		      const struct state_message *message, const struct buffer *record,
		      struct error *error)
{
	struct state_message old;
	struct state_key key;
	MDB_val value;
	state_key_uid(&key, folder, message->uid);
	MDB_val key_value = state_key_value(&key);
	int found = state_get(transaction, STATE_TABLE_MESSAGES, &key_value, &value, error);
	if (found > 0 && value.mv_size == record->length &&
	    memcmp(value.mv_data, record->bytes, record->length) == 0)
		return 0;
	if (found > 0)
		found = decode(transaction, message->uid, &value, &old, error);
	if (found < 0)
		return -1;
	char *old_name = found ? memory_text(old.name) : NULL;
	old.name = old_name;
	int result =
		replace_record(transaction, folder, found ? &old : NULL, message, record, error);
	free(old_name);
	return result;
}

int state_message_put(struct state_transaction *transaction, uint32_t folder,
		      const struct state_message *message, struct error *error)
{
	if (check_message(transaction, folder, message, error) != 0)
		return -1;
	struct buffer record = BUFFER_INITIAL;
	record_encode_message(&record, message);
	/* From here on a copy: MESSAGE may point into a page that the writing changes. */
	struct state_message copy;
	int result = record_decode_message(record.bytes, record.length, &copy)
			     ? 0
			     : refuse_damaged(transaction, "a message record", error);
	copy.uid = message->uid;
	if (result == 0)
		result = put_record(transaction, folder, &copy, &record, error);
	buffer_release(&record);
	return result;
}

int state_message_remove(struct state_transaction *transaction, uint32_t folder, uint32_t uid,
			 struct error *error)
{
	struct state_message message;
	struct state_key key;
	int found = state_message_by_uid(transaction, folder, uid, &message, error);
	if (found <= 0)
		return found;
	char *name = memory_text(message.name); /* writing may change what it points to */
	message.name = name;
	int result = change_tally(transaction, folder, &message, NULL, error);
	if (result == 0)
		result = delete_name(transaction, folder, &message, error);
	free(name);
	if (result != 0 || state_tags_remove(transaction, folder, uid, error) != 0)
		return -1;
	state_key_uid(&key, folder, uid);
	MDB_val key_value = state_key_value(&key);
	return state_delete(transaction, STATE_TABLE_MESSAGES, &key_value, error);
}
