/* Keys, and thin covers of LMDB. SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <string.h>

#include "base/memory.h"
#include "base/path.h"
#include "state/private.h"

void state_write_u32(unsigned char *bytes, uint32_t number)
{
	for (int i = 3; i >= 0; i--) {
		bytes[i] = (unsigned char)(number & 0xff);
		number >>= 8;
	}
}

uint32_t state_read_u32(const unsigned char *bytes)
{
	uint32_t number = 0;
	for (int i = 0; i < 4; i++)
		number = number << 8 | bytes[i];
	return number;
}

void state_write_u64(unsigned char *bytes, uint64_t number)
{
	state_write_u32(bytes, (uint32_t)(number >> 32));
	state_write_u32(bytes + 4, (uint32_t)number);
}

uint64_t state_read_u64(const unsigned char *bytes)
{
	return (uint64_t)state_read_u32(bytes) << 32 | state_read_u32(bytes + 4);
}

void state_key_folder(struct state_key *key, uint32_t folder)
{
	state_write_u32(key->bytes, folder);
	key->length = 4;
}

void state_key_uid(struct state_key *key, uint32_t folder, uint32_t uid)
{
	state_key_folder(key, folder);
	state_write_u32(key->bytes + 4, uid);
	key->length = 8;
}

bool state_key_name(struct state_key *key, uint32_t folder, const char *base, size_t base_length)
{
	if (base_length > STATE_KEY_MAX - 4)
		return false;
	state_key_folder(key, folder);
	memcpy(key->bytes + 4, base, base_length);
	key->length = 4 + base_length;
	return true;
}

int state_refuse(const struct state *state, const char *what, struct error *error)
{
	return error_set(error, ERROR_SAFETY, SCOPE_ACCOUNT,
			 "the state in %s %s. It can be moved away: the next run rebuilds it from "
			 "both sides by identity and transfers nothing twice",
			 state->directory, what);
}

/* Why a state with this code from LMDB must not be used; NULL for codes that are no damage. */
static const char *damage(int code)
{
	switch (code) {
	case MDB_INVALID:
	case MDB_CORRUPTED:
	case MDB_PAGE_NOTFOUND:
	case MDB_INCOMPATIBLE:
		return "is damaged";
	case MDB_VERSION_MISMATCH:
		return "was written by another version of LMDB, or it is damaged";
	default:
		return NULL;
	}
}

/* What LMDB gives for a write that only a part of fitted is EIO. */
#define FULL_BYTES (256u * 1024)

static bool is_full(const struct state *state, int code)
{
	uint64_t free_bytes;
	if (code == ENOSPC || code == EDQUOT)
		return true;
	return code == EIO && path_free_bytes(state->directory, &free_bytes) &&
	       free_bytes < FULL_BYTES;
}

int state_fail(const struct state *state, struct state_transaction *transaction, int code,
	       const char *what, struct error *error)
{
	if (code == MDB_MAP_FULL && transaction)
		transaction->map_full = true;
	if (damage(code))
		return state_refuse(state, damage(code), error);
	if (is_full(state, code))
		return error_set(error, ERROR_FAILED, SCOPE_ACCOUNT,
				 "cannot %s the state in %s: %s; make room there and run again",
				 what, state->directory,
				 strerror(code == EDQUOT ? EDQUOT : ENOSPC));
	return error_set(error, ERROR_FAILED, SCOPE_ACCOUNT, "cannot %s the state in %s: %s", what,
			 state->directory, mdb_strerror(code));
}

/* A walk over a large folder touches the whole map: what was read stays no longer than this. Fewer
 * would cost more than they save where names are looked up in no order, as a directory gives them.
 */
#define READS_KEPT 65536

/* Each removal touches pages of several tables, and they come in long rows. */
#define READS_OF_REMOVAL 16

static void note_reads(struct state_transaction *transaction, unsigned int reads)
{
	transaction->reads += reads;
	if (transaction->reads < READS_KEPT)
		return;
	transaction->reads = 0;
	state_map_let_go(transaction->state);
}

int state_get(struct state_transaction *transaction, enum state_table table, MDB_val *key,
	      MDB_val *value_r, struct error *error)
{
	struct state *state = transaction->state;
	if (!transaction->txn || state->absent[table])
		return 0;
	note_reads(transaction, 1);
	int code = mdb_get(transaction->txn, state->tables[table], key, value_r);
	if (code == MDB_NOTFOUND)
		return 0;
	return code == 0 ? 1 : state_fail(state, transaction, code, "read", error);
}

int state_put(struct state_transaction *transaction, enum state_table table, MDB_val *key,
	      MDB_val *value, struct error *error)
{
	struct state *state = transaction->state;
	int code = mdb_put(transaction->txn, state->tables[table], key, value, 0);
	return code == 0 ? 0 : state_fail(state, transaction, code, "write", error);
}

int state_delete(struct state_transaction *transaction, enum state_table table, MDB_val *key,
		 struct error *error)
{
	struct state *state = transaction->state;
	note_reads(transaction, READS_OF_REMOVAL);
	int code = mdb_del(transaction->txn, state->tables[table], key, NULL);
	if (code == MDB_NOTFOUND)
		return 0;
	return code == 0 ? 0 : state_fail(state, transaction, code, "write", error);
}

int state_seek(struct state_transaction *transaction, enum state_table table, MDB_val *key,
	       MDB_val *value_r, struct error *error)
{
	struct state *state = transaction->state;
	MDB_cursor *cursor;
	if (!transaction->txn || state->absent[table])
		return 0;
	note_reads(transaction, 1);
	int code = mdb_cursor_open(transaction->txn, state->tables[table], &cursor);
	if (code != 0)
		return state_fail(state, transaction, code, "read", error);
	code = mdb_cursor_get(cursor, key, value_r, MDB_SET_RANGE);
	mdb_cursor_close(cursor);
	if (code == MDB_NOTFOUND)
		return 0;
	return code == 0 ? 1 : state_fail(state, transaction, code, "read", error);
}
