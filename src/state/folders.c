/* Folders. SPDX-License-Identifier: GPL-3.0-or-later */
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"
#include "mail/folder_name.h"
#include "state/private.h"
#include "state/record.h"

#define NEXT_FOLDER "next-folder"

MDB_val state_name_key_make(struct state_name_key *key, const char *name)
{
	if (EVP_Digest(name, strlen(name), key->digest, &key->length, EVP_sha256(), NULL) != 1)
		memory_fail();
	return (MDB_val){ .mv_size = key->length, .mv_data = key->digest };
}

void state_folder_release(struct state_folder *folder)
{
	free(folder->name);
	free(folder->far_name);
	free(folder->near_path);
	free(folder->window);
	free(folder->rules);
	free(folder->renaming);
	keyword_table_release(&folder->keywords);
	*folder = (struct state_folder){ .id = 0 };
}

/* NAME is what the record must be of; NULL: any. 1 or -1. */
static int decode(struct state_transaction *transaction, const MDB_val *value, const char *name,
		  struct state_folder *folder_r, struct error *error)
{
	struct state_folder folder;
	if (record_decode_folder(value->mv_data, value->mv_size, &folder)) {
		if (!name || strcmp(folder.name, name) == 0) {
			*folder_r = folder;
			return 1;
		}
		state_folder_release(&folder);
	}
	(void)state_refuse(transaction->state, "is damaged (a folder's record makes no sense)",
			   error); /* always -1 */
	return -1;
}

int state_folder_get(struct state_transaction *transaction, const char *name,
		     struct state_folder *folder_r, struct error *error)
{
	struct state_name_key key;
	MDB_val value;
	MDB_val key_value = state_name_key_make(&key, name);
	int found = state_get(transaction, STATE_TABLE_FOLDERS, &key_value, &value, error);
	return found > 0 ? decode(transaction, &value, name, folder_r, error) : found;
}

/* A number that no folder ever had. */
static int new_id(struct state_transaction *transaction, uint32_t *id_r, struct error *error)
{
	MDB_val key = state_text_value(NEXT_FOLDER);
	MDB_val value;
	unsigned char bytes[4];
	int found = state_get(transaction, STATE_TABLE_META, &key, &value, error);
	if (found < 0)
		return -1;
	if (found && value.mv_size != sizeof bytes)
		return state_refuse(transaction->state,
				    "is damaged (the number of folders makes no sense)", error);
	uint32_t id = found ? state_read_u32(value.mv_data) : 1;
	if (id == 0 || id == UINT32_MAX)
		return state_refuse(transaction->state, "has no number left for a folder", error);
	state_write_u32(bytes, id + 1);
	value = (MDB_val){ .mv_size = sizeof bytes, .mv_data = bytes };
	*id_r = id;
	return state_put(transaction, STATE_TABLE_META, &key, &value, error);
}

/* Finds out folder->id. A folder without a record gets a new one whatever it says: what it says may
 * come from a transaction that was rolled back, and may be another folder's by now. */
static int settle_id(struct state_transaction *transaction, struct state_folder *folder,
		     struct error *error)
{
	struct state_folder old;
	int found = state_folder_get(transaction, folder->name, &old, error);
	if (found < 0)
		return -1;
	if (!found)
		return new_id(transaction, &folder->id, error);
	uint32_t id = old.id;
	state_folder_release(&old);
	if (folder->id != 0 && folder->id != id)
		return error_set(error, ERROR_FAILED, SCOPE_FOLDER,
				 "the folder %s was removed and made again while it was worked on; "
				 "the next run takes it as it is then",
				 folder->name);
	folder->id = id;
	return 0;
}

static int put_record(struct state_transaction *transaction, const struct state_folder *folder,
		      const struct buffer *record, struct error *error)
{
	struct state_name_key key;
	MDB_val old;
	MDB_val key_value = state_name_key_make(&key, folder->name);
	int found = state_get(transaction, STATE_TABLE_FOLDERS, &key_value, &old, error);
	if (found < 0)
		return -1;
	if (found && old.mv_size == record->length &&
	    memcmp(old.mv_data, record->bytes, record->length) == 0)
		return 0;
	MDB_val value = { .mv_size = record->length, .mv_data = record->bytes };
	return state_put(transaction, STATE_TABLE_FOLDERS, &key_value, &value, error);
}

int state_folder_put(struct state_transaction *transaction, struct state_folder *folder,
		     struct error *error)
{
	if (!folder_name_is_valid(folder->name))
		return error_set(error, ERROR_FAILED, SCOPE_FOLDER,
				 "the folder name %.300s cannot be recorded: it is not safe as a "
				 "path; the folder was left alone",
				 folder->name);
	if (settle_id(transaction, folder, error) != 0)
		return -1;
	struct buffer record = BUFFER_INITIAL;
	record_encode_folder(&record, folder);
	int result = put_record(transaction, folder, &record, error);
	buffer_release(&record);
	return result;
}

/* 1 it is that folder's, 0 nobody has the name, -1 it is another's, or an error. */
static int find_name(struct state_transaction *transaction, const char *name, uint32_t id,
		     struct error *error)
{
	struct state_folder found;
	int result = state_folder_get(transaction, name, &found, error);
	if (result <= 0)
		return result;
	bool its_own = found.id == id;
	state_folder_release(&found);
	return its_own ? 1
		       : error_set(error, ERROR_FAILED, SCOPE_FOLDER,
				   "the folder %s was made while another was renamed to it; the "
				   "next run takes both as they are then",
				   name);
}

int state_folder_rename(struct state_transaction *transaction, const char *from,
			struct state_folder *folder, struct error *error)
{
	struct state_name_key key;
	struct buffer record = BUFFER_INITIAL;
	int old = find_name(transaction, from, folder->id, error);
	if (old < 0 || find_name(transaction, folder->name, folder->id, error) < 0)
		return -1;
	if (old == 0 || folder->id == 0 || !folder_name_is_valid(folder->name))
		return error_set(error, ERROR_FAILED, SCOPE_FOLDER,
				 "the folder %s cannot be recorded as %.300s; the next run takes "
				 "it as it is then",
				 from, folder->name);
	MDB_val key_value = state_name_key_make(&key, from);
	if (state_delete(transaction, STATE_TABLE_FOLDERS, &key_value, error) != 0 ||
	    state_letters_rename(transaction, from, folder->name, error) != 0)
		return -1;
	record_encode_folder(&record, folder);
	int result = put_record(transaction, folder, &record, error);
	buffer_release(&record);
	return result;
}

/* Deletes every entry of TABLE whose key begins with the folder's number. */
static int clear_table(struct state_transaction *transaction, enum state_table table, uint32_t id,
		       struct error *error)
{
	struct state *state = transaction->state;
	struct state_key key;
	MDB_cursor *cursor;
	MDB_val value;
	int code = mdb_cursor_open(transaction->txn, state->tables[table], &cursor);
	if (code != 0)
		return state_fail(state, transaction, code, "read", error);
	state_key_folder(&key, id);
	MDB_val key_value = state_key_value(&key);
	code = mdb_cursor_get(cursor, &key_value, &value, MDB_SET_RANGE);
	while (code == 0 && key_value.mv_size >= 4 && state_read_u32(key_value.mv_data) == id) {
		code = mdb_cursor_del(cursor, 0);
		key_value = state_key_value(&key);
		if (code == 0)
			code = mdb_cursor_get(cursor, &key_value, &value, MDB_SET_RANGE);
	}
	mdb_cursor_close(cursor);
	return code == 0 || code == MDB_NOTFOUND
		       ? 0
		       : state_fail(state, transaction, code, "write", error);
}

int state_folder_clear(struct state_transaction *transaction, uint32_t id, struct error *error)
{
	static const enum state_table tables[] = {
		STATE_TABLE_COUNTS,    STATE_TABLE_MESSAGES, STATE_TABLE_NAMES,
		STATE_TABLE_DOWNLOADS, STATE_TABLE_UPLOADS,  STATE_TABLE_OUTSIDE,
		STATE_TABLE_EXPIRING,  STATE_TABLE_STUBS,    STATE_TABLE_WANTED,
		STATE_TABLE_DEFERRED,  STATE_TABLE_WATCHED,  STATE_TABLE_UNINDEXED,
		STATE_TABLE_MOVED,     STATE_TABLE_TAGS,     STATE_TABLE_TAGS_WAITING,
		STATE_TABLE_TAG_MARKS
	};
	state_unindexed_drop(transaction, id);
	for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
		if (clear_table(transaction, tables[i], id, error) != 0)
			return -1;
	}
	return 0;
}

int state_upload_clear(struct state_transaction *transaction, uint32_t folder, struct error *error)
{
	return clear_table(transaction, STATE_TABLE_UPLOADS, folder, error);
}

int state_folder_remove(struct state_transaction *transaction, uint32_t id, const char *name,
			struct error *error)
{
	struct state_name_key key;
	struct state_folder old;
	MDB_val key_value = state_name_key_make(&key, name);
	int found = state_folder_get(transaction, name, &old, error);
	if (found < 0)
		return -1;
	/* A folder of that name which was made since keeps its record. */
	bool is_its_own = found && old.id == id;
	if (found)
		state_folder_release(&old);
	if (state_folder_clear(transaction, id, error) != 0 ||
	    (is_its_own && state_letters_remove(transaction, name, error) != 0))
		return -1;
	return is_its_own ? state_delete(transaction, STATE_TABLE_FOLDERS, &key_value, error) : 0;
}

/* The names of all folders, so that SEE may use the transaction as it likes. */
static int collect_names(struct state_transaction *transaction, struct text_list *names,
			 struct error *error)
{
	struct state *state = transaction->state;
	MDB_cursor *cursor;
	MDB_val key;
	MDB_val value;
	int code = mdb_cursor_open(transaction->txn, state->tables[STATE_TABLE_FOLDERS], &cursor);
	if (code != 0)
		return state_fail(state, transaction, code, "read", error);
	int result = 0;
	while (result == 0 && (code = mdb_cursor_get(cursor, &key, &value, MDB_NEXT)) == 0) {
		struct state_folder folder;
		result = decode(transaction, &value, NULL, &folder, error) > 0 ? 0 : -1;
		if (result == 0) {
			text_list_add(names, folder.name);
			state_folder_release(&folder);
		}
	}
	mdb_cursor_close(cursor);
	if (result == 0 && code != MDB_NOTFOUND)
		result = state_fail(state, transaction, code, "read", error);
	return result;
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

int state_folder_each(struct state_transaction *transaction,
		      int (*see)(void *context, const struct state_folder *folder,
				 struct error *error),
		      void *context, struct error *error)
{
	struct text_list names = { .items = NULL };
	if (!transaction->txn)
		return 0;
	int result = collect_names(transaction, &names, error);
	memory_sort(names.items, names.count, sizeof *names.items, compare_names);
	for (size_t i = 0; result == 0 && i < names.count; i++) {
		struct state_folder folder;
		int found = state_folder_get(transaction, names.items[i], &folder, error);
		if (found > 0) {
			result = see(context, &folder, error);
			state_folder_release(&folder);
		} else {
			result = found;
		}
	}
	text_list_release(&names);
	return result;
}
