/* Far messages that could not be had. SPDX-License-Identifier: GPL-3.0-or-later */
#include "state/private.h"
#include "state/record.h"

int state_deferred_put(struct state_transaction *transaction, uint32_t folder,
		       const struct state_deferred *deferred, struct error *error)
{
	struct state_key key;
	struct buffer record = BUFFER_INITIAL;
	state_key_uid(&key, folder, deferred->uid);
	record_encode_deferred(&record, deferred);
	MDB_val key_value = state_key_value(&key);
	MDB_val value = { .mv_size = record.length, .mv_data = record.bytes };
	int result = state_put(transaction, STATE_TABLE_DEFERRED, &key_value, &value, error);
	buffer_release(&record);
	return result;
}

int state_deferred_remove(struct state_transaction *transaction, uint32_t folder, uint32_t uid,
			  struct error *error)
{
	struct state_key key;
	state_key_uid(&key, folder, uid);
	MDB_val key_value = state_key_value(&key);
	return state_delete(transaction, STATE_TABLE_DEFERRED, &key_value, error);
}

int state_deferred_next(struct state_transaction *transaction, uint32_t folder, uint32_t from_uid,
			struct state_deferred *deferred_r, struct error *error)
{
	struct state_key key;
	MDB_val value;
	state_key_uid(&key, folder, from_uid);
	MDB_val key_value = state_key_value(&key);
	int found = state_seek(transaction, STATE_TABLE_DEFERRED, &key_value, &value, error);
	if (found <= 0)
		return found;
	const unsigned char *bytes = key_value.mv_data;
	if (key_value.mv_size == 8 && state_read_u32(bytes) != folder)
		return 0;
	if (key_value.mv_size != 8 ||
	    !record_decode_deferred(value.mv_data, value.mv_size, deferred_r))
		return state_refuse(transaction->state,
				    "is damaged (a deferred message's record makes no sense)",
				    error);
	deferred_r->uid = state_read_u32(bytes + 4);
	return 1;
}
