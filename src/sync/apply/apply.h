/* Apply: does what the plan of a folder says. Internal to sync. SPDX-License-Identifier:
 * GPL-3.0-or-later */
#ifndef NAVETTE_SYNC_APPLY_APPLY_H
#define NAVETTE_SYNC_APPLY_APPLY_H

#include "base/error.h"
#include "mail/uid_set.h"

struct sync_folder;

struct far_session;

/* SESSION may be NULL in all of them when query_needs_server() said no. */

/* Removes the folder where the other side removed it, and out of the base. */
int sync_folder_remove(struct sync_folder *folder, struct far_session *session,
		       struct error *error);
/* For a folder that stays, in this order: creates it where it is not there yet, opens it and
 * records it; */
int sync_folder_apply_begin(struct sync_folder *folder, struct far_session *session,
			    struct error *error);
/* downloads, all or in parts, by several threads with a session each: sync_download_begin(); */
/* uploads and flags. */
int sync_folder_apply_rest(struct sync_folder *folder, struct far_session *session,
			   struct error *error);
/* What is here already, when all folders have done that: another's download may be where it comes
 * from. Only after sync_folder_apply_begin(). */
int sync_folder_apply_copies(struct sync_folder *folder, struct far_session *session,
			     struct error *error);
/* A folder of the base of which the mailbox is made again, for what is new here: what went with the
 * old one goes here first, as long as the base tells it from what is new. Where some of that cannot
 * go now, the rest is left for the next run, and transfer.begun stays false. In place of the ones
 * before. */
int sync_folder_make_again(struct sync_folder *folder, struct far_session *session,
			   struct error *error);
/* Whether it is such a folder. */
bool sync_folder_is_made_again(const struct sync_folder *folder);
/* The removals, when all folders have done the rest: a message that moved from one folder to
 * another must be safe there first. Begins a folder that had nothing else to do. */
int sync_folder_apply_removals(struct sync_folder *folder, struct far_session *session,
			       struct error *error);

#endif
