/* navette check: what works, what does not, and why. Changes nothing, but
 * makes a file in the Maildir and removes it. SPDX-License-Identifier:
 * GPL-3.0-or-later */
#ifndef NAVETTE_SYNC_CHECK_H
#define NAVETTE_SYNC_CHECK_H

#include <stdatomic.h>

#include "base/error.h"
#include "config/config.h"

struct far_side;

enum sync_verdict {
	SYNC_VERDICT_GOOD,
	SYNC_VERDICT_WARNING, /* it works, but perhaps not as meant, or slowly */
	SYNC_VERDICT_BAD      /* a run would fail */
};

/* One thing that was looked at. Lives during the call. */
struct sync_finding {
	enum sync_verdict verdict;
	const char *part; /* "password", "login", "server", "maildir", "state", "tags",
				 "rules", "watch" */
	const char *text; /* a whole sentence */
};

/* Tells SEE of each. CANCEL (may be NULL) ends what it waits for. FAR is borrowed; NULL: the
 * account's IMAP server. Returns the gravest kind of what
 * is bad, ERROR_NONE when nothing is. */
enum error_kind sync_check(const struct config_account *account, struct far_side *far,
			   const atomic_bool *cancel,
			   void (*see)(void *context, const struct sync_finding *finding),
			   void *context);

#endif
