/* Identities of new files, to find what moved from one folder to another. Internal to sync.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_SYNC_OBSERVE_IDENTITY_LIST_H
#define NAVETTE_SYNC_OBSERVE_IDENTITY_LIST_H

#include "state/state.h"
#include "sync/observe/changes.h"

struct sync_folder;

/* Start zeroed. */
struct identity_list {
	struct identity *items;
	size_t count, capacity;
	bool any_unknown; /* one went meanwhile, or moved on: nobody knows what it was */
};

/* Adds the identity of one of the folder's new files. A file that cannot be read at all is left
 * out. */
void identity_list_add(struct identity_list *list, const struct sync_folder *folder,
		       const struct near_added *added);
/* Adds one that is known, of a message of SIZE bytes. */
void identity_list_add_known(struct identity_list *list, const struct identity *identity,
			     uint64_t size);
/* Adds those of all its new files that the server does not have. */
void identity_list_add_folder(struct identity_list *list, struct sync_folder *folder);
/* Adds those of its new files that came to the server in this run. */
void identity_list_add_arrivals(struct identity_list *list, const struct sync_folder *folder);
/* Adds those of all messages that the base has of the folder NAME. Returns 0 or -1. */
int identity_list_add_base(struct identity_list *list, struct state *state, const char *name,
			   struct error *error);
/* To be called when all are added, before the next. */
void identity_list_sort(struct identity_list *list);
/* Whether a file of that message may be among them: it has the same identity, and where that is
 * empty, also the same size. */
bool identity_list_holds(const struct identity_list *list, const struct state_message *message);
/* How often it does; SIZE_MAX where that cannot be known. */
size_t identity_list_count(const struct identity_list *list, const struct state_message *message);
void identity_list_release(struct identity_list *list);

#endif
