/* The plan of an account as a whole: what was removed in one folder may be what is new in another.
 * Pure: no I/O, no clock, no globals. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_SYNC_PLAN_MOVES_H
#define NAVETTE_SYNC_PLAN_MOVES_H

#include "sync/plan/arrival.h"
#include "sync/plan/plan.h"
#include "sync/plan/source.h"

/* A message of which the file is gone, as the base knows it. */
struct gone_message {
	uint32_t uid;
	struct identity identity; /* identity_with_size() */
	bool is_nameless;         /* its own identity is empty */
	bool is_stub;
	bool is_in_trash; /* the folder's trash has the same message */
	struct body_digest body;
};

/* One folder of the round. */
struct moves_folder {
	struct plan *plan;                  /* of the folder alone; changed */
	const struct near_changes *changes; /* of which ARRIVAL_SENT speaks */
	/* Of each far removal of the plan, and of those that are contested; ascending by UID. */
	const struct gone_message *gone;
	size_t gone_count;
	uint32_t id;     /* in the state */
	bool has_trash;  /* what is removed goes to a trash */
	bool replaces;   /* a new version may take the place of the old one in one step (REPLACE) */
	bool has_drafts; /* what is in it may be edited in place */
	const char *name;
};

/* Decides of every far removal of FOLDERS (COUNT of them; plan NULL: none) what becomes of it. A
 * message that moved must not go where it was before the server has it where it is now:
 *  - what certainly is one new file in another folder is a move that the server can do itself
 *    (carry.h);
 *  - what moved to where nothing goes to the server stays there, and counts as absent near;
 *  - what moved to a folder that sends it in another run, or may have, is held (plan.held);
 *  - what moved to one that sends it in this run awaits that (operation.awaits), and is no
 *    removal for the trash: of such and one new file of its identity each, one is a move
 *    (operation.moved_to, and of the upload moved_from);
 *  - all else goes to the trash where there is one, unless it is there.
 * And of every new version whether it may take the place of the old one (operation.in_place_of).
 * ARRIVALS and SOURCES are sorted; kinds of arrivals of this round become what the plans make of
 * them. SOURCES must outlive the plans. */
void moves_plan(struct moves_folder *folders, size_t count, struct arrival_list *arrivals,
		const struct source_list *sources);
/* When plans may have been refused since (PLANS: COUNT of them, in the same order): a move of which
 * one half is no more is none. What is left is a removal that is held, or an upload. */
void moves_settle(struct plan *const *plans, size_t count);

#endif
