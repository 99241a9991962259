/* Letters by another table. SPDX-License-Identifier: GPL-3.0-or-later */
#include "mail/letters.h"

#include "base/text.h"

static uint32_t bits_of(const struct keyword_table *now, unsigned int letter, const char *name)
{
	if (!name)
		return now->names[letter] ? 0 : FLAG_KEYWORD(letter);
	if (text_equal_ignoring_case(name, FLAG_FORWARDED_NAME))
		return FLAG_FORWARDED;
	return keyword_table_find(now, name);
}

struct letter_map letter_map_make(const struct keyword_table *old, const struct keyword_table *now)
{
	struct letter_map map;
	for (unsigned int i = 0; i < FLAG_KEYWORD_COUNT; i++)
		map.bits[i] = bits_of(now, i, old->names[i]);
	return map;
}

uint32_t letter_map_apply(const struct letter_map *map, uint32_t flags)
{
	uint32_t mapped = flags & FLAGS_SYSTEM;
	for (unsigned int i = 0; i < FLAG_KEYWORD_COUNT; i++) {
		if (flags & FLAG_KEYWORD(i))
			mapped |= map->bits[i];
	}
	return mapped;
}

bool letter_map_changes(const struct letter_map *map, uint32_t which)
{
	for (unsigned int i = 0; i < FLAG_KEYWORD_COUNT; i++) {
		if ((which & FLAG_KEYWORD(i)) && map->bits[i] != FLAG_KEYWORD(i))
			return true;
	}
	return false;
}

uint32_t letters_meant(uint32_t old, uint32_t now, bool moved)
{
	bool changes_others = moved || ((old ^ now) & FLAGS_SYSTEM) != 0;
	if (!(now & FLAGS_KEYWORDS) && changes_others)
		return now | (old & FLAGS_KEYWORDS);
	return now;
}
