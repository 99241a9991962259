/* Wire lines of servers and what they mean. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_TESTS_IMAP_RESPONSE_CASES_H
#define NAVETTE_TESTS_IMAP_RESPONSE_CASES_H

#include <stddef.h>

struct response_case {
	const char *wire;
	size_t length;
	const char *expected; /* as wire_parse() */
};
extern const struct response_case response_cases[];
extern const size_t response_case_count;

#endif
