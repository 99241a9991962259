/* UIDs in any order, a bit each: for sets that are filled at random, where ranges would be moved
 * about all the time. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_MAIL_UID_BITS_H
#define NAVETTE_MAIL_UID_BITS_H

#include <stdbool.h>
#include <stdint.h>

#define UID_BITS_FAN 1024 /* children of a node; a leaf has 4096 bits */

struct uid_bits_node;

/* Zeroed: empty. A leaf of 512 bytes for each 4096 UIDs of which any is there, so mailboxes cost
 * about a bit a message. */
struct uid_bits {
	struct uid_bits_node *nodes[UID_BITS_FAN];
	uint64_t count;
};

bool uid_bits_contains(const struct uid_bits *bits, uint32_t uid);
/* False when it was there already. */
bool uid_bits_add(struct uid_bits *bits, uint32_t uid);
void uid_bits_release(struct uid_bits *bits);

#endif
