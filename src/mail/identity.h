/* What makes a message the same message on both sides, without its UID or file name.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_MAIL_IDENTITY_H
#define NAVETTE_MAIL_IDENTITY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define IDENTITY_SIZE 16

/* The header fields an identity is made of, as the argument of IMAP's HEADER.FIELDS: so that the
 * server can be asked for just these. */
#define IDENTITY_HEADER_FIELDS "MESSAGE-ID DATE FROM TO SUBJECT"

/* Fields that other synchronisers (mbsync, OfflineIMAP) add to a message on its way from one side
 * to the other, so that only one side has them. */
#define IDENTITY_ADDED_FIELDS "X-TUID X-OFFLINEIMAP"

/* The first 128 bits of SHA-256 over those fields, in that order, names upper case, values
 * unfolded, runs of white space as one space, ends trimmed, cut at 4096 bytes an occurrence (and
 * 20480 bytes all occurrences of a field); each field's occurrences in their order. Bytes are taken
 * as they are. A message without any of them has the identity of the empty header. */
struct identity {
	uint8_t bytes[IDENTITY_SIZE];
};

bool identity_equal(const struct identity *a, const struct identity *b);
/* Of COUNT items of SIZE bytes, each of which begins with its identity, ascending by that: how many
 * have IDENTITY, as *count_r, and the index of the first of them. */
size_t identity_find(const void *items, size_t count, size_t size, const struct identity *identity,
		     size_t *count_r);
/* Whether it is that of a header without any of the fields: then it says nothing, and two messages
 * that have it need have nothing in common. */
bool identity_is_empty(const struct identity *identity);

/* IDENTITY, or where it is empty, one of all such messages of SIZE bytes. */
struct identity identity_with_size(const struct identity *identity, uint64_t size);

/* What stays of the fields when a server rewrites them (mail/header_value.h). All bytes 0: none. */
struct identity_plain {
	struct identity message_id; /* of the Message-ID; none: it has none */
	struct identity fields;     /* of Date, From, To and Subject; none: they are all empty */
};
bool identity_is_none(const struct identity *identity);

/* Reads a header as it streams by: CRLF or LF line ends, in pieces of any size; ends at the first
 * empty line, what follows is ignored. Bounded memory. */
struct identity_reader;
struct identity_reader *identity_reader_create(void);
void identity_reader_feed(struct identity_reader *reader, const void *bytes, size_t length);
/* True once the header's end was seen: no more bytes are needed. */
bool identity_reader_is_done(const struct identity_reader *reader);
/* How many bytes of what was read are fields of IDENTITY_ADDED_FIELDS, line ends included. */
uint64_t identity_reader_added_size(const struct identity_reader *reader);
/* The plain form of what was read. */
struct identity_plain identity_reader_plain(struct identity_reader *reader);
/* The identity; the reader is destroyed and *reader set to NULL. */
struct identity identity_reader_finish(struct identity_reader **reader);
/* Destroys without result; NULL and *reader == NULL are allowed. */
void identity_reader_destroy(struct identity_reader **reader);

/* A header held in memory. */
struct identity identity_of_header(const void *bytes, size_t length);
struct identity_plain identity_plain_of_header(const void *bytes, size_t length);
uint64_t identity_added_size(const void *bytes, size_t length);

#endif
