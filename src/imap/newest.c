/* Servers that show only the newest messages of a mailbox. SPDX-License-Identifier:
 * GPL-3.0-or-later
 */
#include <string.h>

#include "imap/session_internal.h"

static const char limit_word[] = "MESSAGELIMIT=";

/* Of what the server offers, also when we were told not to use it. */
static bool offers(const struct imap_session *session, const char *word)
{
	return text_list_holds(&session->capabilities, word) ||
	       text_list_holds(&session->disabled, word);
}

/* MESSAGELIMIT=1000 (RFC 9738 section 3). Returns whether it is there. */
static bool find_limit(const struct imap_session *session, uint32_t *limit_r)
{
	const struct text_list *words = &session->capabilities;
	uint64_t limit;

	for (size_t i = 0; i < words->count; i++) {
		if (strncmp(words->items[i], limit_word, sizeof limit_word - 1) != 0)
			continue;
		if (text_parse_number(words->items[i] + sizeof limit_word - 1, UINT32_MAX, &limit))
			*limit_r = (uint32_t)limit;
		return true;
	}
	return false;
}

bool imap_session_shows_newest_only(struct imap_session *session, uint32_t *limit_r)
{
	*limit_r = 0;
	if (imap_session_is_enabled(session, IMAP_CAPABILITY_UIDONLY))
		return false;
	return find_limit(session, limit_r) || offers(session, "UIDONLY") ||
	       offers(session, "X-UIDONLY");
}
