/* From a table of keywords in each folder to one of the account. SPDX-License-Identifier:
 * GPL-3.0-or-later */
#include <stdlib.h>

#include "base/memory.h"
#include "mail/letters.h"
#include "state/keywords.h"
#include "state/private.h"

/* A folder of before. */
struct lettered {
	char *name;
	struct keyword_table table;
	uint32_t used; /* letters that stand in flags and names of its messages */
};

struct upgrade {
	struct state_transaction *transaction;
	struct lettered *items;
	size_t count, capacity;
};

/* The letters behind the base name. */
static uint32_t letters_of(const struct state_message *message)
{
	uint32_t letters = 0;
	for (const char *byte = message->name + message->base_length; *byte; byte++) {
		if (*byte >= 'a' && *byte <= 'z')
			letters |= FLAG_KEYWORD(*byte - 'a');
	}
	return letters;
}

static int find_used(struct state_transaction *transaction, uint32_t id, uint32_t *used_r,
		     struct error *error)
{
	struct state_message message;
	uint32_t from = 1;
	int found;
	*used_r = 0;
	while ((found = state_message_next(transaction, id, from, &message, error)) > 0) {
		*used_r |= (message.flags & FLAGS_KEYWORDS) | letters_of(&message);
		if (message.uid == UINT32_MAX)
			break;
		from = message.uid + 1;
	}
	return found < 0 ? -1 : 0;
}

/* What no message has needs no letter. */
static void forget_unused(struct lettered *folder)
{
	for (size_t i = 0; i < FLAG_KEYWORD_COUNT; i++) {
		if (folder->used & FLAG_KEYWORD(i))
			continue;
		free(folder->table.names[i]);
		folder->table.names[i] = NULL;
	}
}

static int see_folder(void *context, const struct state_folder *record, struct error *error)
{
	struct upgrade *upgrade = context;
	struct state_folder now = *record;
	struct lettered folder = { .name = NULL };
	if (find_used(upgrade->transaction, record->id, &folder.used, error) != 0)
		return -1;
	folder.name = memory_text(record->name);
	keyword_table_copy(&folder.table, &record->keywords);
	forget_unused(&folder);
	memory_grow((void **)&upgrade->items, &upgrade->capacity, upgrade->count + 1,
		    sizeof *upgrade->items);
	upgrade->items[upgrade->count++] = folder;
	now.keywords = (struct keyword_table){ .names = { NULL } };
	return state_folder_put(upgrade->transaction, &now, error);
}

/* As many as can keep the letters that they have. */
static void give_letters(struct state *state, const struct upgrade *upgrade)
{
	for (size_t i = 0; i < upgrade->count; i++) {
		const struct lettered *folder = &upgrade->items[i];
		for (size_t k = 0; k < FLAG_KEYWORD_COUNT; k++) {
			const struct state_letter_choice choice = { .wanted = k,
								    .limit = FLAG_KEYWORD_COUNT };
			if (folder->table.names[k])
				(void)state_keyword_give(state, folder->table.names[k], &choice,
							 NULL);
		}
	}
}

static int note_letters(const struct upgrade *upgrade, struct error *error)
{
	struct state *state = upgrade->transaction->state;
	int result = 0;
	for (size_t i = 0; result == 0 && i < upgrade->count; i++) {
		const struct lettered *folder = &upgrade->items[i];
		const struct letter_map map =
			letter_map_make(&folder->table, state_keywords(state));
		const struct state_letters letters = { .table = folder->table, .of_base = true };
		if (letter_map_changes(&map, folder->used))
			result = state_letters_put(upgrade->transaction, folder->name, &letters,
						   error);
	}
	return result;
}

static void release(struct upgrade *upgrade)
{
	for (size_t i = 0; i < upgrade->count; i++) {
		free(upgrade->items[i].name);
		keyword_table_release(&upgrade->items[i].table);
	}
	free(upgrade->items);
}

int state_keywords_upgrade(struct state_transaction *transaction, struct error *error)
{
	struct upgrade upgrade = { .transaction = transaction };
	int result = state_folder_each(transaction, see_folder, &upgrade, error);
	/* First of all what letters mean nothing anywhere. */
	for (size_t i = 0; i < upgrade.count; i++)
		state_keywords_note_letters(transaction->state,
					    upgrade.items[i].used &
						    ~keyword_table_known(&upgrade.items[i].table));
	if (result == 0) {
		give_letters(transaction->state, &upgrade);
		result = note_letters(&upgrade, error);
	}
	release(&upgrade);
	return result;
}
