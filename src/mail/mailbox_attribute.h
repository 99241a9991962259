/* What a server says of a mailbox in its list. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_MAIL_MAILBOX_ATTRIBUTE_H
#define NAVETTE_MAIL_MAILBOX_ATTRIBUTE_H

/* Attributes of LIST (RFC 9051 section 7.3.1, RFC 6154), as bits. */
enum mailbox_attribute {
	MAILBOX_NOSELECT = 1 << 0, /* \Noselect or \NonExistent */
	MAILBOX_NOINFERIORS = 1 << 1,
	MAILBOX_SUBSCRIBED = 1 << 2,
	MAILBOX_ALL = 1 << 3,
	MAILBOX_ARCHIVE = 1 << 4,
	MAILBOX_DRAFTS = 1 << 5,
	MAILBOX_FLAGGED = 1 << 6,
	MAILBOX_JUNK = 1 << 7,
	MAILBOX_SENT = 1 << 8,
	MAILBOX_TRASH = 1 << 9,
	MAILBOX_IMPORTANT = 1 << 10
};

#endif
