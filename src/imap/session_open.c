/* The life of a session: from the connection and the login to the LOGOUT.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "imap/session_internal.h"

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
	imap_notices_release(&session->notices);
	imap_session_close_stream(session);
	imap_reader_destroy(&session->reader);
	imap_response_release(&session->response);
	imap_wire_log_release(&session->input_log);
	imap_secrets_release(&session->secrets);
	buffer_wipe(&session->queue);
	buffer_release(&session->queue);
	buffer_release(&session->queue_shown);
	text_list_release(&session->disabled);
	text_list_release(&session->capabilities);
	text_list_release(&session->foreign);
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
	session->reader = imap_reader_create(imap_input_read, session);
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
	/* Nothing hangs on the answer, and waiting for it would cost a round trip. */
	if ((*session)->alive) {
		imap_idle_say_done(*session);
		imap_pipeline_add_line(*session, "Z0 LOGOUT", "Z0 LOGOUT");
		(void)imap_pipeline_flush(*session); /* it is closed either way */
	}
	destroy(*session);
	*session = NULL;
}
