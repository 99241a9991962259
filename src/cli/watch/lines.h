/* A socket as lines. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_CLI_WATCH_LINES_H
#define NAVETTE_CLI_WATCH_LINES_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/buffer.h"

struct lines {
	int socket;
	struct buffer buffer;
	size_t used; /* bytes of it that were given out */
};

void lines_begin(struct lines *lines, int socket);
/* The next line, without its end; it lives until the next call. NULL: none came within MILLISECONDS
 * (-1: for ever) or before CANCEL (may be NULL), there are no more, or it is too long. */
char *lines_read(struct lines *lines, int64_t milliseconds, const atomic_bool *cancel);
/* Sends LINE with its end, all of it, and empties it. False: nobody takes it. */
bool lines_write(const struct lines *lines, struct buffer *line);
bool lines_write_text(const struct lines *lines, const char *text);
/* Closes the socket. */
void lines_end(struct lines *lines);

#endif
