/* Digests of a message as its bytes stream by: of all of it, and of its body alone.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_MAIL_MESSAGE_DIGEST_H
#define NAVETTE_MAIL_MESSAGE_DIGEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mail/file_stamp.h"

/* Both digests are GHASH (NIST SP 800-38D section 6.4; the length at its end as in GCM, of
 * associated data): a polynomial over the bytes at a point that is secret. SHA-256 takes six times
 * as long. It authenticates nothing, and who knows the key makes two messages of one digest at
 * will; but who does not, and sees no digests, makes two messages of N bytes collide with a chance
 * below (N + 64) / 2^132, however they are chosen. That is what is needed here: senders choose
 * messages, and must not be able to have one taken for another. So the key is random, one an
 * account, and both key and digests stay in the state, which only its owner can read: neither is
 * ever printed.
 *
 * Each CRLF is digested as an LF: a message has the same digests on the wire and in a file. The
 * body is what follows the first empty line. The digest of the whole is the sum (XOR) of those of
 * header and body, which have keys of their own, so that each byte is digested once. */

#define DIGEST_KEY_SIZE 32
#define BODY_DIGEST_SIZE 16

struct body_digest {
	bool known;
	uint8_t bytes[BODY_DIGEST_SIZE];
};

/* Whether both are known and the same. */
bool body_digest_equal(const struct body_digest *a, const struct body_digest *b);

/* For any number of threads; keeps what digests need from one message to the next. */
struct digest_key;
struct digest_key *digest_key_create(const uint8_t bytes[DIGEST_KEY_SIZE]);
/* No digest may be under way. NULL and *key == NULL are allowed. */
void digest_key_destroy(struct digest_key **key);

/* One message, by one thread at a time. */
struct message_digest;
/* WITH_SHA256: also as in stamps of before, which need the bytes as they are in the file. */
struct message_digest *message_digest_create(struct digest_key *key, bool with_sha256);
/* In pieces of any size. */
void message_digest_feed(struct message_digest *digest, const void *bytes, size_t length);
/* Sets STAMP's digest and kind, and *body_r (either may be NULL); it is destroyed and *digest set
 * to NULL. */
void message_digest_finish(struct message_digest **digest, struct file_stamp *stamp,
			   struct body_digest *body_r);
/* Destroys without result; NULL and *digest == NULL are allowed. */
void message_digest_destroy(struct message_digest **digest);

#endif
