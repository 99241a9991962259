/* What a file was when its content was known. SPDX-License-Identifier: GPL-3.0-or-later */
#include "mail/file_stamp.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

struct file_digest {
	EVP_MD_CTX *sha256;
};

bool file_stamp_is_known(const struct file_stamp *stamp)
{
	return stamp->inode != 0;
}

bool file_stamp_is_untouched(const struct file_stamp *stamp, uint64_t size, int64_t mtime_ns)
{
	return stamp->size == size && stamp->mtime_ns == mtime_ns;
}

const uint8_t *file_stamp_digest(const struct file_stamp *stamp, enum file_digest_kind kind)
{
	if (stamp->kind == kind)
		return stamp->digest;
	if (stamp->kind != FILE_DIGEST_BOTH)
		return NULL;
	return kind == FILE_DIGEST_SHA256 ? stamp->sha256 : stamp->digest;
}

bool file_stamp_is_of_sha256(const struct file_stamp *stamp)
{
	return file_stamp_is_known(stamp) && stamp->kind == FILE_DIGEST_SHA256;
}

static bool have_both(const struct file_stamp *a, const struct file_stamp *b,
		      enum file_digest_kind kind)
{
	return file_stamp_digest(a, kind) && file_stamp_digest(b, kind);
}

bool file_stamp_is_comparable(const struct file_stamp *a, const struct file_stamp *b)
{
	return have_both(a, b, FILE_DIGEST_KEYED) || have_both(a, b, FILE_DIGEST_SHA256);
}

bool file_stamp_same_content(const struct file_stamp *a, const struct file_stamp *b)
{
	enum file_digest_kind kind =
		have_both(a, b, FILE_DIGEST_KEYED) ? FILE_DIGEST_KEYED : FILE_DIGEST_SHA256;
	if (!file_stamp_is_known(a) || !file_stamp_is_known(b) || a->size != b->size ||
	    !file_stamp_is_comparable(a, b))
		return false;
	return memcmp(file_stamp_digest(a, kind), file_stamp_digest(b, kind), FILE_DIGEST_SIZE) ==
	       0;
}

bool file_stamp_same_file(const struct file_stamp *a, const struct file_stamp *b)
{
	return file_stamp_is_known(a) && a->inode == b->inode && a->size == b->size &&
	       a->mtime_ns == b->mtime_ns;
}

/* OpenSSL fails only where it has neither memory nor SHA-256. Going on with a wrong digest could
 * take an edited file for what it was, so that ends like being out of memory. */
struct file_digest *file_digest_create(void)
{
	struct file_digest *digest = memory_allocate(sizeof *digest);
	digest->sha256 = EVP_MD_CTX_new();
	if (!digest->sha256 || EVP_DigestInit_ex(digest->sha256, EVP_sha256(), NULL) != 1)
		memory_fail();
	return digest;
}

void file_digest_feed(struct file_digest *digest, const void *bytes, size_t length)
{
	if (EVP_DigestUpdate(digest->sha256, bytes, length) != 1)
		memory_fail();
}

void file_digest_finish(struct file_digest **digest, struct file_stamp *stamp)
{
	unsigned char whole[EVP_MAX_MD_SIZE];
	if (EVP_DigestFinal_ex((*digest)->sha256, whole, NULL) != 1)
		memory_fail();
	memcpy(stamp->digest, whole, FILE_DIGEST_SIZE);
	stamp->kind = FILE_DIGEST_SHA256;
	file_digest_destroy(digest);
}

void file_digest_destroy(struct file_digest **digest)
{
	if (!digest || !*digest)
		return;
	EVP_MD_CTX_free((*digest)->sha256);
	free(*digest);
	*digest = NULL;
}
