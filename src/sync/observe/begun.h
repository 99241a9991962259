/* Uploads that an earlier run began. Internal to sync. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_SYNC_OBSERVE_BEGUN_H
#define NAVETTE_SYNC_OBSERVE_BEGUN_H

#include <stddef.h>
#include <stdint.h>

struct sync_folder;

/* The UID of the message that the file of that base name is the new version of, as an earlier run
 * that began to send it recorded; 0: of none, or it cannot be read. */
uint32_t begun_version_of(const struct sync_folder *folder, const char *base, size_t base_length);

#endif
