/* Bytes of a server through the parser, and what it made of them as text, for tests.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_TESTS_IMAP_WIRE_H
#define NAVETTE_TESTS_IMAP_WIRE_H

#include "imap/response.h"

/* Bytes that a reader reads, CHUNK at a time (0: as many as fit), then the end of file. */
struct wire {
	const char *bytes;
	size_t length;
	size_t place;
	size_t chunk;
};
/* An imap_read_function; the context is a struct wire. */
int wire_read(void *context, void *bytes, size_t size, size_t *length_r, struct error *error);

/* Reads responses to the end of file. Each is one line of the text (to be freed):
 *   tagged A1 OK (CODE number source uids flags words) text
 *   condition NO ()
 *   continuation text
 *   capability WORD WORD
 *   enabled WORD
 *   namespace prefix 'delimiter' | namespace NIL
 *   list attributes(hex) 'delimiter' name
 *   status name messages=1 uidnext=2 uidvalidity=3 highestmodseq=4
 *   search [tag] 1:3
 *   flags \Seen keyword
 *   exists 1 | expunge 1
 *   vanished [earlier] 1:3
 *   fetch 1 uid=7 flags=\Seen,a date=1 size=2 modseq=3 header=<text> body=<text>
 *   other
 *   malformed
 * Inside a header or body line ends are shown as "|" and NUL as "@". A body that was refused is
 * body!text of the error; NIL is body=NIL. The text ends without a line for the end of file; *end_r
 * (may be NULL) is the error. WITH_SINK: bodies are taken. */
char *wire_parse(const char *bytes, size_t length, size_t chunk, bool with_sink,
		 struct error *end_r);

#endif
