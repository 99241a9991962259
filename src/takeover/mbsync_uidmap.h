/* The UIDs of files where mbsync keeps them out of their names (AltMap). SPDX-License-Identifier:
 * GPL-3.0-or-later */
#ifndef NAVETTE_TAKEOVER_MBSYNC_UIDMAP_H
#define NAVETTE_TAKEOVER_MBSYNC_UIDMAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Reads the bytes of a .isyncuidmap.db, a hash of Berkeley DB: SEE gets each base name of a file
 * (not terminated) and its UID. False: they are none, or damaged; then SEE may have been called.
 * Every sequence of bytes does no harm. */
bool mbsync_uidmap_read(const void *bytes, size_t length,
			void (*see)(void *context, const char *base, size_t base_length,
				    uint32_t uid),
			void *context);

#endif
