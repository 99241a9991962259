/* Flags as IMAP lists them <-> flags as bits of a folder. SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "sync/observe/flags.h"

uint32_t sync_flags_of_imap(struct keyword_table *keywords, const struct flag_names *flags)
{
	uint32_t bits = flags->system;
	for (size_t i = 0; i < flags->keywords.count; i++)
		bits |= keyword_table_intern(keywords, flags->keywords.items[i]);
	return bits;
}

static bool is_full(const struct keyword_table *keywords)
{
	return keyword_table_known(keywords) == UINT32_MAX;
}

const char *sync_flags_beyond(const struct keyword_table *keywords, const struct flag_names *flags)
{
	for (size_t i = 0; i < flags->keywords.count && is_full(keywords); i++) {
		if (keyword_table_find(keywords, flags->keywords.items[i]) == 0)
			return flags->keywords.items[i];
	}
	return NULL;
}

uint32_t sync_flags_storable(const struct keyword_table *keywords,
			     const struct flag_names *permanent)
{
	/* "\*": any keyword can be made, and $Forwarded is one (RFC 9051 section 7.1). */
	if (permanent->any_keyword)
		return permanent->system | FLAG_FORWARDED |
		       (keyword_table_known(keywords) & ~FLAGS_SYSTEM);
	uint32_t bits = permanent->system;
	for (size_t i = 0; i < permanent->keywords.count; i++)
		bits |= keyword_table_find(keywords, permanent->keywords.items[i]);
	return bits;
}
