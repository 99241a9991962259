/* Stubs in Maildirs that a run does not look at. SPDX-License-Identifier: GPL-3.0-or-later */
#include "sync/apply/stray.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "maildir/message.h"
#include "maildir/scan.h"
#include "maildir/stub.h"
#include "sync/folder.h"

struct stray_search {
	struct maildir *maildir;
	struct identity_list *list;
};

static bool removes_a_stub(const struct sync_folder *folder)
{
	if (folder->ending.ended || uid_set_is_empty(&folder->base.stubs))
		return false;
	if (folder->target.action == FOLDER_REMOVE_FAR)
		return true;
	const struct operation_list *removals = &folder->plan.operations[OPERATION_REMOVE_FAR];
	for (size_t i = 0; i < removals->count; i++) {
		if (uid_set_contains(&folder->base.stubs, removals->items[i].uid))
			return true;
	}
	return false;
}

/* A folder whose files were looked at in this round: its new ones are known. */
static bool is_known(const struct run *run, const struct folder_view *view)
{
	const struct sync_folder *folder = run_find_folder(run, view);
	return folder && (!folder->ending.ended || folder->ending.outcome == SYNC_FOLDER_DONE);
}

static int see_file(void *context, const struct maildir_entry *entry, struct error *error)
{
	struct stray_search *search = context;
	char *name = memory_text(entry->name);
	const struct maildir_location location = { .place = entry->place, .name = name };
	struct identity identity;
	uint64_t size;
	(void)error; /* nothing fails */
	switch (maildir_stub_identify(search->maildir, &location, &identity, &size)) {
	case MAILDIR_STUB_YES:
		identity_list_add_known(search->list, &identity, size);
		break;
	case MAILDIR_STUB_UNKNOWN:
		search->list->any_unknown = true;
		break;
	case MAILDIR_STUB_NO:
		break;
	}
	free(name);
	return 0;
}

static void search_maildir(const char *path, struct identity_list *list)
{
	struct stray_search search = { .list = list };
	struct error ignored = ERROR_INITIAL;
	bool stable = false;
	switch (maildir_open(path, &search.maildir, &ignored)) {
	case MAILDIR_OPEN_OK:
		break;
	case MAILDIR_OPEN_MISSING:
		return;
	default:
		list->any_unknown = true;
		return;
	}
	/* One that a reader renames meanwhile may be missed: then nothing is removed now. */
	if (maildir_scan(search.maildir, see_file, &search, &stable, NULL, &ignored) != 0 ||
	    !stable)
		list->any_unknown = true;
	maildir_close(&search.maildir);
}

/* Where it stands, and where it stood before the rules changed. */
static void search_folder(const struct folder_view *view, struct identity_list *list)
{
	if (view->path)
		search_maildir(view->path, list);
	if (view->base_path && (!view->path || strcmp(view->path, view->base_path) != 0))
		search_maildir(view->base_path, list);
}

void stray_stubs_collect(struct run *run, struct identity_list *list)
{
	bool any = false;
	for (size_t i = 0; i < run->folder_count; i++)
		any = any || removes_a_stub(&run->folders[i]);
	for (size_t i = 0; any && i < run->table.count; i++) {
		if (!is_known(run, run->table.items[i]))
			search_folder(run->table.items[i], list);
	}
	for (size_t i = 0; any && i < run->table.stranger_count; i++)
		search_folder(run->table.strangers[i], list);
	identity_list_sort(list);
}
