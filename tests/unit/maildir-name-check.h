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

static inline bool name_is_letter(char byte)
{
	char lower = (char)(byte | 0x20);
	return lower >= 'a' && lower <= 'z';
}

/* The letters of a name by another way than that of the code under test. */
static inline const char *name_letters(const char *name)
{
	bool only_letters = true; /* from here to the end */
	for (size_t i = strlen(name); i-- > 0;) {
		if (strncmp(name + i, ":2,", 3) == 0)
			return name + i + 3;
		if (only_letters && name[i] == ',' && i >= 2 && name[i - 1] == '2' &&
		    (name[i - 2] == ';' || name[i - 2] == '!'))
			return name + i + 1;
		only_letters = only_letters && name_is_letter(name[i]);
	}
	return "";
}

/* NULL, or what is wrong with NAMED, which is to be NAME with FLAGS. */
static inline const char *name_check_result(const char *name, const char *named, uint32_t flags,
					    uint32_t managed, char separator)
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
	if (new.separator != separator || named[new.base_length] != separator)
		return "the separator is another";
	if (letters != named + new.base_length + 3)
		return "there is something between base name and letters";
	for (const char *letter = letters; *letter; letter++) {
		if (letter[1] && (unsigned char)letter[0] >= (unsigned char)letter[1])
			return "the letters are not sorted, each once";
		if (!strchr(known, *letter) && !name_has_letter(name_letters(name), *letter))
			return "there is a letter from nowhere";
	}
	for (const char *letter = name_letters(name); *letter; letter++) {
		if (!strchr(known, *letter) && (separator == ':' || name_is_letter(*letter)) &&
		    !name_has_letter(letters, *letter))
			return "an unknown letter was lost";
	}
	return NULL;
}

static inline const char *name_check_separator(const char *name, uint32_t flags, uint32_t managed,
					       char separator)
{
	char *named = maildir_name_with_flags(name, flags, managed, separator);
	char *again = maildir_name_with_flags(named, flags, managed, separator);
	const char *wrong = name_check_result(name, named, flags, managed, separator);
	if (!wrong && strcmp(named, again) != 0)
		wrong = "the same flags again give another name";
	free(again);
	free(named);
	return wrong;
}

/* Gives NAME these flags, with each separator; NULL, or what is wrong. */
static inline const char *name_check(const char *name, uint32_t flags, uint32_t managed)
{
	struct maildir_name parsed;
	maildir_name_parse(name, &parsed);
	if (parsed.base != name || parsed.base_length > strlen(name))
		return "the base is not the start of the name";
	if (parsed.separator != name[parsed.base_length] ||
	    (parsed.separator != '\0' && !maildir_name_is_separator(parsed.separator)))
		return "no separator stands behind the base";
	const char *wrong = NULL;
	for (const char *separator = MAILDIR_SEPARATORS; *separator && !wrong; separator++)
		wrong = name_check_separator(name, flags, managed, *separator);
	return wrong;
}

#endif
