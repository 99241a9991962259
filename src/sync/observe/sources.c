/* Observing what the server has of new files already. SPDX-License-Identifier: GPL-3.0-or-later */
#include "sync/observe/sources.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "mail/mailbox_attribute.h"
#include "state/keywords.h"
#include "sync/folder.h"

struct search {
	const struct source_places *places;
	struct source_list *list;
	struct state_transaction *transaction;
	bool knows_folders; /* those of the list are all that there can be */
};

/* --- Folders --- */

static size_t find_in_round(const struct source_places *places, const char *name)
{
	for (size_t i = 0; i < places->count; i++) {
		if (strcmp(sync_folder_name(&places->folders[i]), name) == 0)
			return i;
	}
	return SIZE_MAX;
}

/* A mailbox that is made anew, or numbered anew, has none of the base's messages. */
static bool is_void(const struct sync_folder *folder)
{
	return folder->base.state != FOLDER_BASE_VALID ||
	       (folder->target.action != FOLDER_SYNC && folder->target.action != FOLDER_REMOVE_FAR);
}

static bool is_numbered_anew(const struct folder_view *view, const struct state_folder *record)
{
	return record->uidvalidity == 0 ||
	       (view->status.uidvalidity != 0 && view->status.uidvalidity != record->uidvalidity);
}

static int learn_letters(const struct search *search, struct source_folder *found,
			 struct error *error)
{
	struct state_letters letters;
	if (found->number != SIZE_MAX) {
		found->has_letters = search->places->folders[found->number].base.has_letters;
		return 0;
	}
	int own = state_letters_get(search->transaction, found->name, &letters, error);
	if (own > 0)
		state_letters_release(&letters);
	found->has_letters = own > 0;
	return own < 0 ? -1 : 0;
}

static int add_folder(struct search *search, const struct state_folder *record,
		      const struct folder_view *view, struct error *error)
{
	struct source_folder found = { .name = memory_text(record->name),
				       .mailbox = memory_text(view->mailbox),
				       .uidvalidity = record->uidvalidity,
				       .id = record->id,
				       .number = find_in_round(search->places, record->name),
				       .has_drafts = (view->attributes & MAILBOX_DRAFTS) != 0 };
	int result = learn_letters(search, &found, error);
	if (result == 0)
		result = state_set_get(search->transaction, record->id, STATE_STUBS, &found.stubs,
				       error);
	if (found.number != SIZE_MAX)
		uid_set_add_set(&found.gone,
				&search->places->folders[found.number].far.changes.removed);
	(void)source_list_add_folder(search->list, &found);
	return result;
}

static int see_folder(void *context, const struct state_folder *record, struct error *error)
{
	struct search *search = context;
	const struct source_places *places = search->places;
	const struct folder_view *view = folder_table_find(places->table, record->name);
	size_t number = find_in_round(places, record->name);
	if (!view || !view->mailbox || is_numbered_anew(view, record) ||
	    (number != SIZE_MAX && is_void(&places->folders[number])))
		return 0;
	return add_folder(search, record, view, error);
}

/* All at the first message that is found: mostly there is none. */
static int learn_folders(struct search *search, struct error *error)
{
	if (search->knows_folders)
		return 0;
	search->knows_folders = true;
	return state_folder_each(search->transaction, see_folder, search, error);
}

/* --- Messages --- */

static int compare_changed(const void *key, const void *item)
{
	uint32_t uid = *(const uint32_t *)key;
	uint32_t other = ((const struct far_changed *)item)->uid;
	return (uid > other) - (uid < other);
}

static uint32_t far_flags_of(const struct source_places *places, const struct source_folder *folder,
			     const struct state_message *message)
{
	const struct far_changed *changed = NULL;
	if (folder->number == SIZE_MAX)
		return message->flags;
	const struct far_changes *changes = &places->folders[folder->number].far.changes;
	if (changes->changed_count > 0)
		changed = bsearch(&message->uid, changes->changed, changes->changed_count,
				  sizeof *changes->changed, compare_changed);
	return changed ? changed->flags : message->flags;
}

static int see_message(void *context, uint32_t id, const struct state_message *message,
		       struct error *error)
{
	struct search *search = context;
	if (learn_folders(search, error) != 0)
		return -1;
	const struct source_folder *folder = source_list_find_folder(search->list, id);
	if (!folder || state_is_absent_far(message->absent))
		return 0;
	const struct source source = {
		.identity = identity_with_size(&message->identity, message->size),
		.folder = folder,
		.uid = message->uid,
		.flags = message->flags,
		.far_flags = far_flags_of(search->places, folder, message),
		.size = message->size,
		.body = message->body,
		.base = memory_text_length(message->name, message->base_length),
		.is_stub = uid_set_contains(&folder->stubs, message->uid)
	};
	source_list_add(search->list, &source);
	return 0;
}

int sources_find(struct source_list *list, const struct source_places *places,
		 const struct identity *wanted, size_t wanted_count, struct error *error)
{
	struct search search = { .places = places, .list = list };
	if (wanted_count == 0)
		return 0;
	if (state_identity_index(places->state, error) != 0 ||
	    state_read_begin(places->state, &search.transaction, error) != 0)
		return -1;
	int result = state_identities_each(search.transaction, wanted, wanted_count, see_message,
					   &search, error);
	state_read_end(&search.transaction);
	source_list_sort(list);
	return result;
}
