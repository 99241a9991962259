/* What gather learns of the far side of a folder. Internal to sync. SPDX-License-Identifier:
 * GPL-3.0-or-later */
#ifndef NAVETTE_SYNC_OBSERVE_FAR_OBSERVATION_H
#define NAVETTE_SYNC_OBSERVE_FAR_OBSERVATION_H

#include <stdbool.h>
#include <stdint.h>

#include "far/far.h"
#include "sync/observe/changes.h"
#include "sync/observe/far_keywords.h"
#include "sync/observe/far_new.h"
#include "sync/observe/marks.h"
#include "sync/plan/window.h"

struct far_gather;
struct far_confirm;

/* Searches under way. */
struct window_search {
	struct far_search *found, *kept;
	bool asked_kept; /* also when it was finished */
};

struct far_observation {
	bool changed;              /* something may have changed there since the last run */
	struct far_gather *gather; /* between begin and finish; see gather_far.c */
	struct far_state state;    /* when gather opened it; zeroed: no mailbox yet */
	struct far_marks seen;     /* when apply is done the base holds all that was there then */
	uint32_t highest;          /* the highest UID seen */
	uint32_t managed;          /* flags that are synchronised: those with a name */
	uint32_t storable;         /* those of them that the far side can store */
	bool whole;                /* all of the mailbox was listed, not only what changed */
	struct far_changes changes;
	struct far_new_list new;   /* of what is added, perhaps not all */
	struct far_keywords names; /* keywords that are tags, where they are news */
	struct window window;
	struct window_search window_search; /* between begin and finish; see gather_window.c */
	bool confirmed;                     /* `seen` is of after what apply did */
	struct far_confirm *confirm;        /* between its begin and finish; see confirm.c */
};
void far_observation_release(struct far_observation *far);

#endif
