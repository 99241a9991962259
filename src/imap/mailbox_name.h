/* The server's mailbox names <-> navette's folder names. SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef NAVETTE_IMAP_MAILBOX_NAME_H
#define NAVETTE_IMAP_MAILBOX_NAME_H

#include <stdbool.h>

#include "base/error.h"

/* How the server writes names. Start zeroed. */
struct imap_naming {
	char delimiter; /* 0: no hierarchy */
	char *prefix;   /* of the personal namespace (RFC 2342), such as "INBOX."; NULL or "": none.
			   Owned by whoever made it. */
	/* Names are plain UTF-8: UTF8=ACCEPT is on (RFC 6855) or the server speaks IMAP4rev2 alone,
	 * and the names it listed do not show that it writes modified UTF-7 all the same. */
	bool utf8;
	bool shown; /* the names it listed show which of the two they are written in */
};

/* What one name, in the server's octets, shows of how names are written. */
enum imap_spelling {
	IMAP_SPELLING_EITHER, /* nothing: printable ASCII without "&" */
	IMAP_SPELLING_UTF7,   /* strict modified UTF-7 (RFC 3501 section 5.1.3) with "&" in it */
	IMAP_SPELLING_UTF8    /* octets beyond ASCII, or an "&" that is no modified UTF-7 */
};
enum imap_spelling imap_mailbox_spelling(const char *mailbox);
/* MAILBOX as it would be written in UTF-8 if it is strict modified UTF-7, else as it is: names that
 * give the same may be two spellings of one mailbox. The caller's. */
char *imap_mailbox_respell(const char *mailbox);

/* The folder name of a mailbox. The prefix is taken off (unless nothing would be left or the rest
 * would be "INBOX"); INBOX in any case becomes "INBOX"; components are split at DELIMITER (the one
 * LIST gave for this mailbox), decoded, and escaped (mail/folder_name.h). A component that is not
 * strict modified UTF-7 is taken as raw octets, as some servers write names. *folder_r is the
 * caller's. Returns 0, or -1 when the name cannot be a folder (an empty component, too long, too
 * deep): ERROR_FAILED, SCOPE_FOLDER; the text does not show the mailbox: it may be as long as it
 * likes. */
int imap_mailbox_to_folder(const char *mailbox, char delimiter, const struct imap_naming *naming,
			   char **folder_r, struct error *error);
/* What is to be seen of a mailbox that cannot be a folder: its parts, decoded, with "/" between
 * them, without the prefix. It may hold anything but NUL, and is the caller's. */
char *imap_mailbox_show(const char *mailbox, char delimiter, const struct imap_naming *naming);
/* The mailbox name to CREATE for a folder that the server does not have: one that
 * imap_mailbox_to_folder() turns into that folder again. -1 (SCOPE_FOLDER) when the server cannot
 * have such a name: the delimiter inside a component, several components without hierarchy, octets
 * that it cannot write. *mailbox_r is the caller's. */
int imap_folder_to_mailbox(const char *folder, const struct imap_naming *naming, char **mailbox_r,
			   struct error *error);

#endif
