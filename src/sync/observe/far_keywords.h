/* Keywords that the far side tells, by name, for folders of which they are tags: what is not as the
 * state has it. Internal to sync. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_SYNC_OBSERVE_FAR_KEYWORDS_H
#define NAVETTE_SYNC_OBSERVE_FAR_KEYWORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "mail/flags.h"
#include "mail/uid_set.h"

struct state_transaction;

struct far_keyword_set {
	uint32_t uid;
	char *names; /* a set as text (mail/name_set.h) */
};

/* Start zeroed. Of a message that is there twice the later counts. */
struct far_keywords {
	struct far_keyword_set *items;
	size_t count, capacity;
	struct uid_set uids;
};

/* What the state has of the message of that folder is asked of TRANSACTION; NULL: it has nothing.
 * Returns 0 or -1. */
int far_keywords_see(struct far_keywords *list, struct state_transaction *transaction,
		     uint32_t folder, uint32_t uid, const struct flag_names *flags,
		     struct error *error);
void far_keywords_clear(struct far_keywords *list);

#endif
