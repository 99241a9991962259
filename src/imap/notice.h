/* What a server told of mailboxes without being asked. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_IMAP_NOTICE_H
#define NAVETTE_IMAP_NOTICE_H

#include "imap/response.h"

/* More mailboxes than these are not told apart: all may have changed. */
#define IMAP_NOTICES_MAX 2000u

/* What happened to a mailbox, as bits. */
enum imap_notice_kind {
	IMAP_NOTICE_ARRIVED = 1 << 0,
	IMAP_NOTICE_GONE = 1 << 1,
	IMAP_NOTICE_FLAGS = 1 << 2,
	IMAP_NOTICE_NAMES = 1 << 3 /* a LIST came: made, renamed, removed, (un)subscribed */
};

struct imap_notice {
	char *mailbox; /* the server's octets */
	unsigned int kinds;
	/* What the last STATUS said, without the mailbox; all zero where something else came
	 * behind it. */
	struct imap_status_data status;
};
/* Releases what is in it. */
void imap_notice_release(struct imap_notice *notice);

/* Start zeroed: nothing is noted. */
struct imap_notices {
	bool on;
	bool anything; /* more happened than could be noted or told */
	bool silenced; /* NOTIFICATIONOVERFLOW: the server tells nothing any more */
	uint64_t told; /* how often a mailbox that is not selected was told of */
	struct imap_notice *items;
	size_t first; /* those before it were taken */
	size_t count, capacity;
};
void imap_notices_release(struct imap_notices *notices);
/* That the mailbox of STATUS is so. */
void imap_notices_add_status(struct imap_notices *notices, const struct imap_status_data *status);

#endif
