/* The key of the account's digests. SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <sys/random.h>

#include "state/private.h"

#define KEY_DIGESTS "digest-key" /* in the meta table */

static int make_key(const struct state *state, uint8_t bytes[DIGEST_KEY_SIZE], struct error *error)
{
	if (getrandom(bytes, DIGEST_KEY_SIZE, 0) == DIGEST_KEY_SIZE)
		return 0;
	return error_set_errno(error, ERROR_FAILED, SCOPE_ACCOUNT, errno,
			       "cannot get random bytes from the system for the state in %s",
			       state->directory);
}

/* 1 found, 0 none, -1 error. */
static int get_key(struct state_transaction *transaction, uint8_t bytes[DIGEST_KEY_SIZE],
		   struct error *error)
{
	MDB_val key = state_text_value(KEY_DIGESTS);
	MDB_val value;
	int found = state_get(transaction, STATE_TABLE_META, &key, &value, error);
	if (found <= 0)
		return found;
	if (value.mv_size != DIGEST_KEY_SIZE)
		return state_refuse(transaction->state,
				    "is damaged (the key of its digests makes no sense)", error);
	memcpy(bytes, value.mv_data, DIGEST_KEY_SIZE);
	return 1;
}

static int put_key(struct state_transaction *transaction, uint8_t bytes[DIGEST_KEY_SIZE],
		   struct error *error)
{
	MDB_val key = state_text_value(KEY_DIGESTS);
	MDB_val value = { .mv_size = DIGEST_KEY_SIZE, .mv_data = bytes };
	return state_put(transaction, STATE_TABLE_META, &key, &value, error);
}

int state_digest_key_load(struct state *state, struct state_transaction *transaction, bool write,
			  struct error *error)
{
	uint8_t bytes[DIGEST_KEY_SIZE];
	int found = transaction ? get_key(transaction, bytes, error) : 0;
	if (found < 0 || (found == 0 && make_key(state, bytes, error) != 0))
		return -1;
	if (found == 0 && write && put_key(transaction, bytes, error) != 0)
		return -1;
	digest_key_destroy(&state->digest_key); /* the work may be run again */
	state->digest_key = digest_key_create(bytes);
	return 0;
}

struct digest_key *state_digest_key(const struct state *state)
{
	return state->digest_key;
}
