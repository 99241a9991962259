/* Reads chosen fields of a header as it streams by. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_MAIL_HEADER_READER_H
#define NAVETTE_MAIL_HEADER_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"

#define HEADER_FIELD_NAME_MAX 20 /* bytes of a name, its NUL included */
#define HEADER_FIELD_VALUE_MAX 4096

/* NAMES are COUNT upper-case names of fields, shorter than HEADER_FIELD_NAME_MAX, which must live
 * as long as the reader. Reads CRLF or LF line ends, in pieces of any size; ends at the first empty
 * line, what follows is ignored. Bounded memory. */
struct header_reader;
struct header_reader *header_reader_create(const char *const *names, size_t count);
void header_reader_feed(struct header_reader *reader, const void *bytes, size_t length);
/* True once the header's end was seen: no more bytes are needed. */
bool header_reader_is_done(const struct header_reader *reader);
/* Of the field with that index in NAMES: the values of all its occurrences in their order, each
 * ended by a newline, unfolded, runs of white space as one space, ends trimmed, cut at
 * HEADER_FIELD_VALUE_MAX bytes an occurrence (and five times as many bytes all occurrences of a
 * field). Bytes are taken as they are. */
const struct buffer *header_reader_values(struct header_reader *reader, size_t index);
/* How many bytes of what was read are fields that other synchronisers add
 * (IDENTITY_ADDED_FIELDS), line ends included. */
uint64_t header_reader_added_size(const struct header_reader *reader);
/* NULL and *reader == NULL are allowed. */
void header_reader_destroy(struct header_reader **reader);

#endif
