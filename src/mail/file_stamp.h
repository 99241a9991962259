/* What a file was when its content was known: whether it may have been written to since.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_MAIL_FILE_STAMP_H
#define NAVETTE_MAIL_FILE_STAMP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FILE_DIGEST_SIZE 16

struct file_stamp {
	uint64_t inode; /* 0: nothing is known */
	int64_t mtime_ns;
	uint64_t size;                    /* bytes on the disk */
	uint8_t digest[FILE_DIGEST_SIZE]; /* the first 128 bits of SHA-256 over them */
};

bool file_stamp_is_known(const struct file_stamp *stamp);
/* Whether a file with this size and time is certainly as it was: a change of content moves one of
 * them. The inode may be another: a copy with its time, or a file system that numbers anew. */
bool file_stamp_is_untouched(const struct file_stamp *stamp, uint64_t size, int64_t mtime_ns);
/* Whether both are known and have the same content. */
bool file_stamp_same_content(const struct file_stamp *a, const struct file_stamp *b);
/* Whether it is one file that was only renamed. */
bool file_stamp_same_file(const struct file_stamp *a, const struct file_stamp *b);

/* A file's bytes as they stream by, in pieces of any size. */
struct file_digest;
struct file_digest *file_digest_create(void);
void file_digest_feed(struct file_digest *digest, const void *bytes, size_t length);
/* The digest into STAMP; it is destroyed and *digest set to NULL. */
void file_digest_finish(struct file_digest **digest, struct file_stamp *stamp);
/* Destroys without result; NULL and *digest == NULL are allowed. */
void file_digest_destroy(struct file_digest **digest);

#endif
