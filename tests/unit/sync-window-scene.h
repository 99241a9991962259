/* A folder that is planned under a window, for tests. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_TESTS_SYNC_WINDOW_SCENE_H
#define NAVETTE_TESTS_SYNC_WINDOW_SCENE_H

#include "sync/plan/plan.h"

/* A base of UIDs 1 to 10, all \Seen, of which `absent` is absent somewhere, `flagged` is \Flagged
 * as well; and perhaps the highest UID that there is. */
struct place {
	uint32_t first, absent, flagged;
	enum state_absence absence; /* NOWHERE: near */
	bool has_highest;
	unsigned int reads, fails_at; /* the read that fails; 0: none */
};

/* What both sides did, under which window. */
struct window_scene {
	struct place place;
	struct plan_rules rules;
	struct window window;
	struct uid_set outside;
	struct near_changes near;
	struct far_changes far;
	struct plan plan;
};

/* A window of so many messages; 0: an open one, of which the caller says more. */
void window_scene_begin(struct window_scene *scene, uint32_t newest);
/* A window by size and by the flag \Flagged, in which all but UID 3 were found. */
void window_scene_begin_search(struct window_scene *scene);
/* Makes the plan, which is not refused. */
void window_scene_plan(struct window_scene *scene);
int window_scene_try_plan(struct window_scene *scene, struct error *error);
void window_scene_end(struct window_scene *scene);
/* SET holds just these, which are written with spaces between them; WHAT is said otherwise. */
void window_scene_expect(const struct uid_set *set, const char *expected, const char *what);

#endif
