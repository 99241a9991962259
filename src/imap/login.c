/* From the greeting to a session that is ready for commands (RFC 9051 section 6.2, 7.1.4, 7.1.5).
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/memory.h"
#include "imap/sasl.h"
#include "imap/session_internal.h"

/* More steps than any mechanism has. */
#define SASL_STEPS_MAX 20u

/* --- The greeting --- */

static int refused_at_once(const struct imap_session *session, const char *text,
			   struct error *error)
{
	char *words = imap_refusal_words(text);
	unsigned int pause = imap_refusal_pause_ms(words);

	(void)error_set(error, ERROR_TEMPORARY, SCOPE_ACCOUNT, /* always -1 */
			"%s refused the connection: %s%s; try again later", session->server,
			words[0] != '\0' ? words : "it gave no reason",
			imap_refusal_traffic_advice(words));
	free(words);
	return error_set_pause(error, pause);
}

static int no_greeting(const struct imap_session *session, struct error *error)
{
	return error_set(error, ERROR_FAILED, SCOPE_ACCOUNT,
			 "%s does not greet like an IMAP server; check host, port and tls",
			 session->server);
}

/* *preauth_r: the server says that we are logged in already. */
static int read_greeting(struct imap_session *session, bool *preauth_r, struct error *error)
{
	const struct imap_response *response = &session->response;

	if (imap_stream_await_greeting(session->stream, error) < 0 ||
	    imap_response_read(session->reader, NULL, &session->response, error) < 0)
		return -1;
	/* A line of its own instead of BYE, from a server that has reasons to send us away. */
	if (response->type == IMAP_RESPONSE_MALFORMED)
		return error_set(error, ERROR_TEMPORARY, SCOPE_ACCOUNT,
				 "%s does not greet like an IMAP server: %s; try again later, and "
				 "check host, port and tls",
				 session->server, response->text);
	if (response->type != IMAP_RESPONSE_CONDITION)
		return no_greeting(session, error);
	if (response->condition != IMAP_OK && response->condition != IMAP_PREAUTH)
		return refused_at_once(session, response->text, error);
	if (response->code.type == IMAP_CODE_CAPABILITY)
		imap_session_set_capabilities(session, &response->code.capabilities);
	if (response->code.type == IMAP_CODE_ALERT)
		imap_session_show_alert(session, response->text);
	*preauth_r = response->condition == IMAP_PREAUTH;
	return 0;
}

/* --- Capabilities --- */

static int learn_capabilities(struct imap_session *session, struct error *error)
{
	struct imap_command *command;
	struct error refusal = ERROR_INITIAL;

	if (session->capabilities_known)
		return 0;
	command = imap_command_start(session, NULL, "CAPABILITY");
	if (imap_command_end(&command, &refusal) == IMAP_RESULT_ERROR) {
		*error = refusal;
		return -1;
	}
	if (session->capabilities_known)
		return 0;
	return error_set(error, ERROR_FAILED, SCOPE_ACCOUNT,
			 "%s does not list its capabilities, so it cannot be an IMAP4rev1 server",
			 session->server);
}

/* --- TLS --- */

/* Nothing that came before the handshake is believed after it: it may be anybody's (RFC 9051
 * section 6.2.1 and 11.1). */
static int start_tls(struct imap_session *session, bool preauth, struct error *error)
{
	struct imap_command *command;
	enum imap_result result;

	if (preauth)
		return error_set(error, ERROR_FAILED, SCOPE_ACCOUNT,
				 "%s sent PREAUTH, after which TLS cannot be started; this "
				 "may be an attack on the connection; use tls = implicit",
				 session->server);
	if (session->capabilities_known && !imap_session_has(session, IMAP_CAPABILITY_STARTTLS))
		return error_set(error, ERROR_FAILED, SCOPE_ACCOUNT,
				 "%s does not offer STARTTLS, so the password was not sent; use "
				 "tls = implicit, or tls = none to go without protection",
				 session->server);
	command = imap_command_create(session, "STARTTLS");
	imap_command_set_purpose(command, SCOPE_ACCOUNT, "start TLS");
	imap_command_send(command);
	result = imap_command_end(&command, error);
	if (result != IMAP_RESULT_OK)
		return -1;
	if (imap_reader_discard(session->reader) > 0)
		log_line(LOG_WARNING,
			 "%s sent data between its OK to STARTTLS and the "
			 "handshake; it was discarded",
			 session->server);
	imap_wire_log_release(&session->input_log);
	imap_session_forget_capabilities(session);
	free(session->bye);
	session->bye = NULL;
	return imap_stream_start_tls(session->stream, error);
}

/* --- Logging in --- */

/* Waits for the answer to LOGIN or AUTHENTICATE and takes it. SASL: NULL for LOGIN. */
static int finish_login(struct imap_session *session, const struct imap_login *login,
			const struct imap_sasl *sasl, struct imap_command **command,
			struct error *error)
{
	enum imap_result result;

	imap_command_wait(*command);
	result = imap_command_result(*command, error);
	if (result == IMAP_RESULT_REFUSED)
		(void)imap_login_refuse(session, login, *command, /* always -1 */
					sasl != NULL ? imap_sasl_refusal(sasl) : NULL,
					sasl != NULL && imap_sasl_is_bound(sasl), error);
	imap_command_destroy(command);
	return result == IMAP_RESULT_OK ? 0 : -1;
}

static int log_in_plainly(struct imap_session *session, const struct imap_login *login,
			  struct error *error)
{
	struct imap_command *command;

	if (imap_session_has(session, IMAP_CAPABILITY_LOGINDISABLED))
		return error_set(
			error, ERROR_FAILED, SCOPE_ACCOUNT,
			"%s does not take passwords on this connection (LOGINDISABLED)%s%s",
			session->server,
			imap_stream_is_secure(session->stream)
				? " and offers no other login that navette knows"
				: "; it most likely wants TLS: use tls = implicit or "
				  "tls = starttls",
			imap_login_oauth_advice(session));
	command = imap_command_create(session, "LOGIN ");
	imap_command_add_secret(command, login->user);
	imap_command_add(command, " ");
	imap_command_add_secret(command, login->password);
	imap_command_send(command);
	return finish_login(session, login, NULL, &command, error);
}

/* What to say to the challenge that came; MORE: there is something left to say. After the last step
 * the server may still send an empty "+", or what it has against a token. *response_r is the
 * caller's, a secret. */
static int respond(struct imap_session *session, struct imap_sasl *sasl, bool more, bool *done,
		   char **response_r, struct error *error)
{
	if (more && (!*done || imap_sasl_hears_refusal(sasl)))
		return imap_sasl_step(sasl, session->continuation, response_r, done, error);
	if (!more || session->continuation[0] != '\0')
		return error_set(error, ERROR_FAILED, SCOPE_ACCOUNT,
				 "%s sent a challenge after the end of the login", session->server);
	*response_r = memory_text("");
	return 0;
}

/* The exchange of challenges and responses until the tagged reply (RFC 9051 section 6.2.2). */
static int exchange(struct imap_session *session, struct imap_command *command,
		    struct imap_sasl *sasl, bool *done, struct error *error)
{
	for (unsigned int steps = 0;; steps++) {
		char *response;
		int result = imap_pipeline_wait_continuation(session, command);

		if (result <= 0)
			return 0; /* the command's result tells */
		if (respond(session, sasl, steps < SASL_STEPS_MAX, done, &response, error) < 0)
			return -1;
		imap_secrets_add(&session->secrets, response, strlen(response));
		imap_pipeline_add_line(session, response, "***");
		memory_free_secret(response);
	}
}

/* The first line; with SASL-IR it carries the first response (RFC 4959), "=" when that is empty. */
static int begin_exchange(struct imap_session *session, const char *mechanism,
			  struct imap_sasl *sasl, bool *done, struct imap_command **command_r,
			  struct error *error)
{
	struct imap_command *command;
	char *first = NULL;

	if (imap_session_has(session, IMAP_CAPABILITY_SASL_IR) &&
	    !imap_sasl_server_is_first(mechanism) &&
	    imap_sasl_step(sasl, "", &first, done, error) < 0)
		return -1;
	command = imap_command_create(session, "AUTHENTICATE ");
	imap_command_add(command, mechanism);
	if (first != NULL) {
		imap_command_add(command, " ");
		imap_secrets_add(&session->secrets, first, strlen(first));
		buffer_make_secret(&command->line);
		buffer_add_text(&command->line, first[0] != '\0' ? first : "=");
		buffer_add_text(&command->shown, "***");
	}
	memory_free_secret(first);
	imap_command_send(command);
	*command_r = command;
	return 0;
}

static int authenticate_with(struct imap_session *session, const struct imap_login *login,
			     const char *mechanism, struct imap_sasl *sasl, struct error *error)
{
	struct imap_command *command;
	bool done = false;
	int result;

	if (begin_exchange(session, mechanism, sasl, &done, &command, error) < 0)
		return -1;
	session->input_log.hide_challenges = true;
	result = exchange(session, command, sasl, &done, error);
	session->input_log.hide_challenges = false;
	if (result < 0) {
		imap_command_destroy(&command);
		return -1;
	}
	if (finish_login(session, login, sasl, &command, error) < 0)
		return -1;
	if (!done)
		return error_set(error, ERROR_FAILED, SCOPE_ACCOUNT,
				 "%s sent OK before the login by %s was complete, so it did "
				 "not prove its identity",
				 session->server, mechanism);
	return 0;
}

static int authenticate(struct imap_session *session, const struct imap_login *login,
			const char *mechanism, struct error *error)
{
	struct imap_channel_binding binding;
	bool bound = imap_sasl_needs_binding(mechanism);
	struct imap_sasl *sasl = NULL;
	int result;

	if (bound && !imap_stream_channel_binding(session->stream, &binding))
		return error_set(error, ERROR_FAILED, SCOPE_ACCOUNT,
				 "AUTHENTICATE %s needs channel binding, but the connection "
				 "to %s cannot be bound; choose another mechanism with "
				 "`auth`",
				 mechanism, session->server);
	const struct imap_sasl_login proof = {
		.mechanism = mechanism,
		.user = login->user,
		.secret = login->password,
		.host = login->endpoint.host,
		.port = login->endpoint.port,
		.binding = bound ? &binding : NULL,
	};
	if (imap_sasl_start(&proof, &sasl, error) < 0)
		return -1;
	result = authenticate_with(session, login, mechanism, sasl, error);
	imap_sasl_end(&sasl);
	return result;
}

static bool offers_mechanism(const struct imap_session *session, const char *mechanism)
{
	char *word = memory_format("AUTH=%s", mechanism);
	bool offered = text_list_holds(&session->capabilities, word);

	free(word);
	return offered;
}

static bool takes_secret(const struct imap_login *login)
{
	return login->kind == IMAP_SECRET_PASSWORD || login->kind == IMAP_SECRET_TOKEN;
}

/* A secret goes out only where TLS protects it, or the user has said that nothing needs to. */
static int check_secrecy(const struct imap_session *session, const struct imap_login *login,
			 struct error *error)
{
	if (imap_stream_is_secure(session->stream) || login->endpoint.tls == IMAP_TLS_NONE ||
	    login->endpoint.tunnel != NULL || !takes_secret(login))
		return 0;
	return error_set(error, ERROR_FAILED, SCOPE_ACCOUNT,
			 "the connection to %s is not protected by TLS, so the %s was not sent",
			 session->server, login->kind == IMAP_SECRET_TOKEN ? "token" : "password");
}

static const char *choose_best(const struct imap_session *session, enum imap_secret kind)
{
	struct imap_channel_binding binding;
	bool can_bind = imap_stream_channel_binding(session->stream, &binding);

	return imap_sasl_choose(&session->capabilities, kind, can_bind);
}

/* *mechanism_r: NULL is the LOGIN command. */
static int choose_mechanism(const struct imap_session *session, const struct imap_login *login,
			    const char **mechanism_r, struct error *error)
{
	const char *named = login->mechanism;
	bool token = login->kind == IMAP_SECRET_TOKEN;

	*mechanism_r = NULL;
	if (named != NULL && !token && text_equal_ignoring_case(named, "LOGIN"))
		return 0;
	if (named != NULL && !offers_mechanism(session, named))
		return error_set(error, ERROR_FAILED, SCOPE_ACCOUNT,
				 "%s does not offer the login mechanism %s; change or remove auth "
				 "in the configuration",
				 session->server, named);
	*mechanism_r = named != NULL ? named : choose_best(session, login->kind);
	if (*mechanism_r == NULL && !takes_secret(login))
		return error_set(error, ERROR_FAILED, SCOPE_ACCOUNT,
				 "%s offers no login by %s; change auth in the configuration",
				 session->server,
				 login->kind == IMAP_SECRET_TICKET ? "a ticket of Kerberos (GSSAPI)"
								   : "a certificate (EXTERNAL)");
	if (*mechanism_r == NULL && token) /* LOGIN would show it to who has no use for it */
		return error_set(error, ERROR_FAILED, SCOPE_ACCOUNT,
				 "%s offers no login by a token of OAuth 2.0 (OAUTHBEARER or "
				 "XOAUTH2), so it was not sent; use password-command in place of "
				 "token-command, and remove auth",
				 session->server);
	return 0;
}

static int log_in(struct imap_session *session, const struct imap_login *login, struct error *error)
{
	const char *mechanism;

	if (login->user == NULL || (takes_secret(login) && login->password == NULL))
		return error_set(error, ERROR_CONFIG, SCOPE_ACCOUNT,
				 "%s requires a login, but no user and password are configured",
				 session->server);
	if (check_secrecy(session, login, error) < 0 || learn_capabilities(session, error) < 0 ||
	    choose_mechanism(session, login, &mechanism, error) < 0)
		return -1;
	/* What was known before the login says little about what can be done after it. */
	session->capabilities_known = false;
	if (mechanism == NULL)
		return log_in_plainly(session, login, error);
	return authenticate(session, login, mechanism, error);
}

/* A server of revision 2 alone writes names in UTF-8 from the start (RFC 9051 section 5.1). */
static bool speaks_only_rev2(const struct imap_session *session)
{
	return imap_session_has(session, IMAP_CAPABILITY_REV2) &&
	       !text_list_holds(&session->capabilities, "IMAP4REV1");
}

int imap_login_perform(struct imap_session *session, const struct imap_login *login,
		       struct error *error)
{
	bool preauth = false;

	if (read_greeting(session, &preauth, error) < 0)
		return -1;
	if (login->endpoint.tls == IMAP_TLS_STARTTLS && start_tls(session, preauth, error) < 0)
		return -1;
	if (!preauth && log_in(session, login, error) < 0)
		return -1;
	if (learn_capabilities(session, error) < 0)
		return -1;
	session->naming.utf8 = session->quotes_utf8 = speaks_only_rev2(session);
	imap_first_flight_send(session);
	return 0;
}
