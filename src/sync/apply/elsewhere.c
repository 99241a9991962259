/* Servers that put a mailbox elsewhere than they were asked to. QQ makes every new one below a
 * folder of its own, Proton's bridge makes labels. SPDX-License-Identifier: GPL-3.0-or-later */
#include "sync/apply/elsewhere.h"

#include <string.h>

#include "sync/folder.h"
#include "sync/folders/mailboxes.h"

static const char *last_component(const char *name)
{
	const char *slash = strrchr(name, '/');
	return slash ? slash + 1 : name;
}

/* Whether the base has such a folder: then it was not made just now. What cannot be read counts as
 * known. */
static bool is_known(struct state_transaction *transaction, const char *name)
{
	struct state_folder record;
	struct error ignored = ERROR_INITIAL;
	int found = state_folder_get(transaction, name, &record, &ignored);
	if (found > 0)
		state_folder_release(&record);
	return found != 0;
}

/* The name of the folder that was made for NAME, or NULL. */
static const char *find(const struct mailboxes *list, struct state_transaction *transaction,
			const char *name)
{
	for (size_t i = 0; i < list->count; i++) {
		const char *other = list->items[i].name;
		if (other && strcmp(other, name) != 0 &&
		    strcmp(last_component(other), last_component(name)) == 0 &&
		    !is_known(transaction, other))
			return other;
	}
	return NULL;
}

static int tell(const char *where, struct error *error)
{
	error_clear(error);
	return error_set(
		error, ERROR_FAILED, SCOPE_FOLDER,
		"the server did not make this mailbox but “%s”; nothing was sent. The next "
		"run brings that folder here: move the messages into it, and remove this "
		"one",
		where);
}

int elsewhere_explain(const struct sync_folder *folder, struct far_session *session,
		      struct error *error)
{
	struct mailboxes list = { .items = NULL };
	struct state_transaction *transaction;
	struct error ignored = ERROR_INITIAL;
	(void)error_widen(error, SCOPE_FOLDER); /* always -1 */
	if (!far_is_alive(session) || error->scope > SCOPE_FOLDER ||
	    mailboxes_gather(&list, session, false, &ignored) != 0) {
		mailboxes_release(&list);
		return -1;
	}
	if (state_read_begin(folder->context->state, &transaction, &ignored) == 0) {
		const char *where = find(&list, transaction, folder->target.view->name);
		state_read_end(&transaction);
		if (where)
			(void)tell(where, error); /* always -1 */
	}
	mailboxes_release(&list);
	return -1;
}
