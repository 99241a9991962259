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
	bool utf8; /* UTF8=ACCEPT is on (RFC 6855) or IMAP4rev2 enabled: names are plain UTF-8 */
};

/* The folder name of a mailbox. The prefix is taken off (unless nothing would be left or the rest
 * would be "INBOX"); INBOX in any case becomes "INBOX"; components are split at DELIMITER (the one
 * LIST gave for this mailbox), decoded, and escaped (base/folder_name.h). A component that is not
 * strict modified UTF-7 is taken as raw octets (quirks E01, E02). *folder_r is the caller's.
 * Returns 0, or -1 when the name cannot be a folder (an empty component, too long, too deep):
 * ERROR_FAILED, SCOPE_FOLDER; the text does not show the mailbox: it may be as long as it likes. */
int imap_mailbox_to_folder(const char *mailbox, char delimiter, const struct imap_naming *naming,
			   char **folder_r, struct error *error);
/* The mailbox name to CREATE for a folder that the server does not have: one that
 * imap_mailbox_to_folder() turns into that folder again. -1 (SCOPE_FOLDER) when the server cannot
 * have such a name: the delimiter inside a component, several components without hierarchy, octets
 * that it cannot write. *mailbox_r is the caller's. */
int imap_folder_to_mailbox(const char *folder, const struct imap_naming *naming, char **mailbox_r,
			   struct error *error);

#endif
