/* Listing a Maildir while readers rename in it. SPDX-License-Identifier: GPL-3.0-or-later */
#include "maildir/scan.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "maildir/private.h"

/* Names that start with "." are nobody's mail; a newline in a name would break every tool that
 * lists files. */
static bool can_be_message(const char *name)
{
	return name[0] != '.' && !strchr(name, '\n');
}

static bool is_file(int directory, const struct dirent *entry)
{
	if (entry->d_type == DT_REG)
		return true;
	if (entry->d_type != DT_UNKNOWN && entry->d_type != DT_LNK)
		return false;
	struct stat status;
	return fstatat(directory, entry->d_name, &status, 0) == 0 && S_ISREG(status.st_mode);
}

static int read_place(const struct maildir *maildir, enum maildir_place place, DIR *stream,
		      maildir_entry_function *entry_function, void *context, struct error *error)
{
	int directory = maildir->places[place];
	for (;;) {
		errno = 0;
		const struct dirent *entry = readdir(stream);
		if (!entry && errno == 0)
			return 0;
		if (!entry)
			return error_set_errno(error, ERROR_FAILED, SCOPE_FOLDER, errno,
					       "cannot read %s/%s", maildir->path,
					       maildir_place_name(place));
		if (!can_be_message(entry->d_name) || !is_file(directory, entry))
			continue;
		const struct maildir_entry seen = { .place = place, .name = entry->d_name };
		if (entry_function(context, &seen, error) != 0)
			return -1;
	}
}

static int scan_place(const struct maildir *maildir, enum maildir_place place,
		      maildir_entry_function *entry_function, void *context, struct error *error)
{
	/* A descriptor of its own: the shared one has one position for everybody. */
	int copy = openat(maildir->places[place], ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *stream = copy < 0 ? NULL : fdopendir(copy);
	if (!stream) {
		int reason = errno;
		if (copy >= 0)
			(void)close(copy);
		return error_set_errno(error, ERROR_FAILED, SCOPE_FOLDER, reason,
				       "cannot read %s/%s", maildir->path,
				       maildir_place_name(place));
	}
	int result = read_place(maildir, place, stream, entry_function, context, error);
	(void)closedir(stream);
	return result;
}

int maildir_scan(const struct maildir *maildir, maildir_entry_function *entry_function,
		 void *context, bool *stable_r, struct error *error)
{
	struct maildir_fingerprint before;
	struct maildir_fingerprint after;
	bool safe_before;
	bool safe_after;
	/* new/ before cur/: a message that a reader moves meanwhile is then seen twice rather than
	 * not at all. */
	if (maildir_fingerprint_take(maildir, &before, &safe_before, error) != 0 ||
	    scan_place(maildir, MAILDIR_NEW, entry_function, context, error) != 0 ||
	    scan_place(maildir, MAILDIR_CUR, entry_function, context, error) != 0 ||
	    maildir_fingerprint_take(maildir, &after, &safe_after, error) != 0)
		return -1;
	*stable_r = safe_before && maildir_fingerprint_equal(&before, &after);
	return 0;
}
