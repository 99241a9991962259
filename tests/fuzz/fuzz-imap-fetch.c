/* Fuzz target: the answers to FETCH, through a session to a sink and its caller.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <inttypes.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/memory.h"
#include "imap/commands.h"
#include "memory-stream.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

/* From the greeting to a mailbox of three messages; the fuzzer's bytes answer A3, A4 and A5. */
#define PREAMBLE                                                                              \
	"* PREAUTH [CAPABILITY IMAP4rev1 CONDSTORE] hello\r\nA1 OK done\r\n* 3 EXISTS\r\n"    \
	"* OK [UIDVALIDITY 1] ok\r\n* OK [UIDNEXT 20] ok\r\n* OK [HIGHESTMODSEQ 9] ok\r\nA2 " \
	"OK [READ-WRITE] selected\r\n"

/* What came of it, as text. */
struct play {
	struct buffer transcript;
	struct uid_set wanted[2]; /* of the two FETCH commands for bodies */
	size_t input;             /* its bytes */
	struct buffer body;       /* of the sink */
};

/* One FETCH command's side of the play. */
struct side {
	struct play *play;
	const struct uid_set *wanted; /* NULL: anything, and no bodies */
};

static int begin_body(void *context, const struct imap_fetch_data *fetch, uint64_t size,
		      struct error *error)
{
	struct play *play = context;

	if (fetch->uid != 0 && !uid_set_contains(&play->wanted[0], fetch->uid) &&
	    !uid_set_contains(&play->wanted[1], fetch->uid))
		abort();
	buffer_clear(&play->body);
	if (size % 5 == 4) /* a sink may say no */
		return error_set(error, ERROR_FAILED, SCOPE_MESSAGE, "not this one");
	return 0;
}

static int write_body(void *context, const void *bytes, size_t length, struct error *error)
{
	struct play *play = context;

	buffer_add(&play->body, bytes, length);
	if (length == 0 || play->body.length > play->input)
		abort();
	if (play->body.length > 4000) /* and a disk may be full */
		return error_set(error, ERROR_FAILED, SCOPE_FOLDER, "no room");
	return 0;
}

static int see(void *context, const struct imap_fetch_data *fetch, struct error *error)
{
	struct side *side = context;
	struct buffer *out = &side->play->transcript;

	(void)error; /* nothing fails */
	if (fetch->uid == 0 || (side->wanted && !uid_set_contains(side->wanted, fetch->uid)))
		abort();
	buffer_add_format(out, "%" PRIu32 " %" PRIx32 " %" PRId64 " %" PRIu64 " %d<", fetch->uid,
			  fetch->flags.system, fetch->internaldate, fetch->size, (int)fetch->body);
	if (side->wanted && fetch->body == IMAP_BODY_RECEIVED) {
		if (fetch->body_size != side->play->body.length)
			abort();
		buffer_add(out, buffer_text(&side->play->body), side->play->body.length);
	}
	buffer_add_text(out, ">\n");
	return 0;
}

/* OK needs the server's OK; everything else needs a sentence. */
static void note_result(struct play *play, const char *what, enum imap_result result,
			const struct error *error)
{
	if ((result == IMAP_RESULT_OK) != (error->kind == ERROR_NONE) ||
	    (result != IMAP_RESULT_OK && error->text[0] == '\0'))
		abort();
	buffer_add_format(&play->transcript, "%s %d %s\n", what, (int)result, error->text);
}

static void finish(struct play *play, const char *what, struct imap_session *session,
		   struct imap_command **command)
{
	struct error error = ERROR_INITIAL;
	enum imap_result result = imap_fetch_finish(session, command, &error);

	note_result(play, what, result, &error);
}

static void fetch(struct play *play, struct imap_session *session)
{
	struct side sides[3] = { { .play = play, .wanted = &play->wanted[0] },
				 { .play = play, .wanted = &play->wanted[1] },
				 { .play = play } };
	const unsigned int all = IMAP_FETCH_FLAGS | IMAP_FETCH_INTERNALDATE | IMAP_FETCH_SIZE;
	const struct imap_body_sink sink = { .context = play,
					     .begin = begin_body,
					     .write = write_body };
	struct imap_command *commands[3];

	for (size_t i = 0; i < 2; i++)
		commands[i] = imap_fetch_send(session, &play->wanted[i],
					      i == 0 ? all | IMAP_FETCH_BODY : IMAP_FETCH_BODY, see,
					      &sides[i], &sink);
	commands[2] = imap_fetch_from_send(session, 1, IMAP_FETCH_FLAGS | IMAP_FETCH_IDENTITY, see,
					   &sides[2]);
	finish(play, "first", session, &commands[0]);
	finish(play, "second", session, &commands[1]);
	finish(play, "listing", session, &commands[2]);
}

static char *play(const uint8_t *bytes, size_t size, size_t chunk)
{
	const struct imap_login login = { .endpoint = { .host = "h", .tls = IMAP_TLS_NONE } };
	struct play play = { .input = size };
	struct imap_session *session = NULL;
	struct imap_mailbox_state state = { 0 };
	struct imap_command *select;
	struct error error = ERROR_INITIAL;

	uid_set_add_range(&play.wanted[0], 1, 5);
	uid_set_add(&play.wanted[1], 7);
	uid_set_add_range(&play.wanted[1], 9, 12);
	memory_stream_set(PREAMBLE, bytes, size, chunk);
	if (imap_session_open(&login, &session, &error) < 0)
		abort();
	select = imap_select_send(session, "INBOX", false, NULL);
	if (imap_select_finish(session, &select, &state, &error) != IMAP_RESULT_OK)
		abort();
	fetch(&play, session);
	imap_mailbox_state_release(&state);
	imap_session_close(&session);
	for (size_t i = 0; i < 2; i++)
		uid_set_release(&play.wanted[i]);
	buffer_release(&play.body);
	return buffer_take(&play.transcript);
}

/* However the bytes come, they mean the same. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	char *at_once;
	char *slowly;

	log_set_level(LOG_ERROR);
	at_once = play(bytes, size, 0);
	slowly = play(bytes, size, 1);
	if (strcmp(at_once, slowly) != 0)
		abort();
	free(at_once);
	free(slowly);
	return 0;
}
