/* File names of messages: "UNIQUE[,K=V...]:2,FLAGS". SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_MAILDIR_NAME_H
#define NAVETTE_MAILDIR_NAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mail/flags.h"

/* What can stand before the "2,": ':' where the file system takes it, as all readers want it; the
 * others where it does not (FAT, SMB, Android). All are understood, whichever is set. */
#define MAILDIR_SEPARATORS ":;!"
bool maildir_name_is_separator(char byte);

/* A file name taken apart; points into the name that was parsed. The base is what stays the same
 * when a reader changes the flags: all before the first ":2," (or, without one, before a trailing
 * ":1,..." or lone ':'; else the whole name). Flags come from the last ":2,", so that broken names
 * such as "a:2,:2,S" are read. ";2," and "!2," are the same when nothing but ASCII letters follows
 * them to the end of the name or of what stands before ":2,". */
struct maildir_name {
	const char *base;
	size_t base_length;
	char separator; /* the byte that ends the base; NUL when nothing follows */
	uint32_t flags; /* D F P R S T as FLAG_*, a-z as FLAG_KEYWORD(i) */
};

void maildir_name_parse(const char *name, struct maildir_name *name_r);

/* Whether NAME is that of an editor's copy of a file: "#FILE#" (what it saves by itself), "FILE~"
 * and "FILE.~3~" (what it was before). Nobody delivers such names, so they are no mail. *length_r
 * bytes from *file_r on are the FILE. */
bool maildir_name_is_editors(const char *name, const char **file_r, size_t *length_r);

/* The name that NAME's file gets when its flags become FLAGS: base + SEPARATOR + "2," + letters,
 * ASCII-sorted, each once. Of NAME's letters those that are not in MANAGED (bits as above) and
 * those that mean nothing to navette are kept; but behind another SEPARATOR than ':' only ASCII
 * letters. The base stays the same. The caller owns it. */
char *maildir_name_with_flags(const char *name, uint32_t flags, uint32_t managed, char separator);

/* A new unique base name, "SECONDS.M<µs>P<pid>Q<counter>R<random>.HOST", never given before by any
 * process of any host.
 * '/' and ':' of the host name become \057 and \072. The caller owns it. Thread-safe. */
char *maildir_name_unique(void);
/* NAME with such a base in place of its own. The caller owns it. */
char *maildir_name_anew(const char *name);

#endif
