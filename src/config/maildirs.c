/* Accounts keep off each other's Maildirs. SPDX-License-Identifier: GPL-3.0-or-later */
#include "config/maildirs.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/path.h"

/* PATH, absolute, without symbolic links, "." and ".." as far as it exists. The caller owns it. */
static char *real_path(const char *path)
{
	char *resolved = realpath(path, NULL);
	if (resolved)
		return resolved;
	/* What does not exist yet: its parent may. */
	char *parent = memory_text(path);
	char *slash = strrchr(parent, '/');
	char *name = memory_text(slash ? slash + 1 : "");
	if (slash && slash > parent) {
		*slash = '\0';
		char *real_parent = real_path(parent);
		resolved = *name == '\0' || strcmp(name, ".") == 0 ? memory_text(real_parent)
								   : path_join(real_parent, name);
		free(real_parent);
	} else {
		resolved = memory_text(path);
	}
	free(name);
	free(parent);
	return resolved;
}

/* Whether one path is the other or lies within it. */
static bool paths_overlap(const char *a, const char *b)
{
	size_t a_length = strlen(a);
	size_t b_length = strlen(b);
	size_t shorter = a_length < b_length ? a_length : b_length;
	const char *longer = a_length < b_length ? b : a;
	if (strncmp(a, b, shorter) != 0)
		return false;
	return longer[shorter] == '\0' || longer[shorter] == '/' || longer[shorter - 1] == '/';
}

static int check_pair(const struct config *config, const struct config_account *earlier,
		      const struct config_account *later, struct error *error)
{
	char *one = real_path(earlier->maildir);
	char *other = real_path(later->maildir);
	bool overlap = paths_overlap(one, other);
	free(one);
	free(other);
	if (!overlap)
		return 0;
	return error_set(error, ERROR_CONFIG, SCOPE_ACCOUNT,
			 "%s:%u: the maildir of account %s (%s) and that of account %s (%s) are "
			 "the same or lie within each other: give each a directory of its own",
			 config->path, later->line, later->name, later->maildir, earlier->name,
			 earlier->maildir);
}

int config_check_maildirs(const struct config *config, struct error *error)
{
	for (size_t i = 0; i < config->account_count; i++) {
		for (size_t j = 0; j < i; j++) {
			if (check_pair(config, &config->accounts[j], &config->accounts[i], error) !=
			    0)
				return -1;
		}
	}
	return 0;
}
