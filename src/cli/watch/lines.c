/* A socket as lines. SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/watch/lines.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"

#define LINE_MAX_BYTES (1024u * 1024u)
/* How often somebody who waits looks whether he is to end. */
#define LOOK_MS 100

void lines_begin(struct lines *lines, int socket)
{
	*lines = (struct lines){ .socket = socket };
}

void lines_end(struct lines *lines)
{
	buffer_release(&lines->buffer);
	(void)close(lines->socket); /* all that was written is on its way */
}

/* The line that is there; NULL: not a whole one. */
static char *take(struct lines *lines)
{
	char *text = lines->buffer.bytes;
	size_t left = lines->buffer.length - lines->used;
	char *end = left > 0 ? memchr(text + lines->used, '\n', left) : NULL;
	if (!end)
		return NULL;
	char *line = text + lines->used;
	*end = '\0';
	lines->used = (size_t)(end + 1 - text);
	return line;
}

/* Whether there may be something to read now. */
static bool await(const struct lines *lines, int64_t end, const atomic_bool *cancel)
{
	for (;;) {
		struct pollfd ready = { .fd = lines->socket, .events = POLLIN };
		int64_t left = end - clock_monotonic_ms();
		if (left <= 0 || (cancel && atomic_load(cancel)))
			return false;
		int result = poll(&ready, 1, left < LOOK_MS ? (int)left : LOOK_MS);
		if (result > 0 || (result < 0 && errno != EINTR))
			return result > 0;
	}
}

static bool read_more(struct lines *lines)
{
	char bytes[4096];
	ssize_t length = recv(lines->socket, bytes, sizeof bytes, 0);
	if (length < 0 && errno == EINTR)
		return true;
	if (length <= 0 || lines->buffer.length + (size_t)length > LINE_MAX_BYTES)
		return false;
	buffer_add(&lines->buffer, bytes, (size_t)length);
	return true;
}

char *lines_read(struct lines *lines, int64_t milliseconds, const atomic_bool *cancel)
{
	int64_t end = milliseconds < 0 ? INT64_MAX : clock_monotonic_ms() + milliseconds;
	for (;;) {
		char *line = take(lines);
		if (line)
			return line;
		buffer_drop(&lines->buffer, lines->used);
		lines->used = 0;
		if (!await(lines, end, cancel) || !read_more(lines))
			return NULL;
	}
}

bool lines_write(const struct lines *lines, struct buffer *line)
{
	buffer_add_byte(line, '\n');
	const char *at = line->bytes;
	size_t left = line->length;
	while (left > 0) {
		ssize_t sent = send(lines->socket, at, left, MSG_NOSIGNAL);
		if (sent < 0 && errno == EINTR)
			continue;
		if (sent <= 0)
			break;
		at += sent;
		left -= (size_t)sent;
	}
	buffer_clear(line);
	return left == 0;
}

bool lines_write_text(const struct lines *lines, const char *text)
{
	struct buffer line = BUFFER_INITIAL;
	buffer_add_text(&line, text);
	bool sent = lines_write(lines, &line);
	buffer_release(&line);
	return sent;
}
