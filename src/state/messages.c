/* Messages of a folder. SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "state/private.h"
#include "state/record.h"

static int refuse_damaged(struct state_transaction *transaction, const char *what,
			  struct error *error)
{
	return error_set(
		error, ERROR_SAFETY, SCOPE_ACCOUNT,
		"the state in %s is damaged (%s makes no sense); move that directory away: "
		"the next run rebuilds it from both sides and transfers nothing twice",
		transaction->state->directory, what);
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

int state_message_by_name(struct state_transaction *transaction, uint32_t folder, const char *base,
			  size_t base_length, struct state_message *message_r, struct error *error)
{
	uint32_t uid;
	int found = uid_of_name(transaction, folder, base, base_length, &uid, error);
	if (found <= 0)
		return found;
	found = state_message_by_uid(transaction, folder, uid, message_r, error);
	return found == 0 ? refuse_damaged(transaction, "the index of names", error) : found;
}

int state_message_next(struct state_transaction *transaction, uint32_t folder, uint32_t from_uid,
		       struct state_message *message_r, struct error *error)
{
	struct state_key key;
	MDB_val value;
	state_key_uid(&key, folder, from_uid);
	MDB_val key_value = state_key_value(&key);
	int found = state_seek(transaction, STATE_TABLE_MESSAGES, &key_value, &value, error);
	if (found <= 0)
		return found;
	const unsigned char *bytes = key_value.mv_data;
	if (key_value.mv_size != 8)
		return refuse_damaged(transaction, "a message's key", error);
	if (state_read_u32(bytes) != folder)
		return 0;
	return decode(transaction, state_read_u32(bytes + 4), &value, message_r, error);
}

int state_message_count(struct state_transaction *transaction, uint32_t folder, uint32_t *count_r,
			struct error *error)
{
	struct state_key key;
	MDB_val value;
	state_key_folder(&key, folder);
	MDB_val key_value = state_key_value(&key);
	*count_r = 0;
	int found = state_get(transaction, STATE_TABLE_COUNTS, &key_value, &value, error);
	if (found <= 0)
		return found;
	if (value.mv_size != 4)
		return refuse_damaged(transaction, "a count", error);
	*count_r = state_read_u32(value.mv_data);
	return 0;
}

static int change_count(struct state_transaction *transaction, uint32_t folder, bool more,
			struct error *error)
{
	uint32_t count;
	unsigned char bytes[4];
	struct state_key key;
	if (state_message_count(transaction, folder, &count, error) != 0)
		return -1;
	if (!more && count == 0)
		return refuse_damaged(transaction, "a count", error);
	state_write_u32(bytes, more ? count + 1 : count - 1);
	state_key_folder(&key, folder);
	MDB_val key_value = state_key_value(&key);
	MDB_val value = { .mv_size = sizeof bytes, .mv_data = bytes };
	return state_put(transaction, STATE_TABLE_COUNTS, &key_value, &value, error);
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

static int put_name(struct state_transaction *transaction, uint32_t folder,
		    const struct state_message *message, struct error *error)
{
	struct state_key key;
	unsigned char bytes[4];
	uint32_t owner;
	int found = uid_of_name(transaction, folder, message->name, message->base_length, &owner,
				error);
	if (found < 0)
		return -1;
	if (found && owner == message->uid)
		return 0;
	if (found)
		return error_set(error, ERROR_FAILED, SCOPE_FOLDER,
				 "the file name %s belongs to two messages, UID %u and UID %u; the "
				 "folder was left as it is",
				 message->name, owner, message->uid);
	if (!state_key_name(&key, folder, message->name, message->base_length))
		return error_set(error, ERROR_FAILED, SCOPE_MESSAGE,
				 "the file name %s is too long to be recorded", message->name);
	state_write_u32(bytes, message->uid);
	MDB_val key_value = state_key_value(&key);
	MDB_val value = { .mv_size = sizeof bytes, .mv_data = bytes };
	return state_put(transaction, STATE_TABLE_NAMES, &key_value, &value, error);
}

static bool same_base(const struct state_message *a, const struct state_message *b)
{
	return a->base_length == b->base_length && memcmp(a->name, b->name, a->base_length) == 0;
}

/* Takes the old record's name out of the index where the new one has another; counts a new record.
 */
static int replace_old(struct state_transaction *transaction, uint32_t folder,
		       const struct state_message *message, struct error *error)
{
	struct state_message old;
	int found = state_message_by_uid(transaction, folder, message->uid, &old, error);
	if (found < 0)
		return -1;
	if (!found)
		return change_count(transaction, folder, true, error);
	return same_base(&old, message) ? 0 : delete_name(transaction, folder, &old, error);
}

int state_message_put(struct state_transaction *transaction, uint32_t folder,
		      const struct state_message *message, struct error *error)
{
	struct buffer record = BUFFER_INITIAL;
	struct state_key key;
	/* Encoded first: MESSAGE may point into the page that the writing changes. */
	record_encode_message(&record, message);
	struct state_message copy;
	(void)record_decode_message(record.bytes, record.length, &copy);
	copy.uid = message->uid;
	int result = replace_old(transaction, folder, &copy, error);
	if (result == 0)
		result = put_name(transaction, folder, &copy, error);
	if (result == 0) {
		state_key_uid(&key, folder, copy.uid);
		MDB_val key_value = state_key_value(&key);
		MDB_val value = { .mv_size = record.length, .mv_data = record.bytes };
		result = state_put(transaction, STATE_TABLE_MESSAGES, &key_value, &value, error);
	}
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
	if (delete_name(transaction, folder, &message, error) != 0)
		return -1;
	state_key_uid(&key, folder, uid);
	MDB_val key_value = state_key_value(&key);
	if (state_delete(transaction, STATE_TABLE_MESSAGES, &key_value, error) != 0)
		return -1;
	return change_count(transaction, folder, false, error);
}
