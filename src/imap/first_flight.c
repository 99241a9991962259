/* The first commands behind a login: ID (RFC 2971), ENABLE (RFC 5161), NAMESPACE (RFC 2342). They
 * go out together with the first command that somebody waits for. SPDX-License-Identifier:
 * GPL-3.0-or-later */
#include <stdlib.h>
#include <strings.h>

#include "base/memory.h"
#include "imap/session_internal.h"

static int take_enabled(void *context, const struct imap_response *response, struct error *error)
{
	struct imap_session *session = context;

	(void)error; /* nothing fails */
	if (response->type != IMAP_RESPONSE_ENABLED)
		return 0;
	for (size_t i = 0; i < response->words.count; i++)
		session->enabled |= imap_capability_bit(response->words.items[i]);
	if (text_list_holds(&response->words, "UTF8=ACCEPT"))
		session->naming.utf8 = session->quotes_utf8 = true;
	return 0;
}

/* NAMESPACE (RFC 2342), or the LIST "" "" that tells at least the delimiter (RFC 9051 section
 * 6.3.9). */
static int take_namespace(void *context, const struct imap_response *response, struct error *error)
{
	struct imap_session *session = context;
	const struct imap_list_data *list = &response->list;

	(void)error; /* nothing fails */
	for (size_t i = 0; response->type == IMAP_RESPONSE_NAMESPACE && i < response->words.count;
	     i++)
		text_list_add(&session->foreign, response->words.items[i]);
	if (response->type == IMAP_RESPONSE_NAMESPACE && list->mailbox != NULL) {
		free(session->naming.prefix);
		session->naming.prefix = memory_text(list->mailbox);
		session->naming.delimiter = list->delimiter;
	} else if (response->type == IMAP_RESPONSE_LIST && session->naming.delimiter == '\0') {
		session->naming.delimiter = list->delimiter;
	}
	return 0;
}

/* ENABLE (RFC 5161 section 3.1) of everything that changes how the server talks to us. QRESYNC
 * includes CONDSTORE (RFC 7162 section 3.2.3). */
static struct imap_command *enable(struct imap_session *session)
{
	const struct imap_handler enabled = { .context = session, .untagged = take_enabled };
	struct buffer text = BUFFER_INITIAL;
	struct imap_command *command = NULL;

	if (!imap_session_has(session, IMAP_CAPABILITY_ENABLE))
		return NULL;
	if (imap_session_has(session, IMAP_CAPABILITY_QRESYNC))
		buffer_add_text(&text, " QRESYNC");
	else if (imap_session_has(session, IMAP_CAPABILITY_CONDSTORE))
		buffer_add_text(&text, " CONDSTORE");
	/* Whatever does not name messages by UID is refused then; nothing of ours is. */
	if (imap_session_has(session, IMAP_CAPABILITY_UIDONLY))
		buffer_add_text(&text, " UIDONLY");
	if (imap_session_has(session, IMAP_CAPABILITY_UTF8_ACCEPT))
		buffer_add_text(&text, " UTF8=ACCEPT");
	if (text.length > 0) {
		char *line = memory_format("ENABLE%s", buffer_text(&text));

		command = imap_command_start(session, &enabled, line);
		free(line);
	}
	buffer_release(&text);
	return command;
}

void imap_first_flight_send(struct imap_session *session)
{
	const struct imap_handler namespace = { .context = session, .untagged = take_namespace };

	/* Some servers let nobody SELECT who has not said who they are, with all three of these
	 * (RFC 2971 section 3.3; 163.com, 126.com, yeah.net). */
	if (imap_session_has(session, IMAP_CAPABILITY_ID))
		session->first_flight[0] =
			imap_command_start(session, NULL,
					   "ID (\"name\" \"navette\" \"version\" \"" PACKAGE_VERSION
					   "\" \"vendor\" \"navette\")");
	session->first_flight[1] = enable(session);
	session->first_flight[2] = imap_command_start(
		session, &namespace,
		imap_session_has(session, IMAP_CAPABILITY_NAMESPACE) ? "NAMESPACE"
								     : "LIST \"\" \"\"");
}

int imap_session_settle(struct imap_session *session, struct error *error)
{
	int result = 0;

	for (size_t i = 0; i < IMAP_FIRST_FLIGHT_MAX; i++)
		if (imap_command_end_unneeded(&session->first_flight[i],
					      result == 0 ? error : NULL) < 0)
			result = -1;
	return result;
}

bool imap_session_is_personal(struct imap_session *session, const char *mailbox)
{
	const struct imap_naming *naming = imap_session_naming(session);

	if (strcasecmp(mailbox, "INBOX") == 0)
		return true;
	for (size_t i = 0; i < session->foreign.count; i++)
		if (text_starts_with(mailbox, session->foreign.items[i]))
			return false;
	return naming->prefix == NULL || text_starts_with(mailbox, naming->prefix);
}

bool imap_session_is_enabled(struct imap_session *session, enum imap_capability capability)
{
	struct error error = ERROR_INITIAL;

	return imap_session_settle(session, &error) == 0 &&
	       (session->enabled & (unsigned int)capability) != 0;
}

const struct imap_naming *imap_session_naming(struct imap_session *session)
{
	struct error error = ERROR_INITIAL;

	(void)imap_session_settle(session, &error); /* the next command tells that it failed */
	return &session->naming;
}
