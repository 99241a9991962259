/* Maildirs for tests. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_TESTS_MAILDIR_PLACE_H
#define NAVETTE_TESTS_MAILDIR_PLACE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/text.h"
#include "maildir/folder.h"

/* A new directory for the test; the path is static. Removed, with all in it, by place_remove(),
 * which is meant for the suite's .fini. */
void place_make(void);
void place_remove(void);
const char *place_path(void);
/* A path in it; the caller owns it. */
char *place_join(const char *name);

/* A new Maildir of that name in it, opened with a key of digests; or the test fails. */
struct maildir *place_maildir(const char *name);

/* Writes a file, "m/cur/a:2,"; the test fails where that cannot be. */
void place_write(const char *name, const void *bytes, size_t length);
void place_write_text(const char *name, const char *text);
/* The whole file; the caller owns it. */
char *place_read(const char *name, size_t *length_r);
bool place_has(const char *name);
/* The names in a directory, sorted, without "." and "..", each followed by a space; the caller owns
 * it. */
char *place_list(const char *name);
/* Sets a file's or directory's mtime. */
void place_set_time(const char *name, long seconds, long nanoseconds);
/* From now on the test is a user who may not read everything; true where it worked. */
bool place_become_nobody(void);

#endif
