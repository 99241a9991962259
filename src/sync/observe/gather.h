/* Gather: learns the changes of both sides of a folder; writes nothing but what an interrupted run
 * left. Internal to sync. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_SYNC_OBSERVE_GATHER_H
#define NAVETTE_SYNC_OBSERVE_GATHER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

struct base_view;
struct far_changes;
struct far_message;
struct far_question;
struct far_session;
struct near_added;
struct sync_folder;

/* -1: the folder cannot be synchronised now (scope tells how far the damage reaches). Begin sends,
 * finish waits, so that many folders' answers are on their way at a time. Each begin that returned
 * 0 needs its finish, with the same session. */
int sync_folder_gather_begin(struct sync_folder *folder, struct far_session *session,
			     struct error *error);
int sync_folder_gather_finish(struct sync_folder *folder, struct far_session *session,
			      struct error *error);

/* --- Its parts, each in a file of its name --- */

int sync_gather_near(struct sync_folder *folder, struct error *error);
/* Looks at a near side that did not change: for its new files that are withheld. */
int sync_gather_near_again(struct sync_folder *folder, struct error *error);
/* Of how many of the folders the far side may have lost something: what is new elsewhere may have
 * moved there. */
size_t sync_gather_count_losers(const struct sync_folder *folders, size_t count);
/* Adds to the question about the far side what is to be told of new messages; HAS_BASE: the folder
 * has messages in the base. */
void sync_gather_new_ask(struct sync_folder *folder, const struct far_session *session,
			 bool has_base, struct far_question *question);
/* Whether nothing was asked of new messages, since nobody could say that anything was lost; and
 * asks then, with a round trip of its own. What cannot be learnt stays unknown. */
bool sync_gather_new_is_wanting(const struct sync_folder *folder);
void sync_gather_new_again(struct sync_folder *folder, struct far_session *session);
void sync_gather_new_see(struct sync_folder *folder, const struct far_message *message);
int sync_gather_far_begin(struct sync_folder *folder, struct far_session *session,
			  struct error *error);
int sync_gather_far_finish(struct sync_folder *folder, struct far_session *session,
			   struct error *error);
/* Takes new files that are missing ones under another base name for what they are. */
int sync_gather_renamed(struct sync_folder *folder, const struct base_view *base,
			struct error *error);
/* Learns size and identity of what is new on both sides, so that the plan can pair it. */
int sync_gather_identities(struct sync_folder *folder, struct far_session *session,
			   struct error *error);
/* Takes what an interrupted run had sent, and whose files are gone since, for messages that were
 * removed here. */
int sync_gather_uploads(struct sync_folder *folder, struct error *error);
/* Learns more of those that have an identity in common, but no size: header fields that other
 * synchronisers added, and at last the whole messages. */
int sync_gather_likenesses(struct sync_folder *folder, struct far_session *session,
			   struct error *error);

/* --- Of gather_identity.c, also for others --- */

/* Reads a new file; WITH_SHA256 as of maildir_message_read_facts(). One that cannot be read now
 * stays unknown: it is told about when its upload fails as well. */
void sync_identify_near(const struct sync_folder *folder, struct near_added *added,
			bool with_sha256);
/* A new file could not be read for comparing, for REASON: tells it, and has it wait with what it
 * may be on the server. */
void sync_near_unreadable(struct sync_folder *folder, struct near_added *added,
			  const struct error *reason);
/* Keeps what is told of one message that was fetched with its size and identity. */
void sync_identified_take(struct far_changes *far, const struct far_message *message,
			  uint32_t flags);

#endif
