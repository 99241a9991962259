/* Letters of file names that mean something by one table, written by another. Pure.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_MAIL_LETTERS_H
#define NAVETTE_MAIL_LETTERS_H

#include "mail/flags.h"

/* What each letter becomes: other bits of flags, or none. */
struct letter_map {
	uint32_t bits[FLAG_KEYWORD_COUNT];
};

/* From the letters of OLD to those of NEW, which has a letter for each keyword of OLD that is to
 * keep one. $Forwarded is FLAG_FORWARDED. What OLD does not explain stays as it is where it means
 * nothing by NEW either, and goes where it would. */
struct letter_map letter_map_make(const struct keyword_table *old, const struct keyword_table *now);
/* FLAGS with their letters exchanged; the system flags stay. */
uint32_t letter_map_apply(const struct letter_map *map, uint32_t flags);
/* Whether any of the letters WHICH becomes another. */
bool letter_map_changes(const struct letter_map *map, uint32_t which);

/* The flags that the user meant by renaming a file from the flags OLD to NOW. A rename that changes
 * other flags, or the file's place (MOVED), and drops all letters was made by a reader that does
 * not know letters: they stay. One that changes letters alone means just that. */
uint32_t letters_meant(uint32_t old, uint32_t now, bool moved);

#endif
