/* What the files of this layer share. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_MAILDIR_PRIVATE_H
#define NAVETTE_MAILDIR_PRIVATE_H

#include <dirent.h>

#include "mail/file_stamp.h"
#include "mail/message_digest.h"
#include "maildir/folder.h"

struct stat;

struct maildir {
	char *path;
	int root;      /* descriptors of the directories */
	int places[2]; /* by enum maildir_place */
	int tmp;
	char separator;                /* of the names that are made */
	struct digest_key *digest_key; /* not owned; or NULL */
};

/* How the names of our files in tmp/ begin. */
#define MAILDIR_TEMPORARY_PREFIX "navette."

/* The directory of a place. */
static inline int maildir_place_descriptor(const struct maildir *maildir, enum maildir_place place)
{
	return maildir->places[place];
}

/* Renames without overwriting: 0, or -1 with errno (EEXIST where the target is there). */
int maildir_rename_exclusively(int from_directory, const char *from, int to_directory,
			       const char *to);
/* The same for file systems whose rename(2) overwrites: looks first. */
int maildir_rename_after_look(int from_directory, const char *from, int to_directory,
			      const char *to);

/* Puts FROM in the place of TO, which must be there (ENOENT), and TO in FROM's: 0, or -1 with
 * errno. */
int maildir_rename_exchanging(int from_directory, const char *from, int to_directory,
			      const char *to);

/* Whether NAME cannot be made in the Maildir because of its separator, when making it failed for
 * REASON: then the error (SCOPE_MESSAGE) says so, and what to set; it names no message, so that it
 * is told once. */
bool maildir_separator_is_refused(const struct maildir *maildir, const char *name, int reason,
				  struct error *error);

/* Whether DIRECTORY, opened as NAME of the Maildir, was removed since; such a one reads as empty. 1
 * or 0; -1 with errno where that cannot be told. */
int maildir_part_is_removed(const struct maildir *maildir, int directory, const char *name);

/* Whether a change later than NOW gives a directory another mtime than STAMP for certain. FINE:
 * its file system stamps with this host's coarse clock. */
bool maildir_stamp_is_safe(int64_t stamp_ns, int64_t now_ns, bool fine);

/* All of the stamp but its digest, which stays as it is. */
void maildir_stamp_of_status(const struct stat *status, struct file_stamp *stamp);

/* A stream over a directory, with a position of its own; PATH and NAME ("" for none) are for the
 * sentence. Closed by the caller; NULL (error set) where it cannot be read. */
DIR *maildir_stream_open(int directory, const char *path, const char *name, struct error *error);
/* The next entry into *entry_r, NULL at the end; "." and ".." are left out. Returns 0 or -1. */
int maildir_stream_next(DIR *stream, const char *path, const char *name,
			const struct dirent **entry_r, struct error *error);

#endif
