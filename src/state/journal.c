/* What was begun and is perhaps not finished. SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "state/private.h"
#include "state/record.h"

int state_download_put(struct state_transaction *transaction, uint32_t folder, uint32_t uid,
		       const char *temporary_name, struct error *error)
{
	struct state_key key;
	state_key_uid(&key, folder, uid);
	MDB_val key_value = state_key_value(&key);
	/* A copy, because the text may stand in a page that the writing changes. With its NUL, so
	 * that it can be read in place. */
	char *copy = memory_text(temporary_name);
	MDB_val value = { .mv_size = strlen(copy) + 1, .mv_data = copy };
	int result = state_put(transaction, STATE_TABLE_DOWNLOADS, &key_value, &value, error);
	free(copy);
	return result;
}

int state_download_remove(struct state_transaction *transaction, uint32_t folder, uint32_t uid,
			  struct error *error)
{
	struct state_key key;
	state_key_uid(&key, folder, uid);
	MDB_val key_value = state_key_value(&key);
	return state_delete(transaction, STATE_TABLE_DOWNLOADS, &key_value, error);
}

int state_download_next(struct state_transaction *transaction, uint32_t folder, uint32_t from_uid,
			uint32_t *uid_r, const char **temporary_name_r, struct error *error)
{
	struct state_key key;
	MDB_val value;
	state_key_uid(&key, folder, from_uid);
	MDB_val key_value = state_key_value(&key);
	int found = state_seek(transaction, STATE_TABLE_DOWNLOADS, &key_value, &value, error);
	if (found <= 0)
		return found;
	const unsigned char *bytes = key_value.mv_data;
	const char *name = value.mv_data;
	if (key_value.mv_size == 8 && state_read_u32(bytes) != folder)
		return 0;
	if (key_value.mv_size != 8 || value.mv_size < 2 || name[value.mv_size - 1] != '\0')
		return state_refuse(transaction->state,
				    "is damaged (a download's entry makes no sense)", error);
	*uid_r = state_read_u32(bytes + 4);
	*temporary_name_r = name;
	return 1;
}

int state_upload_put(struct state_transaction *transaction, uint32_t folder, const char *base,
		     size_t base_length, const struct state_upload *upload, struct error *error)
{
	struct state_key key;
	struct buffer record = BUFFER_INITIAL;
	if (!state_key_name(&key, folder, base, base_length))
		return error_set(error, ERROR_FAILED, SCOPE_MESSAGE,
				 "the file name %.*s is too long to be recorded",
				 base_length < 300 ? (int)base_length : 300, base);
	record_encode_upload(&record, upload);
	MDB_val key_value = state_key_value(&key);
	MDB_val value = { .mv_size = record.length, .mv_data = record.bytes };
	int result = state_put(transaction, STATE_TABLE_UPLOADS, &key_value, &value, error);
	buffer_release(&record);
	return result;
}

int state_upload_get(struct state_transaction *transaction, uint32_t folder, const char *base,
		     size_t base_length, struct state_upload *upload_r, struct error *error)
{
	struct state_key key;
	MDB_val value;
	if (!state_key_name(&key, folder, base, base_length))
		return 0;
	MDB_val key_value = state_key_value(&key);
	int found = state_get(transaction, STATE_TABLE_UPLOADS, &key_value, &value, error);
	if (found <= 0)
		return found;
	/* Taking it for none could send the message twice. */
	if (!record_decode_upload(value.mv_data, value.mv_size, upload_r))
		return state_refuse(transaction->state,
				    "is damaged (an upload's entry makes no sense)", error);
	return 1;
}

int state_upload_remove(struct state_transaction *transaction, uint32_t folder, const char *base,
			size_t base_length, struct error *error)
{
	struct state_key key;
	if (!state_key_name(&key, folder, base, base_length))
		return 0;
	MDB_val key_value = state_key_value(&key);
	return state_delete(transaction, STATE_TABLE_UPLOADS, &key_value, error);
}

int state_upload_each(struct state_transaction *transaction, uint32_t folder,
		      int (*see)(void *context, const char *base, size_t base_length,
				 const struct state_upload *upload, struct error *error),
		      void *context, struct error *error)
{
	struct state_key key;
	MDB_cursor *cursor;
	MDB_val value;
	int result = 0;
	if (!transaction->txn)
		return 0;
	int code = mdb_cursor_open(transaction->txn,
				   transaction->state->tables[STATE_TABLE_UPLOADS], &cursor);
	if (code != 0)
		return state_fail(transaction->state, transaction, code, "read", error);
	state_key_folder(&key, folder);
	MDB_val key_value = state_key_value(&key);
	code = mdb_cursor_get(cursor, &key_value, &value, MDB_SET_RANGE);
	while (result == 0 && code == 0 && key_value.mv_size >= 4 &&
	       state_read_u32(key_value.mv_data) == folder) {
		struct state_upload upload;
		result = record_decode_upload(value.mv_data, value.mv_size, &upload)
				 ? see(context, (const char *)key_value.mv_data + 4,
				       key_value.mv_size - 4, &upload, error)
				 : state_refuse(transaction->state,
						"is damaged (an upload's entry makes no sense)",
						error);
		code = mdb_cursor_get(cursor, &key_value, &value, MDB_NEXT);
	}
	mdb_cursor_close(cursor);
	if (result == 0 && code != 0 && code != MDB_NOTFOUND)
		result = state_fail(transaction->state, transaction, code, "read", error);
	return result;
}

/* How many entries of TABLE belong to the folder. */
static int count_entries(struct state_transaction *transaction, enum state_table table,
			 uint32_t folder, uint32_t *count_r, struct error *error)
{
	struct state *state = transaction->state;
	struct state_key key;
	MDB_cursor *cursor;
	MDB_val value;
	*count_r = 0;
	if (!transaction->txn)
		return 0;
	int code = mdb_cursor_open(transaction->txn, state->tables[table], &cursor);
	if (code != 0)
		return state_fail(state, transaction, code, "read", error);
	state_key_folder(&key, folder);
	MDB_val key_value = state_key_value(&key);
	code = mdb_cursor_get(cursor, &key_value, &value, MDB_SET_RANGE);
	while (code == 0 && key_value.mv_size >= 4 && state_read_u32(key_value.mv_data) == folder) {
		(*count_r)++;
		code = mdb_cursor_get(cursor, &key_value, &value, MDB_NEXT);
	}
	mdb_cursor_close(cursor);
	return code == 0 || code == MDB_NOTFOUND
		       ? 0
		       : state_fail(state, transaction, code, "read", error);
}

int state_download_count(struct state_transaction *transaction, uint32_t folder, uint32_t *count_r,
			 struct error *error)
{
	return count_entries(transaction, STATE_TABLE_DOWNLOADS, folder, count_r, error);
}

int state_upload_count(struct state_transaction *transaction, uint32_t folder, uint32_t *count_r,
		       struct error *error)
{
	return count_entries(transaction, STATE_TABLE_UPLOADS, folder, count_r, error);
}
