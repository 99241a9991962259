/* UIDs in any order, a bit each. SPDX-License-Identifier: GPL-3.0-or-later */
#include "mail/uid_bits.h"

#include <stddef.h>
#include <stdlib.h>

#include "base/memory.h"

#define LEAF_BITS 4096u

struct uid_bits_node {
	uint64_t *leaves[UID_BITS_FAN];
};

static uint64_t bit_of(uint32_t uid)
{
	return UINT64_C(1) << (uid % 64);
}

/* The word of the leaf that holds UID, or NULL. */
static uint64_t *find_word(const struct uid_bits *bits, uint32_t uid)
{
	const struct uid_bits_node *node = bits->nodes[uid / LEAF_BITS / UID_BITS_FAN];
	uint64_t *leaf = node ? node->leaves[uid / LEAF_BITS % UID_BITS_FAN] : NULL;
	return leaf ? &leaf[uid % LEAF_BITS / 64] : NULL;
}

bool uid_bits_contains(const struct uid_bits *bits, uint32_t uid)
{
	const uint64_t *word = find_word(bits, uid);
	return word && (*word & bit_of(uid));
}

bool uid_bits_add(struct uid_bits *bits, uint32_t uid)
{
	struct uid_bits_node **node = &bits->nodes[uid / LEAF_BITS / UID_BITS_FAN];
	if (!*node)
		*node = memory_allocate(sizeof **node);
	uint64_t **leaf = &(*node)->leaves[uid / LEAF_BITS % UID_BITS_FAN];
	if (!*leaf)
		*leaf = memory_array(LEAF_BITS / 64, sizeof **leaf);
	uint64_t *word = &(*leaf)[uid % LEAF_BITS / 64];
	if (*word & bit_of(uid))
		return false;
	*word |= bit_of(uid);
	bits->count++;
	return true;
}

void uid_bits_release(struct uid_bits *bits)
{
	for (size_t i = 0; i < UID_BITS_FAN; i++) {
		if (!bits->nodes[i])
			continue;
		for (size_t k = 0; k < UID_BITS_FAN; k++)
			free(bits->nodes[i]->leaves[k]);
		free(bits->nodes[i]);
		bits->nodes[i] = NULL;
	}
	bits->count = 0;
}
