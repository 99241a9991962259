/* Stubs: files that hold only the header of a message, and say so. SPDX-License-Identifier:
 * GPL-3.0-or-later */
#ifndef NAVETTE_MAILDIR_STUB_H
#define NAVETTE_MAILDIR_STUB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "maildir/delivery.h"

/* A stub is a message of its own that every reader shows plainly: a first line that marks it (no
 * delivered mail begins so), the original header with its MIME fields renamed, because the body
 * they speak of is not there, the size of the whole, and a text that says what this is and how to
 * get the rest. Its identity is that of the whole message. */

/* Whether a file is a stub, and whose. */
enum maildir_stub_verdict {
	MAILDIR_STUB_NO,
	MAILDIR_STUB_YES,
	MAILDIR_STUB_UNKNOWN /* it is gone, or cannot be read */
};
/* Reads no more than the first line where it is none. *size_r: of the whole message. */
enum maildir_stub_verdict maildir_stub_identify(const struct maildir *maildir,
						const struct maildir_location *location,
						struct identity *identity_r, uint64_t *size_r);

/* Writes one into a delivery. Start with maildir_stub_begin(). */
struct maildir_stub_writer {
	struct maildir_delivery *delivery; /* borrowed */
	char start[16];                    /* of a line whose field is not known yet */
	size_t start_length;
	bool in_line; /* the line's start was written */
	bool ended;   /* the empty line came */
};

int maildir_stub_begin(struct maildir_stub_writer *writer, struct maildir_delivery *delivery,
		       struct error *error);
/* The header as it is on the wire, in pieces of any size; what follows its empty line is ignored.
 */
int maildir_stub_write(struct maildir_stub_writer *writer, const void *bytes, size_t length,
		       struct error *error);
/* WHOLE_SIZE: of the message on the server, in bytes. The delivery is then to be finished. Returns
 * 0 or -1, as the other two. */
int maildir_stub_end(struct maildir_stub_writer *writer, uint64_t whole_size, struct error *error);

/* Tells a stub by its bytes. Start zeroed. */
struct maildir_stub_reader {
	char line[64]; /* the beginning of the line */
	size_t length;
	bool past_first, is_stub, ended;
	uint64_t whole_size;
};

/* A file's bytes, with CRLF or LF, in pieces of any size. */
void maildir_stub_reader_feed(struct maildir_stub_reader *reader, const void *bytes, size_t length);
/* Whether it is a stub, and of how large a message. */
bool maildir_stub_reader_finish(const struct maildir_stub_reader *reader, uint64_t *whole_size_r);

#endif
