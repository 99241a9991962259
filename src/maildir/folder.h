/* One Maildir: cur/, new/ and tmp/ of one folder. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_MAILDIR_FOLDER_H
#define NAVETTE_MAILDIR_FOLDER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"

/* The two directories where messages stand. Never cur -> new: readers would take the message for
 * new mail again. */
enum maildir_place { MAILDIR_NEW, MAILDIR_CUR };
const char *maildir_place_name(enum maildir_place place); /* "new" or "cur" */

/* An open Maildir: file descriptors of its directories, so that it stays the same one when somebody
 * renames it. */
struct maildir;

enum maildir_open_result {
	MAILDIR_OPEN_OK = 0,
	MAILDIR_OPEN_ERROR = -1, /* error is set, SCOPE_FOLDER */
	MAILDIR_OPEN_MISSING =
		1, /* there is no directory of that path, or it has none of cur, new, tmp */
};

/* Opens an existing Maildir. One that has cur/ but lacks new/ or tmp/ is completed (old tools leave
 * such); one that lacks cur/ but has new/ or tmp/ is damaged: an error. *maildir_r is the caller's.
 */
enum maildir_open_result maildir_open(const char *path, struct maildir **maildir_r,
				      struct error *error);
/* Whether PATH has no directory of that place, so that maildir_open() would make it. */
bool maildir_lacks(const char *path, enum maildir_place place);
/* Whether PATH holds what is left of a Maildir that lost its cur/. */
bool maildir_is_torn(const char *path);
/* Creates the Maildir, parents included, directories mode 0700, durable; one that exists already is
 * fine. Returns 0 or -1. */
int maildir_create(const char *path, struct error *error);
/* Removes an empty Maildir: cur, new, tmp and the directory itself; the directory stays when it
 * holds anything else (subfolders). Refuses (error) when a message is left in cur or new. Known
 * index files of readers and other tools (dovecot*, .uidvalidity, .mh_sequences, courier*,
 * maildirfolder, .mbsyncstate*, .isyncuid*) are
 * removed with it. A path where there is no Maildir is fine. Returns 0 or -1. */
int maildir_remove(const char *path, struct error *error);
void maildir_close(struct maildir **maildir);
const char *maildir_path(const struct maildir *maildir);
/* What stands before the flags in names that are made here, one of MAILDIR_SEPARATORS; ':' unless
 * set. */
void maildir_set_separator(struct maildir *maildir, char separator);
char maildir_separator(const struct maildir *maildir);
/* With KEY, which has to live longer, messages that are written and read here are digested. Without
 * one, as it is when opened, nothing is known of what a file holds: its stamp is not known either.
 */
struct digest_key;
void maildir_set_digest_key(struct maildir *maildir, struct digest_key *key);
/* Which directory its cur/ is, whatever path led there. Returns 0 or -1. */
int maildir_identify(const struct maildir *maildir, dev_t *device_r, ino_t *inode_r,
		     struct error *error);

/* When its cur/ was made, in ns since the epoch: inodes are given again, and then this tells. 0
 * where the file system does not say. */
int64_t maildir_born_ns(const struct maildir *maildir);

/* What tells that a directory was changed: both equal means no file was added, removed or renamed
 * in it since, provided that the fingerprint was safe when taken. */
struct maildir_fingerprint {
	uint64_t inode[2];    /* of new and cur */
	int64_t change_ns[2]; /* their mtimes in ns since the epoch */
};
/* Takes the fingerprint. *safe_r tells whether both mtimes are old enough that a change after now
 * is certain to show: older than 20 ms before the kernel's coarse clock where the file system
 * stamps with that clock and has nanoseconds, else older than 2 s. Take it BEFORE the scan whose
 * result it shall stand for. Returns 0 or -1, also when a directory was removed since it was
 * opened. */
int maildir_fingerprint_take(const struct maildir *maildir,
			     struct maildir_fingerprint *fingerprint_r, bool *safe_r,
			     struct error *error);
bool maildir_fingerprint_equal(const struct maildir_fingerprint *a,
			       const struct maildir_fingerprint *b);

/* Waits until whoever changes names in new/ or cur/ in this moment is done: then inotify(7) has
 * been told of all that the fingerprint taken before shows. */
void maildir_await_changes(const struct maildir *maildir);

/* Makes all that was written and renamed in this Maildir durable, files and names: one syncfs(2)
 * for each file system that its directories stand on. Returns 0 or -1. */
int maildir_sync(const struct maildir *maildir, struct error *error);

/* File systems that were synced already. Start zeroed. */
#define MAILDIR_DEVICES_MAX 8
struct maildir_devices {
	dev_t items[MAILDIR_DEVICES_MAX];
	size_t count;
};
/* The same for the file systems that are not among SYNCED, and adds them. Nothing may have been
 * written since the first of a row of calls. */
int maildir_sync_once(const struct maildir *maildir, struct maildir_devices *synced,
		      struct error *error);

#endif
