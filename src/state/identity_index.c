/* The messages of the account by identity, and by what the server calls their content: one index,
 * in which each message has an entry for each of the two that is known.
 *
 * Identities are as good as random. An entry for each message as it is recorded would write to a
 * page of its own: that multiplies what a first sync writes. So nothing is written until somebody
 * looks an identity up. Then the messages that came since are taken in their order, and a bounded
 * number at a time is sorted and stored as a run (a part of the table, ascending); a lookup asks
 * each run. A run takes further entries until it is full, so that there are not many.
 *
 * An entry is a hint: it holds only the beginning of the identity, and what it leads to counts when
 * the record there has that identity. So who removes a message has nothing to do here. When more is
 * left over than there are messages, the index is dropped and begun anew.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "state/identities.h"

#include <stdlib.h>

#include "base/memory.h"

#define RUNS_MAX 0x10000

/* --- Entries --- */

struct entries {
	struct identity_entry *items;
	size_t count, capacity;
};

struct identity_entry identity_entry_make(const struct identity *identity, struct state_place place)
{
	struct identity_entry entry;
	memcpy(entry.bytes, identity->bytes, IDENTITY_BEGIN_SIZE);
	state_write_u32(entry.bytes + IDENTITY_BEGIN_SIZE, place.folder);
	state_write_u32(entry.bytes + IDENTITY_BEGIN_SIZE + 4, place.uid);
	return entry;
}

void identity_entry_key(unsigned char key[IDENTITY_KEY_SIZE], size_t run,
			const struct identity_entry *entry)
{
	key[0] = (unsigned char)(run >> 8);
	key[1] = (unsigned char)run;
	memcpy(key + 2, entry->bytes, IDENTITY_ENTRY_SIZE);
}

static int compare_entries(const void *a, const void *b)
{
	return memcmp(a, b, IDENTITY_ENTRY_SIZE);
}

static void add_entries(struct entries *entries, uint32_t folder,
			const struct state_message *message)
{
	for (enum identity_kind kind = 0; kind < IDENTITY_KINDS; kind++) {
		struct identity key;
		if (!identity_of_message(message, kind, &key))
			continue;
		memory_grow((void **)&entries->items, &entries->capacity, entries->count + 1,
			    sizeof *entries->items);
		entries->items[entries->count++] =
			identity_entry_make(&key, (struct state_place){ folder, message->uid });
	}
}

bool state_identity_same_key(const struct state_message *a, const struct state_message *b)
{
	for (enum identity_kind kind = 0; kind < IDENTITY_KINDS; kind++) {
		struct identity one;
		struct identity other;
		bool has_one = identity_of_message(a, kind, &one);
		if (has_one != identity_of_message(b, kind, &other))
			return false;
		if (has_one && memcmp(one.bytes, other.bytes, IDENTITY_BEGIN_SIZE) != 0)
			return false;
	}
	return true;
}

int identity_table_entries(struct state_transaction *transaction, enum state_table table,
			   size_t *count_r, struct error *error)
{
	MDB_stat statistics;
	struct state *state = transaction->state;
	*count_r = 0;
	if (!transaction->txn || state->absent[table])
		return 0;
	int code = mdb_stat(transaction->txn, state->tables[table], &statistics);
	if (code != 0)
		return state_fail(state, transaction, code, "read", error);
	*count_r = statistics.ms_entries;
	return 0;
}

/* The last key tells. */
int identity_runs(struct state_transaction *transaction, size_t *runs_r, struct error *error)
{
	struct state *state = transaction->state;
	MDB_cursor *cursor;
	MDB_val key;
	MDB_val value;
	*runs_r = 0;
	if (!transaction->txn || state->absent[STATE_TABLE_IDENTITIES])
		return 0;
	int code =
		mdb_cursor_open(transaction->txn, state->tables[STATE_TABLE_IDENTITIES], &cursor);
	if (code != 0)
		return state_fail(state, transaction, code, "read", error);
	code = mdb_cursor_get(cursor, &key, &value, MDB_LAST);
	mdb_cursor_close(cursor);
	if (code == MDB_NOTFOUND)
		return 0;
	if (code != 0)
		return state_fail(state, transaction, code, "read", error);
	const unsigned char *bytes = key.mv_data;
	if (key.mv_size != IDENTITY_KEY_SIZE)
		return state_refuse(state, "is damaged (the index of identities makes no sense)",
				    error);
	*runs_r = ((size_t)bytes[0] << 8 | bytes[1]) + 1;
	return 0;
}

/* --- Bringing it up to date --- */

/* The messages of noted blocks, until there are enough. */
static int take_blocks(struct state_transaction *transaction, struct entries *entries,
		       struct error *error)
{
	struct state_uid_block block;
	int found = 1;
	while (entries->count < transaction->state->identity_run &&
	       (found = state_unindexed_next(transaction, 0, 0, &block, error)) > 0) {
		for (uint32_t bit = 0; bit < STATE_BLOCK_UIDS; bit++) {
			struct state_message message;
			uint32_t uid = block.number * STATE_BLOCK_UIDS + bit;
			if (!state_block_contains(&block, bit))
				continue;
			found = state_message_by_uid(transaction, block.folder, uid, &message,
						     error);
			if (found < 0)
				return -1;
			if (found)
				add_entries(entries, block.folder, &message);
		}
		if (state_unindexed_remove(transaction, &block, error) != 0)
			return -1;
	}
	return found < 0 ? -1 : 0;
}

/* The messages behind those that the index got to, until there are enough. */
static int take_rest(struct state_transaction *transaction, struct entries *entries,
		     struct error *error)
{
	static const struct state_place end = { UINT32_MAX, UINT32_MAX };
	struct state_place indexed;
	struct state_message message;
	int found = 1;
	if (state_indexed_get(transaction, &indexed, error) != 0)
		return -1;
	if (state_place_is_end(indexed))
		return 0;
	while (entries->count < transaction->state->identity_run) {
		struct state_place next = state_place_after(indexed);
		found = state_message_next_anywhere(transaction, &next, &message, error);
		if (found <= 0)
			break;
		add_entries(entries, next.folder, &message);
		indexed = next;
	}
	if (found < 0)
		return -1;
	return state_indexed_put(transaction, found == 0 ? end : indexed, error);
}

/* A run that is new lies behind all others: then its pages are filled whole. */
static int put_entries(MDB_cursor *cursor, size_t run, const struct entries *entries)
{
	unsigned char bytes[IDENTITY_KEY_SIZE];
	MDB_val key;
	MDB_val value = { .mv_size = 0, .mv_data = bytes };
	int code = mdb_cursor_get(cursor, &key, &value, MDB_LAST);
	if (code != 0 && code != MDB_NOTFOUND)
		return code;
	identity_entry_key(bytes, run, &entries->items[0]);
	bool append = code == MDB_NOTFOUND || key.mv_size != IDENTITY_KEY_SIZE ||
		      memcmp(key.mv_data, bytes, IDENTITY_KEY_SIZE) < 0;
	code = 0;
	for (size_t i = 0; code == 0 && i < entries->count; i++) {
		identity_entry_key(bytes, run, &entries->items[i]);
		key = (MDB_val){ .mv_size = IDENTITY_KEY_SIZE, .mv_data = bytes };
		value = (MDB_val){ .mv_size = 0, .mv_data = bytes };
		code = mdb_cursor_put(cursor, &key, &value, append ? MDB_APPEND : 0);
	}
	return code;
}

/* The last run until it is full: no entry is ever taken out, so their number tells. */
static int choose_run(struct state_transaction *transaction, size_t *run_r, struct error *error)
{
	size_t entries;
	size_t runs;
	if (identity_table_entries(transaction, STATE_TABLE_IDENTITIES, &entries, error) != 0 ||
	    identity_runs(transaction, &runs, error) != 0)
		return -1;
	*run_r = entries / transaction->state->identity_run;
	if (*run_r + 1 < runs)
		*run_r = runs - 1;
	return 0;
}

static int store_entries(struct state_transaction *transaction, struct entries *entries,
			 struct error *error)
{
	struct state *state = transaction->state;
	MDB_cursor *cursor;
	size_t run;
	if (entries->count == 0)
		return 0;
	if (choose_run(transaction, &run, error) != 0)
		return -1;
	if (run >= RUNS_MAX)
		return state_refuse(state, "has too many messages for its index", error);
	qsort(entries->items, entries->count, sizeof *entries->items, compare_entries);
	int code =
		mdb_cursor_open(transaction->txn, state->tables[STATE_TABLE_IDENTITIES], &cursor);
	if (code != 0)
		return state_fail(state, transaction, code, "read", error);
	code = put_entries(cursor, run, entries);
	mdb_cursor_close(cursor);
	return code == 0 ? 0 : state_fail(state, transaction, code, "write", error);
}

/* Begins anew where most entries lead nowhere. */
static int drop_left_over(struct state_transaction *transaction, struct error *error)
{
	static const enum state_table tables[] = { STATE_TABLE_IDENTITIES, STATE_TABLE_UNINDEXED };
	struct state *state = transaction->state;
	size_t entries;
	size_t messages;
	if (identity_table_entries(transaction, STATE_TABLE_IDENTITIES, &entries, error) != 0 ||
	    identity_table_entries(transaction, STATE_TABLE_MESSAGES, &messages, error) != 0)
		return -1;
	if (entries <= 2 * IDENTITY_KINDS * messages + state->identity_run / 16)
		return 0;
	for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
		int code = mdb_drop(transaction->txn, state->tables[tables[i]], 0);
		if (code != 0)
			return state_fail(state, transaction, code, "write", error);
	}
	return state_indexed_put(transaction, (struct state_place){ 0, 0 }, error);
}

int identity_index_some(struct state_transaction *transaction, bool *is_last_r, struct error *error)
{
	struct entries entries = { .items = NULL };
	int result = drop_left_over(transaction, error);
	if (result == 0)
		result = take_blocks(transaction, &entries, error);
	if (result == 0)
		result = take_rest(transaction, &entries, error);
	if (result == 0)
		result = store_entries(transaction, &entries, error);
	*is_last_r = entries.count < transaction->state->identity_run;
	free(entries.items);
	return result;
}

static int index_some(struct state_transaction *transaction, void *context, struct error *error)
{
	return identity_index_some(transaction, context, error);
}

int state_identity_index(struct state *state, struct error *error)
{
	bool is_last = state->lock < 0;
	while (!is_last) {
		if (state_write(state, index_some, &is_last, error) != 0)
			return -1;
	}
	return 0;
}
