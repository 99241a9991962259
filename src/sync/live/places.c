/* Which folder a mailbox and a Maildir are of. SPDX-License-Identifier: GPL-3.0-or-later */
#include "sync/live/places.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/memory.h"

static char *copy(const char *text)
{
	return text ? memory_text(text) : NULL;
}

/* A folder that a channel takes, and that has a mailbox. */
static size_t rank_of(const struct config_account *account, const struct folder_view *view)
{
	const struct folder_facts facts = folder_view_facts(view, view->name);
	return view->mailbox ? config_watch_rank(&account->watch, &facts) : CONFIG_WATCH_NOT;
}

void live_places_take(struct live_places *places, const struct config_account *account,
		      const struct folder_table *table)
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
			.rank = rank_of(account, view),
		};
	}
}

/* By rank, and of one rank in the order of the table. */
static bool comes_before(const struct live_place *a, const struct live_place *b)
{
	return a->rank != b->rank ? a->rank < b->rank : a < b;
}

const struct live_place *live_places_next_watched(const struct live_places *places,
						  const struct live_place *place)
{
	const struct live_place *next = NULL;
	for (size_t i = 0; i < places->count; i++) {
		const struct live_place *one = &places->items[i];
		if (one->taken && one->rank != CONFIG_WATCH_NOT &&
		    (!place || comes_before(place, one)) && (!next || comes_before(one, next)))
			next = one;
	}
	return next;
}

/* INBOX is one mailbox in whatever case it is written (RFC 9051 section 5.1). */
static bool is_same_mailbox(const char *a, const char *b)
{
	return strcmp(a, b) == 0 || (strcasecmp(a, "INBOX") == 0 && strcasecmp(b, "INBOX") == 0);
}

const struct live_place *live_places_find_mailbox(const struct live_places *places,
						  const char *mailbox)
{
	for (size_t i = 0; i < places->count; i++) {
		const char *one = places->items[i].mailbox;
		if (one && is_same_mailbox(one, mailbox))
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
