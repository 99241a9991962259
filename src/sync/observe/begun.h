/* Uploads that an earlier run began. Internal to sync. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_SYNC_OBSERVE_BEGUN_H
#define NAVETTE_SYNC_OBSERVE_BEGUN_H

#include <stddef.h>
#include <stdint.h>

#include "state/state.h"

struct sync_folder;

/* The UID of the message that the file of that base name is the new version of, as an earlier run
 * that began to send it recorded; 0: of none, or it cannot be read. */
uint32_t begun_version_of(const struct sync_folder *folder, const char *base, size_t base_length);
/* The upload that an earlier run began of the file of that base name, if any, has arrived, and that
 * is being recorded: it is forgotten, and where the message was before, what is left of it counts
 * as moved. Returns 0 or -1. */
int begun_settle(struct state_transaction *transaction, uint32_t folder, const char *base,
		 size_t base_length, struct error *error);

#endif
