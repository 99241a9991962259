/* Listing a Maildir while readers rename in it. SPDX-License-Identifier: GPL-3.0-or-later */
#include "maildir/scan.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "maildir/name.h"
#include "maildir/private.h"

/* How often a scan that readers disturbed is repeated, and how long to let them finish before. */
#define SCAN_TRIES 8
#define SCAN_PAUSE_MS 50

static bool is_editors(const char *name)
{
	const char *file;
	size_t length;
	return maildir_name_is_editors(name, &file, &length);
}

/* *unknown is set where that cannot be seen: a link that leads nowhere, as when its target is not
 * mounted; a disk that fails. */
static bool is_file(int directory, const struct dirent *entry, bool *unknown)
{
	if (entry->d_type == DT_REG)
		return true;
	if (entry->d_type != DT_UNKNOWN && entry->d_type != DT_LNK)
		return false;
	struct stat status;
	if (fstatat(directory, entry->d_name, &status, 0) == 0)
		return S_ISREG(status.st_mode);
	*unknown = true;
	return false;
}

struct scan {
	maildir_entry_function *entry_function;
	maildir_entry_function *editors; /* NULL: they are passed over */
	void *context;
	const struct maildir_scanner *lister; /* NULL: the directories are read */
	bool doubtful; /* there was a name that may or may not be a message */
};

static int read_place(const struct maildir *maildir, enum maildir_place place, struct scan *scan,
		      struct error *error)
{
	const char *name = maildir_place_name(place);
	DIR *stream = maildir_stream_open(maildir->places[place], maildir->path, name, error);
	if (!stream)
		return -1;
	const struct dirent *entry;
	int result;
	while ((result = maildir_stream_next(stream, maildir->path, name, &entry, error)) == 0 &&
	       entry) {
		maildir_entry_function *see =
			is_editors(entry->d_name) ? scan->editors : scan->entry_function;
		/* Names that start with "." are nobody's mail. */
		if (!see || entry->d_name[0] == '.' ||
		    !is_file(maildir->places[place], entry, &scan->doubtful))
			continue;
		const struct maildir_entry seen = { .place = place,
						    .name = entry->d_name,
						    .inode = entry->d_ino };
		result = see(scan->context, &seen, error);
		if (result != 0)
			break;
	}
	(void)closedir(stream); /* only read from */
	return result == 0 ? 0 : -1;
}

/* new/ before cur/: a message that a reader moves meanwhile is then seen twice rather than not at
 * all. */
static int read_both(const struct maildir *maildir, struct scan *scan,
		     const struct maildir_fingerprint *before, struct error *error)
{
	if (scan->lister)
		return scan->lister->list(scan->context, before, &scan->doubtful, error);
	return read_place(maildir, MAILDIR_NEW, scan, error) != 0
		       ? -1
		       : read_place(maildir, MAILDIR_CUR, scan, error);
}

int maildir_see_name(const struct maildir *maildir, enum maildir_place place, const char *name,
		     maildir_entry_function *see, void *context, bool *doubtful_r,
		     struct error *error)
{
	struct stat status;
	bool there = fstatat(maildir->places[place], name, &status, AT_SYMLINK_NOFOLLOW) == 0;
	if (!there || !S_ISREG(status.st_mode)) {
		*doubtful_r = *doubtful_r || there || errno != ENOENT;
		return 0;
	}
	const struct maildir_entry seen = { .place = place, .name = name, .inode = status.st_ino };
	return see(context, &seen, error);
}

static int scan_both(const struct maildir *maildir, struct scan *scan, bool *stable_r,
		     struct maildir_fingerprint *before, struct error *error)
{
	struct maildir_fingerprint after;
	bool safe_before;
	bool safe_after; /* of no use here */
	*stable_r = false;
	if (maildir_fingerprint_take(maildir, before, &safe_before, error) != 0 ||
	    read_both(maildir, scan, before, error) != 0 ||
	    maildir_fingerprint_take(maildir, &after, &safe_after, error) != 0)
		return -1;
	*stable_r = safe_before && !scan->doubtful && maildir_fingerprint_equal(before, &after);
	return 0;
}

int maildir_scan(const struct maildir *maildir, maildir_entry_function *entry_function,
		 void *context, bool *stable_r, struct maildir_fingerprint *fingerprint_r,
		 struct error *error)
{
	struct scan scan = { .entry_function = entry_function, .context = context };
	struct maildir_fingerprint before;
	int result = scan_both(maildir, &scan, stable_r, &before, error);
	if (result == 0 && fingerprint_r)
		*fingerprint_r = before;
	return result;
}

static int scan_again(const struct maildir *maildir, const struct maildir_scanner *scanner,
		      bool *enough_r, struct error *error)
{
	struct scan scan = { .entry_function = scanner->see,
			     .editors = scanner->see_editors,
			     .context = scanner->context,
			     .lister = scanner->list ? scanner : NULL };
	struct maildir_fingerprint before = { .inode = { 0, 0 } };
	bool stable;
	if (scanner->begin && scanner->begin(scanner->context, error) != 0)
		return -1;
	int result = scan_both(maildir, &scan, &stable, &before, error);
	struct error later = ERROR_INITIAL; /* the first failure is told */
	*enough_r = stable;
	if (scanner->end && scanner->end(scanner->context, stable, &before, enough_r,
					 result == 0 ? error : &later) != 0)
		result = -1;
	return result;
}

int maildir_scan_stable(const struct maildir *maildir, const struct maildir_scanner *scanner,
			bool *enough_r, struct error *error)
{
	*enough_r = false;
	for (int tried = 0; tried < SCAN_TRIES && !*enough_r; tried++) {
		if (tried > 0)
			(void)clock_sleep((int64_t)SCAN_PAUSE_MS * tried, NULL);
		if (scan_again(maildir, scanner, enough_r, error) != 0)
			return -1;
	}
	return 0;
}
