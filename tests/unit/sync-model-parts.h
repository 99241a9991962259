/* What the files of the model share. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_TESTS_SYNC_MODEL_PARTS_H
#define NAVETTE_TESTS_SYNC_MODEL_PARTS_H

#include "sync-model.h"
#include "sync/observe/base_view.h"

void model_near_set_flags(struct model_near *file, uint32_t flags);
struct model_near *model_near_add(struct model *model, uint32_t content, uint32_t flags);
void model_near_drop(struct model *model, size_t index);
/* NULL when there is none. */
struct model_near *model_near_find(struct model *model, enum maildir_place place, const char *name);
void model_far_add(struct model *model, uint32_t content, uint32_t flags);
void model_far_drop(struct model *model, size_t index);
struct model_far *model_far_find(struct model *model, uint32_t uid); /* likewise */
struct base_view model_base_view(struct model *model);

/* --- A run --- */

struct applying {
	struct model *model;
	size_t left; /* steps until the kill */
	size_t taken;
};
/* One step is done: false when the run is killed now. */
bool model_step(struct applying *applying);
struct model_base *model_base_find(struct model *model, uint32_t uid); /* NULL when there is none */
void model_base_forget(struct model *model, uint32_t uid);

/* --- The window in a run --- */

/* What gather learns of it. */
void model_look_for_window(struct model *model, const struct base_view *base,
			   const struct near_changes *near, struct window *window_r);
/* Apply, at its begin: what is left out is noted; */
bool model_note_withheld(struct applying *applying, const struct far_changes *far,
			 const struct plan *plan);
/* a message was downloaded; */
void model_come_in(struct model *model, uint32_t uid);
/* one is about to be removed on the server: notes when the window does not hold it; */
void model_check_removal(struct model *model, uint32_t uid);
/* after the removals; at the end. */
bool model_leave(struct applying *applying, const struct plan *plan);
void model_settle(struct model *model, const struct plan *plan);
/* Finishes what a killed run left. */
void model_recover_leaving(struct model *model);

#endif
