/* A server that follows a script, for tests of sessions. SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "imap-script.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>
#include <zlib.h>

#include <criterion/criterion.h>

#include "base/buffer.h"
#include "base/memory.h"
#include "imap/commands.h"

#define TAGS_MAX 64
#define LINE_SIZE 20000

struct imap_script {
	const char *const *lines;
	pthread_t thread;
	int listener;
	int client;
	uint16_t port;
	char *tags[TAGS_MAX]; /* not answered yet */
	size_t tag_count;
	char *failure;
	bool compressed;
	z_stream in;
	z_stream out;
	unsigned char input[4096]; /* in.next_in points into it */
	bool keeping;
	struct buffer kept; /* what goes out as one */
};

static bool fail(struct imap_script *script, const char *expected, const char *got)
{
	if (script->failure == NULL)
		script->failure = memory_format("expected [%s], got [%s]", expected, got);
	return false;
}

/* --- Bytes --- */

static void start_compression(struct imap_script *script)
{
	if (inflateInit2(&script->in, -15) != Z_OK ||
	    deflateInit2(&script->out, 9, Z_DEFLATED, -15, 9, Z_DEFAULT_STRATEGY) != Z_OK)
		abort();
	script->compressed = true;
}

/* As recv(2), expanded; what is no DEFLATE is the end of file. */
static ssize_t receive(struct imap_script *script, char *bytes, size_t size)
{
	if (!script->compressed)
		return recv(script->client, bytes, size, 0);
	script->in.next_out = (unsigned char *)bytes;
	script->in.avail_out = (uInt)size;
	for (;;) {
		int result = inflate(&script->in, Z_SYNC_FLUSH);
		ssize_t got;

		if (script->in.avail_out < size)
			return (ssize_t)(size - script->in.avail_out);
		if (result != Z_OK && result != Z_BUF_ERROR)
			return fail(script, "compressed bytes", "others");
		got = recv(script->client, script->input, sizeof script->input, 0);
		if (got <= 0)
			return got;
		script->in.next_in = script->input;
		script->in.avail_in = (uInt)got;
	}
}

/* A line without its CRLF; false at the end of file or when nothing comes. */
static bool read_line(struct imap_script *script, char *line, size_t size)
{
	size_t length = 0;

	while (length + 1 < size) {
		if (receive(script, line + length, 1) != 1)
			return false;
		if (line[length++] == '\n')
			break;
	}
	if (length < 2 || line[length - 2] != '\r')
		return false;
	line[length - 2] = '\0';
	return true;
}

static void send_raw(struct imap_script *script, const char *bytes, size_t length)
{
	if (script->keeping) {
		buffer_add(&script->kept, bytes, length);
		return;
	}
	while (length > 0) {
		ssize_t sent = send(script->client, bytes, length, MSG_NOSIGNAL);

		if (sent <= 0)
			return; /* the client has gone: the next line to be read tells */
		bytes += sent;
		length -= (size_t)sent;
	}
}

static void send_compressed(struct imap_script *script, const char *bytes, int flush)
{
	char output[4096];

	script->out.next_in = (unsigned char *)(uintptr_t)bytes;
	script->out.avail_in = (uInt)strlen(bytes);
	do {
		script->out.next_out = (unsigned char *)output;
		script->out.avail_out = sizeof output;
		(void)deflate(&script->out, flush); /* Z_BUF_ERROR: there was nothing left to do */
		send_raw(script, output, sizeof output - script->out.avail_out);
	} while (script->out.avail_out == 0);
}

static void send_bytes(struct imap_script *script, const char *bytes)
{
	if (script->compressed)
		send_compressed(script, bytes, Z_SYNC_FLUSH);
	else
		send_raw(script, bytes, strlen(bytes));
}

static void send_kept(struct imap_script *script)
{
	script->keeping = false;
	send_raw(script, buffer_text(&script->kept), script->kept.length);
	buffer_clear(&script->kept);
}

/* --- The script --- */

static bool expect_command(struct imap_script *script, const char *text)
{
	char line[LINE_SIZE] = "";
	char *space;

	if (!read_line(script, line, sizeof line))
		return fail(script, text, "nothing");
	space = strchr(line, ' ');
	if (space == NULL || strcmp(space + 1, text) != 0)
		return fail(script, text, line);
	*space = '\0';
	if (script->tag_count < TAGS_MAX)
		script->tags[script->tag_count++] = memory_text(line);
	return true;
}

static bool expect_line(struct imap_script *script, const char *text)
{
	char line[LINE_SIZE] = "";

	if (!read_line(script, line, sizeof line))
		return fail(script, text, "nothing");
	return strcmp(line, text) == 0 || fail(script, text, line);
}

static bool expect_bytes(struct imap_script *script, const char *bytes)
{
	size_t size = strlen(bytes);
	char *got = memory_allocate(size + 1);
	size_t length = 0;
	bool same;

	while (length < size) {
		ssize_t count = receive(script, got + length, size - length);

		if (count <= 0)
			break;
		length += (size_t)count;
	}
	same = strcmp(got, bytes) == 0 || fail(script, bytes, got);
	free(got);
	return same;
}

static void answer(struct imap_script *script, const char *text)
{
	size_t which = 0;
	char *tag;

	if (*text != '=') {
		send_bytes(script, text);
		send_bytes(script, "\r\n");
		return;
	}
	text++;
	if (*text >= '1' && *text <= '9')
		which = (size_t)(*text++ - '1');
	if (which >= script->tag_count)
		return;
	tag = script->tags[which];
	memmove(&script->tags[which], &script->tags[which + 1],
		(script->tag_count - which - 1) * sizeof script->tags[0]);
	script->tag_count--;
	send_bytes(script, tag);
	send_bytes(script, text);
	send_bytes(script, "\r\n");
	free(tag);
}

/* Returns whether to go on. */
static bool follow(struct imap_script *script, const char *line)
{
	switch (line[0]) {
	case 'C':
		return expect_command(script, line + 3);
	case 'L':
		return expect_line(script, line + 3);
	case 'B':
		return expect_bytes(script, line + 3);
	case 'S':
		answer(script, line + 3);
		return true;
	case 'b':
		send_bytes(script, line + 3);
		return true;
	case 'r':
		send_raw(script, line + 3, strlen(line + 3));
		return true;
	case 'Z':
		start_compression(script);
		return true;
	case 'E':
		send_compressed(script, "", Z_FINISH);
		return true;
	case 'K':
		script->keeping = true;
		return true;
	case 'F':
		send_kept(script);
		return true;
	default:
		return false; /* X */
	}
}

/* What the client still says, to the end of file. */
static void drain(struct imap_script *script, bool closing)
{
	char rest[LINE_SIZE];
	size_t length = 0;
	ssize_t count;

	do {
		length %= sizeof rest - 1; /* however much it is */
		count = receive(script, rest + length, sizeof rest - 1 - length);
		length += count > 0 ? (size_t)count : 0;
	} while (count > 0);
	rest[length] = '\0';
	if (!closing && length > 0 && strcmp(rest, "Z0 LOGOUT\r\n") != 0)
		(void)fail(script, "nothing more", rest); /* always false */
}

static void *serve(void *context)
{
	struct imap_script *script = context;
	/* Not a measure of anything: so that a mistake ends the test. */
	const struct timeval patience = { .tv_sec = 10 };
	bool closing = false;

	script->client = accept(script->listener, NULL, NULL);
	if (script->client < 0) {
		(void)fail(script, "a connection", "none"); /* always false */
		return NULL;
	}
	(void)setsockopt(script->client, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
	(void)setsockopt(script->client, IPPROTO_TCP, TCP_NODELAY, &(int){ 1 }, sizeof(int));
	for (size_t i = 0; script->lines[i] != NULL && !closing; i++)
		closing = !follow(script, script->lines[i]);
	/* What the client still sends must not make a reset of what it has yet to read. */
	if (closing)
		shutdown(script->client, SHUT_WR);
	drain(script, closing);
	close(script->client);
	return NULL;
}

struct imap_script *imap_script_start(const char *const *lines)
{
	struct imap_script *script = memory_allocate(sizeof *script);
	struct sockaddr_in address = { .sin_family = AF_INET };
	socklen_t size = sizeof address;

	script->lines = lines;
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	script->listener = socket(AF_INET, SOCK_STREAM, 0);
	if (script->listener < 0 ||
	    bind(script->listener, (struct sockaddr *)&address, sizeof address) < 0 ||
	    listen(script->listener, 1) < 0 ||
	    getsockname(script->listener, (struct sockaddr *)&address, &size) < 0)
		abort();
	script->port = ntohs(address.sin_port);
	if (pthread_create(&script->thread, NULL, serve, script) != 0)
		abort();
	return script;
}

uint16_t imap_script_port(const struct imap_script *script)
{
	return script->port;
}

char *imap_script_end(struct imap_script **script)
{
	char *failure;

	shutdown((*script)->listener, SHUT_RDWR); /* nobody will come any more */
	pthread_join((*script)->thread, NULL);
	close((*script)->listener);
	failure = (*script)->failure;
	if ((*script)->compressed) {
		(void)inflateEnd(&(*script)->in);
		(void)deflateEnd(&(*script)->out); /* what is left in it was not to be sent */
	}
	buffer_release(&(*script)->kept);
	while ((*script)->tag_count > 0)
		free((*script)->tags[--(*script)->tag_count]);
	free(*script);
	*script = NULL;
	return failure;
}

struct imap_login imap_script_login(const struct imap_script *script)
{
	return (struct imap_login){
		.endpoint = { .host = "127.0.0.1",
			      .port = script->port,
			      .tls = IMAP_TLS_NONE,
			      .timeout = 10 },
		.user = "me",
		.password = "secret",
	};
}

struct imap_session *imap_script_open(const struct imap_script *script)
{
	struct imap_login login = imap_script_login(script);
	struct imap_session *session = NULL;
	struct error error = ERROR_INITIAL;

	cr_assert_eq(imap_session_open(&login, &session, &error), 0, "%s", error.text);
	/* What follows the login is answered; test-imap-session.c has it in one flight with more.
	 */
	cr_assert_eq(imap_session_settle(session, &error), 0, "%s", error.text);
	return session;
}

void imap_script_select(struct imap_session *session)
{
	struct imap_command *command = imap_select_send(session, "Work", false, NULL);
	struct imap_mailbox_state state;
	struct error error = ERROR_INITIAL;

	cr_assert_eq(imap_select_finish(session, &command, &state, &error), IMAP_RESULT_OK, "%s",
		     error.text);
	imap_mailbox_state_release(&state);
}

void imap_script_close(struct imap_script **script, struct imap_session **session)
{
	char *failure;

	imap_session_close(session);
	failure = imap_script_end(script);
	cr_assert_null(failure, "%s", failure);
}
