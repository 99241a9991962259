/* One folder in a run: what gather learns, the plan, and how far apply came. Internal to sync.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_SYNC_FOLDER_H
#define NAVETTE_SYNC_FOLDER_H

#include "sync/apply/transfer.h"
#include "sync/context.h"
#include "sync/ending.h"
#include "sync/folders/target.h"
#include "sync/observe/base.h"
#include "sync/observe/far_observation.h"
#include "sync/observe/near_observation.h"
#include "sync/plan/plan.h"

/* Each part stands in the header of the stage that makes it. A function takes the parts that it
 * needs; only what belongs to a folder as a whole takes all of it. */
struct sync_folder {
	struct sync_context *context;
	struct sync_target target;
	struct folder_base base;
	struct far_observation far;
	struct near_observation near;
	struct plan plan;
	struct transfer transfer;
	struct folder_ending ending;
};

void sync_folder_begin(struct sync_folder *folder, struct sync_context *context,
		       const struct folder_view *view);
void sync_folder_release(struct sync_folder *folder);
/* The folder's name, for sentences. */
const char *sync_folder_name(const struct sync_folder *folder);
bool sync_folder_is_inbox(const struct sync_folder *folder);

#endif
