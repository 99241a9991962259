/* Observing what moved between folders. SPDX-License-Identifier: GPL-3.0-or-later */
#include "sync/observe/arrivals.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "maildir/header_identity.h"
#include "maildir/name.h"
#include "maildir/scan.h"
#include "maildir/stub.h"
#include "sync/folder.h"
#include "sync/observe/base.h"
#include "sync/observe/begun.h"
#include "sync/observe/flags.h"
#include "sync/observe/gather.h"
#include "sync/observe/look.h"

/* --- New files of folders --- */

static enum maildir_message_result identify_at(const struct maildir *maildir,
					       const struct maildir_location *location,
					       struct identity *identity_r)
{
	struct maildir_message_facts facts;
	struct maildir_reader *reader;
	enum maildir_message_result result = maildir_header_identity(maildir, location, identity_r);
	if (result != MAILDIR_MESSAGE_OK || !identity_is_empty(identity_r))
		return result;
	/* Only its size tells it from others without a name. */
	result = maildir_reader_open(maildir, location, &reader, &facts, NULL);
	if (result != MAILDIR_MESSAGE_OK)
		return result;
	maildir_reader_close(&reader);
	*identity_r = identity_with_size(&facts.identity, facts.whole_size);
	return MAILDIR_MESSAGE_OK;
}

/* Once more where a reader has renamed it meanwhile. */
static enum maildir_message_result
identify(const struct maildir *maildir, const struct near_added *added, struct identity *identity_r)
{
	const struct maildir_location seen = { .place = added->place, .name = added->name };
	struct maildir_location now;
	enum maildir_message_result result = identify_at(maildir, &seen, identity_r);
	if (result != MAILDIR_MESSAGE_GONE)
		return result;
	result = maildir_message_find(maildir, added->name, &now, NULL);
	if (result != MAILDIR_MESSAGE_OK)
		return result;
	result = identify_at(maildir, &now, identity_r);
	free(now.name);
	return result;
}

static void add_file(struct arrival_list *list, const struct sync_folder *folder,
		     struct arrival *arrival)
{
	const struct near_added *added = &folder->near.changes.added[arrival->added];
	if (added->is_identified) {
		arrival->identity = identity_with_size(&added->identity, added->size);
		arrival_list_add(list, arrival);
		return;
	}
	switch (identify(folder->transfer.maildir, added, &arrival->identity)) {
	case MAILDIR_MESSAGE_OK:
		arrival_list_add(list, arrival);
		break;
	case MAILDIR_MESSAGE_GONE:
		list->unknown[arrival->kind] = true;
		break;
	case MAILDIR_MESSAGE_ERROR:
		break;
	}
}

void arrivals_add_folder(struct arrival_list *list, struct sync_folder *folder,
			 enum arrival_kind kind, size_t number)
{
	struct error ignored = ERROR_INITIAL;
	for (size_t i = 0; i < folder->near.changes.added_count; i++) {
		struct arrival arrival = { .kind = kind, .folder = number, .added = i };
		if (sync_folder_open(folder, &ignored) != 0) {
			list->unknown[kind] = true;
			break;
		}
		add_file(list, folder, &arrival);
	}
	maildir_close(&folder->transfer.maildir);
}

/* Returns 0 or -1. */
static int look_at_other(struct sync_folder *folder, bool withheld, struct error *error)
{
	bool pending;
	if (!withheld) {
		if (sync_folder_look(folder, error) != 0)
			return -1;
		return folder->near.changed ? sync_gather_near(folder, error) : 0;
	}
	if (sync_folder_load(folder, &pending, error) != 0)
		return -1;
	folder->far.managed = sync_flags_managed(folder);
	return sync_gather_near_again(folder, error);
}

void arrivals_add_other(struct arrival_list *list, struct sync_context *context,
			const struct folder_view *view, enum arrival_kind kind)
{
	struct sync_folder folder;
	struct error ignored = ERROR_INITIAL;
	bool withheld = kind == ARRIVAL_WITHHELD || kind == ARRIVAL_HERE_ONLY;
	sync_folder_begin(&folder, context, view);
	if (look_at_other(&folder, withheld, &ignored) == 0)
		arrivals_add_folder(list, &folder, kind, SIZE_MAX);
	else
		list->unknown[kind] |= withheld;
	sync_folder_release(&folder);
}

/* --- Stubs --- */

struct stub_search {
	struct maildir *maildir;
	struct arrival_list *list;
};

static int see_file(void *context, const struct maildir_entry *entry, struct error *error)
{
	struct stub_search *search = context;
	char *name = memory_text(entry->name);
	const struct maildir_location location = { .place = entry->place, .name = name };
	struct arrival arrival = { .kind = ARRIVAL_STRAY, .folder = SIZE_MAX, .added = SIZE_MAX };
	uint64_t size;
	(void)error; /* nothing fails */
	switch (maildir_stub_identify(search->maildir, &location, &arrival.identity, &size)) {
	case MAILDIR_STUB_YES:
		arrival.identity = identity_with_size(&arrival.identity, size);
		arrival_list_add(search->list, &arrival);
		break;
	case MAILDIR_STUB_UNKNOWN:
		search->list->unknown[ARRIVAL_STRAY] = true;
		break;
	case MAILDIR_STUB_NO:
		break;
	}
	free(name);
	return 0;
}

static void search_maildir(struct arrival_list *list, const char *path)
{
	struct stub_search search = { .list = list };
	struct error ignored = ERROR_INITIAL;
	bool stable = false;
	switch (maildir_open(path, &search.maildir, &ignored)) {
	case MAILDIR_OPEN_OK:
		break;
	case MAILDIR_OPEN_MISSING:
		return;
	default:
		list->unknown[ARRIVAL_STRAY] = true;
		return;
	}
	/* One that a reader renames meanwhile may be missed: then nothing is removed now. */
	if (maildir_scan(search.maildir, see_file, &search, &stable, NULL, &ignored) != 0 ||
	    !stable)
		list->unknown[ARRIVAL_STRAY] = true;
	maildir_close(&search.maildir);
}

void arrivals_add_stubs(struct arrival_list *list, const struct folder_view *view)
{
	if (view->path)
		search_maildir(list, view->path);
	if (view->base_path && (!view->path || strcmp(view->path, view->base_path) != 0))
		search_maildir(list, view->base_path);
}

/* --- What is gone --- */

int arrivals_find_gone(const struct sync_folder *folder, struct gone_message **gone_r,
		       size_t *count_r, struct error *error)
{
	struct uid_set uids = UID_SET_INITIAL;
	struct sync_base base;
	int found = 0;
	if (sync_base_begin(folder, &base, error) != 0)
		return -1;
	operation_list_uids(&folder->plan.operations[OPERATION_REMOVE_FAR], &uids);
	operation_list_uids(&folder->plan.contested, &uids);
	*gone_r = memory_array((size_t)uid_set_size(&uids) + 1, sizeof **gone_r);
	*count_r = 0;
	for (uint32_t uid = 0; found >= 0 && uid_set_next(&uids, &uid);) {
		struct gone_message *gone = &(*gone_r)[(*count_r)++];
		struct state_message message;
		gone->uid = uid;
		found = base.view.by_uid(base.view.context, uid, &message, error);
		if (found > 0)
			*gone = (struct gone_message){
				.uid = uid,
				.identity = identity_with_size(&message.identity, message.size),
				.is_nameless = identity_is_empty(&message.identity),
				.body = message.body,
				.is_stub = uid_set_contains(&folder->base.stubs, uid)
			};
	}
	sync_base_end(&base);
	uid_set_release(&uids);
	if (found >= 0)
		return 0;
	free(*gone_r);
	*gone_r = NULL;
	return -1;
}

struct trash_search {
	uint32_t folder;       /* the trash */
	struct identity *seen; /* in it, of those looked for */
	size_t count, capacity;
};

static int see_message(void *context, uint32_t folder, const struct state_message *message,
		       struct error *error)
{
	struct trash_search *search = context;
	(void)error; /* nothing fails */
	if (folder != search->folder)
		return 0;
	memory_grow((void **)&search->seen, &search->capacity, search->count + 1,
		    sizeof *search->seen);
	search->seen[search->count++] = identity_with_size(&message->identity, message->size);
	return 0;
}

static int compare_identities(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct identity));
}

/* Ascending, each once; the caller's to free(). */
static struct identity *list_wanted(const struct gone_message *gone, size_t count, size_t *count_r)
{
	struct identity *wanted = memory_array(count + 1, sizeof *wanted);
	size_t kept = 0;
	for (size_t i = 0; i < count; i++)
		wanted[i] = gone[i].identity;
	qsort(wanted, count, sizeof *wanted, compare_identities);
	for (size_t i = 0; i < count; i++) {
		if (kept == 0 || !identity_equal(&wanted[kept - 1], &wanted[i]))
			wanted[kept++] = wanted[i];
	}
	*count_r = kept;
	return wanted;
}

static int search_trash(const struct sync_folder *folder, const struct gone_message *gone,
			size_t count, struct trash_search *search, struct error *error)
{
	struct state *state = folder->context->state;
	struct state_transaction *transaction;
	struct state_folder trash;
	if (state_identity_index(state, error) != 0 ||
	    state_read_begin(state, &transaction, error) != 0)
		return -1;
	int result = state_folder_get(transaction, folder->target.trash->name, &trash, error);
	if (result > 0) {
		size_t wanted_count;
		struct identity *wanted = list_wanted(gone, count, &wanted_count);
		search->folder = trash.id;
		result = state_identities_each(transaction, wanted, wanted_count, see_message,
					       search, error);
		free(wanted);
		state_folder_release(&trash);
	}
	state_read_end(&transaction);
	return result < 0 ? -1 : 0;
}

int arrivals_find_trashed(const struct sync_folder *folder, struct gone_message *gone, size_t count,
			  struct error *error)
{
	struct trash_search search = { .count = 0 };
	if (!folder->target.trash || count == 0)
		return 0;
	int result = search_trash(folder, gone, count, &search, error);
	memory_sort(search.seen, search.count, sizeof *search.seen, compare_identities);
	for (size_t i = 0; result == 0 && search.count > 0 && i < count; i++)
		gone[i].is_in_trash = bsearch(&gone[i].identity, search.seen, search.count,
					      sizeof *search.seen, compare_identities) != NULL;
	free(search.seen);
	return result;
}

/* --- New versions --- */

void arrivals_recall_versions(struct sync_folder *folder)
{
	struct near_changes *changes = &folder->near.changes;
	for (size_t i = 0; folder->base.uploads_pending && i < changes->added_count; i++) {
		struct maildir_name name;
		maildir_name_parse(changes->added[i].name, &name);
		changes->added[i].begun_version_of =
			begun_version_of(folder, name.base, name.base_length);
	}
}
