/* The tables, and the signature that says of which format and whose a state is.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"
#include "state/private.h"

#define KEY_FORMAT "format"
#define KEY_ACCOUNT "account"

static const char *const table_names[STATE_TABLE_COUNT] = {
	"meta",      "folders", "counts", "messages", "names",        "downloads", "uploads",
	"left-out",  "leaving", "stubs",  "wanted",   "deferred",     "watched",   "identities",
	"unindexed", "letters", "moved",  "tags",     "tags-waiting", "tag-marks"
};

/* Formats from this one on are upgraded: 2 lacks the tables of windows, 3 that of deferred
 * messages, 4 that of watched files, 5 those of the index of identities; 6 has a table of keywords
 * in each folder and none for the account, none of what moved nor of tags, no objects in records of
 * messages, and in those of folders nothing by which they are known under another name. Each record
 * says of which version it is. */
#define FORMAT_OLDEST 2
#define TABLES_OF_OLDEST STATE_TABLE_OUTSIDE /* it has those before this one */

/* 1 found (*value_r is the caller's), 0 not found, -1 error. */
static int get_meta(struct state_transaction *transaction, const char *name, char **value_r,
		    struct error *error)
{
	MDB_val key = state_text_value(name);
	MDB_val value;
	*value_r = NULL;
	int found = state_get(transaction, STATE_TABLE_META, &key, &value, error);
	if (found > 0)
		*value_r = memory_text_length(value.mv_data, value.mv_size);
	return found;
}

static int put_meta(struct state_transaction *transaction, const char *name, const char *text,
		    struct error *error)
{
	MDB_val key = state_text_value(name);
	MDB_val value = state_text_value(text);
	return state_put(transaction, STATE_TABLE_META, &key, &value, error);
}

/* *old_r: it is an older one that can be upgraded. */
static int check_format(const struct state *state, const char *text, bool *old_r,
			struct error *error)
{
	uint64_t format;
	if (!text || !text_parse_number(text, UINT32_MAX, &format) || format == 0)
		return state_refuse(state, "is damaged (its format makes no sense)", error);
	*old_r = format < STATE_FORMAT_VERSION;
	if (format >= FORMAT_OLDEST && format <= STATE_FORMAT_VERSION)
		return 0;
	if (*old_r)
		return error_set(
			error, ERROR_SAFETY, SCOPE_ACCOUNT,
			"the state in %s has format %s, written before navette's first release; "
			"move the directory away: the next run rebuilds it from both sides by "
			"identity and transfers nothing twice",
			state->directory, text);
	return error_set(
		error, ERROR_SAFETY, SCOPE_ACCOUNT,
		"the state in %s has format %s, written by a newer navette; this one knows "
		"formats up to %d. Use the newer one; or move the directory away: the next "
		"run rebuilds it from both sides by identity and transfers nothing twice",
		state->directory, text, STATE_FORMAT_VERSION);
}

int state_refuse_owner(const struct state *state, const char *account_key, struct error *error)
{
	return error_set(
		error, ERROR_SAFETY, SCOPE_ACCOUNT,
		"the state in %s belongs to %s, but the account is now %s; nothing was done. If "
		"it is the same mail under another name, move that directory away: the next run "
		"rebuilds it from both sides by identity and transfers nothing twice. Else give "
		"the account another name and Maildir",
		state->directory, state->owner, account_key);
}

/* The meta table and the signature in it were made in one transaction: one without the other is
 * damage. */
static int check_signature(struct state_transaction *transaction, bool *old_r, char **owner_r,
			   struct error *error)
{
	struct state *state = transaction->state;
	char *format = NULL;
	int result = get_meta(transaction, KEY_FORMAT, &format, error);
	if (result >= 0)
		result = check_format(state, format, old_r, error);
	if (result >= 0)
		result = get_meta(transaction, KEY_ACCOUNT, owner_r, error);
	if (result == 0)
		result = state_refuse(state, "is damaged (it does not say whose it is)", error);
	free(format);
	return result < 0 ? -1 : 0;
}

/* 1 open, 0 it does not exist, -1 error. */
static int open_table(struct state_transaction *transaction, enum state_table table,
		      unsigned int flags, struct error *error)
{
	struct state *state = transaction->state;
	int code = mdb_dbi_open(transaction->txn, table_names[table], flags, &state->tables[table]);
	if (code == MDB_NOTFOUND)
		return 0;
	return code == 0 ? 1 : state_fail(state, transaction, code, "open", error);
}

static int put_format(struct state_transaction *transaction, struct error *error)
{
	char *format = memory_format("%d", STATE_FORMAT_VERSION);
	int result = put_meta(transaction, KEY_FORMAT, format, error);
	free(format);
	return result;
}

/* The tables that an older format may lack: they are made, or are absent where nothing may be
 * written. */
static int add_tables(struct state_transaction *transaction, bool upgrade, struct error *error)
{
	for (int i = TABLES_OF_OLDEST; i < STATE_TABLE_COUNT; i++) {
		int found = open_table(transaction, (enum state_table)i, upgrade ? MDB_CREATE : 0,
				       error);
		if (found < 0)
			return -1;
		transaction->state->absent[i] = found == 0;
	}
	if (!upgrade)
		return 0;
	return state_keywords_upgrade(transaction, error) == 0 ? put_format(transaction, error)
							       : -1;
}

static int open_tables(struct state_transaction *transaction, bool old, bool upgrade,
		       struct error *error)
{
	int end = old ? TABLES_OF_OLDEST : STATE_TABLE_COUNT;
	for (int i = STATE_TABLE_META + 1; i < end; i++) {
		int found = open_table(transaction, (enum state_table)i, 0, error);
		if (found <= 0)
			return found < 0 ? -1
					 : state_refuse(transaction->state,
							"is damaged (a table is missing)", error);
	}
	if (state_keywords_load(transaction->state, transaction, error) != 0)
		return -1;
	return old ? add_tables(transaction, upgrade, error) : 0;
}

/* --- Whose it is --- */

static int sign(struct state_transaction *transaction, void *context, struct error *error)
{
	return put_meta(transaction, KEY_ACCOUNT, context, error);
}

/* A state without mail, as a slip in the host or user leaves it, becomes the account's: with
 * nothing in it. Only looked at, it is as none. 1 it is the account's, 0 as none, -1 error. */
static int take_over(struct state_transaction *transaction, const char *account_key, bool upgrade,
		     struct error *error)
{
	struct state *state = transaction->state;
	if (!upgrade)
		return 0;
	for (int i = STATE_TABLE_META + 1; i < STATE_TABLE_COUNT; i++) {
		int code = mdb_drop(transaction->txn, state->tables[i], 0);
		if (code != 0)
			return state_fail(state, transaction, code, "empty", error);
	}
	return sign(transaction, (void *)account_key, error) == 0 ? 1 : -1;
}

static int check_owner(struct state_transaction *transaction, const char *owner,
		       const char *account_key, bool upgrade, struct error *error)
{
	struct state *state = transaction->state;
	MDB_val key = { .mv_size = 0 };
	MDB_val value;
	struct state_key first;
	if (strcmp(owner, account_key) == 0)
		return 1;
	state_key_uid(&first, 0, 0);
	key = state_key_value(&first);
	int found = state_seek(transaction, STATE_TABLE_MESSAGES, &key, &value, error);
	if (found == 0)
		return take_over(transaction, account_key, upgrade, error);
	free(state->owner); /* the work may be run again */
	state->owner = found > 0 ? memory_text(owner) : NULL;
	return found;
}

/* The signature comes first: in another format the other tables may be anything. */
int state_tables_open(struct state_transaction *transaction, const char *account_key, bool upgrade,
		      struct error *error)
{
	bool old = false;
	char *owner = NULL;
	int found = open_table(transaction, STATE_TABLE_META, 0, error);
	if (found > 0 && (check_signature(transaction, &old, &owner, error) != 0 ||
			  open_tables(transaction, old, upgrade, error) != 0))
		found = -1;
	if (found > 0)
		found = owner ? check_owner(transaction, owner, account_key, upgrade, error) : -1;
	free(owner);
	return found;
}

int state_sign(struct state *state, const char *account_key, struct error *error)
{
	if (state->lock >= 0 && state_write(state, sign, (void *)account_key, error) != 0)
		return -1;
	free(state->owner);
	state->owner = NULL;
	return 0;
}

int state_tables_create(struct state_transaction *transaction, const char *account_key,
			struct error *error)
{
	for (int i = 0; i < STATE_TABLE_COUNT; i++) {
		if (open_table(transaction, (enum state_table)i, MDB_CREATE, error) <= 0)
			return -1;
	}
	if (put_format(transaction, error) != 0)
		return -1;
	return put_meta(transaction, KEY_ACCOUNT, account_key, error);
}
