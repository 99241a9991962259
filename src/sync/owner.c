/* Whether a state of another account name is of the same server all the same. A server gets another
 * name, or is reached through a tunnel: the mail is the same, and so is all that the base knows.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "sync/owner.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "sync/account.h"
#include "sync/context.h"

/* Mostly a UIDVALIDITY is the second in which the mailbox was made (RFC 9051 section 2.3.1.1
 * proposes it). A smaller number may be any server's. */
#define UIDVALIDITY_TELLING 1000000

bool owner_is_same_user(const char *owner, const char *user)
{
	size_t length = strlen(user);
	if (strncmp(owner, user, length) != 0)
		return false;
	/* A user may have an "@" in it, the host has none. */
	return (owner[length] == '@' && !strchr(owner + length + 1, '@')) ||
	       strncmp(owner + length, " via ", strlen(" via ")) == 0;
}

/* UIDs never go back while the UIDVALIDITY stays (RFC 9051 section 2.3.1.1). */
bool owner_is_same_mailbox(const struct state_folder *record, const struct far_marks *now,
			   bool *telling_r)
{
	if (record->uidvalidity == 0 || now->uidvalidity != record->uidvalidity ||
	    now->uidnext < record->uidnext || now->highestmodseq < record->highestmodseq)
		return false;
	*telling_r = *telling_r || record->uidvalidity >= UIDVALIDITY_TELLING;
	return true;
}

struct comparison {
	const struct folder_table *table;
	bool differs;
	bool telling; /* at least one folder is the same, which cannot be by chance */
};

static int see_record(void *context, const struct state_folder *record, struct error *error)
{
	struct comparison *comparison = context;
	const struct folder_view *view = folder_table_find(comparison->table, record->name);
	(void)error; /* nothing fails */
	if (!view || view->base_messages == 0)
		return 0;
	if (!view->far || !owner_is_same_mailbox(record, &view->status, &comparison->telling))
		comparison->differs = true;
	return 0;
}

int owner_settle(const struct sync_context *context, const struct folder_table *table,
		 struct error *error)
{
	struct comparison comparison = { .table = table };
	struct state_transaction *transaction;
	const char *owner = state_owner(context->state);
	const char *user = context->account->user ? context->account->user : "";
	if (!owner)
		return 0;
	if (state_read_begin(context->state, &transaction, error) != 0)
		return -1;
	int result = state_folder_each(transaction, see_record, &comparison, error);
	state_read_end(&transaction);
	char *key = account_key(context->account);
	if (result == 0 &&
	    (comparison.differs || !comparison.telling || !owner_is_same_user(owner, user))) {
		result = state_refuse_owner(context->state, key, error);
	} else if (result == 0) {
		log_line(LOG_VERBOSE, "%s: %s has the mail of %s, and takes over its state",
			 context->account->name, key, owner);
		result = state_sign(context->state, key, error);
	}
	free(key);
	return result;
}
