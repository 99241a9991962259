/* The way in: each response to the session, to the mailbox it is about, and to the oldest command
 * that has no answer yet. SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/memory.h"
#include "imap/session_internal.h"

/* More warnings than these about replies without sense would only hide everything else. */
#define MALFORMED_WARNINGS_MAX 10u

/* Untagged responses between two answers: more than a mailbox has messages; and of those that
 * belong to no command, such as "* OK Still here", more than are sent in months. */
#define RESPONSES_MAX (1u << 24)
#define CHATTER_MAX 100000u
/* FETCH responses are as many as the mailbox has messages, for each command under way, a few times
 * over for changes of flags meanwhile; and some more. */
#define FETCHES_PER_MESSAGE 4u
#define FETCHES_MORE 10000u

static int protocol_error(struct imap_session *session, const char *what, const char *detail)
{
	struct error error = ERROR_INITIAL;
	char *shown = imap_secrets_printable(&session->secrets, detail, strlen(detail));

	(void)error_set(&error, ERROR_FAILED, SCOPE_CONNECTION, /* always -1 */
			"%s %s (“%s”), so the connection was closed", session->server, what, shown);
	free(shown);
	return imap_session_fail(session, &error);
}

/* The number of a tag as navette writes it, or 0. */
static uint32_t tag_number(const char *tag)
{
	uint64_t number;

	if (tag[0] != 'A' || !text_parse_number(tag + 1, UINT32_MAX, &number))
		return 0;
	return (uint32_t)number;
}

static struct imap_command *find_unanswered(const struct imap_session *session, const char *tag)
{
	uint32_t number = tag_number(tag);
	struct imap_command *command = session->unanswered.first;

	/* Nearly always the first: servers answer in order. */
	while (command != NULL && command->number != number)
		command = command->next;
	return command;
}

static void remember_refused_selection(struct imap_command *command)
{
	struct imap_selection *selection = command->selection;

	selection->answered = true;
	selection->refused = command->condition != IMAP_OK;
	if (selection->refused)
		(void)imap_command_result(command, &selection->refusal); /* REFUSED */
}

/* A command that became the oldest while nothing was received yet: what it is told starts now. */
static void note_oldest(struct imap_command *command)
{
	if (command == NULL || command->was_oldest)
		return;
	command->was_oldest = true;
	command->least_messages = command->selection != NULL ? command->selection->messages : 0;
}

static int take_tagged(struct imap_session *session)
{
	struct imap_response *response = &session->response;
	struct imap_command *command = find_unanswered(session, response->tag);

	/* To an IDLE that the server had ended a DONE is a command without a name. */
	if (command == NULL && session->idle.said_done && strcmp(response->tag, "DONE") == 0)
		return 0;
	if (command == NULL)
		return protocol_error(session,
				      "answered a command that was not waiting for an answer",
				      response->tag);
	/* An OK for a message whose bytes it does not have would lose that message. */
	if (response->condition == IMAP_OK && !command->sent)
		return protocol_error(session, "said OK to a command before it was complete",
				      response->tag);
	note_oldest(command);
	if (session->stream != NULL)
		imap_stream_answered(session->stream);
	session->since_answer = session->since_chatter = 0;
	command->answered = true;
	command->condition = response->condition;
	command->words = imap_refusal_words(response->text);
	command->code = response->code;
	memset(&response->code, 0, sizeof response->code);
	if (command->code.type == IMAP_CODE_CAPABILITY)
		imap_session_set_capabilities(session, &command->code.capabilities);
	if (command->code.type == IMAP_CODE_ALERT && command->condition == IMAP_OK)
		imap_session_show_alert(session, response->text);
	if (command->kind->answered != NULL)
		command->kind->answered(session, command);
	if (imap_command_selects(command))
		remember_refused_selection(command);
	imap_command_retire(command);
	return 0;
}

static void take_continuation(struct imap_session *session)
{
	if (!session->wants_continuation || session->has_continuation) {
		log_line(LOG_VERBOSE, "%s sent an unexpected “+”", session->server);
		return;
	}
	free(session->continuation);
	session->continuation = memory_text(session->response.text);
	session->has_continuation = true;
}

/* The mailbox that the responses are about; NULL: none is selected. */
static struct imap_selection *selection_of(const struct imap_session *session,
					   const struct imap_command *oldest)
{
	return oldest != NULL ? oldest->selection : session->selection;
}

/* RFC 9051 section 2.3.1.1: a changed UIDVALIDITY makes every UID known void. The SELECT's own
 * responses are not a change; they are taken by its handler. */
static void check_validity(const struct imap_session *session, const struct imap_command *oldest,
			   const struct imap_code *code)
{
	struct imap_selection *selection = selection_of(session, oldest);

	if (selection == NULL || (oldest != NULL && imap_command_selects(oldest)) ||
	    code->type != IMAP_CODE_UIDVALIDITY)
		return;
	if (code->number != selection->uidvalidity)
		selection->validity_changed = true;
}

static void take_condition(struct imap_session *session, const struct imap_command *oldest)
{
	const struct imap_response *response = &session->response;

	if (response->condition == IMAP_BYE && session->bye == NULL)
		session->bye = imap_refusal_words(response->text);
	if (response->code.type == IMAP_CODE_CAPABILITY)
		imap_session_set_capabilities(session, &response->code.capabilities);
	if (response->code.type == IMAP_CODE_ALERT && response->condition != IMAP_BYE)
		imap_session_show_alert(session, response->text);
	check_validity(session, oldest, &response->code);
}

/* EXISTS, EXPUNGE and VANISHED: how many messages there are. A SELECT's selection learns it here
 * too; what came before CLOSED is forgotten by its handler. */
static void count_messages(const struct imap_session *session, struct imap_command *oldest)
{
	const struct imap_response *response = &session->response;
	struct imap_selection *selection = selection_of(session, oldest);
	uint64_t gone = 0;

	if (selection == NULL)
		return;
	if (response->type == IMAP_RESPONSE_EXISTS) {
		/* Only EXPUNGE may make it smaller (RFC 9051 section 5.2): a number that shrinks by
		 * itself is an error of the server, and no message is gone for it. */
		if (!selection->messages_known || response->number > selection->messages)
			selection->messages = response->number;
		selection->messages_known = true;
	} else if (response->type == IMAP_RESPONSE_EXPUNGE) {
		gone = 1;
	} else if (!response->earlier) {
		gone = uid_set_size(&response->uids);
		/* Before its CLOSED a SELECT may hear of the mailbox before it. */
		if (oldest == NULL || !imap_command_selects(oldest))
			uid_set_add_set(&selection->vanished, &response->uids);
	}
	if (gone > selection->messages)
		gone = selection->messages;
	selection->messages -= (uint32_t)gone;
	if (oldest == NULL) /* unasked: NOTIFY (RFC 5465) */
		return;
	oldest->expunged += (uint32_t)gone;
	if (selection->messages < oldest->least_messages)
		oldest->least_messages = selection->messages;
}

/* Whose answer it was cannot be known: it may be that of any command on the mailbox. */
static void take_malformed(struct imap_session *session, struct imap_command *oldest)
{
	for (struct imap_command *command = oldest;
	     command != NULL && command->selection == oldest->selection; command = command->next) {
		if (command == oldest || command->kind->wants != NULL)
			command->malformed++;
	}
	if (session->malformed >= MALFORMED_WARNINGS_MAX)
		return;
	session->malformed++;
	log_line(LOG_WARNING, "%s: %s, which was skipped", session->label, session->response.text);
}

struct imap_command *imap_dispatch_recipient(const struct imap_session *session,
					     const struct imap_fetch_data *fetch)
{
	struct imap_command *oldest = session->unanswered.first;

	/* Only commands on the same selected mailbox: behind a SELECT a UID means another message.
	 */
	for (struct imap_command *command = oldest;
	     command != NULL && command->selection == oldest->selection &&
	     !imap_command_selects(command);
	     command = command->next) {
		if (command->kind->wants != NULL &&
		    command->kind->wants(command->handler.context, fetch))
			return command;
	}
	return oldest;
}

/* Who asked for the answer to a search. One that names its command may come while an older command
 * goes on (RFC 4731 section 3.1; Dovecot works on several at a time). */
static struct imap_command *search_recipient(const struct imap_session *session,
					     const struct imap_response *response)
{
	struct imap_command *oldest = session->unanswered.first;
	bool named = response->tag != NULL && response->tag[0] != '\0';
	uint32_t number = named ? tag_number(response->tag) : 0;

	for (struct imap_command *command = oldest;
	     command != NULL && command->selection == oldest->selection; command = command->next) {
		if (named ? command->number == number : command->kind->searches)
			return command;
	}
	return oldest;
}

static void give_to_handler(struct imap_session *session, struct imap_command *oldest)
{
	struct error error = ERROR_INITIAL;

	if (oldest == NULL || oldest->handler.untagged == NULL)
		return;
	if (imap_command_lacks_mailbox(oldest))
		return;
	session->dispatching = true;
	if (oldest->handler.untagged(oldest->handler.context, &session->response, &error) < 0)
		imap_command_set_error(oldest, IMAP_RESULT_ERROR, &error);
	session->dispatching = false;
}

/* Whether the response tells of nothing that was asked for. */
static bool is_chatter(enum imap_response_type type)
{
	return type == IMAP_RESPONSE_CONDITION || type == IMAP_RESPONSE_CAPABILITY ||
	       type == IMAP_RESPONSE_CONTINUATION || type == IMAP_RESPONSE_OTHER;
}

/* Whether FETCH responses came of more messages than EXISTS allows. */
static bool tells_too_much(const struct imap_session *session)
{
	const struct imap_command *oldest = session->unanswered.first;
	const struct imap_selection *selection = oldest != NULL ? oldest->selection : NULL;
	uint64_t messages;

	if (selection == NULL || !selection->messages_known)
		return false;
	messages = (uint64_t)selection->messages + oldest->expunged;
	return session->since_answer >
	       FETCHES_MORE + FETCHES_PER_MESSAGE * messages * session->unanswered.count;
}

/* Nobody waits for ever for a server that talks and never answers. */
static int count_response(struct imap_session *session)
{
	if (session->response.type == IMAP_RESPONSE_TAGGED)
		return 0;
	session->since_chatter += is_chatter(session->response.type) ? 1 : 0;
	if (++session->since_answer <= RESPONSES_MAX && session->since_chatter <= CHATTER_MAX &&
	    !(session->response.type == IMAP_RESPONSE_FETCH && tells_too_much(session)))
		return 0;
	return protocol_error(session, "keeps sending responses without answering a command",
			      "...");
}

int imap_dispatch(struct imap_session *session)
{
	struct imap_command *oldest = session->unanswered.first;

	if (count_response(session) < 0)
		return -1;
	note_oldest(oldest);
	switch (session->response.type) {
	case IMAP_RESPONSE_TAGGED:
		return take_tagged(session);
	case IMAP_RESPONSE_CONTINUATION:
		take_continuation(session);
		return 0;
	case IMAP_RESPONSE_MALFORMED:
		take_malformed(session, oldest);
		return 0;
	case IMAP_RESPONSE_CONDITION:
		take_condition(session, oldest);
		break;
	case IMAP_RESPONSE_CAPABILITY:
		imap_session_set_capabilities(session, &session->response.words);
		break;
	case IMAP_RESPONSE_EXISTS:
	case IMAP_RESPONSE_EXPUNGE:
	case IMAP_RESPONSE_VANISHED:
		count_messages(session, oldest);
		break;
	case IMAP_RESPONSE_FETCH:
		oldest = imap_dispatch_recipient(session, &session->response.fetch);
		note_oldest(oldest);
		break;
	case IMAP_RESPONSE_SEARCH:
		oldest = search_recipient(session, &session->response);
		note_oldest(oldest);
		break;
	default:
		break;
	}
	if (session->notices.on)
		imap_notices_see(session, oldest);
	give_to_handler(session, oldest);
	return session->alive ? 0 : -1;
}
