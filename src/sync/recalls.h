/* Messages that moved on both sides, to different folders: the server's place wins. The file goes
 * back to where it was, and is from then on one that moved on the server alone. Internal to sync.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_SYNC_RECALLS_H
#define NAVETTE_SYNC_RECALLS_H

#include "maildir/message.h"
#include "sync/run.h"

/* A message of which both sides have lost sight in the folder HOME, and whose file is in AWAY now,
 * from where it would be sent anew. */
struct recall {
	struct sync_folder *home;
	uint32_t uid;
	struct sync_folder *away;
	size_t added;                 /* the file's index in AWAY's near_changes.added */
	struct maildir_location back; /* where it stands at home */
	uint32_t flags, dropped;      /* as of near_changed */
	bool is_known;                /* the base knows the file as it is */
	bool is_done;
};

/* By home and UID. Start zeroed. */
struct recalls {
	struct recall *items;
	size_t count, capacity;
};
void recalls_release(struct recalls *recalls);

/* When all folders are planned: those of which it is certain that the file is the message, and
 * that nobody copied it here; and where the rules let both happen, what moves here and what moves
 * on the server. Reads files only where both sides have lost something and a folder sends
 * something. Returns 0 or -1 (the state failed). */
int recalls_find(struct run *run, struct recalls *recalls, struct error *error);
/* NULL: there is none. */
struct recall *recalls_of(const struct recalls *recalls, const struct sync_folder *home,
			  uint32_t uid);
/* Puts the file back, and has both folders be as if it had been there all the time; in a dry run
 * only that. What cannot be put back stays where it is: is_done says what came of it. */
void recall_do(struct recalls *recalls, struct recall *recall);
/* Plans anew what was planned with the files elsewhere. */
void recalls_plan(struct run *run, const struct recalls *recalls);

#endif
