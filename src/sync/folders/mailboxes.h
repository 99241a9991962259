/* The mailboxes that the server lists, and the folder that each of them is. Internal to sync.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_SYNC_FOLDERS_MAILBOXES_H
#define NAVETTE_SYNC_FOLDERS_MAILBOXES_H

#include "far/far.h"
#include "sync/folders/folder_table.h"

struct mailbox {
	char *mailbox;           /* the server's octets */
	char *name;              /* the folder's; NULL: this cannot be one */
	char *shown;             /* what patterns and people see then, else NULL */
	unsigned int attributes; /* enum mailbox_attribute */
	struct far_marks status; /* unknown where the server did not say */
};

/* Start zeroed. */
struct mailboxes {
	struct mailbox *items; /* in the server's order */
	size_t count, capacity;
	bool whole; /* each line of the list made sense: what is not in it is not there */
	bool known; /* it was gathered */
};

/* Lists all mailboxes that can be selected, with whether they are
 * subscribed to where SUBSCRIPTIONS are of interest. Returns 0 or -1. */
int mailboxes_gather(struct mailboxes *list, struct far_session *session, bool subscriptions,
		     struct error *error);
/* TABLE holds the folders of the base. A mailbox that the base knows keeps the folder name that it
 * has there, in whatever spelling it is listed now: first by its octets; then by what they mean,
 * where the base's own spelling is listed no more. */
void mailboxes_find_known(struct mailboxes *list, const struct far_session *session,
			  const struct folder_table *table);
/* The mailbox of the folder FROM, MAILBOX_FROM by its octets, has become that of TO, with all below
 * it. False where it cannot be said how these are spelt now: then the list is to be gathered anew.
 */
bool mailboxes_rename(struct mailboxes *list, const char *from, const char *to,
		      const char *mailbox_from, const char *mailbox_to);
void mailboxes_release(struct mailboxes *list);

#endif
