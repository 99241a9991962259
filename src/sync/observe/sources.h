/* Observing what the server has of new files already: messages of the base, in any folder of the
 * account, that the state knows by their identity. Internal to sync. SPDX-License-Identifier:
 * GPL-3.0-or-later */
#ifndef NAVETTE_SYNC_OBSERVE_SOURCES_H
#define NAVETTE_SYNC_OBSERVE_SOURCES_H

#include "state/state.h"
#include "sync/folders/folder_table.h"
#include "sync/plan/source.h"

struct sync_folder;

/* Where messages may be: FOLDERS, COUNT of them, are those of the round; TABLE has all. */
struct source_places {
	struct state *state;
	struct sync_folder *folders;
	size_t count;
	const struct folder_table *table;
};

/* Adds the messages whose identity is one of WANTED: WANTED_COUNT of them, made with
 * identity_with_size(), ascending and each once; and sorts LIST. What the server does not have any
 * more, or does not show, is no source, nor is anything of a folder whose UIDs are void. Returns 0
 * or -1. */
int sources_find(struct source_list *list, const struct source_places *places,
		 const struct identity *wanted, size_t wanted_count, struct error *error);

#endif
