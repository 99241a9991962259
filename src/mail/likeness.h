/* Whether two messages are the same to their reader, byte by byte, when neither their sizes nor
 * their identities tell. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_MAIL_LIKENESS_H
#define NAVETTE_MAIL_LIKENESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LIKENESS_SIZE 16

/* The first 128 bits of SHA-256 over the whole message, but for what servers and other
 * synchronisers add to a message or change in it on its way: header fields whose names begin with
 * "X-", and CRs before an LF. */
struct likeness {
	uint8_t bytes[LIKENESS_SIZE];
	/* The same over the body, and over those header fields that tell one copy of a letter from
	 * another (the copy that a mailing list sent, or somebody resent) in their plain form
	 * (mail/header_value.h): for servers that write a header anew. Message-ID, Date, From, To
	 * and Subject are not in it: see struct identity_plain. */
	uint8_t plain[LIKENESS_SIZE];
};

/* Whether the messages are the same but for what is added on the way. */
bool likeness_equal(const struct likeness *a, const struct likeness *b);

/* Reads a message as it streams by, in pieces of any size. Bounded memory. */
struct likeness_reader;
struct likeness_reader *likeness_reader_create(void);
void likeness_reader_feed(struct likeness_reader *reader, const void *bytes, size_t length);
/* The likeness; the reader is destroyed and *reader set to NULL. */
struct likeness likeness_reader_finish(struct likeness_reader **reader);
/* Destroys without result; NULL and *reader == NULL are allowed. */
void likeness_reader_destroy(struct likeness_reader **reader);

#endif
