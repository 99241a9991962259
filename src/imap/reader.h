/* Bytes of the server taken apart into the tokens of RFC 9051 section 9. SPDX-License-Identifier:
 * GPL-3.0-or-later */
#ifndef NAVETTE_IMAP_READER_H
#define NAVETTE_IMAP_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/error.h"

struct imap_secrets;

/* Where bytes come from: as imap_stream_read(). */
typedef int imap_read_function(void *context, void *bytes, size_t size, size_t *length_r,
			       struct error *error);

/* What one response may cost at most, apart from a body, which is streamed. */
#define IMAP_LINE_MAX                                                                            \
	(8u * 1024u * 1024u) /* all of a response outside literals: SEARCH and VANISHED are long \
			      */
#define IMAP_TOKEN_MAX (64u * 1024u)     /* one atom or quoted string */
#define IMAP_LITERAL_MAX (1024u * 1024u) /* a literal that is not streamed: a name, a header */
/* What a literal may announce, also one that is skipped or streamed: RFC 3501 section 9 has no
 * larger numbers, and where RFC 9051 has, nobody has such mail. A body of nothing would never end.
 */
#define IMAP_LITERAL_SIZE_MAX UINT32_MAX
#define IMAP_DEPTH_MAX 64 /* nested parentheses in what is skipped */

struct imap_reader;
struct imap_reader *imap_reader_create(imap_read_function *read, void *context);
/* What is struck out of the texts that responses carry; borrowed, NULL: nothing. */
void imap_reader_hide(struct imap_reader *reader, const struct imap_secrets *secrets);
void imap_reader_destroy(struct imap_reader **reader);

/* Forgets what was read ahead (STARTTLS, COMPRESS). Returns how many bytes that were. */
size_t imap_reader_discard(struct imap_reader *reader);
/* The bytes that were read ahead of what was parsed; valid until the next reading. */
const char *imap_reader_ahead(const struct imap_reader *reader, size_t *length_r);
/* Takes in what READ gives now, which may be nothing: then it returns 1 (as IMAP_STREAM_NOTHING).
 * Returns 0 when more bytes are at hand, -1: reading a response tells why. */
int imap_reader_take_now(struct imap_reader *reader, imap_read_function *read);
/* Whether a line, or as much of one as there is room for, is at hand. */
bool imap_reader_has_line(const struct imap_reader *reader);
/* Whether bytes are at hand without waiting. */
bool imap_reader_has_bytes(const struct imap_reader *reader);

#endif
