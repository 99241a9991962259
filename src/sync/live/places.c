/* Which folder a mailbox and a Maildir are of. SPDX-License-Identifier: GPL-3.0-or-later */
#include "sync/live/places.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

static char *copy(const char *text)
{
	return text ? memory_text(text) : NULL;
}

void live_places_take(struct live_places *places, const struct folder_table *table)
{
	live_places_release(places);
	places->items = memory_array(table->count + 1, sizeof *places->items);
	for (size_t i = 0; i < table->count; i++) {
		const struct folder_view *view = table->items[i];
		places->items[places->count++] = (struct live_place){
			.folder = memory_text(view->name),
			.mailbox = copy(view->mailbox),
			.path = copy(view->path),
			.taken = view->channel && view->action != FOLDER_SKIP &&
				 view->action != FOLDER_BLOCKED,
		};
	}
}

const struct live_place *live_places_find_mailbox(const struct live_places *places,
						  const char *mailbox)
{
	for (size_t i = 0; i < places->count; i++) {
		if (places->items[i].mailbox && strcmp(places->items[i].mailbox, mailbox) == 0)
			return &places->items[i];
	}
	return NULL;
}

const struct live_place *live_places_find_folder(const struct live_places *places,
						 const char *folder)
{
	for (size_t i = 0; i < places->count; i++) {
		if (strcmp(places->items[i].folder, folder) == 0)
			return &places->items[i];
	}
	return NULL;
}

void live_places_release(struct live_places *places)
{
	for (size_t i = 0; i < places->count; i++) {
		free(places->items[i].folder);
		free(places->items[i].mailbox);
		free(places->items[i].path);
	}
	free(places->items);
	*places = (struct live_places){ .items = NULL };
}
