/* Repeatable random numbers for property tests. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_TESTS_RANDOM_H
#define NAVETTE_TESTS_RANDOM_H

#include <stdint.h>

/* Start with any number but 0; the same start gives the same numbers. */
struct random {
	uint32_t state;
};

/* A number from 0 to below LIMIT (xorshift; good enough to choose test cases). */
static inline uint32_t random_below(struct random *random, uint32_t limit)
{
	random->state ^= random->state << 13;
	random->state ^= random->state >> 17;
	random->state ^= random->state << 5;
	return random->state % limit;
}

#endif
