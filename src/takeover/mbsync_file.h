/* mbsync's configuration as sections of keywords with arguments. SPDX-License-Identifier:
 * GPL-3.0-or-later */
#ifndef NAVETTE_TAKEOVER_MBSYNC_FILE_H
#define NAVETTE_TAKEOVER_MBSYNC_FILE_H

#include "base/error.h"
#include "base/text.h"

struct mbsync_entry {
	char *keyword;
	struct text_list arguments;
	unsigned int line;
	bool used; /* it was taken over, or means nothing here */
};

struct mbsync_section {
	char *kind; /* the keyword that begins it: "IMAPStore"; "" of the globals */
	char *name;
	unsigned int line;
	struct mbsync_entry *entries;
	size_t count, capacity;
};

struct mbsync_file {
	char *path;
	struct mbsync_section *sections; /* the first has the globals */
	size_t count, capacity;
};

/* Takes a line apart as mbsync does: words between white space; a # where a word would begin opens
 * a comment; a double quote toggles quoting within a word; a backslash takes the meaning from the
 * next character. False: a quotation does not end. */
bool mbsync_split(const char *line, struct text_list *words);

/* Reads the whole. Returns 0 or -1 (ERROR_CONFIG). Release in any case; start zeroed. */
int mbsync_file_read(const char *path, struct mbsync_file *file, struct error *error);
void mbsync_file_release(struct mbsync_file *file);

/* The section of that kind and name (of the name alone where KIND is NULL), or NULL. */
struct mbsync_section *mbsync_find_section(const struct mbsync_file *file, const char *kind,
					   const char *name);
/* The last entry of that keyword, in any case, marked as used; NULL: none. A NULL section has none.
 */
struct mbsync_entry *mbsync_find(const struct mbsync_section *section, const char *keyword);
/* Its first argument; NULL without. */
const char *mbsync_value(const struct mbsync_section *section, const char *keyword);
/* yes, true, on or 1. */
bool mbsync_is_true(const char *word);

#endif
