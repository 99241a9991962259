/* The identity of a file by its header alone. SPDX-License-Identifier: GPL-3.0-or-later */
#include "maildir/header_identity.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "maildir/private.h"

#define READ_SIZE 4096

/* Returns 0 or -1. */
static int read_header(int file, struct identity_reader *reader)
{
	char bytes[READ_SIZE];
	ssize_t got = 1;
	while (got != 0 && !identity_reader_is_done(reader)) {
		got = read(file, bytes, sizeof bytes);
		if (got > 0)
			identity_reader_feed(reader, bytes, (size_t)got);
		else if (got < 0 && errno != EINTR)
			return -1;
	}
	return 0;
}

enum maildir_message_result maildir_header_identity(const struct maildir *maildir,
						    const struct maildir_location *location,
						    struct identity *identity_r)
{
	/* O_NONBLOCK: a FIFO in the place of a message must not hang the run. */
	int file = openat(maildir_place_descriptor(maildir, location->place), location->name,
			  O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat status;
	if (file < 0)
		return errno == ENOENT ? MAILDIR_MESSAGE_GONE : MAILDIR_MESSAGE_ERROR;
	struct identity_reader *reader = identity_reader_create();
	int result = fstat(file, &status);
	if (result == 0)
		result = S_ISREG(status.st_mode) ? read_header(file, reader) : -1;
	*identity_r = identity_reader_finish(&reader);
	(void)close(file); /* only read from */
	return result == 0 ? MAILDIR_MESSAGE_OK : MAILDIR_MESSAGE_ERROR;
}
