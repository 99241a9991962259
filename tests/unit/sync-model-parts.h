/* What the files of the model share. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_TESTS_SYNC_MODEL_PARTS_H
#define NAVETTE_TESTS_SYNC_MODEL_PARTS_H

#include "sync-model.h"
#include "sync/base_view.h"

void model_near_set_flags(struct model_near *file, uint32_t flags);
struct model_near *model_near_add(struct model *model, uint32_t content, uint32_t flags);
void model_near_drop(struct model *model, size_t index);
/* NULL when there is none. */
struct model_near *model_near_find(struct model *model, enum maildir_place place, const char *name);
void model_far_add(struct model *model, uint32_t content, uint32_t flags);
void model_far_drop(struct model *model, size_t index);
struct model_far *model_far_find(struct model *model, uint32_t uid); /* likewise */
struct base_view model_base_view(struct model *model);

#endif
