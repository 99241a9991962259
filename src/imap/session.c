/* The life of a session: opening, failing, closing, and what it knows.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "imap/session.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/memory.h"
#include "imap/session_internal.h"
#include "imap/utf7.h"

static char *server_name(const struct imap_endpoint *endpoint)
{
	if (endpoint->tunnel != NULL || endpoint->host == NULL)
		return memory_text("the server behind the tunnel");
	return memory_format("the server %s", endpoint->host);
}

static char *session_label(const struct imap_login *login)
{
	if (login->label != NULL)
		return memory_text(login->label);
	return memory_text(login->endpoint.host != NULL ? login->endpoint.host : "tunnel");
}

/* Between COMPRESS and its answer: where text ends and compressed bytes begin shows only when that
 * was parsed. What is kept for the log is never more than the reader holds. */
static int read_while_asked(struct imap_session *session, void *bytes, size_t size,
			    size_t *length_r, struct error *error)
{
	size_t ahead;

	(void)imap_reader_ahead(session->reader, &ahead); /* only how much it is */
	imap_wire_log_feed_kept(&session->input_log, session->label, ahead);
	if (imap_stream_read(session->stream, bytes, size, length_r, error) < 0)
		return -1;
	imap_wire_log_keep(&session->input_log, bytes, *length_r);
	return 0;
}

/* The bytes of the server, on their way to the parser. */
static int read_stream(void *context, void *bytes, size_t size, size_t *length_r,
		       struct error *error)
{
	struct imap_session *session = context;

	if (session->stream == NULL)
		return error_set(error, ERROR_TEMPORARY, SCOPE_CONNECTION,
				 "the connection to %s is closed", session->server);
	if (session->compressing == IMAP_COMPRESSING_ASKED)
		return read_while_asked(session, bytes, size, length_r, error);
	if (imap_stream_read(session->stream, bytes, size, length_r, error) < 0)
		return -1;
	imap_wire_log_feed(&session->input_log, session->label, bytes, *length_r);
	return 0;
}

static struct imap_session *create(const struct imap_login *login)
{
	struct imap_session *session = memory_allocate(sizeof *session);

	session->server = server_name(&login->endpoint);
	session->label = session_label(login);
	session->alive = true;
	buffer_make_secret(&session->queue);
	/* From the greeting on: it may speak of an earlier connection. */
	if (login->password != NULL)
		imap_secrets_add_password(&session->secrets, login->password);
	session->input_log.secrets = &session->secrets;
	if (login->disabled != NULL)
		for (size_t i = 0; i < login->disabled->count; i++)
			text_list_add(&session->disabled, login->disabled->items[i]);
	return session;
}

static void close_stream(struct imap_session *session)
{
	if (session->stream == NULL)
		return;
	session->counts = imap_stream_counts(session->stream);
	imap_stream_close(&session->stream);
}

static void destroy_commands(struct imap_command_list *list)
{
	while (list->first != NULL) {
		struct imap_command *command = list->first;

		imap_command_destroy(&command);
	}
}

static void destroy(struct imap_session *session)
{
	destroy_commands(&session->unsent);
	destroy_commands(&session->unanswered);
	destroy_commands(&session->answered);
	imap_selection_release(&session->selection);
	close_stream(session);
	imap_reader_destroy(&session->reader);
	imap_response_release(&session->response);
	imap_wire_log_release(&session->input_log);
	imap_secrets_release(&session->secrets);
	buffer_wipe(&session->queue);
	buffer_release(&session->queue);
	buffer_release(&session->queue_shown);
	text_list_release(&session->disabled);
	text_list_release(&session->capabilities);
	free(session->naming.prefix);
	free(session->continuation);
	free(session->bye);
	free(session->server);
	free(session->label);
	free(session);
}

int imap_session_open(const struct imap_login *login, struct imap_session **session_r,
		      struct error *error)
{
	struct imap_session *session = create(login);

	if (imap_stream_open(&login->endpoint, &session->stream, error) < 0) {
		destroy(session);
		return -1;
	}
	session->reader = imap_reader_create(read_stream, session);
	imap_reader_hide(session->reader, &session->secrets);
	if (imap_login_perform(session, login, error) < 0) {
		destroy(session);
		return -1;
	}
	imap_stream_opened(session->stream);
	*session_r = session;
	return 0;
}

void imap_session_close(struct imap_session **session)
{
	if (*session == NULL)
		return;
	/* Nothing hangs on the answer, and waiting for it would cost a turn. */
	if ((*session)->alive) {
		imap_pipeline_add_line(*session, "Z0 LOGOUT", "Z0 LOGOUT");
		(void)imap_pipeline_flush(*session); /* it is closed either way */
	}
	destroy(*session);
	*session = NULL;
}

/* The words of a BYE say more than the end of file or the reset that follows it. */
static void explain_end(struct imap_session *session)
{
	if (session->bye == NULL)
		return;
	(void)error_set(&session->error, ERROR_TEMPORARY, SCOPE_CONNECTION, /* always -1 */
			"%s closed the connection: %s%s", session->server, session->bye,
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
	close_stream(session);
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

const struct imap_naming *imap_session_naming(struct imap_session *session)
{
	struct error error = ERROR_INITIAL;

	(void)imap_session_settle(session, &error); /* the next command tells that it failed */
	return &session->naming;
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
	if (!plain && imap_utf7_decode(&decoded, mailbox, length))
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
