/* Reading, renaming and removing the files of messages. SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef NAVETTE_MAILDIR_MESSAGE_H
#define NAVETTE_MAILDIR_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "mail/file_stamp.h"
#include "mail/identity.h"
#include "mail/message_digest.h"
#include "maildir/folder.h"

/* Where a message's file stands. NAME is the whole file name. */
struct maildir_location {
	enum maildir_place place;
	char *name;
};

enum maildir_message_result {
	MAILDIR_MESSAGE_OK = 0,
	MAILDIR_MESSAGE_ERROR = -1, /* error is set, SCOPE_MESSAGE */
	MAILDIR_MESSAGE_GONE = 1,   /* ENOENT: a reader renamed or removed it: look again */
};

/* Looks for the file whose base name equals NAME's base, when it is not where it was: reads new/
 * and cur/. On success *location_r holds where it is now (name is the caller's). GONE when there is
 * none. */
enum maildir_message_result maildir_message_find(const struct maildir *maildir, const char *name,
						 struct maildir_location *location_r,
						 struct error *error);

/* Whether a file of exactly this name stands there now. */
bool maildir_message_exists(const struct maildir *maildir, const struct maildir_location *location);

/* The file's bytes; UINT64_MAX when it cannot be looked at. */
uint64_t maildir_message_size(const struct maildir *maildir,
			      const struct maildir_location *location);
/* Size, time and inode of the file as it is now; its digest stays as it is. False: it cannot be
 * looked at. */
bool maildir_message_stamp(const struct maildir *maildir, const struct maildir_location *location,
			   struct file_stamp *stamp);

/* Renames so that the file carries FLAGS (see maildir_name_with_flags); it ends in cur/ unless it
 * is in new/ and neither its flags change nor FLAGS has FLAG_SEEN. Never overwrites: when the
 * target name exists the result is an error. On success *location_r (may be the same as the old) is
 * where it is now, name the caller's. */
enum maildir_message_result maildir_message_set_flags(const struct maildir *maildir,
						      const struct maildir_location *location,
						      uint32_t flags, uint32_t managed,
						      struct maildir_location *location_r,
						      struct error *error);

/* Gives the file a new unique base name (flags and place kept): for the second of two files with
 * one base. */
enum maildir_message_result maildir_message_rename_unique(const struct maildir *maildir,
							  const struct maildir_location *location,
							  struct maildir_location *location_r,
							  struct error *error);

/* The same with a NAME that is known before; also then nothing is overwritten. */
enum maildir_message_result maildir_message_rename(const struct maildir *maildir,
						   const struct maildir_location *location,
						   const char *name, struct error *error);
/* Renames the file at LOCATION of the Maildir FROM, another one, to TO; nothing is overwritten. */
enum maildir_message_result maildir_message_bring(const struct maildir *maildir,
						  const struct maildir_location *to,
						  const struct maildir *from,
						  const struct maildir_location *location,
						  struct error *error);
/* When the file or its name was changed last, in ns since the epoch; 0 when it cannot be looked at.
 */
int64_t maildir_message_change_ns(const struct maildir *maildir,
				  const struct maildir_location *location);

/* Unlinks the file. */
enum maildir_message_result maildir_message_remove(const struct maildir *maildir,
						   const struct maildir_location *location,
						   struct error *error);

/* A message opened for upload, read in the form it has on the wire: an LF without a CR before it
 * becomes CRLF, everything else as it is (so that CR CR LF, which delivery keeps, comes back as it
 * was). Streams: memory does not grow with the file. */
struct maildir_reader;
struct maildir_message_facts {
	uint64_t wire_size;      /* exact number of bytes that maildir_reader_read will give */
	int64_t mtime;           /* seconds since the epoch */
	struct file_stamp file;  /* of what was read; not known without a key */
	struct body_digest body; /* not known of a stub, or without a key */
	struct identity identity;
	struct identity_plain plain;
	uint64_t added_size; /* bytes of it that are header fields of other synchronisers */
	/* Only the header of a message is here (maildir/stub.h); the whole has whole_size bytes. */
	bool is_stub;
	uint64_t whole_size; /* = wire_size where it is no stub */
	bool has_nul; /* IMAP cannot carry NUL in a plain literal (RFC 3501 section 9: CHAR8) */
};
/* Reads the file once. WITH_SHA256: its stamp can also be compared with those of before keys. */
enum maildir_message_result maildir_message_read_facts(const struct maildir *maildir,
						       const struct maildir_location *location,
						       bool with_sha256,
						       struct maildir_message_facts *facts_r,
						       struct error *error);
/* Opens and reads the file once to learn its facts, so that the size can be announced. */
enum maildir_message_result maildir_reader_open(const struct maildir *maildir,
						const struct maildir_location *location,
						struct maildir_reader **reader_r,
						struct maildir_message_facts *facts_r,
						struct error *error);
/* Up to SIZE bytes in wire form; *length_r 0 at the end. A file that changed its size meanwhile is
 * an error. Returns 0 or -1. */
int maildir_reader_read(struct maildir_reader *reader, void *bytes, size_t size, size_t *length_r,
			struct error *error);
void maildir_reader_close(struct maildir_reader **reader);

#endif
