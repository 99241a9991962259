/* Capability words and what they mean to navette. SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "imap/session_internal.h"

static const struct {
	const char *word; /* upper case */
	unsigned int bit;
} capabilities[] = {
	{ "BINARY", IMAP_CAPABILITY_BINARY },
	{ "COMPRESS=DEFLATE", IMAP_CAPABILITY_COMPRESS },
	{ "CONDSTORE", IMAP_CAPABILITY_CONDSTORE },
	{ "ENABLE", IMAP_CAPABILITY_ENABLE },
	{ "ESEARCH", IMAP_CAPABILITY_ESEARCH },
	{ "ID", IMAP_CAPABILITY_ID },
	{ "IMAP4REV2", IMAP_CAPABILITY_REV2 },
	{ "LIST-EXTENDED", IMAP_CAPABILITY_LIST_EXTENDED },
	{ "LIST-STATUS", IMAP_CAPABILITY_LIST_STATUS },
	{ "LITERAL+", IMAP_CAPABILITY_LITERAL_PLUS },
	{ "LITERAL-", IMAP_CAPABILITY_LITERAL_MINUS },
	{ "LOGINDISABLED", IMAP_CAPABILITY_LOGINDISABLED },
	{ "MOVE", IMAP_CAPABILITY_MOVE },
	{ "MULTIAPPEND", IMAP_CAPABILITY_MULTIAPPEND },
	{ "NAMESPACE", IMAP_CAPABILITY_NAMESPACE },
	{ "QRESYNC", IMAP_CAPABILITY_QRESYNC },
	{ "REPLACE", IMAP_CAPABILITY_REPLACE },
	{ "SASL-IR", IMAP_CAPABILITY_SASL_IR },
	{ "SPECIAL-USE", IMAP_CAPABILITY_SPECIAL_USE },
	{ "STARTTLS", IMAP_CAPABILITY_STARTTLS },
	{ "UIDONLY", IMAP_CAPABILITY_UIDONLY },
	{ "UIDPLUS", IMAP_CAPABILITY_UIDPLUS },
	{ "UNSELECT", IMAP_CAPABILITY_UNSELECT },
	/* RFC 6855 section 6: UTF8=ONLY includes UTF8=ACCEPT, which is still what is enabled. */
	{ "UTF8=ACCEPT", IMAP_CAPABILITY_UTF8_ACCEPT },
	{ "UTF8=ONLY", IMAP_CAPABILITY_UTF8_ACCEPT },
};

unsigned int imap_capability_bit(const char *word)
{
	for (size_t i = 0; i < sizeof capabilities / sizeof capabilities[0]; i++)
		if (strcmp(capabilities[i].word, word) == 0)
			return capabilities[i].bit;
	return 0;
}

unsigned int imap_capability_bits_of_rev2(void)
{
	/* Of BINARY only the FETCH side is part of it, so literal8 is not. */
	return IMAP_CAPABILITY_NAMESPACE | IMAP_CAPABILITY_UNSELECT | IMAP_CAPABILITY_UIDPLUS |
	       IMAP_CAPABILITY_ESEARCH | IMAP_CAPABILITY_ENABLE | IMAP_CAPABILITY_SASL_IR |
	       IMAP_CAPABILITY_LIST_EXTENDED | IMAP_CAPABILITY_LIST_STATUS | IMAP_CAPABILITY_MOVE |
	       IMAP_CAPABILITY_LITERAL_MINUS;
}
