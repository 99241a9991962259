/* Reading a message in the form it has on the wire. SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"
#include "maildir/message.h"
#include "maildir/private.h"
#include "maildir/stub.h"

#define READ_SIZE (64u * 1024u)
#define WIRE_SIZE_UNKNOWN UINT64_MAX

struct maildir_reader {
	int file;
	char *path;         /* for sentences */
	char *buffer;       /* of READ_SIZE */
	size_t begin, end;  /* what of the buffer is not given yet */
	uint64_t file_size; /* when it was opened */
	uint64_t file_left; /* bytes that must still come from the file */
	uint64_t wire_left; /* bytes that must still be given; not known before the first pass */
	bool line_feed_due; /* the CR of a line end was given, its LF not yet */
	bool after_return;  /* the last byte given was a CR of the file */
	struct message_digest
		*digest; /* of the file, in the first pass and with a key; else NULL */
};

static int changed(const struct maildir_reader *reader, struct error *error)
{
	return error_set(error, ERROR_FAILED, SCOPE_MESSAGE,
			 "%s changed while it was read; the next run takes it as it is then",
			 reader->path);
}

static int fill(struct maildir_reader *reader, struct error *error)
{
	ssize_t got;
	do {
		got = read(reader->file, reader->buffer, READ_SIZE);
	} while (got < 0 && errno == EINTR);
	if (got < 0)
		return error_set_errno(error, ERROR_FAILED, SCOPE_MESSAGE, errno, "cannot read %s",
				       reader->path);
	if (got == 0 ? reader->file_left > 0 : (uint64_t)got > reader->file_left)
		return changed(reader, error);
	reader->file_left -= (uint64_t)got;
	if (reader->digest)
		message_digest_feed(reader->digest, reader->buffer, (size_t)got);
	reader->begin = 0;
	reader->end = (size_t)got;
	return 0;
}

/* Moves bytes of the buffer to BYTES until either is used up. An LF without a CR before it becomes
 * CRLF; runs without LF are copied at once. */
static size_t convert(struct maildir_reader *reader, char *bytes, size_t size)
{
	size_t made = 0;
	while (made < size && (reader->begin < reader->end || reader->line_feed_due)) {
		if (reader->line_feed_due) {
			bytes[made++] = '\n';
			reader->line_feed_due = false;
			reader->after_return = false;
			continue;
		}
		char *from = reader->buffer + reader->begin;
		if (*from == '\n') {
			reader->begin++;
			reader->line_feed_due = true;
			if (!reader->after_return)
				bytes[made++] = '\r';
			continue;
		}
		size_t run = reader->end - reader->begin;
		if (run > size - made)
			run = size - made;
		const char *line_feed = memchr(from, '\n', run);
		if (line_feed)
			run = (size_t)(line_feed - from);
		memcpy(bytes + made, from, run);
		made += run;
		reader->begin += run;
		reader->after_return = from[run - 1] == '\r';
	}
	return made;
}

int maildir_reader_read(struct maildir_reader *reader, void *bytes, size_t size, size_t *length_r,
			struct error *error)
{
	*length_r = 0;
	while (*length_r == 0 && size > 0) {
		if (reader->begin == reader->end && !reader->line_feed_due) {
			if (fill(reader, error) != 0)
				return -1;
			if (reader->end == 0)
				break;
		}
		*length_r = convert(reader, bytes, size);
	}
	if (reader->wire_left == WIRE_SIZE_UNKNOWN || size == 0)
		return 0;
	/* The same size in the file but another number of lines. */
	if (*length_r == 0 ? reader->wire_left > 0 : *length_r > reader->wire_left) {
		*length_r = 0;
		return changed(reader, error);
	}
	reader->wire_left -= *length_r;
	return 0;
}

/* Reads all of it once. */
static int learn_facts(struct maildir_reader *reader, struct maildir_message_facts *facts,
		       struct error *error)
{
	struct identity_reader *identity = identity_reader_create();
	struct maildir_stub_reader stub = { .length = 0 };
	char *bytes = memory_resize_array(NULL, READ_SIZE, 1);
	size_t length = 0;
	int result;
	while ((result = maildir_reader_read(reader, bytes, READ_SIZE, &length, error)) == 0 &&
	       length > 0) {
		facts->wire_size += length;
		facts->has_nul = facts->has_nul || memchr(bytes, '\0', length) != NULL;
		if (!identity_reader_is_done(identity))
			identity_reader_feed(identity, bytes, length);
		maildir_stub_reader_feed(&stub, bytes, length);
	}
	if (reader->digest)
		message_digest_finish(&reader->digest, &facts->file, &facts->body);
	facts->added_size = identity_reader_added_size(identity);
	facts->is_stub = maildir_stub_reader_finish(&stub, &facts->whole_size);
	if (facts->is_stub)
		facts->body.known = false;
	else
		facts->whole_size = facts->wire_size;
	facts->plain = identity_reader_plain(identity);
	facts->identity = identity_reader_finish(&identity);
	free(bytes);
	return result;
}

static int rewind_file(struct maildir_reader *reader, uint64_t wire_size, struct error *error)
{
	reader->file_left = reader->file_size;
	reader->wire_left = wire_size;
	reader->begin = reader->end = 0;
	reader->line_feed_due = reader->after_return = false;
	if (lseek(reader->file, 0, SEEK_SET) == 0)
		return 0;
	return error_set_errno(error, ERROR_FAILED, SCOPE_MESSAGE, errno, "cannot read %s",
			       reader->path);
}

static struct maildir_reader *create(const struct maildir *maildir,
				     const struct maildir_location *location, int file)
{
	struct maildir_reader *reader = memory_allocate(sizeof *reader);
	reader->file = file;
	reader->buffer = memory_resize_array(NULL, READ_SIZE, 1);
	reader->path = memory_format("%s/%s/%s", maildir->path, maildir_place_name(location->place),
				     location->name);
	return reader;
}

/* A regular file, at its begin. */
static int begin(struct maildir_reader *reader, struct stat *status_r, struct error *error)
{
	if (fstat(reader->file, status_r) != 0)
		return error_set_errno(error, ERROR_FAILED, SCOPE_MESSAGE, errno,
				       "cannot look at %s", reader->path);
	if (!S_ISREG(status_r->st_mode))
		return error_set(error, ERROR_FAILED, SCOPE_MESSAGE,
				 "%s is no regular file, so it was left alone", reader->path);
	reader->file_size = reader->file_left = (uint64_t)status_r->st_size;
	reader->wire_left = WIRE_SIZE_UNKNOWN;
	return 0;
}

static int read_facts(struct maildir_reader *reader, struct maildir_message_facts *facts_r,
		      struct error *error)
{
	struct stat status;
	bool is_digested = reader->digest != NULL;
	*facts_r = (struct maildir_message_facts){ .wire_size = 0 };
	if (begin(reader, &status, error) != 0 || learn_facts(reader, facts_r, error) != 0)
		return -1;
	facts_r->mtime = (int64_t)status.st_mtim.tv_sec;
	if (is_digested)
		maildir_stamp_of_status(&status, &facts_r->file);
	return 0;
}

static enum maildir_message_result open_file(const struct maildir *maildir,
					     const struct maildir_location *location,
					     struct maildir_reader **reader_r, struct error *error)
{
	/* O_NONBLOCK: a FIFO in the place of a message must not hang the run. */
	int file = openat(maildir->places[location->place], location->name,
			  O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (file < 0 && errno == ENOENT)
		return MAILDIR_MESSAGE_GONE;
	if (file < 0) {
		(void)error_set_errno(error, ERROR_FAILED, SCOPE_MESSAGE, errno,
				      "cannot open %s/%s/%s", maildir->path,
				      maildir_place_name(location->place), location->name);
		return MAILDIR_MESSAGE_ERROR;
	}
	*reader_r = create(maildir, location, file);
	return MAILDIR_MESSAGE_OK;
}

static enum maildir_message_result
open_and_read_facts(const struct maildir *maildir, const struct maildir_location *location,
		    bool with_sha256, struct maildir_reader **reader_r,
		    struct maildir_message_facts *facts_r, struct error *error)
{
	enum maildir_message_result opened = open_file(maildir, location, reader_r, error);
	if (opened != MAILDIR_MESSAGE_OK)
		return opened;
	if (maildir->digest_key)
		(*reader_r)->digest = message_digest_create(maildir->digest_key, with_sha256);
	if (read_facts(*reader_r, facts_r, error) == 0)
		return MAILDIR_MESSAGE_OK;
	maildir_reader_close(reader_r);
	return MAILDIR_MESSAGE_ERROR;
}

enum maildir_message_result maildir_message_read_facts(const struct maildir *maildir,
						       const struct maildir_location *location,
						       bool with_sha256,
						       struct maildir_message_facts *facts_r,
						       struct error *error)
{
	struct maildir_reader *reader;
	enum maildir_message_result result =
		open_and_read_facts(maildir, location, with_sha256, &reader, facts_r, error);
	if (result == MAILDIR_MESSAGE_OK)
		maildir_reader_close(&reader);
	return result;
}

enum maildir_message_result maildir_reader_open(const struct maildir *maildir,
						const struct maildir_location *location,
						struct maildir_reader **reader_r,
						struct maildir_message_facts *facts_r,
						struct error *error)
{
	struct maildir_reader *reader;
	enum maildir_message_result opened =
		open_and_read_facts(maildir, location, false, &reader, facts_r, error);
	if (opened != MAILDIR_MESSAGE_OK)
		return opened;
	if (rewind_file(reader, facts_r->wire_size, error) != 0) {
		maildir_reader_close(&reader);
		return MAILDIR_MESSAGE_ERROR;
	}
	*reader_r = reader;
	return MAILDIR_MESSAGE_OK;
}

void maildir_reader_close(struct maildir_reader **reader)
{
	if (!reader || !*reader)
		return;
	(void)close((*reader)->file); /* only read from */
	message_digest_destroy(&(*reader)->digest);
	free((*reader)->buffer);
	free((*reader)->path);
	free(*reader);
	*reader = NULL;
}
