/* A digest of the files of a Maildir: which names stand in which place, in any order. Two sets of
 * files with the same digest are taken for the same. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_MAIL_NAME_DIGEST_H
#define NAVETTE_MAIL_NAME_DIGEST_H

#include <stdbool.h>
#include <stdint.h>

/* A sum over the names, so that one can be taken out as cheaply as it was put in. 128 bits: not
 * proof against somebody who looks for names that collide, but names are given by the programs that
 * deliver to the user's own disk. Zeroed: no names. */
struct name_digest {
	uint64_t words[2];
};

void name_digest_add(struct name_digest *digest, unsigned int place, const char *name);
void name_digest_remove(struct name_digest *digest, unsigned int place, const char *name);
void name_digest_add_all(struct name_digest *digest, const struct name_digest *other);
bool name_digest_equal(const struct name_digest *a, const struct name_digest *b);
/* Whether it is one of no names. */
bool name_digest_is_empty(const struct name_digest *digest);

#endif
