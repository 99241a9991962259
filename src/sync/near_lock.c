/* A run's lock on the Maildirs of its account. SPDX-License-Identifier: GPL-3.0-or-later */
#include "sync/near_lock.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/path.h"
#include "config/config.h"
#include "state/state.h"
#include "sync/context.h"

/* Looks for a folder of the base below one root. */
struct root_search {
	const struct config_account *account;
	const char *root;
	bool found;
};

static bool lies_within(const char *path, const char *root)
{
	size_t length = strlen(root);
	return strncmp(path, root, length) == 0 && (path[length] == '/' || path[length] == '\0');
}

static int see_record(void *context, const struct state_folder *record, struct error *error)
{
	struct root_search *search = context;
	/* A record of before paths were noted: then there was one root only. */
	const char *path = record->near_path ? record->near_path : search->account->maildir;
	(void)error; /* nothing fails */
	search->found = search->found || lies_within(path, search->root);
	return 0;
}

/* 1 the base has folders there, 0 it has none, -1 error. */
static int base_has_root(const struct sync_context *context, const char *root, struct error *error)
{
	struct root_search search = { .account = context->account, .root = root };
	struct state_transaction *transaction;
	if (state_read_begin(context->state, &transaction, error) != 0)
		return -1;
	int result = state_folder_each(transaction, see_record, &search, error);
	state_read_end(&transaction);
	return result == 0 ? search.found : -1;
}

static int make_root(const struct sync_context *context, const char *root, struct error *error)
{
	struct error ignored = ERROR_INITIAL;
	if (access(root, F_OK) == 0 || errno != ENOENT)
		return 0;
	int known = base_has_root(context, root, error);
	/* Where it cannot be made, the first folder in it says why. */
	if (known == 0)
		(void)path_make_directories(root, &ignored);
	return known < 0 ? -1 : 0;
}

int near_lock_take(const struct sync_context *context, struct maildir_root_lock **lock_r,
		   struct error *error)
{
	const struct config_account *account = context->account;
	const char **roots = memory_array(account->channel_count, sizeof *roots);
	int result = 0;
	for (size_t i = 0; result == 0 && i < account->channel_count; i++) {
		roots[i] = account->channels[i].maildir;
		result = make_root(context, roots[i], error);
	}
	if (result == 0)
		result = maildir_roots_lock(roots, account->channel_count,
					    context->options->lock_wait, context->options->cancel,
					    lock_r, error);
	free(roots);
	return result;
}
