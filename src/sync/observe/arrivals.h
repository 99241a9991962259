/* Observing what moved between folders: the identities of new files, wherever in the account they
 * stand, and of messages whose files are gone. Internal to sync. SPDX-License-Identifier:
 * GPL-3.0-or-later */
#ifndef NAVETTE_SYNC_OBSERVE_ARRIVALS_H
#define NAVETTE_SYNC_OBSERVE_ARRIVALS_H

#include "sync/plan/moves.h"

struct folder_view;
struct sync_context;
struct sync_folder;

/* Adds the new files of a folder of the round, the one of that NUMBER. A file that cannot be read
 * is left out; one that went meanwhile is unknown. */
void arrivals_add_folder(struct arrival_list *list, struct sync_folder *folder,
			 enum arrival_kind kind, size_t number);
/* Likewise of a folder that has no part in the round: it was not asked for, or ended before. One of
 * which the rules keep new files is scanned also where nothing changed. What cannot be looked at is
 * told when it takes part; where its files are withheld they are unknown. */
void arrivals_add_other(struct arrival_list *list, struct sync_context *context,
			const struct folder_view *view, enum arrival_kind kind);
/* Adds the stubs in a folder's Maildir, where it stands and where it stood before the rules
 * changed. */
void arrivals_add_stubs(struct arrival_list *list, const struct folder_view *view);

/* What the base knows of each far removal of the folder's plan, and of those that are contested;
 * ascending by UID. *gone_r is the caller's to free(). Returns 0 or -1. */
int arrivals_find_gone(const struct sync_folder *folder, struct gone_message **gone_r,
		       size_t *count_r, struct error *error);
/* Learns which of GONE (COUNT of them) the trash of the folder has too, by the state's index of
 * identities. Returns 0 or -1. */
int arrivals_find_trashed(const struct sync_folder *folder, struct gone_message *gone, size_t count,
			  struct error *error);
/* Of files whose upload an earlier run began: which messages they are the new versions of. */
void arrivals_recall_versions(struct sync_folder *folder);

#endif
