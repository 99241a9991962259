/* Which separators of flags a file system takes in names. SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "maildir/separator.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/file_system.h"
#include "base/memory.h"
#include "maildir/name.h"
#include "maildir/private.h"

/* What "navette." begins in tmp/ is removed by a later run when this one dies in between. */
static bool can_make(int directory, const char *info)
{
	char *unique = maildir_name_unique();
	char *name = memory_format("navette.%s%s", unique, info);
	int file =
		openat(directory, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (file >= 0) {
		(void)close(file); /* nothing was written */
		(void)unlinkat(directory, name, 0);
	}
	free(name);
	free(unique);
	return file >= 0;
}

#define TRIES 2 /* a call may fail for a reason that passes */

/* True also where no file can be made at all. */
static bool takes(int directory, char separator)
{
	const char info[] = { separator, '2', ',', 'S', '\0' };
	for (unsigned int tried = 0; tried < TRIES; tried++) {
		if (can_make(directory, info) || !can_make(directory, ""))
			return true;
	}
	return false;
}

/* Sets the error; false. */
static bool refuse(int directory, const char *path, char separator, struct error *error)
{
	for (const char *other = MAILDIR_SEPARATORS; *other; other++) {
		if (*other == separator || !takes(directory, *other))
			continue;
		(void)error_set(error, ERROR_FAILED, SCOPE_MESSAGE,
				"the file system of %s takes no '%c' in file names, so messages "
				"that have flags cannot be kept there; say \"separator = %c\" in "
				"the configuration",
				path, separator, *other);
		return false;
	}
	(void)error_set(error, ERROR_FAILED, SCOPE_MESSAGE,
			"the file system of %s takes no '%c' in file names, nor another separator, "
			"so messages that have flags cannot be kept there; put the Maildir on "
			"another file system",
			path, separator);
	return false;
}

static bool takes_all(int descriptor)
{
	return file_system_of_descriptor(descriptor) == FILE_SYSTEM_DISK;
}

bool maildir_takes_separator(const struct maildir *maildir, struct error *error)
{
	return takes_all(maildir->tmp) || takes(maildir->tmp, maildir->separator) ||
	       refuse(maildir->tmp, maildir->path, maildir->separator, error);
}

bool maildir_directory_takes_separator(const char *directory, char separator, struct error *error)
{
	int descriptor = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (descriptor < 0)
		return true;
	bool good = takes_all(descriptor) || takes(descriptor, separator) ||
		    refuse(descriptor, directory, separator, error);
	(void)close(descriptor); /* a directory: nothing can be lost */
	return good;
}

/* Reasons that have nothing to do with the name. */
static bool is_of_disk(int reason)
{
	return reason == ENOSPC || reason == EDQUOT || reason == EROFS || reason == EEXIST;
}

bool maildir_separator_is_refused(const struct maildir *maildir, const char *name, int reason,
				  struct error *error)
{
	struct maildir_name parsed;
	maildir_name_parse(name, &parsed);
	return !is_of_disk(reason) && maildir_name_is_separator(parsed.separator) &&
	       !takes(maildir->tmp, parsed.separator) &&
	       !refuse(maildir->tmp, maildir->path, parsed.separator, error);
}
