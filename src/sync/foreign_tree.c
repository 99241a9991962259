/* Whether another synchroniser worked on a Maildir. SPDX-License-Identifier: GPL-3.0-or-later */
#include "sync/foreign_tree.h"

#include <dirent.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/path.h"

#define NAMES_MAX 50 /* of files that are looked at: all of them have such names, or none */

static bool has_file(const char *maildir, const char *name)
{
	char *path = path_join(maildir, name);
	bool there = access(path, F_OK) == 0;
	free(path);
	return there;
}

/* Whether a file of cur has MARK in its name. */
static bool has_mark(const char *maildir, const char *mark)
{
	char *path = path_join(maildir, "cur");
	DIR *directory = opendir(path);
	bool found = false;
	const struct dirent *entry;
	free(path);
	if (!directory)
		return false;
	for (unsigned int i = 0; i < NAMES_MAX && !found && (entry = readdir(directory)); i++)
		found = strstr(entry->d_name, mark) != NULL;
	(void)closedir(directory); /* only read from */
	return found;
}

const char *foreign_tree_program(const char *maildir)
{
	if (has_file(maildir, ".mbsyncstate") || has_file(maildir, ".isyncuidmap.db") ||
	    has_file(maildir, ".uidvalidity"))
		return "mbsync";
	return has_mark(maildir, ",FMD5=") ? "offlineimap" : NULL;
}
