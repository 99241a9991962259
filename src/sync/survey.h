/* What a server has, before anything is synchronised. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_SYNC_SURVEY_H
#define NAVETTE_SYNC_SURVEY_H

#include <stdatomic.h>

#include "base/error.h"
#include "config/config.h"

struct far_side;

/* One folder of the server. Lives during the call. */
struct sync_surveyed {
	const char *name;
	unsigned int uses; /* enum folder_use */
	bool messages_known, bytes_known;
	uint32_t messages;
	uint64_t bytes;
};

/* Logs in, and tells SEE of each folder that is a mailbox. *refused_r: the server refused user and
 * secret. CANCEL (may be NULL) ends what it waits for. FAR is borrowed; NULL: the
 * account's IMAP server. Returns 0 or -1. */
int sync_survey(const struct config_account *account, struct far_side *far,
		const atomic_bool *cancel,
		void (*see)(void *context, const struct sync_surveyed *folder), void *context,
		bool *refused_r, struct error *error);

#endif
