/* Whether a configuration can be believed. SPDX-License-Identifier: GPL-3.0-or-later */
#include "config/trust.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool is_open_to_all(const struct stat *status)
{
	return (status->st_mode & S_IWOTH) && !(status->st_mode & S_ISVTX);
}

static int check_file(const char *path, const struct stat *status, struct error *error)
{
	/* What is no file, such as a pipe of the shell's, has no mode that says anything. */
	if (!S_ISREG(status->st_mode))
		return 0;
	if (status->st_uid != geteuid() && status->st_uid != 0)
		return error_set(error, ERROR_CONFIG, SCOPE_ACCOUNT,
				 "the configuration %s belongs to another user (number %u), whose "
				 "commands navette does not run: chown it",
				 path, (unsigned int)status->st_uid);
	if (status->st_mode & S_IWOTH)
		return error_set(error, ERROR_CONFIG, SCOPE_ACCOUNT,
				 "everybody may write the configuration %s, and navette would run "
				 "their commands: chmod o-w %s",
				 path, path);
	return 0;
}

/* ABSOLUTE is cut shorter and shorter. */
static int check_directories(char *absolute, struct error *error)
{
	for (char *slash; (slash = strrchr(absolute, '/')) != NULL;) {
		struct stat status;
		*slash = '\0';
		const char *directory = *absolute ? absolute : "/";
		if (stat(directory, &status) == 0 && is_open_to_all(&status))
			return error_set(error, ERROR_CONFIG, SCOPE_ACCOUNT,
					 "everybody may replace the configuration, for its "
					 "directory %s is writable by all: chmod o-w %s",
					 directory, directory);
	}
	return 0;
}

int config_check_trust(const char *path, const struct stat *status, struct error *error)
{
	if (check_file(path, status, error) != 0)
		return -1;
	char *absolute = realpath(path, NULL);
	if (!absolute) /* it was opened a moment ago: a descriptor without a name */
		return 0;
	int result = check_directories(absolute, error);
	free(absolute);
	return result;
}
