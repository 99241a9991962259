/* Apply: flags become the same on both sides; messages that both sides had are adopted.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "maildir/message.h"
#include "maildir/name.h"
#include "sync/apply/fill.h"
#include "sync/apply/letters.h"
#include "sync/apply/steps.h"
#include "sync/folder.h"
#include "sync/observe/begun.h"
#include "sync/observe/flags.h"
#include "sync/observe/mailbox.h"
#include "sync/observe/watch.h"
#include "sync/report.h"

/* One operation and where its file stands after the rename. */
struct merged {
	const struct operation *operation;
	struct maildir_location location;
	bool done; /* both sides are as planned: to be recorded */
};

struct merge {
	struct sync_folder *folder;
	struct far_session *session;
	struct merged *items;
	size_t count;
	struct far_change *changes; /* on the server, distinct ones */
	size_t change_count, change_capacity;
	uint64_t done;
};

/* --- The far side: once for each distinct change --- */

static struct far_change *find_change(struct merge *merge, uint32_t add, uint32_t remove)
{
	for (size_t i = 0; i < merge->change_count; i++) {
		if (merge->changes[i].add == add && merge->changes[i].remove == remove)
			return &merge->changes[i];
	}
	memory_grow((void **)&merge->changes, &merge->change_capacity, merge->change_count + 1,
		    sizeof *merge->changes);
	struct far_change *change = &merge->changes[merge->change_count++];
	*change = (struct far_change){ .add = add, .remove = remove };
	return change;
}

static uint32_t flags_to_add(const struct operation *operation)
{
	return operation->far_wanted & ~operation->far_flags;
}

static uint32_t flags_to_remove(const struct operation *operation)
{
	return operation->far_flags & ~operation->far_wanted;
}

static void collect_changes(struct merge *merge)
{
	for (size_t i = 0; i < merge->count; i++) {
		const struct operation *operation = merge->items[i].operation;
		if (operation_stores(operation))
			uid_set_add(&find_change(merge, flags_to_add(operation),
						 flags_to_remove(operation))
					     ->uids,
				    operation->uid);
	}
}

/* A refused change is told about and left for the next run; the others go on. */
static int change_far(struct merge *merge, struct error *error)
{
	const struct far_mailbox mailbox = sync_folder_mailbox(merge->folder);
	collect_changes(merge);
	if (merge->change_count == 0)
		return 0; /* and there need not be a session */
	int result = far_store(merge->session, &mailbox, merge->changes, merge->change_count,
			       sync_flags_table(merge->folder), error);
	for (size_t i = 0; i < merge->change_count; i++) {
		if (merge->changes[i].refused)
			sync_report_message(merge->folder, &merge->changes[i].reason);
	}
	return result;
}

static bool was_refused(struct merge *merge, const struct operation *operation)
{
	return operation_stores(operation) &&
	       find_change(merge, flags_to_add(operation), flags_to_remove(operation))->refused;
}

/* --- The near side --- */

/* The file that was at *SEEN is NOW somewhere else, or not: that is told, and becomes *SEEN. */
static void take_location(const struct merge *merge, struct maildir_location *seen,
			  const struct maildir_location *now)
{
	if (now->place != seen->place || strcmp(now->name, seen->name) != 0)
		sync_report_change(merge->folder, SYNC_CHANGE_MOVED, now, seen);
	free(seen->name);
	*seen = *now;
}

/* Gives the file its flags. Only those that the plan changes: the name may carry others that the
 * rules keep on this side, and that the plan knows nothing of where no scan was needed. False: a
 * reader touched it since the scan, or it failed; the next run takes it as it is then. */
static bool rename_near(struct merge *merge, struct merged *item)
{
	const struct operation *operation = item->operation;
	const struct maildir *maildir = merge->folder->transfer.maildir;
	if (!operation->name) /* it is absent there */
		return true;
	struct maildir_location seen = { .place = operation->place,
					 .name = memory_text(operation->name) };
	struct error error = ERROR_INITIAL;
	enum maildir_message_result result = MAILDIR_MESSAGE_OK;
	struct maildir_location now;
	if (operation->needs_new_name) {
		result = maildir_message_rename_unique(maildir, &seen, &now, &error);
		if (result == MAILDIR_MESSAGE_OK)
			take_location(merge, &seen, &now);
	}
	uint32_t changed = operation->near_flags ^ operation->near_wanted;
	if (result == MAILDIR_MESSAGE_OK && changed != 0) {
		result = maildir_message_set_flags(maildir, &seen, operation->near_wanted,
						   changed & merge->folder->far.managed, &now,
						   &error);
		if (result == MAILDIR_MESSAGE_OK)
			take_location(merge, &seen, &now);
	}
	item->location = seen;
	if (result == MAILDIR_MESSAGE_ERROR)
		sync_report_message(merge->folder, &error);
	if (result == MAILDIR_MESSAGE_GONE)
		merge->folder->transfer.near_raced = true;
	return result == MAILDIR_MESSAGE_OK;
}

static bool near_changes_file(const struct operation *operation)
{
	return operation_renames(operation) || operation->needs_new_name;
}

/* What new letters mean is to be read beside them. */
static void place_letters(const struct merge *merge)
{
	uint32_t letters = 0;
	for (size_t i = 0; i < merge->count; i++) {
		const struct operation *operation = merge->items[i].operation;
		if (operation_renames(operation))
			letters |= operation->near_wanted;
	}
	sync_letters_place(merge->folder, letters);
}

static int rename_all(struct merge *merge, struct error *error)
{
	struct sync_counts *counts = &merge->folder->transfer.counts;
	bool any = false;
	place_letters(merge);
	for (size_t i = 0; i < merge->count; i++) {
		struct merged *item = &merge->items[i];
		if (was_refused(merge, item->operation))
			continue;
		item->done = rename_near(merge, item);
		if (!item->done)
			continue;
		any = any || near_changes_file(item->operation);
		counts->near_flags += operation_renames(item->operation);
		counts->far_flags += operation_stores(item->operation);
		counts->adopted += item->operation->kind == OPERATION_ADOPT;
		sync_report_progress(merge->folder, "flags", ++merge->done, merge->count);
	}
	/* The names must be durable before the base says so: else old flags would come back after a
	 * power cut and count as the user's change. */
	return any ? maildir_sync(merge->folder->transfer.maildir, error) : 0;
}

/* --- The records --- */

static int record_one(struct state_transaction *transaction, const struct sync_folder *folder,
		      const struct merged *item, struct uid_set *drafts, struct error *error)
{
	const struct operation *operation = item->operation;
	struct state_message message = { .uid = operation->uid };
	struct maildir_name name = { .base = NULL };
	if (item->location.name)
		maildir_name_parse(item->location.name, &name);
	if (operation->added != SIZE_MAX) {
		message.size = operation->told_size;
		message.identity = folder->near.changes.added[operation->added].identity;
		message.file = folder->near.changes.added[operation->added].file;
		message.body = folder->near.changes.added[operation->added].body;
		const struct far_new *told = far_new_list_find(&folder->far.new, operation->uid);
		if (told)
			message.object = told->object;
		if (begun_settle(transaction, folder->base.record.id, name.base, name.base_length,
				 error) != 0)
			return -1;
	} else {
		int found = state_message_by_uid(transaction, folder->base.record.id,
						 operation->uid, &message, error);
		if (found <= 0)
			return found;
	}
	if (operation->file)
		message.file = *operation->file;
	if (operation->body)
		message.body = *operation->body;
	message.flags = operation->base_flags;
	message.absent = operation->absent;
	if (item->location.name) {
		message.place = (uint8_t)item->location.place;
		message.name = item->location.name;
		message.base_length = name.base_length;
	}
	sync_watch_collect(drafts, &message);
	return state_message_put(transaction, folder->base.record.id, &message, error);
}

static int record_all(struct state_transaction *transaction, void *context, struct error *error)
{
	const struct merge *merge = context;
	struct uid_set drafts = UID_SET_INITIAL;
	int result = 0;
	for (size_t i = 0; result == 0 && i < merge->count; i++) {
		if (merge->items[i].done)
			result = record_one(transaction, merge->folder, &merge->items[i], &drafts,
					    error);
	}
	if (result == 0)
		result = sync_watch_note(transaction, merge->folder, &drafts, error);
	uid_set_release(&drafts);
	if (result != 0)
		return -1;
	return sync_fill_note(transaction, merge->folder, error);
}

static void note_arrivals(struct merge *merge)
{
	for (size_t i = 0; i < merge->count; i++) {
		size_t added = merge->items[i].operation->added;
		if (merge->items[i].done && added != SIZE_MAX)
			merge->folder->near.changes.added[added].arrived = true;
	}
}

static void collect_list(struct merge *merge, const struct operation_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		merge->items[merge->count++].operation = &list->items[i];
}

static void collect(struct merge *merge)
{
	const struct plan *plan = &merge->folder->plan;
	size_t total = 0;
	for (enum operation_kind kind = 0; kind < OPERATION_KINDS; kind++) {
		if (operation_facts(kind)->has_flags)
			total += plan->operations[kind].count;
	}
	const struct operation_list *carried = &merge->folder->transfer.carried;
	merge->items = memory_array(total + carried->count, sizeof *merge->items);
	for (size_t i = 0; i < carried->count; i++)
		merge->items[merge->count++].operation = &carried->items[i];
	for (enum operation_kind kind = 0; kind < OPERATION_KINDS; kind++) {
		if (operation_facts(kind)->has_flags)
			collect_list(merge, &plan->operations[kind]);
	}
}

static void release(struct merge *merge)
{
	for (size_t i = 0; i < merge->count; i++)
		free(merge->items[i].location.name);
	for (size_t i = 0; i < merge->change_count; i++)
		uid_set_release(&merge->changes[i].uids);
	free(merge->items);
	free(merge->changes);
}

static int apply(struct merge *merge, struct error *error)
{
	int result = 0;
	if (merge->count > 0) {
		result = change_far(merge, error);
		if (result == 0)
			result = rename_all(merge, error);
		if (result == 0)
			result = state_write(merge->folder->context->state, record_all, merge,
					     error);
		if (result == 0)
			note_arrivals(merge);
	}
	release(merge);
	return result;
}

int sync_apply_merges(struct sync_folder *folder, struct far_session *session, struct error *error)
{
	struct merge merge = { .folder = folder, .session = session };
	collect(&merge);
	return apply(&merge, error);
}

int sync_apply_merges_of(struct sync_folder *folder, const struct operation_list *list,
			 struct far_session *session, struct error *error)
{
	struct merge merge = { .folder = folder, .session = session };
	merge.items = memory_array(list->count + 1, sizeof *merge.items);
	collect_list(&merge, list);
	return apply(&merge, error);
}
