/* A server that follows a script, for tests of sessions. SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef NAVETTE_TESTS_IMAP_SCRIPT_H
#define NAVETTE_TESTS_IMAP_SCRIPT_H

#include <stdint.h>

#include "imap/session.h"

/* The lines of a script, NULL at the end:
 *   "C: NOOP"      the client must send "TAG NOOP\r\n"; the tag is remembered
 *   "L: text"      the client must send "text\r\n"
 *   "B: bytes"     the client must send exactly these bytes, no line end after them
 *   "S: text"      the server sends "text\r\n"; a "=" at its start is the oldest tag not answered
 *                  yet, "=2" the second of them
 *   "b: bytes"     the server sends exactly these bytes
 *   "Z"            from here on both sides compress (RFC 4978)
 *   "r: bytes"     the server sends exactly these bytes, not compressed
 *   "E"            the server ends its compressed stream
 *   "K"            what the server sends is kept back ...
 *   "F"            ... until here, and goes out in one piece
 *   "X"            the server closes the connection
 * After the last line the server reads to the end of file; a LOGOUT is borne. */
struct imap_script;

struct imap_script *imap_script_start(const char *const *lines);
uint16_t imap_script_port(const struct imap_script *script);
/* Waits for the server. NULL when all went as the script says, else what did not (to be freed). */
char *imap_script_end(struct imap_script **script);

/* The first lines of a script whose server offers CAPABILITIES ("UIDPLUS ID ") and wants no login.
 */
#define IMAP_SCRIPT_READY(capabilities)                                                   \
	"S: * PREAUTH [CAPABILITY " capabilities "IMAP4rev1] hello", "C: LIST \"\" \"\"", \
		"S: * LIST (\\Noselect) \"/\" \"\"", "S: = OK done"
/* ... and a SELECT of a mailbox of MESSAGES messages ("3"). */
#define IMAP_SCRIPT_SELECTED(messages)                                            \
	"C: SELECT Work", "S: * " messages " EXISTS", "S: * OK [UIDVALIDITY 7] ", \
		"S: * OK [UIDNEXT 100] ", "S: = OK [READ-WRITE] done"

/* A session with it; fails the test when there is none. */
struct imap_session *imap_script_open(const struct imap_script *script);
/* SELECT Work; fails the test when it is refused. */
void imap_script_select(struct imap_session *session);
/* Closes both; fails the test when the script was not followed. */
void imap_script_close(struct imap_script **script, struct imap_session **session);

/* A login to it, without TLS, as user "me" with password "secret". */
struct imap_login imap_script_login(const struct imap_script *script);

#endif
