/* Bringing new messages into a Maildir, durably and in batches. SPDX-License-Identifier:
 * GPL-3.0-or-later */
#ifndef NAVETTE_MAILDIR_DELIVERY_H
#define NAVETTE_MAILDIR_DELIVERY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "mail/identity.h"
#include "mail/message_digest.h"
#include "maildir/folder.h"
#include "maildir/message.h"

/* The order that makes a crash harmless: (1) every message of a batch is written to tmp/ under a
 * name that starts with "navette."; (2) maildir_sync(); (3) the engine records UID, temporary and
 * final name in one transaction; (4) maildir_delivery_publish() renames into place; (5)
 * maildir_sync(); (6) the engine forgets the temporary names. A run that finds recorded temporary
 * names does (4) again, for which a missing temporary file means "done". */

/* One message on its way into tmp/. */
struct maildir_delivery;

int maildir_delivery_begin(const struct maildir *maildir, struct maildir_delivery **delivery_r,
			   struct error *error);
/* Wire bytes in pieces of any size. CRLF becomes LF, except in CR CR LF, which stays as it is; all
 * else is kept. Buffered; needs no memory that grows with the message. Returns 0 or -1 (ENOSPC and
 * the like: SCOPE_FOLDER). */
int maildir_delivery_write(struct maildir_delivery *delivery, const void *bytes, size_t length,
			   struct error *error);
/* What a finished delivery leaves. */
struct maildir_delivered {
	char *temporary_name; /* in tmp/; the caller's */
	uint64_t wire_size;
	struct identity identity;
	struct file_stamp file;  /* not known where it could not be looked at, or without a key */
	struct body_digest body; /* not known without a key */
};
/* Flushes, sets the file's mtime (seconds since the epoch), closes. The file stays in tmp/. The
 * delivery is destroyed in any case. */
int maildir_delivery_finish(struct maildir_delivery **delivery, int64_t mtime,
			    struct maildir_delivered *delivered_r, struct error *error);
/* Destroys it and removes its file. NULL is allowed. */
void maildir_delivery_abort(struct maildir_delivery **delivery);

/* Brings the file at LOCATION of the Maildir FROM, which may be the same, into tmp/: as another
 * link to it, or AS_COPY, and where the file system has no link for it, as a copy with its time.
 * *temporary_name_r is the caller's; *file_r gets its inode, time and size, which show whether the
 * file was what the caller took it for. GONE where it is not there, or was written to meanwhile. */
enum maildir_message_result maildir_delivery_link(const struct maildir *maildir,
						  const struct maildir *from,
						  const struct maildir_location *location,
						  bool as_copy, char **temporary_name_r,
						  struct file_stamp *file_r, struct error *error);

/* Renames tmp/TEMPORARY_NAME to LOCATION without overwriting. GONE when tmp/ is there and has no
 * such file: in a repetition of (4) that means "done", the first time it means that somebody took
 * the file away. An existing target is an error. The error's scope: SCOPE_MESSAGE when another
 * name may do, else SCOPE_FOLDER. */
enum maildir_message_result maildir_delivery_publish(const struct maildir *maildir,
						     const char *temporary_name,
						     const struct maildir_location *location,
						     struct error *error);

/* Whether it is still in tmp/. */
bool maildir_delivery_waits(const struct maildir *maildir, const char *temporary_name);

/* Puts tmp/TEMPORARY_NAME in the place of the file at LOCATION, in one step; what stood there goes.
 * GONE when nothing stands there: the temporary file is left then. */
enum maildir_message_result maildir_delivery_replace(const struct maildir *maildir,
						     const char *temporary_name,
						     const struct maildir_location *location,
						     struct error *error);

/* Removes tmp/TEMPORARY_NAME, which will not be published. */
void maildir_delivery_discard(const struct maildir *maildir, const char *temporary_name);

/* A witness in tmp/: a file that whoever empties tmp/ takes away as well, because its name is like
 * the others and it is older than all of them. While it stands there, in the same boot of the
 * machine, a temporary file that is missing was renamed into place, and what is missing there too
 * was taken away since. It is to be placed before the files are recorded. Returns 0 or -1. */
int maildir_witness_place(const struct maildir *maildir, struct error *error);
bool maildir_witness_stands(const struct maildir *maildir);
/* When nothing is pending any more. Returns 0 or -1; one that stays does no harm, and goes with
 * maildir_delivery_clean(). */
int maildir_witness_remove(const struct maildir *maildir, struct error *error);

/* Removes files of tmp/ whose names start with "navette." except those for which keep(context,
 * name) is true. Returns 0 or -1. */
int maildir_delivery_clean(const struct maildir *maildir,
			   bool (*keep)(void *context, const char *temporary_name), void *context,
			   struct error *error);

#endif
