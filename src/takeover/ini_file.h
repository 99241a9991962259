/* A file of Python's ConfigParser, which OfflineIMAP reads. SPDX-License-Identifier:
 * GPL-3.0-or-later */
#ifndef NAVETTE_TAKEOVER_INI_FILE_H
#define NAVETTE_TAKEOVER_INI_FILE_H

#include "base/error.h"
#include "base/text.h"

struct ini_entry {
	char *key;   /* lower case */
	char *value; /* lines that go on are joined by a newline */
	unsigned int line;
	bool used; /* it was taken over, or means nothing here */
};

struct ini_section {
	char *name;
	struct ini_entry *entries;
	size_t count, capacity;
};

struct ini_file {
	char *path;
	struct ini_section *sections; /* the first is DEFAULT */
	size_t count, capacity;
};

/* Reads the whole. Returns 0 or -1 (ERROR_CONFIG). Release in any case; start zeroed. */
int ini_file_read(const char *path, struct ini_file *file, struct error *error);
/* The same of TEXT. */
int ini_file_parse(const char *path, const char *text, struct ini_file *file, struct error *error);
void ini_file_release(struct ini_file *file);

struct ini_section *ini_find_section(const struct ini_file *file, const char *name);
/* The entry of that key, of the section or of DEFAULT, marked as used; NULL: none. */
struct ini_entry *ini_find(const struct ini_file *file, const struct ini_section *section,
			   const char *key);
/* Its value with %(key)s filled in and %% as %; the caller's. NULL: there is none. */
char *ini_value(const struct ini_file *file, const struct ini_section *section, const char *key);
/* A value of yes, true, on or 1, no, false, off or 0; else USUAL. */
bool ini_is_true(const struct ini_file *file, const struct ini_section *section, const char *key,
		 bool usual);

#endif
