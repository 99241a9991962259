/* What a file was when its content was known: whether it may have been written to since.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_MAIL_FILE_STAMP_H
#define NAVETTE_MAIL_FILE_STAMP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FILE_DIGEST_SIZE 16

enum file_digest_kind {
	FILE_DIGEST_SHA256, /* the first 128 bits of SHA-256 over the bytes on the disk */
	FILE_DIGEST_KEYED,  /* mail/message_digest.h */
	FILE_DIGEST_BOTH    /* that, and SHA-256 beside it: to be compared with either */
};

struct file_stamp {
	uint64_t inode; /* 0: nothing is known */
	int64_t mtime_ns;
	uint64_t size; /* bytes on the disk */
	enum file_digest_kind kind;
	uint8_t digest[FILE_DIGEST_SIZE];
	uint8_t sha256[FILE_DIGEST_SIZE]; /* only of FILE_DIGEST_BOTH */
};

bool file_stamp_is_known(const struct file_stamp *stamp);
/* Whether a file with this size and time is certainly as it was: a change of content moves one of
 * them. The inode may be another: a copy with its time, or a file system that numbers anew. */
bool file_stamp_is_untouched(const struct file_stamp *stamp, uint64_t size, int64_t mtime_ns);
/* Its digest of KIND, which is one of the first two; NULL: it has none. */
const uint8_t *file_stamp_digest(const struct file_stamp *stamp, enum file_digest_kind kind);
/* Whether what is to be compared with it needs SHA-256. */
bool file_stamp_is_of_sha256(const struct file_stamp *stamp);
/* Whether the digests of both can be compared. */
bool file_stamp_is_comparable(const struct file_stamp *a, const struct file_stamp *b);
/* Whether both are known, can be compared and have the same content. */
bool file_stamp_same_content(const struct file_stamp *a, const struct file_stamp *b);
/* Whether it is one file that was only renamed. */
bool file_stamp_same_file(const struct file_stamp *a, const struct file_stamp *b);

/* A file's bytes as they stream by, in pieces of any size: SHA-256. */
struct file_digest;
struct file_digest *file_digest_create(void);
void file_digest_feed(struct file_digest *digest, const void *bytes, size_t length);
/* The digest and its kind into STAMP; it is destroyed and *digest set to NULL. */
void file_digest_finish(struct file_digest **digest, struct file_stamp *stamp);
/* Destroys without result; NULL and *digest == NULL are allowed. */
void file_digest_destroy(struct file_digest **digest);

#endif
