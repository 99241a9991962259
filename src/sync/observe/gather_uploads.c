/* Gather: uploads of an interrupted run whose files are gone since. SPDX-License-Identifier:
 * GPL-3.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "maildir/name.h"
#include "sync/folder.h"
#include "sync/observe/begun.h"
#include "sync/observe/gather.h"

/* What such a run had sent, and did not come to record, looks like new mail of somebody else. Its
 * file was there when it was sent; who took it away since removed or moved the message. So it comes
 * into the base as one that both sides had, and the missing file means what it always means. */

struct begun {
	char *base; /* of its file's name */
	struct state_upload upload;
	bool has_file;
	const struct far_identified *arrived; /* NULL: it is not there */
};

/* Ascending by base name, as the state gives them. */
struct begun_list {
	struct sync_folder *folder;
	struct begun *items;
	size_t count, capacity;
};

static void release(struct begun_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		free(list->items[i].base);
	free(list->items);
}

/* Old states did not know what they sent: of such nothing can be told. */
static int see_upload(void *context, const char *base, size_t base_length,
		      const struct state_upload *upload, struct error *error)
{
	struct begun_list *list = context;
	(void)error;
	if (upload->kind != STATE_UPLOAD_BEGUN || upload->size == 0 ||
	    upload->uidvalidity != list->folder->far.state.marks.uidvalidity)
		return 0;
	memory_grow((void **)&list->items, &list->capacity, list->count + 1, sizeof *list->items);
	list->items[list->count++] =
		(struct begun){ .base = memory_text_length(base, base_length), .upload = *upload };
	return 0;
}

static int compare_bases(const void *a, const void *b)
{
	return strcmp(((const struct begun *)a)->base, ((const struct begun *)b)->base);
}

/* Those whose files are there, under whatever name, are paired with what arrived elsewhere. */
static void find_files(struct begun_list *list)
{
	const struct near_changes *near = &list->folder->near.changes;
	for (size_t i = 0; list->count > 0 && i < near->added_count; i++) {
		struct maildir_name name;
		maildir_name_parse(near->added[i].name, &name);
		struct begun key = { .base = memory_text_length(name.base, name.base_length) };
		struct begun *begun =
			bsearch(&key, list->items, list->count, sizeof key, compare_bases);
		free(key.base);
		if (begun)
			begun->has_file = true;
		for (size_t k = 0; near->added[i].is_identified && k < list->count; k++) {
			if (identity_equal(&near->added[i].identity,
					   &list->items[k].upload.identity))
				list->items[k].has_file = true;
		}
	}
}

/* Recorded since, or never more than begun: its record is of no use any more. */
static int find_recorded(struct begun_list *list, struct state_transaction *transaction,
			 struct error *error)
{
	for (size_t i = 0; i < list->count; i++) {
		struct begun *begun = &list->items[i];
		struct state_message message;
		int found =
			state_message_by_name(transaction, list->folder->base.record.id,
					      begun->base, strlen(begun->base), &message, error);
		if (found < 0)
			return -1;
		begun->has_file = begun->has_file || found > 0;
	}
	return 0;
}

static int collect(struct begun_list *list, struct error *error)
{
	struct state_transaction *transaction;
	struct sync_folder *folder = list->folder;
	if (state_read_begin(folder->context->state, &transaction, error) != 0)
		return -1;
	int result =
		state_upload_each(transaction, folder->base.record.id, see_upload, list, error);
	memory_sort(list->items, list->count, sizeof *list->items, compare_bases);
	if (result == 0)
		result = find_recorded(list, transaction, error);
	state_read_end(&transaction);
	return result;
}

/* Servers may tell another size than was sent, but not of a draft: of that there may be several
 * versions. */
static bool is_upload(const struct begun *begun, const struct far_identified *far, bool sized)
{
	return far->uid >= begun->upload.uidnext &&
	       (sized ? far->size == begun->upload.size : !(far->flags & FLAG_DRAFT)) &&
	       identity_equal(&far->identity, &begun->upload.identity);
}

static bool is_taken(const struct begun_list *list, const struct far_identified *far)
{
	for (size_t i = 0; i < list->count; i++) {
		if (list->items[i].arrived == far)
			return true;
	}
	return false;
}

static void find_arrived(struct begun_list *list, bool sized)
{
	const struct far_changes *far = &list->folder->far.changes;
	for (size_t i = 0; i < list->count; i++) {
		struct begun *begun = &list->items[i];
		for (size_t k = 0; !begun->has_file && !begun->arrived && k < far->identified_count;
		     k++) {
			if (is_upload(begun, &far->identified[k], sized) &&
			    !is_taken(list, &far->identified[k]))
				begun->arrived = &far->identified[k];
		}
	}
}

static int record(struct state_transaction *transaction, void *context, struct error *error)
{
	const struct begun_list *list = context;
	uint32_t id = list->folder->base.record.id;
	for (size_t i = 0; i < list->count; i++) {
		const struct begun *begun = &list->items[i];
		if (begun->has_file)
			continue;
		size_t length = strlen(begun->base);
		int settled =
			begun->arrived
				? begun_settle(transaction, id, begun->base, length, error)
				: state_upload_remove(transaction, id, begun->base, length, error);
		if (settled != 0)
			return -1;
		if (!begun->arrived)
			continue;
		const struct state_message message = { .uid = begun->arrived->uid,
						       .flags = begun->arrived->flags,
						       .place = MAILDIR_CUR,
						       .name = begun->base,
						       .base_length = length,
						       .size = begun->arrived->size,
						       .identity = begun->arrived->identity };
		if (state_message_put(transaction, id, &message, error) != 0)
			return -1;
	}
	return 0;
}

/* What is in the base now was there, and its file is gone. */
static void change_sides(const struct begun_list *list)
{
	struct sync_folder *folder = list->folder;
	size_t kept = 0;
	for (size_t k = 0; k < folder->far.changes.identified_count; k++) {
		uint32_t uid = folder->far.changes.identified[k].uid;
		if (is_taken(list, &folder->far.changes.identified[k])) {
			uid_set_remove_range(&folder->far.changes.added, uid, uid);
			uid_set_add(&folder->near.changes.removed, uid);
			folder->near.changes.removed_unrecorded++;
		}
	}
	for (size_t k = 0; k < folder->far.changes.identified_count; k++) {
		if (uid_set_contains(&folder->far.changes.added,
				     folder->far.changes.identified[k].uid))
			folder->far.changes.identified[kept++] = folder->far.changes.identified[k];
	}
	folder->far.changes.identified_count = kept;
}

int sync_gather_uploads(struct sync_folder *folder, struct error *error)
{
	struct begun_list list = { .folder = folder };
	bool any = false;
	/* Only a scan that no rename has raced can tell that a file is gone. */
	if (!folder->base.uploads_pending || !folder->near.scanned ||
	    folder->base.state == FOLDER_BASE_VOID || folder->base.record.id == 0 ||
	    folder->context->options->dry_run)
		return 0;
	int result = collect(&list, error);
	if (result == 0) {
		find_files(&list);
		find_arrived(&list, true);
		find_arrived(&list, false);
	}
	for (size_t i = 0; i < list.count; i++)
		any = any || !list.items[i].has_file;
	if (result == 0 && any)
		result = state_write(folder->context->state, record, &list, error);
	if (result == 0)
		change_sides(&list);
	release(&list);
	return result;
}
