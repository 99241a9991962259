/* What was sent and must not be shown when the server sends it back.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_IMAP_SECRETS_H
#define NAVETTE_IMAP_SECRETS_H

#include <stddef.h>
#include <stdint.h>

/* As many bytes of a secret in a row are struck out, wherever they stand: a server may cut what it
 * repeats. A shorter secret is struck out where it stands as a word of its own. */
#define IMAP_SECRETS_PIECE 6u

/* Hashes of one length, in ascending order. */
struct imap_secrets_hashes {
	uint64_t *items;
	size_t count;
	size_t capacity;
};

/* Start zeroed. Holds hashes only, so that no second copy of a secret lies in memory. */
struct imap_secrets {
	struct imap_secrets_hashes by_length[IMAP_SECRETS_PIECE + 1]; /* of pieces that long */
};

/* From now on what is like SECRET, LENGTH bytes in the very encoding that is sent, is struck out.
 * The case of ASCII letters makes no difference. */
void imap_secrets_add(struct imap_secrets *secrets, const char *secret, size_t length);
/* The same for a text as it stands and as a quoted string (RFC 9051 section 4.3). */
void imap_secrets_add_password(struct imap_secrets *secrets, const char *password);
/* TEXT with "***" for each run of bytes that belongs to a secret. The caller owns it. SECRETS may
 * be NULL: then it is a copy. */
char *imap_secrets_strike(const struct imap_secrets *secrets, const char *text, size_t length,
			  size_t *length_r);
/* The same, and then as text_printable(). */
char *imap_secrets_printable(const struct imap_secrets *secrets, const char *text, size_t length);
void imap_secrets_release(struct imap_secrets *secrets);

#endif
