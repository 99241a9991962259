/* A folder of three messages, and what happened to one of them, for tests of its plan.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_TESTS_SYNC_PLAN_SCENE_H
#define NAVETTE_TESTS_SYNC_PLAN_SCENE_H

#include "sync/plan/plan.h"

struct plan_scene {
	/* The base: UIDs 3, 5 and 7, all in cur/ and \Seen. Only 5, the second, is ever special. */
	struct state_message messages[3];
	struct plan_rules rules;
	struct near_changes near;
	struct far_changes far;
	/* Of UID 5, and a new one; in the lists when their counts say so. */
	struct near_changed near_five;
	struct far_changed far_five;
	struct near_added added;
	struct far_identified identified;
	char name[16], new_name[16]; /* of these files */
	struct plan plan;
};
/* The one that all functions here are about. */
extern struct plan_scene scene;

void scene_begin(void);
void scene_clear(void);
/* Both, for another case. */
void scene_again(void);

/* What happened to UID 5. */
void scene_gone_here(void);
void scene_gone_there(void);
void scene_changed_here(uint32_t flags);
void scene_changed_there(uint32_t flags);

void scene_make(void);
/* The one step of the plan, which is of that kind. */
const struct operation *scene_only(enum operation_kind kind);
void scene_expect_far(const struct operation *operation, uint32_t has, uint32_t wanted);
void scene_expect_near(const struct operation *operation, uint32_t has, uint32_t wanted);

#endif
