/* The mailbox of a folder: commands that are about it come after these. Internal to sync.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_SYNC_OBSERVE_MAILBOX_H
#define NAVETTE_SYNC_OBSERVE_MAILBOX_H

#include "far/imap.h"
#include "imap/commands.h"

struct sync_folder;

/* Bytes of UIDs in one STORE or SEARCH: with the rest of the line it stays below 8 kB. */
#define SYNC_SET_BYTES 7000

/* The mailbox that operations of the far side are about: the one that the gather saw. The name is
 * borrowed. */
struct far_mailbox sync_folder_mailbox(const struct sync_folder *folder);
/* Selects the mailbox, unless commands sent now are about it already (several folders share a
 * session). Fails when it is no longer the one that the gather saw. */
int sync_folder_need_mailbox(const struct sync_folder *folder, struct far_session *session,
			     struct error *error);
/* Whether a mailbox of UIDVALIDITY NOW is the one that the gather saw. 0 or -1. */
int sync_folder_check_validity(const struct sync_folder *folder, uint32_t now, struct error *error);

/* Where an earlier run may have been stopped in the middle of its uploads just now: waits until the
 * server has stored what it still had of them. */
int sync_folder_wait_for_stragglers(const struct sync_folder *folder, struct far_session *session,
				    struct error *error);

/* Whether the server refused because it wants a pause of everything: a further command would be
 * refused like this one. The error's pause says for how long. */
static inline bool sync_refusal_wants_pause(const struct error *refusal)
{
	return refusal->scope >= SCOPE_CONNECTION;
}

#endif
