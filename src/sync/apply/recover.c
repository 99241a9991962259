/* Finishing what an interrupted run had recorded. SPDX-License-Identifier: GPL-3.0-or-later */
#include "sync/apply/recover.h"

#include <stdlib.h>

#include "base/memory.h"
#include "maildir/delivery.h"
#include "maildir/name.h"
#include "sync/folder.h"
#include "sync/report.h"

/* One recorded download: where its file is to go. */
struct pending {
	uint32_t uid;
	char *temporary_name;
	struct maildir_location location;
	bool lost; /* its file is nowhere */
};

struct pending_list {
	struct sync_folder *folder;
	struct pending *items;
	size_t count, capacity;
	bool comes;       /* the rules still let new messages come */
	bool has_witness; /* nobody cleaned tmp/ (maildir/delivery.h) */
};

static void pending_release(struct pending_list *list)
{
	for (size_t i = 0; i < list->count; i++) {
		free(list->items[i].temporary_name);
		free(list->items[i].location.name);
	}
	free(list->items);
}

static int collect_one(struct pending_list *list, struct state_transaction *transaction,
		       uint32_t uid, const char *temporary_name, struct error *error)
{
	char *name = memory_text(temporary_name);
	struct state_message message;
	int found = state_message_by_uid(transaction, list->folder->base.record.id, uid, &message,
					 error);
	if (found < 0) {
		free(name);
		return -1;
	}
	memory_grow((void **)&list->items, &list->capacity, list->count + 1, sizeof *list->items);
	struct pending *pending = &list->items[list->count++];
	*pending = (struct pending){ .uid = uid, .temporary_name = name };
	if (found) {
		pending->location.place = (enum maildir_place)message.place;
		pending->location.name = memory_text(message.name);
	}
	return 0;
}

static int collect(struct pending_list *list, struct error *error)
{
	struct state_transaction *transaction;
	if (state_read_begin(list->folder->context->state, &transaction, error) != 0)
		return -1;
	uint32_t from = 1;
	uint32_t uid;
	const char *temporary_name;
	int found;
	while ((found = state_download_next(transaction, list->folder->base.record.id, from, &uid,
					    &temporary_name, error)) > 0) {
		found = collect_one(list, transaction, uid, temporary_name, error);
		if (found < 0 || uid == UINT32_MAX)
			break;
		from = uid + 1;
	}
	state_read_end(&transaction);
	return found < 0 ? -1 : 0;
}

/* A missing temporary file means that the rename was done before the interruption. Where its
 * message is nowhere the user removed or moved it since, and the next scan shows that; unless
 * something cleaned tmp/ before the rename: that must not look like a removal, so then it is
 * downloaded again.
 */
static int look_for(struct pending_list *list, struct pending *pending, struct error *error)
{
	const struct maildir *maildir = list->folder->transfer.maildir;
	struct maildir_location found;
	if (maildir_message_exists(maildir, &pending->location))
		return 0;
	switch (maildir_message_find(maildir, pending->location.name, &found, error)) {
	case MAILDIR_MESSAGE_OK:
		free(found.name);
		return 0;
	case MAILDIR_MESSAGE_GONE:
		pending->lost = !list->has_witness;
		return 0;
	case MAILDIR_MESSAGE_ERROR:
		break;
	}
	return -1;
}

/* It was to have a name that the file system refuses, and another separator is set now: its record
 * learns of the new name as of a reader's. */
static enum maildir_message_result publish_renamed(struct pending_list *list,
						   struct pending *pending, struct error *error)
{
	const struct maildir *maildir = list->folder->transfer.maildir;
	char separator = maildir_separator(maildir);
	struct maildir_name name;
	maildir_name_parse(pending->location.name, &name);
	if (name.separator == '\0' || name.separator == separator)
		return MAILDIR_MESSAGE_ERROR;
	char *renamed = maildir_name_with_flags(pending->location.name, 0, 0, separator);
	free(pending->location.name);
	pending->location.name = renamed;
	return maildir_delivery_publish(maildir, pending->temporary_name, &pending->location,
					error);
}

/* One that still fails alone is downloaded again; what lies in tmp/ goes with the rest. */
static int fail_one(struct pending_list *list, struct pending *pending, struct error *error)
{
	if (error->scope > SCOPE_MESSAGE)
		return -1;
	sync_report_message(list->folder, error);
	error_clear(error);
	pending->lost = true;
	return 0;
}

static int publish_one(struct pending_list *list, struct pending *pending, struct error *error)
{
	const struct maildir *maildir = list->folder->transfer.maildir;
	if (!pending->location.name)
		return 0;
	/* What waits in tmp/ goes with the rest. */
	if (!list->comes && maildir_delivery_waits(maildir, pending->temporary_name)) {
		pending->lost = true;
		return 0;
	}
	enum maildir_message_result result = maildir_delivery_publish(
		maildir, pending->temporary_name, &pending->location, error);
	if (result == MAILDIR_MESSAGE_ERROR && error->scope == SCOPE_MESSAGE)
		result = publish_renamed(list, pending, error);
	switch (result) {
	case MAILDIR_MESSAGE_OK:
		sync_report_change(list->folder, SYNC_CHANGE_NEW, &pending->location, NULL);
		return 0;
	case MAILDIR_MESSAGE_GONE:
		return look_for(list, pending, error);
	case MAILDIR_MESSAGE_ERROR:
		break;
	}
	return fail_one(list, pending, error);
}

static int publish(struct pending_list *list, struct error *error)
{
	list->comes = sync_target_rules(&list->folder->target)->pull & CONFIG_KIND_NEW;
	list->has_witness = maildir_witness_stands(list->folder->transfer.maildir);
	for (size_t i = 0; i < list->count; i++) {
		if (publish_one(list, &list->items[i], error) != 0)
			return error_widen(error, SCOPE_FOLDER);
	}
	return maildir_sync(list->folder->transfer.maildir, error);
}

static int settle(struct state_transaction *transaction, void *context, struct error *error)
{
	const struct pending_list *list = context;
	uint32_t id = list->folder->base.record.id;
	for (size_t i = 0; i < list->count; i++) {
		const struct pending *pending = &list->items[i];
		if (pending->lost &&
		    state_message_remove(transaction, id, pending->uid, error) != 0)
			return -1;
		if (state_download_remove(transaction, id, pending->uid, error) != 0)
			return -1;
	}
	return 0;
}

static bool keep_none(void *context, const char *temporary_name)
{
	(void)context;
	(void)temporary_name;
	return false;
}

int sync_folder_recover(struct sync_folder *folder, struct error *error)
{
	struct pending_list list = { .folder = folder };
	int result = 0;
	if (folder->base.record.id != 0)
		result = collect(&list, error);
	if (result == 0 && list.count > 0) {
		result = publish(&list, error);
		if (result == 0)
			result = state_write(folder->context->state, settle, &list, error);
	}
	pending_release(&list);
	if (result == 0 && folder->base.record.id != 0)
		result = sync_folder_recover_expiring(folder, error);
	/* What is left in tmp/ of ours was never recorded: it will be downloaded again. */
	if (result == 0)
		result = maildir_delivery_clean(folder->transfer.maildir, keep_none, NULL, error);
	return result;
}
