/* What holds for every file name, whoever made it. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_TESTS_MAILDIR_NAME_CHECK_H
#define NAVETTE_TESTS_MAILDIR_NAME_CHECK_H

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "maildir/name.h"

static inline bool name_has_letter(const char *letters, char letter)
{
	return letter != '\0' && strchr(letters, letter) != NULL;
}

/* The letters of a name by another way than that of the code under test. */
static inline const char *name_letters(const char *name)
{
	for (size_t i = strlen(name); i-- > 0;) {
		if (strncmp(name + i, ":2,", 3) == 0)
			return name + i + 3;
	}
	return "";
}

/* NULL, or what is wrong with NAMED, which is to be NAME with FLAGS. */
static inline const char *name_check_result(const char *name, const char *named, uint32_t flags,
					    uint32_t managed)
{
	static const char known[] = "DFPRSTabcdefghijklmnopqrstuvwxyz";
	struct maildir_name old;
	struct maildir_name new;
	maildir_name_parse(name, &old);
	maildir_name_parse(named, &new);
	const char *letters = name_letters(named);
	if (new.base_length != old.base_length || memcmp(old.base, new.base, old.base_length) != 0)
		return "the base name changed";
	if (new.flags != ((old.flags & ~managed) | (flags & managed)))
		return "the flags are not those that were asked for";
	if (letters != named + new.base_length + 3)
		return "there is something between base name and letters";
	for (const char *letter = letters; *letter; letter++) {
		if (letter[1] && (unsigned char)letter[0] >= (unsigned char)letter[1])
			return "the letters are not sorted, each once";
		if (!strchr(known, *letter) && !name_has_letter(name_letters(name), *letter))
			return "there is a letter from nowhere";
	}
	for (const char *letter = name_letters(name); *letter; letter++) {
		if (!strchr(known, *letter) && !name_has_letter(letters, *letter))
			return "an unknown letter was lost";
	}
	return NULL;
}

/* Gives NAME these flags; NULL, or what is wrong. */
static inline const char *name_check(const char *name, uint32_t flags, uint32_t managed)
{
	struct maildir_name parsed;
	maildir_name_parse(name, &parsed);
	if (parsed.base != name || parsed.base_length > strlen(name))
		return "the base is not the start of the name";
	char *named = maildir_name_with_flags(name, flags, managed);
	char *again = maildir_name_with_flags(named, flags, managed);
	const char *wrong = name_check_result(name, named, flags, managed);
	if (!wrong && strcmp(named, again) != 0)
		wrong = "the same flags again give another name";
	free(again);
	free(named);
	return wrong;
}

#endif
