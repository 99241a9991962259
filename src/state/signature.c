/* The tables, and the signature that says of which format and whose a state is.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"
#include "state/private.h"

#define KEY_FORMAT "format"
#define KEY_ACCOUNT "account"

static const char *const table_names[STATE_TABLE_COUNT] = { "meta",     "folders",  "counts",
							    "messages", "names",    "downloads",
							    "uploads",  "left-out", "leaving",
							    "stubs",    "wanted" };

/* Formats from this one on are upgraded: 2 lacks the tables of windows, and each record of a folder
 * says of which version it is. */
#define FORMAT_OLDEST 2
#define TABLES_OF_OLDEST STATE_TABLE_LEFT_OUT /* it has those before this one */

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

static int check_owner(const struct state *state, const char *owner, const char *account_key,
		       struct error *error)
{
	if (!owner)
		return state_refuse(state, "is damaged (it does not say whose it is)", error);
	if (strcmp(owner, account_key) == 0)
		return 0;
	return error_set(
		error, ERROR_SAFETY, SCOPE_ACCOUNT,
		"the state in %s belongs to %s, but the account is now %s; nothing was done. If "
		"it is the same mail under another name, move that directory away: the next run "
		"rebuilds it from both sides by identity and transfers nothing twice. Else give "
		"the account another name and Maildir",
		state->directory, owner, account_key);
}

/* The meta table and the signature in it were made in one transaction: one without the other is
 * damage. */
static int check_signature(struct state_transaction *transaction, const char *account_key,
			   bool *old_r, struct error *error)
{
	struct state *state = transaction->state;
	char *format = NULL;
	char *owner = NULL;
	int result = get_meta(transaction, KEY_FORMAT, &format, error);
	if (result >= 0)
		result = check_format(state, format, old_r, error);
	if (result >= 0)
		result = get_meta(transaction, KEY_ACCOUNT, &owner, error);
	if (result >= 0)
		result = check_owner(state, owner, account_key, error);
	free(format);
	free(owner);
	return result;
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

/* The tables that an older format lacks: they are made, or are absent where nothing may be written.
 */
static int add_tables(struct state_transaction *transaction, bool upgrade, struct error *error)
{
	for (int i = TABLES_OF_OLDEST; i < STATE_TABLE_COUNT; i++) {
		transaction->state->absent[i] = !upgrade;
		if (upgrade && open_table(transaction, (enum state_table)i, MDB_CREATE, error) < 0)
			return -1;
	}
	return upgrade ? put_format(transaction, error) : 0;
}

/* The signature comes first: in another format the other tables may be anything. */
int state_tables_open(struct state_transaction *transaction, const char *account_key, bool upgrade,
		      struct error *error)
{
	bool old = false;
	int found = open_table(transaction, STATE_TABLE_META, 0, error);
	if (found > 0 && check_signature(transaction, account_key, &old, error) != 0)
		return -1;
	int end = old ? TABLES_OF_OLDEST : STATE_TABLE_COUNT;
	for (int i = STATE_TABLE_META + 1; found > 0 && i < end; i++) {
		found = open_table(transaction, (enum state_table)i, 0, error);
		if (found == 0)
			return state_refuse(transaction->state, "is damaged (a table is missing)",
					    error);
	}
	if (found > 0 && old && add_tables(transaction, upgrade, error) != 0)
		return -1;
	return found;
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
