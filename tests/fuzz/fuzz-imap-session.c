/* Fuzz target: all that a server says in a session, from the greeting to the last command. The
 * first byte of the input picks login, the wire log and the commands.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "imap/commands.h"
#include "imap/wait.h"
#include "memory-stream.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

enum bits {
	BIT_LOGIN = 1 << 0,    /* the LOGIN command; else the best mechanism */
	BIT_STARTTLS = 1 << 1, /* else no TLS */
	BIT_COMPRESS = 1 << 2,
	BIT_RESYNC = 1 << 3,
	BIT_UPLOAD = 1 << 4,
	BIT_WAIT = 1 << 5,   /* for what the server tells by itself */
	BIT_NOTIFY = 1 << 6, /* by NOTIFY, else IDLE */
	BIT_LOG = 1 << 7
};

struct play {
	struct imap_session *session;
	struct buffer transcript;
};

static void note(struct play *play, const char *what, int result, const struct error *error)
{
	if ((result == 0) != (error->kind == ERROR_NONE) ||
	    (result != 0 && (error->text[0] == '\0' || error->scope < SCOPE_MESSAGE)))
		abort();
	if (result < 0 && error->scope >= SCOPE_CONNECTION && imap_session_is_alive(play->session))
		abort();
	buffer_add_format(&play->transcript, "%s %d %s\n", what, result, error->text);
}

static int see_mailbox(void *context, const struct imap_list_data *list,
		       const struct imap_status_data *status, struct error *error)
{
	struct play *play = context;

	(void)error; /* nothing fails */
	buffer_add_format(&play->transcript, "%s %d\n", list->mailbox, status != NULL);
	return 0;
}

static int see_message(void *context, const struct imap_fetch_data *fetch, struct error *error)
{
	struct play *play = context;

	(void)error; /* nothing fails */
	if (fetch->uid == 0)
		abort();
	buffer_add_format(&play->transcript, "%u\n", (unsigned int)fetch->uid);
	return 0;
}

static int vanished(void *context, const struct uid_set *uids, struct error *error)
{
	struct play *play = context;

	(void)error; /* nothing fails */
	buffer_add_text(&play->transcript, "vanished ");
	uid_set_format(uids, &play->transcript);
	return 0;
}

static void restart(void *context)
{
	struct play *play = context;

	buffer_add_text(&play->transcript, "restart\n");
}

static void select_mailbox(struct play *play, unsigned int bits)
{
	const struct imap_resync resync = { .uidvalidity = 1,
					    .modseq = 5,
					    .see = see_message,
					    .vanished = vanished,
					    .restart = restart,
					    .context = play };
	struct imap_mailbox_state state = { 0 };
	struct error error = ERROR_INITIAL;
	struct imap_command *command = imap_select_send(play->session, "INBOX", false,
							(bits & BIT_RESYNC) != 0 ? &resync : NULL);
	int result = (int)imap_select_finish(play->session, &command, &state, &error);

	note(play, "select", result, &error);
	buffer_add_format(&play->transcript, "%u %u %u %d\n", (unsigned int)state.uidvalidity,
			  (unsigned int)state.uidnext, (unsigned int)state.messages,
			  state.resynced);
	imap_mailbox_state_release(&state);
}

static void look(struct play *play)
{
	struct uid_set uids = UID_SET_INITIAL;
	struct error error = ERROR_INITIAL;
	struct imap_command *command =
		imap_fetch_from_send(play->session, 1, IMAP_FETCH_FLAGS, see_message, play);

	note(play, "listing", (int)imap_fetch_finish(play->session, &command, &error), &error);
	error_clear(&error);
	note(play, "search", (int)imap_search_all(play->session, &uids, &error), &error);
	uid_set_format(&uids, &play->transcript);
	uid_set_release(&uids);
}

static int read_message(void *context, void *bytes, size_t size, size_t *length_r,
			struct error *error)
{
	size_t *left = context;

	(void)error; /* nothing fails */
	*length_r = *left < size ? *left : size;
	memset(bytes, 'x', *length_r);
	*left -= *length_r;
	return 0;
}

static void upload(struct play *play)
{
	const struct keyword_table keywords = { 0 };
	size_t left = 20;
	const struct imap_append message = {
		.keywords = &keywords, .size = left, .read = read_message, .context = &left
	};
	struct imap_appended appended = { 0 };
	struct error error = ERROR_INITIAL;
	struct imap_command *command = imap_append_begin(play->session, "INBOX");

	(void)imap_append_add(command, &message, &error); /* finish tells it again */
	imap_append_end(command);
	error_clear(&error);
	note(play, "append", (int)imap_append_finish(play->session, &command, &appended, &error),
	     &error);
	if (uid_set_size(&appended.uids) > 1)
		abort(); /* it was one message */
	uid_set_format(&appended.uids, &play->transcript);
	imap_appended_release(&appended);
}

static void change(struct play *play)
{
	const struct keyword_table keywords = { 0 };
	struct uid_set uids = UID_SET_INITIAL;
	struct uid_set gone = UID_SET_INITIAL;
	struct error error = ERROR_INITIAL;
	struct imap_command *command;

	uid_set_add_range(&uids, 2, 4);
	command = imap_store_send(play->session, &uids, true, FLAG_DELETED, &keywords);
	note(play, "store", (int)imap_store_finish(play->session, &command, &error), &error);
	error_clear(&error);
	error_clear(&error);
	command = imap_uid_expunge_send(play->session, &uids);
	note(play, "expunge", (int)imap_expunge_finish(play->session, &command, &gone, &error),
	     &error);
	uid_set_format(&gone, &play->transcript);
	uid_set_release(&gone);
	uid_set_release(&uids);
}

static void take_notices(struct play *play)
{
	struct imap_notice notice;
	size_t count = 0;

	while (imap_notices_take(play->session, &notice)) {
		if (++count > IMAP_NOTICES_MAX + 1 || (notice.mailbox != NULL && notice.kinds == 0))
			abort();
		buffer_add_format(&play->transcript, "%s %u %u\n",
				  notice.mailbox != NULL ? notice.mailbox : "anything",
				  notice.kinds, (unsigned int)notice.status.uidnext);
		imap_notice_release(&notice);
	}
}

/* To the end of what the server says: when a look finds nothing is not the same each time. */
static void wait_for_news(struct play *play, unsigned int bits)
{
	struct error error = ERROR_INITIAL;
	int result = 0;

	imap_notices_begin(play->session);
	if ((bits & BIT_NOTIFY) != 0)
		note(play, "notify", (int)imap_notify(play->session, IMAP_NOTIFY_ALL, &error),
		     &error);
	else
		imap_idle_begin(play->session);
	error_clear(&error);
	while (result == 0)
		result = imap_session_read_now(play->session, &error);
	note(play, "read", result, &error);
	take_notices(play);
	error_clear(&error);
	note(play, "done", imap_idle_end(play->session, 0, &error), &error);
}

static void use(struct play *play, unsigned int bits)
{
	struct error error = ERROR_INITIAL;
	bool whole;

	if ((bits & BIT_COMPRESS) != 0)
		note(play, "compress", imap_compress(play->session, &error), &error);
	error_clear(&error);
	note(play, "list", (int)imap_list(play->session, true, see_mailbox, play, &whole, &error),
	     &error);
	select_mailbox(play, bits);
	if ((bits & BIT_WAIT) != 0)
		wait_for_news(play, bits);
	look(play);
	if ((bits & BIT_UPLOAD) != 0)
		upload(play);
	change(play);
}

static char *play(unsigned int bits, const uint8_t *bytes, size_t size, size_t chunk)
{
	const struct imap_login login = { .endpoint = { .host = "h",
							.tls = (bits & BIT_STARTTLS) != 0
								       ? IMAP_TLS_STARTTLS
								       : IMAP_TLS_NONE },
					  .user = "reader",
					  .password = "secret \"word\"",
					  .mechanism = (bits & BIT_LOGIN) != 0 ? "LOGIN" : NULL };
	struct play play = { .session = NULL };
	struct error error = ERROR_INITIAL;

	memory_stream_set("", bytes, size, chunk);
	if (imap_session_open(&login, &play.session, &error) == 0) {
		use(&play, bits);
		imap_session_close(&play.session);
	} else if (error.text[0] == '\0' || (strstr(error.text, "secret") != NULL &&
					     memmem(bytes, size, "secret", 6) == NULL)) {
		abort();
	}
	buffer_add_text(&play.transcript, error.text);
	return buffer_take(&play.transcript);
}

/* However the bytes come, they mean the same; but what came too early for STARTTLS is not believed.
 */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	char *at_once;
	char *slowly;

	if (size == 0)
		return 0;
	log_set_level((bytes[0] & BIT_LOG) != 0 ? LOG_WIRE : LOG_ERROR);
	at_once = play(bytes[0], bytes + 1, size - 1, 0);
	slowly = play(bytes[0], bytes + 1, size - 1, 1);
	if ((bytes[0] & BIT_STARTTLS) == 0 && strcmp(at_once, slowly) != 0)
		abort();
	free(at_once);
	free(slowly);
	return 0;
}
