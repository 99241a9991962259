/* New files that the server has already, in another folder: it carries such a message there itself,
 * by a move or a copy, and nothing is sent. A part of the plan of the account (moves.h). Pure.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_SYNC_PLAN_CARRY_H
#define NAVETTE_SYNC_PLAN_CARRY_H

#include "sync/plan/moves.h"
#include "sync/plan/source.h"

/* Chooses for each upload of FOLDERS what it is carried from, of SOURCES, which are sorted
 * (operation_upload.source); it stays an upload, that is sent if the server does not carry it after
 * all. One whose file is gone from its own folder is a move, each for one new file; else it is a
 * copy. No new version of a message is carried, and nothing is taken from where the run changes
 * flags of it at the same time. */
void carry_choose(struct moves_folder *folders, size_t count, const struct source_list *sources);

#endif
