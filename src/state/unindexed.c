/* Which messages the index of identities does not have yet. A first sync writes nothing here: as
 * long as nobody looked an identity up, the index was not begun, and all is to be read when it is.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "state/identities.h"

#define KEY_INDEXED "indexed" /* in the meta table: folder, UID */

static int refuse_damaged(const struct state_transaction *transaction, struct error *error)
{
	return state_refuse(transaction->state,
			    "is damaged (what the index of identities lacks makes no sense)",
			    error);
}

/* --- How far the index got --- */

int state_indexed_get(struct state_transaction *transaction, struct state_place *place_r,
		      struct error *error)
{
	MDB_val key = state_text_value(KEY_INDEXED);
	MDB_val value;
	*place_r = transaction->indexed;
	if (transaction->place_known)
		return 0;
	int found = state_get(transaction, STATE_TABLE_META, &key, &value, error);
	if (found < 0)
		return -1;
	if (found && value.mv_size != 8)
		return refuse_damaged(transaction, error);
	if (found)
		*place_r = (struct state_place){
			state_read_u32(value.mv_data),
			state_read_u32((const unsigned char *)value.mv_data + 4)
		};
	transaction->indexed = *place_r;
	transaction->place_known = true;
	return 0;
}

int state_indexed_put(struct state_transaction *transaction, struct state_place place,
		      struct error *error)
{
	unsigned char bytes[8];
	MDB_val key = state_text_value(KEY_INDEXED);
	MDB_val value = { .mv_size = sizeof bytes, .mv_data = bytes };
	state_write_u32(bytes, place.folder);
	state_write_u32(bytes + 4, place.uid);
	transaction->indexed = place;
	transaction->place_known = true;
	return state_put(transaction, STATE_TABLE_META, &key, &value, error);
}

/* --- Blocks --- */

/* 1 found, 0 none, -1 error. */
static int get_block(struct state_transaction *transaction, uint32_t folder, uint32_t number,
		     struct state_uid_block *block_r, struct error *error)
{
	struct state_key key;
	MDB_val value;
	state_key_uid(&key, folder, number);
	MDB_val key_value = state_key_value(&key);
	*block_r = (struct state_uid_block){ .folder = folder, .number = number };
	int found = state_get(transaction, STATE_TABLE_UNINDEXED, &key_value, &value, error);
	if (found <= 0)
		return found;
	if (value.mv_size != sizeof block_r->bits)
		return refuse_damaged(transaction, error);
	memcpy(block_r->bits, value.mv_data, sizeof block_r->bits);
	return 1;
}

int state_unindexed_next(struct state_transaction *transaction, uint32_t folder, uint32_t number,
			 struct state_uid_block *block_r, struct error *error)
{
	struct state_key key;
	MDB_val value;
	state_key_uid(&key, folder, number);
	MDB_val key_value = state_key_value(&key);
	int found = state_seek(transaction, STATE_TABLE_UNINDEXED, &key_value, &value, error);
	if (found <= 0)
		return found;
	if (key_value.mv_size != 8 || value.mv_size != sizeof block_r->bits)
		return refuse_damaged(transaction, error);
	block_r->folder = state_read_u32(key_value.mv_data);
	block_r->number = state_read_u32((const unsigned char *)key_value.mv_data + 4);
	memcpy(block_r->bits, value.mv_data, sizeof block_r->bits);
	return 1;
}

int state_unindexed_remove(struct state_transaction *transaction,
			   const struct state_uid_block *block, struct error *error)
{
	struct state_key key;
	state_key_uid(&key, block->folder, block->number);
	MDB_val key_value = state_key_value(&key);
	return state_delete(transaction, STATE_TABLE_UNINDEXED, &key_value, error);
}

int state_unindexed_flush(struct state_transaction *transaction, struct error *error)
{
	struct state_uid_block block;
	struct state_key key;
	if (!transaction->block_used)
		return 0;
	transaction->block_used = false;
	if (get_block(transaction, transaction->block.folder, transaction->block.number, &block,
		      error) < 0)
		return -1;
	for (size_t i = 0; i < sizeof block.bits; i++)
		block.bits[i] |= transaction->block.bits[i];
	state_key_uid(&key, block.folder, block.number);
	MDB_val key_value = state_key_value(&key);
	MDB_val value = { .mv_size = sizeof block.bits, .mv_data = block.bits };
	return state_put(transaction, STATE_TABLE_UNINDEXED, &key_value, &value, error);
}

/* --- Messages --- */

static bool is_in_block(const struct state_uid_block *block, struct state_place place)
{
	return block->folder == place.folder && block->number == place.uid / STATE_BLOCK_UIDS;
}

static bool is_after(struct state_place place, struct state_place other)
{
	return place.folder != other.folder ? place.folder > other.folder : place.uid > other.uid;
}

/* Messages come in long rows: one block of them is held back, so that it is written once. */
int state_unindexed_add(struct state_transaction *transaction, struct state_place place,
			struct error *error)
{
	struct state_place indexed;
	if (state_indexed_get(transaction, &indexed, error) != 0)
		return -1;
	if (is_after(place, indexed))
		return 0;
	if (transaction->block_used && !is_in_block(&transaction->block, place) &&
	    state_unindexed_flush(transaction, error) != 0)
		return -1;
	if (!transaction->block_used)
		transaction->block =
			(struct state_uid_block){ .folder = place.folder,
						  .number = place.uid / STATE_BLOCK_UIDS };
	uint32_t bit = place.uid % STATE_BLOCK_UIDS;
	transaction->block.bits[bit / 8] |= (unsigned char)(1u << bit % 8);
	transaction->block_used = true;
	return 0;
}

void state_unindexed_drop(struct state_transaction *transaction, uint32_t folder)
{
	if (transaction->block.folder == folder)
		transaction->block_used = false;
}

int state_unindexed_contains(struct state_transaction *transaction, struct state_place place,
			     struct error *error)
{
	struct state_place indexed;
	struct state_uid_block block;
	uint32_t bit = place.uid % STATE_BLOCK_UIDS;
	if (state_indexed_get(transaction, &indexed, error) != 0)
		return -1;
	if (is_after(place, indexed))
		return 1;
	int found =
		get_block(transaction, place.folder, place.uid / STATE_BLOCK_UIDS, &block, error);
	return found > 0 ? state_block_contains(&block, bit) : found;
}
