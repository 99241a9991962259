/* What a server calls the content of a message, wherever in the account it is, or a mailbox,
 * whatever its name.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_MAIL_OBJECT_ID_H
#define NAVETTE_MAIL_OBJECT_ID_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define OBJECT_ID_SIZE 16

/* Where such a name comes from: names of one kind are not those of another. */
enum object_id_kind {
	OBJECT_ID_EMAILID,    /* RFC 8474 section 5.1 */
	OBJECT_ID_X_GM_MSGID, /* Gmail's X-GM-EXT-1 */
	OBJECT_ID_MAILBOXID   /* RFC 8474 section 4 */
};

/* The first 128 bits of SHA-256 over kind and name; all bytes 0: not known. */
struct object_id {
	uint8_t bytes[OBJECT_ID_SIZE];
};

struct object_id object_id_of(enum object_id_kind kind, const char *name, size_t length);
bool object_id_is_known(const struct object_id *id);
/* Whether both are known and the same. */
bool object_id_equal(const struct object_id *a, const struct object_id *b);
/* Their order by bytes, as of memcmp(). */
int object_id_compare(const struct object_id *a, const struct object_id *b);

#endif
