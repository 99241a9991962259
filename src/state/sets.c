/* Sets of UIDs of a folder, kept as ranges. SPDX-License-Identifier: GPL-3.0-or-later */
#include "state/private.h"

static enum state_table table_of(enum state_set which)
{
	switch (which) {
	case STATE_OUTSIDE:
		return STATE_TABLE_OUTSIDE;
	case STATE_EXPIRING:
		return STATE_TABLE_EXPIRING;
	case STATE_STUBS:
		return STATE_TABLE_STUBS;
	case STATE_WANTED:
		return STATE_TABLE_WANTED;
	case STATE_MOVED:
		return STATE_TABLE_MOVED;
	case STATE_WATCHED:
		break;
	}
	return STATE_TABLE_WATCHED;
}

static int refuse_damaged(const struct state_transaction *transaction, struct error *error)
{
	return state_refuse(transaction->state, "is damaged (a set of UIDs makes no sense)", error);
}

/* --- The number of UIDs: under the UID 0, which no message has --- */

int state_set_count(struct state_transaction *transaction, uint32_t folder, enum state_set which,
		    uint32_t *count_r, struct error *error)
{
	struct state_key key;
	MDB_val value;
	state_key_uid(&key, folder, 0);
	MDB_val key_value = state_key_value(&key);
	*count_r = 0;
	int found = state_get(transaction, table_of(which), &key_value, &value, error);
	if (found <= 0)
		return found;
	if (value.mv_size != 4)
		return refuse_damaged(transaction, error);
	*count_r = state_read_u32(value.mv_data);
	return 0;
}

static int put_number(struct state_transaction *transaction, uint32_t folder,
		      enum state_table table, uint32_t key_number, uint32_t number,
		      struct error *error)
{
	struct state_key key;
	unsigned char bytes[4];
	state_key_uid(&key, folder, key_number);
	state_write_u32(bytes, number);
	MDB_val key_value = state_key_value(&key);
	MDB_val value = { .mv_size = sizeof bytes, .mv_data = bytes };
	return state_put(transaction, table, &key_value, &value, error);
}

static int delete_number(struct state_transaction *transaction, uint32_t folder,
			 enum state_table table, uint32_t key_number, struct error *error)
{
	struct state_key key;
	state_key_uid(&key, folder, key_number);
	MDB_val key_value = state_key_value(&key);
	return state_delete(transaction, table, &key_value, error);
}

/* --- The ranges --- */

/* A range from the cursor's entry: 1, 0 it is another folder's, -1 it makes no sense. They ascend
 * and do not touch, so they can be added in order. */
static int take_range(const MDB_val *key, const MDB_val *value, uint32_t folder,
		      struct uid_set *uids)
{
	const unsigned char *bytes = key->mv_data;
	if (key->mv_size != 8 || value->mv_size != 4)
		return -1;
	if (state_read_u32(bytes) != folder)
		return 0;
	uint32_t first = state_read_u32(bytes + 4);
	uint32_t last = state_read_u32(value->mv_data);
	if (last < first)
		return -1;
	uid_set_add_range(uids, first, last);
	return 1;
}

int state_set_get(struct state_transaction *transaction, uint32_t folder, enum state_set which,
		  struct uid_set *uids, struct error *error)
{
	struct state *state = transaction->state;
	struct state_key key;
	MDB_cursor *cursor;
	MDB_val value;
	if (!transaction->txn || state->absent[table_of(which)])
		return 0;
	int code = mdb_cursor_open(transaction->txn, state->tables[table_of(which)], &cursor);
	if (code != 0)
		return state_fail(state, transaction, code, "read", error);
	state_key_uid(&key, folder, 1);
	MDB_val key_value = state_key_value(&key);
	int taken = 1;
	code = mdb_cursor_get(cursor, &key_value, &value, MDB_SET_RANGE);
	while (code == 0 && (taken = take_range(&key_value, &value, folder, uids)) > 0)
		code = mdb_cursor_get(cursor, &key_value, &value, MDB_NEXT);
	mdb_cursor_close(cursor);
	if (taken < 0)
		return refuse_damaged(transaction, error);
	return code == 0 || code == MDB_NOTFOUND
		       ? 0
		       : state_fail(state, transaction, code, "read", error);
}

/* Both lists are walked side by side: a range that both have is left as it is. */
static int put_ranges(struct state_transaction *transaction, uint32_t folder,
		      enum state_table table, const struct uid_set *old, const struct uid_set *new,
		      struct error *error)
{
	size_t i = 0;
	size_t j = 0;
	int result = 0;
	while (result == 0 && (i < old->count || j < new->count)) {
		const struct uid_range *gone = i < old->count ? &old->ranges[i] : NULL;
		const struct uid_range *range = j < new->count ? &new->ranges[j] : NULL;
		if (gone && (!range || gone->first < range->first)) {
			result = delete_number(transaction, folder, table, gone->first, error);
			i++;
			continue;
		}
		bool same = gone && gone->first == range->first;
		if (!same || gone->last != range->last)
			result = put_number(transaction, folder, table, range->first, range->last,
					    error);
		i += same;
		j++;
	}
	return result;
}

int state_set_put(struct state_transaction *transaction, uint32_t folder, enum state_set which,
		  const struct uid_set *uids, struct error *error)
{
	enum state_table table = table_of(which);
	struct uid_set old = UID_SET_INITIAL;
	int result = state_set_get(transaction, folder, which, &old, error);
	if (result == 0)
		result = put_ranges(transaction, folder, table, &old, uids, error);
	uint32_t count = (uint32_t)uid_set_size(uids);
	bool changed = uid_set_size(&old) != count;
	uid_set_release(&old);
	if (result != 0 || !changed)
		return result;
	return count > 0 ? put_number(transaction, folder, table, 0, count, error)
			 : delete_number(transaction, folder, table, 0, error);
}

static int change(struct state_transaction *transaction, uint32_t folder, enum state_set which,
		  const struct uid_set *uids, bool add, struct error *error)
{
	struct uid_set set = UID_SET_INITIAL;
	if (uid_set_is_empty(uids))
		return 0;
	int result = state_set_get(transaction, folder, which, &set, error);
	if (add)
		uid_set_add_set(&set, uids);
	else
		uid_set_remove_set(&set, uids);
	if (result == 0)
		result = state_set_put(transaction, folder, which, &set, error);
	uid_set_release(&set);
	return result;
}

int state_set_add(struct state_transaction *transaction, uint32_t folder, enum state_set which,
		  const struct uid_set *uids, struct error *error)
{
	return change(transaction, folder, which, uids, true, error);
}

int state_set_remove(struct state_transaction *transaction, uint32_t folder, enum state_set which,
		     const struct uid_set *uids, struct error *error)
{
	return change(transaction, folder, which, uids, false, error);
}
