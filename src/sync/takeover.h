/* A base that another synchroniser left: what waits on both sides then goes the right way in the
 * first run. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_SYNC_TAKEOVER_H
#define NAVETTE_SYNC_TAKEOVER_H

#include <stdatomic.h>

#include "config/config.h"
#include "takeover/base.h"

struct far_side;

/* What became of one folder. Lives during the call. */
struct sync_taken {
	const char *folder;
	bool taken;        /* its base was written */
	uint32_t messages; /* ... with so many messages */
	size_t doubtful;   /* so many more are matched by their content in the first run */
	const char *why;   /* it was not taken; NULL: the other programme knows nothing of it */
};

/* Makes the state of ACCOUNT, which must not have any mail yet, from what TAKEOVER's sources know
 * of its folders, and tells SEE of each that both sides have. Nothing on either side is changed,
 * and no message is carried: of the server's only sizes and some header fields are asked for, and
 * the files are read. FAR is borrowed; NULL: the account's IMAP server. Returns 0, or -1: nothing,
 * or not all, could be done. */
int sync_takeover(const struct config_account *account, const struct takeover *takeover,
		  struct far_side *far, const atomic_bool *cancel,
		  void (*see)(void *context, const struct sync_taken *taken), void *context,
		  struct error *error);

#endif
