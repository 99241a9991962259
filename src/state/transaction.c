/* Transactions. SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <stdlib.h>

#include "base/memory.h"
#include "state/private.h"

/* From so many reads on a transaction's pages are let go at its end. */
#define READS_WORTH 1024

/* Transactions that this thread has open. */
static _Thread_local unsigned int open_here;

/* The map may not change under an open transaction: they hold the lock for reading, growing it for
 * writing. Locking can only fail for wrong use, which a test would have shown. */
static void enter(struct state *state)
{
	(void)pthread_rwlock_rdlock(&state->map);
	open_here++;
}

static void leave(struct state *state)
{
	open_here--;
	(void)pthread_rwlock_unlock(&state->map);
}

/* Where LMDB fails to map anew, it has given up the old map already. A thread that reads would wait
 * for itself: it is refused. Other threads are waited for, and they come to their ends. */
static int set_map_size(struct state *state, size_t size, struct error *error)
{
	if (open_here > 0)
		return error_set(error, ERROR_TEMPORARY, SCOPE_ACCOUNT,
				 "the state in %s was enlarged while it was read; run again",
				 state->directory);
	(void)pthread_rwlock_wrlock(&state->map);
	int code = mdb_env_set_mapsize(state->env, size);
	if (code != 0)
		state->map_lost = true;
	state_map_find(state);
	(void)pthread_rwlock_unlock(&state->map);
	return code == 0 ? 0 : state_fail(state, NULL, code, "enlarge", error);
}

static int grow(struct state *state, struct error *error)
{
	MDB_envinfo info;
	(void)mdb_env_info(state->env, &info);
	if (info.me_mapsize > SIZE_MAX / 2)
		return error_set(error, ERROR_FAILED, SCOPE_ACCOUNT,
				 "the state in %s cannot grow any more", state->directory);
	return set_map_size(state, info.me_mapsize * 2, error);
}

static int try_begin(struct state *state, unsigned int flags, MDB_txn **txn_r)
{
	enter(state);
	int code = state->map_lost ? ENOMEM : mdb_txn_begin(state->env, NULL, flags, txn_r);
	if (code != 0)
		leave(state);
	return code;
}

/* Begins; when another process has made the map larger, takes its size over first. */
static int begin(struct state *state, unsigned int flags, MDB_txn **txn_r, struct error *error)
{
	int code;
	while ((code = try_begin(state, flags, txn_r)) == MDB_MAP_RESIZED) {
		if (set_map_size(state, 0, error) != 0)
			return -1;
	}
	if (code == 0)
		return 0;
	/* Another thread may have lost the map: what failed is that. */
	return state_fail(state, NULL, code, state->map_lost ? "enlarge" : "open", error);
}

/* LMDB touches no file when nothing was written, so there is no need to tell the two apart. */
static int finish(struct state_transaction *transaction, struct error *error)
{
	int code = mdb_txn_commit(transaction->txn);
	if (code != 0)
		return state_fail(transaction->state, transaction, code, "save", error);
	state_size_note(transaction->state);
	state_map_let_go(transaction->state);
	return 0;
}

/* One try. *again_r: the map was too small. */
static int try_write(struct state *state, state_work_function *work, void *context, bool *again_r,
		     struct error *error)
{
	struct state_transaction transaction = { .state = state };
	uint64_t keywords = 0;
	*again_r = false;
	if (begin(state, 0, &transaction.txn, error) != 0)
		return -1;
	int result = work(&transaction, context, error);
	if (result == 0 && !transaction.map_full)
		result = state_unindexed_flush(&transaction, error);
	if (result == 0 && !transaction.map_full)
		result = state_keywords_write(&transaction, &keywords, error);
	if (result == 0 && !transaction.map_full)
		result = finish(&transaction, error);
	else
		mdb_txn_abort(transaction.txn);
	leave(state);
	*again_r = transaction.map_full;
	if (result == 0 && !transaction.map_full)
		state_keywords_written(state, keywords);
	return transaction.map_full ? -1 : result;
}

int state_write(struct state *state, state_work_function *work, void *context, struct error *error)
{
	if (state->lock < 0)
		return error_set(error, ERROR_FAILED, SCOPE_ACCOUNT,
				 "cannot write to the state in %s: it was opened for reading only",
				 state->directory);
	for (;;) {
		bool again;
		struct error failure = ERROR_INITIAL; /* a try that is repeated is no error yet */
		int result = try_write(state, work, context, &again, &failure);
		if (again && grow(state, &failure) == 0)
			continue;
		if (result != 0 && error)
			*error = failure;
		return result;
	}
}

int state_read_begin(struct state *state, struct state_transaction **transaction_r,
		     struct error *error)
{
	MDB_txn *txn = NULL;
	if (state->env && begin(state, MDB_RDONLY, &txn, error) != 0)
		return -1;
	*transaction_r = memory_allocate(sizeof **transaction_r);
	(*transaction_r)->state = state;
	(*transaction_r)->txn = txn;
	return 0;
}

void state_read_end(struct state_transaction **transaction)
{
	if (!transaction || !*transaction)
		return;
	if ((*transaction)->txn) {
		/* Committing keeps tables open that were opened in it; it can not fail. */
		(void)mdb_txn_commit((*transaction)->txn);
		if ((*transaction)->reads >= READS_WORTH)
			state_map_let_go((*transaction)->state);
		leave((*transaction)->state);
	}
	free(*transaction);
	*transaction = NULL;
}
