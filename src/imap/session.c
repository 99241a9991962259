/* What a session knows, and how it fails: below the commands.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "imap/session.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/memory.h"
#include "imap/session_internal.h"
#include "mail/utf7.h"

void imap_session_close_stream(struct imap_session *session)
{
	if (session->stream == NULL)
		return;
	session->counts = imap_stream_counts(session->stream);
	imap_stream_close(&session->stream);
}

/* The words of a BYE say more than the end of file or the reset that follows it. */
static void explain_end(struct imap_session *session)
{
	if (session->bye == NULL)
		return;
	(void)error_set(&session->error, ERROR_TEMPORARY, SCOPE_CONNECTION, /* always -1 */
			"%s closed the connection: %s%s", session->server,
			session->bye[0] != '\0' ? session->bye : "it gave no reason",
			imap_refusal_traffic_advice(session->bye));
	(void)error_set_pause(&session->error, imap_refusal_pause_ms(session->bye));
}

int imap_session_fail(struct imap_session *session, const struct error *error)
{
	if (!session->alive)
		return -1;
	session->alive = false;
	session->error = *error;
	(void)error_widen(&session->error, SCOPE_CONNECTION); /* always -1 */
	explain_end(session);
	buffer_wipe(&session->queue);
	buffer_clear(&session->queue_shown);
	imap_session_close_stream(session);
	return -1;
}

static unsigned int bits_of(const struct imap_session *session)
{
	const struct text_list *words = &session->capabilities;
	unsigned int bits = 0;

	for (size_t i = 0; i < words->count; i++)
		bits |= imap_capability_bit(words->items[i]);
	/* With IMAP4rev1 beside it, revision 2 is only a promise until it is enabled (RFC 9051
	 * section 6.3.1), and what is usable is listed by name. */
	if ((bits & IMAP_CAPABILITY_REV2) != 0 && !text_list_holds(words, "IMAP4REV1"))
		bits |= imap_capability_bits_of_rev2();
	if ((bits & IMAP_CAPABILITY_QRESYNC) != 0) /* RFC 7162 section 3.2.3 */
		bits |= IMAP_CAPABILITY_CONDSTORE;
	for (size_t i = 0; i < session->disabled.count; i++)
		bits &= ~imap_capability_bit(session->disabled.items[i]);
	if ((bits & IMAP_CAPABILITY_CONDSTORE) == 0) /* which QRESYNC would switch on */
		bits &= ~(unsigned int)IMAP_CAPABILITY_QRESYNC;
	return bits;
}

void imap_session_set_capabilities(struct imap_session *session, const struct text_list *words)
{
	text_list_release(&session->capabilities);
	for (size_t i = 0; i < words->count; i++)
		if (!text_list_holds(&session->disabled, words->items[i]))
			text_list_add(&session->capabilities, words->items[i]);
	session->capability_bits = bits_of(session);
	session->capabilities_known = true;
}

void imap_session_forget_capabilities(struct imap_session *session)
{
	text_list_release(&session->capabilities);
	session->capability_bits = 0;
	session->capabilities_known = false;
}

void imap_session_show_alert(const struct imap_session *session, const char *text)
{
	log_line(LOG_WARNING, "%s says: %s", session->server, text);
}

bool imap_session_has(const struct imap_session *session, enum imap_capability capability)
{
	return (session->capability_bits & (unsigned int)capability) != 0;
}

const struct text_list *imap_session_capabilities(const struct imap_session *session)
{
	return &session->capabilities;
}

struct imap_stream_counts imap_session_counts(const struct imap_session *session)
{
	if (session->stream == NULL)
		return session->counts;
	return imap_stream_counts(session->stream);
}

int64_t imap_session_round_trip_us(const struct imap_session *session)
{
	return session->stream == NULL ? -1 : imap_stream_round_trip_us(session->stream);
}

bool imap_session_is_alive(const struct imap_session *session)
{
	return session->alive;
}

enum imap_session_end imap_session_end(const struct imap_session *session)
{
	if (session->bye == NULL)
		return IMAP_SESSION_BROKE;
	return imap_bye_is_to_client(session->bye) ? IMAP_SESSION_BYE_TO_CLIENT : IMAP_SESSION_BYE;
}

char *imap_show_mailbox(const struct imap_session *session, const char *mailbox)
{
	struct buffer decoded = BUFFER_INITIAL;
	size_t length = strlen(mailbox);
	char *shown;
	bool plain = session->naming.utf8 && session->naming.shown;

	/* What ENABLE said is no proof: what is modified UTF-7 is hardly ever meant otherwise. */
	if (!plain && utf7_decode(&decoded, mailbox, length))
		shown = text_printable(buffer_text(&decoded), decoded.length);
	else
		shown = text_printable(mailbox, length);
	buffer_release(&decoded);
	return shown;
}

char *imap_show_selected(const struct imap_session *session)
{
	char *name;
	char *shown;

	if (session->selection == NULL)
		return memory_text("the mailbox");
	name = imap_show_mailbox(session, session->selection->mailbox);
	shown = memory_format("“%s”", name);
	free(name);
	return shown;
}
