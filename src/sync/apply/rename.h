/* Gives folders other names. Internal to sync. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_SYNC_APPLY_RENAME_H
#define NAVETTE_SYNC_APPLY_RENAME_H

#include "far/far.h"
#include "sync/context.h"
#include "sync/folders/renames.h"

/* What is called here is found again by its inode, and on the server by its UIDVALIDITY or
 * MAILBOXID; so a run that dies between any two of these steps leaves what the next finds as
 * another name, and goes on with. Only of a subscription nothing is left: it is noted before. */

/* Notes which names mailboxes are about to get, and which of them have subscriptions. Returns 0 or
 * -1. */
int rename_intend(const struct sync_context *context, const struct folder_renames *renames,
		  bool subscriptions_told, struct error *error);
/* The mailbox of RENAME and all below it; with the subscriptions of those among RENAMES.
 * *mailbox_r, the server's octets of its name then, is the caller's. Returns 0 or -1. */
int rename_far(struct far_session *session, const struct folder_renames *renames,
	       const struct folder_rename *rename, bool subscriptions_told, char **mailbox_r,
	       struct error *error);
/* The Maildir. Returns 0 or -1. */
int rename_near(const struct sync_context *context, const struct folder_rename *rename,
		struct error *error);
/* The base of all that have one name on both sides, in one transaction; and subscriptions that a
 * run which died had noted. Returns 0 or -1. */
int rename_record(const struct sync_context *context, struct far_session *session,
		  const struct folder_renames *renames, struct error *error);

#endif
