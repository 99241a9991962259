/* Identities of new files, to find what moved from one folder to another.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "sync/observe/identity_list.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "maildir/message.h"
#include "sync/folder.h"
#include "sync/observe/look.h"

static int compare(const void *a, const void *b)
{
	const struct identity *left = a;
	const struct identity *right = b;
	return memcmp(left, right, sizeof *left);
}

void identity_list_add_known(struct identity_list *list, const struct identity *identity,
			     uint64_t size)
{
	memory_grow((void **)&list->items, &list->capacity, list->count + 1, sizeof *list->items);
	list->items[list->count++] = identity_with_size(identity, size);
}

static enum maildir_message_result identify_at(const struct maildir *maildir,
					       const struct maildir_location *location,
					       struct maildir_message_facts *facts_r)
{
	struct maildir_reader *reader;
	enum maildir_message_result opened =
		maildir_reader_open(maildir, location, &reader, facts_r, NULL);
	if (opened == MAILDIR_MESSAGE_OK)
		maildir_reader_close(&reader);
	return opened;
}

/* Once more where a reader has renamed it meanwhile. */
static enum maildir_message_result identify(const struct maildir *maildir,
					    const struct near_added *added,
					    struct maildir_message_facts *facts_r)
{
	const struct maildir_location seen = { .place = added->place, .name = added->name };
	struct maildir_location now;
	enum maildir_message_result result = identify_at(maildir, &seen, facts_r);
	if (result != MAILDIR_MESSAGE_GONE)
		return result;
	result = maildir_message_find(maildir, added->name, &now, NULL);
	if (result != MAILDIR_MESSAGE_OK)
		return result;
	result = identify_at(maildir, &now, facts_r);
	free(now.name);
	return result;
}

void identity_list_add(struct identity_list *list, const struct sync_folder *folder,
		       const struct near_added *added)
{
	struct maildir_message_facts facts;
	if (added->is_identified) {
		identity_list_add_known(list, &added->identity, added->size);
		return;
	}
	switch (identify(folder->transfer.maildir, added, &facts)) {
	case MAILDIR_MESSAGE_OK:
		identity_list_add_known(list, &facts.identity, facts.whole_size);
		break;
	case MAILDIR_MESSAGE_GONE:
		list->any_unknown = true;
		break;
	case MAILDIR_MESSAGE_ERROR:
		break;
	}
}

void identity_list_add_folder(struct identity_list *list, struct sync_folder *folder)
{
	struct error ignored = ERROR_INITIAL;
	for (size_t i = 0; i < folder->near.changes.added_count; i++) {
		const struct near_added *added = &folder->near.changes.added[i];
		if (added->arrived)
			continue;
		if (sync_folder_open(folder, &ignored) != 0) {
			list->any_unknown = true;
			return;
		}
		identity_list_add(list, folder, added);
	}
	maildir_close(&folder->transfer.maildir);
}

void identity_list_add_arrivals(struct identity_list *list, const struct sync_folder *folder)
{
	for (size_t i = 0; i < folder->near.changes.added_count; i++) {
		const struct near_added *added = &folder->near.changes.added[i];
		if (added->arrived && added->is_identified)
			identity_list_add_known(list, &added->identity, added->size);
	}
}

static int add_messages(struct identity_list *list, struct state_transaction *transaction,
			uint32_t folder, struct error *error)
{
	struct state_message message;
	uint32_t from = 1;
	int found;
	while ((found = state_message_next(transaction, folder, from, &message, error)) > 0) {
		identity_list_add_known(list, &message.identity, message.size);
		if (message.uid == UINT32_MAX)
			break;
		from = message.uid + 1;
	}
	return found < 0 ? -1 : 0;
}

int identity_list_add_base(struct identity_list *list, struct state *state, const char *name,
			   struct error *error)
{
	struct state_transaction *transaction;
	struct state_folder record;
	if (state_read_begin(state, &transaction, error) != 0)
		return -1;
	int result = state_folder_get(transaction, name, &record, error);
	if (result > 0) {
		result = add_messages(list, transaction, record.id, error);
		state_folder_release(&record);
	}
	state_read_end(&transaction);
	return result;
}

void identity_list_sort(struct identity_list *list)
{
	if (list->count > 0)
		qsort(list->items, list->count, sizeof *list->items, compare);
}

bool identity_list_holds(const struct identity_list *list, const struct state_message *message)
{
	const struct identity identity = identity_with_size(&message->identity, message->size);
	if (list->any_unknown)
		return true;
	return list->count > 0 &&
	       bsearch(&identity, list->items, list->count, sizeof *list->items, compare) != NULL;
}

size_t identity_list_count(const struct identity_list *list, const struct state_message *message)
{
	const struct identity identity = identity_with_size(&message->identity, message->size);
	const struct identity *found = NULL;
	size_t count = 0;
	if (list->any_unknown)
		return SIZE_MAX;
	if (list->count > 0)
		found = bsearch(&identity, list->items, list->count, sizeof *list->items, compare);
	if (!found)
		return 0;
	while (found > list->items && compare(found - 1, &identity) == 0)
		found--;
	while (found + count < list->items + list->count && compare(found + count, &identity) == 0)
		count++;
	return count;
}

void identity_list_release(struct identity_list *list)
{
	free(list->items);
	*list = (struct identity_list){ .items = NULL };
}
