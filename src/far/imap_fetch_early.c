/* The far side over IMAP: messages that were fetched ahead (imap_ahead.c) are given when they are
 * wanted. SPDX-License-Identifier: GPL-3.0-or-later */
#include "far/imap_fetching.h"

/* Whether what was fetched ahead is all that is wanted of it. */
static bool may_be_here(const struct far_fetching *fetching)
{
	const unsigned int known = FAR_FLAGS | FAR_DATE | FAR_SIZE | FAR_OBJECT | FAR_BODY;
	unsigned int items = fetching->fetch.items;
	return (items & FAR_BODY) && (items & ~known) == 0 && fetching->fetch.sink &&
	       fetching->fetch.see;
}

void far_imap_fetch_find_early(const struct far_fetching *fetching, struct uid_set *here)
{
	struct far_imap *imap = far_imap_of(fetching->session);
	for (size_t i = 0; may_be_here(fetching) && i < imap->ahead.count; i++) {
		uint32_t uid = imap->ahead.items[i].uid;
		if (uid != 0 && uid_set_contains(&fetching->left, uid) &&
		    far_imap_ahead_find(imap, &fetching->fetch.mailbox, uid))
			uid_set_add(here, uid);
	}
}

static int give(const struct far_fetching *fetching, const struct far_imap_early *early,
		struct error *error)
{
	const struct far_fetch *fetch = &fetching->fetch;
	struct far_message message = { .uid = early->uid,
				       .flags = &early->flags,
				       .has_date = early->has_date,
				       .has_size = early->has_size,
				       .date = early->date,
				       .size = early->size,
				       .object = early->object,
				       .body = FAR_BODY_RECEIVED,
				       .body_size = early->body.length };
	if (fetch->sink->begin(fetch->context, early->uid, &message.sink_error) != 0 ||
	    fetch->sink->write(fetch->context, early->body.bytes, early->body.length,
			       &message.sink_error) != 0)
		message.body = FAR_BODY_REFUSED;
	return fetch->see(fetch->context, &message, error);
}

int far_imap_fetch_give_early(const struct far_fetching *fetching, const struct uid_set *part,
			      struct error *error)
{
	struct far_imap *imap = far_imap_of(fetching->session);
	for (uint32_t uid = 0; uid_set_next(part, &uid);) {
		struct far_imap_early *early =
			far_imap_ahead_find(imap, &fetching->fetch.mailbox, uid);
		int result = early ? give(fetching, early, error) : 0;
		if (early)
			far_imap_early_release(early);
		if (result != 0)
			return -1;
	}
	return 0;
}
