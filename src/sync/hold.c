/* Removals on the server that must wait: a file that moved to another folder is a removal here and
 * an upload there, and while the upload has not succeeded the removal would take away the server's
 * only copy. SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "maildir/message.h"
#include "sync/run.h"

/* New near files that the server does not have yet. */
struct waiting {
	struct identity *items; /* sorted by compare() */
	size_t count, capacity;
	bool any_unknown; /* a reader renamed one meanwhile: nobody knows what it is */
};

static int compare(const void *a, const void *b)
{
	const struct identity *left = a;
	const struct identity *right = b;
	return memcmp(left, right, sizeof *left);
}

static bool is_waited_for(const struct waiting *waiting, const struct identity *identity)
{
	if (waiting->any_unknown)
		return true;
	return waiting->count > 0 && bsearch(identity, waiting->items, waiting->count,
					     sizeof *waiting->items, compare) != NULL;
}

static bool removes_far(const struct sync_folder *folder)
{
	if (folder->ended)
		return false;
	return folder->action == FOLDER_REMOVE_FAR || sync_folder_has_far_removals(folder);
}

/* --- What waits --- */

static void add_identity(struct waiting *waiting, const struct identity *identity)
{
	memory_grow((void **)&waiting->items, &waiting->capacity, waiting->count + 1,
		    sizeof *waiting->items);
	waiting->items[waiting->count++] = *identity;
}

/* A file that cannot be read at all was told about by its upload; it cannot have been compared. */
static void identify(struct waiting *waiting, const struct sync_folder *folder,
		     const struct near_added *added)
{
	struct maildir_location location = { .place = added->place, .name = added->name };
	struct maildir_message_facts facts;
	struct maildir_reader *reader;
	if (added->is_identified) {
		add_identity(waiting, &added->identity);
		return;
	}
	switch (maildir_reader_open(folder->maildir, &location, &reader, &facts, NULL)) {
	case MAILDIR_MESSAGE_OK:
		maildir_reader_close(&reader);
		add_identity(waiting, &facts.identity);
		break;
	case MAILDIR_MESSAGE_GONE:
		waiting->any_unknown = true;
		break;
	case MAILDIR_MESSAGE_ERROR:
		break;
	}
}

static void collect_of_folder(struct waiting *waiting, struct sync_folder *folder)
{
	struct error ignored = ERROR_INITIAL;
	for (size_t i = 0; i < folder->near.added_count; i++) {
		const struct near_added *added = &folder->near.added[i];
		if (added->arrived)
			continue;
		if (sync_folder_open(folder, &ignored) != 0) {
			waiting->any_unknown = true;
			return;
		}
		identify(waiting, folder, added);
	}
	maildir_close(&folder->maildir);
}

static void collect(struct waiting *waiting, struct run *run)
{
	for (size_t i = 0; i < run->folder_count; i++)
		collect_of_folder(waiting, &run->folders[i]);
	if (waiting->count > 0)
		qsort(waiting->items, waiting->count, sizeof *waiting->items, compare);
}

/* --- What is held back --- */

static int hold_messages(const struct waiting *waiting, struct sync_folder *folder,
			 const struct base_view *base, struct error *error)
{
	struct state_message message;
	for (size_t i = 0; i < folder->plan.count; i++) {
		const struct operation *operation = &folder->plan.operations[i];
		if (operation->kind != OPERATION_REMOVE_FAR)
			continue;
		int found = base->by_uid(base->context, operation->uid, &message, error);
		if (found < 0)
			return -1;
		if (found > 0 && is_waited_for(waiting, &message.identity))
			uid_set_add(&folder->held, operation->uid);
	}
	return 0;
}

static int hold_whole(const struct waiting *waiting, const struct base_view *base,
		      struct error *error)
{
	struct state_message message;
	uint32_t from = 1;
	int found;
	while ((found = base->next(base->context, from, &message, error)) > 0) {
		if (is_waited_for(waiting, &message.identity))
			return error_set(error, ERROR_FAILED, SCOPE_FOLDER,
					 "the folder was removed here but stays on the server for "
					 "now: mail of it that moved to another folder is not on "
					 "the server there yet; the next run tries again");
		if (message.uid == UINT32_MAX)
			break;
		from = message.uid + 1;
	}
	return found < 0 ? -1 : 0;
}

static void tell(struct sync_folder *folder)
{
	struct error error = ERROR_INITIAL;
	if (uid_set_is_empty(&folder->held))
		return;
	(void)error_set(
		&error, ERROR_FAILED, SCOPE_MESSAGE, /* always -1 */
		"%llu messages removed here stay on the server for now: they may have moved "
		"to another folder, where they are not on the server yet; the next run "
		"tries again",
		(unsigned long long)uid_set_size(&folder->held));
	sync_report_messages(folder, uid_set_size(&folder->held), &error);
}

static int hold(const struct waiting *waiting, struct sync_folder *folder, struct error *error)
{
	struct sync_base base;
	if (sync_base_begin(folder, &base, error) != 0)
		return -1;
	int result = folder->action == FOLDER_REMOVE_FAR
			     ? hold_whole(waiting, &base.view, error)
			     : hold_messages(waiting, folder, &base.view, error);
	sync_base_end(&base);
	return result;
}

void run_hold_removals(struct run *run)
{
	struct waiting waiting = { .items = NULL };
	bool any = false;
	for (size_t i = 0; i < run->folder_count; i++)
		any = any || removes_far(&run->folders[i]);
	if (!any)
		return;
	collect(&waiting, run);
	any = waiting.count > 0 || waiting.any_unknown;
	for (size_t i = 0; any && i < run->folder_count; i++) {
		struct sync_folder *folder = &run->folders[i];
		struct error error = ERROR_INITIAL;
		if (!removes_far(folder))
			continue;
		if (hold(&waiting, folder, &error) != 0)
			run_fail_folder(run, folder, &error);
		else
			tell(folder);
	}
	free(waiting.items);
}
