/* Digests of a message as its bytes stream by. SPDX-License-Identifier: GPL-3.0-or-later */
#include "mail/message_digest.h"

#include <openssl/modes.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

#define KEY_SIZE (DIGEST_KEY_SIZE / 2)
#define TAG_SIZE 16
#define HELD_SIZE 4096

struct digest_key {
	uint8_t bytes[DIGEST_KEY_SIZE]; /* for the header, for the body */
	pthread_mutex_t lock;           /* of the next */
	struct message_digest *idle;
};

struct message_digest {
	struct digest_key *key;
	struct message_digest *next; /* while idle */
	GCM128_CONTEXT *header, *body;
	struct file_digest *sha256; /* or NULL */
	bool in_body;
	bool at_line_start;
	bool return_held; /* a CR whose follower is not known yet */
	size_t length;
	uint8_t held[HELD_SIZE]; /* of the part that is being digested */
};

bool body_digest_equal(const struct body_digest *a, const struct body_digest *b)
{
	return a->known && b->known && memcmp(a->bytes, b->bytes, BODY_DIGEST_SIZE) == 0;
}

/* --- Keys --- */

struct digest_key *digest_key_create(const uint8_t bytes[DIGEST_KEY_SIZE])
{
	struct digest_key *key = memory_allocate(sizeof *key);
	memcpy(key->bytes, bytes, DIGEST_KEY_SIZE);
	if (pthread_mutex_init(&key->lock, NULL) != 0)
		memory_fail();
	return key;
}

static void release(struct message_digest *digest)
{
	CRYPTO_gcm128_release(digest->header);
	CRYPTO_gcm128_release(digest->body);
	free(digest);
}

void digest_key_destroy(struct digest_key **key)
{
	if (!key || !*key)
		return;
	while ((*key)->idle) {
		struct message_digest *digest = (*key)->idle;
		(*key)->idle = digest->next;
		release(digest);
	}
	(void)pthread_mutex_destroy(&(*key)->lock); /* fails only when held */
	free(*key);
	*key = NULL;
}

/* --- One of the two: OpenSSL's GCM over associated data alone, with a cipher that encrypts the
 * block of zeros to the key and any other to zeros. That leaves GHASH. By EVP it would be AES-GCM;
 * what EVP does around each message takes as long as the message --- */

static void give_key(const unsigned char in[16], unsigned char out[16], const void *key)
{
	if (in[15] == 0)
		memcpy(out, key, KEY_SIZE);
	else
		memset(out, 0, KEY_SIZE); /* the counter's first block, see restart_part() */
}

static void restart_part(GCM128_CONTEXT *part)
{
	static const uint8_t nonce[12] = { 0 };
	CRYPTO_gcm128_setiv(part, nonce, sizeof nonce);
}

static GCM128_CONTEXT *create_part(uint8_t key[KEY_SIZE])
{
	GCM128_CONTEXT *part = CRYPTO_gcm128_new(key, give_key);
	if (!part)
		memory_fail();
	return part;
}

/* Fails beyond 2^61 bytes alone. */
static void feed_part(GCM128_CONTEXT *part, const uint8_t *bytes, size_t length)
{
	if (length > 0 && CRYPTO_gcm128_aad(part, bytes, length) != 0)
		memory_fail();
}

/* --- Creating: what a key prepares is kept for the next message --- */

static struct message_digest *create_new(struct digest_key *key)
{
	struct message_digest *digest = memory_allocate(sizeof *digest);
	digest->key = key;
	digest->header = create_part(key->bytes);
	digest->body = create_part(key->bytes + KEY_SIZE);
	return digest;
}

/* One that another message is done with; NULL: there is none. */
static struct message_digest *take_idle(struct digest_key *key)
{
	(void)pthread_mutex_lock(&key->lock); /* fails only for wrong use */
	struct message_digest *digest = key->idle;
	if (digest)
		key->idle = digest->next;
	(void)pthread_mutex_unlock(&key->lock);
	return digest;
}

struct message_digest *message_digest_create(struct digest_key *key, bool with_sha256)
{
	struct message_digest *digest = take_idle(key);
	if (!digest)
		digest = create_new(key);
	restart_part(digest->header);
	restart_part(digest->body);
	digest->sha256 = with_sha256 ? file_digest_create() : NULL;
	digest->in_body = digest->return_held = false;
	digest->at_line_start = true;
	digest->length = 0;
	return digest;
}

void message_digest_destroy(struct message_digest **digest)
{
	if (!digest || !*digest)
		return;
	struct digest_key *key = (*digest)->key;
	file_digest_destroy(&(*digest)->sha256);
	(void)pthread_mutex_lock(&key->lock); /* fails only for wrong use */
	(*digest)->next = key->idle;
	key->idle = *digest;
	(void)pthread_mutex_unlock(&key->lock);
	*digest = NULL;
}

/* --- Feeding --- */

static void flush(struct message_digest *digest)
{
	feed_part(digest->in_body ? digest->body : digest->header, digest->held, digest->length);
	digest->length = 0;
}

/* Bytes of the part. Short ones are gathered: lines that end in CRLF come one by one. */
static void put(struct message_digest *digest, const uint8_t *bytes, size_t length)
{
	if (length > sizeof digest->held - digest->length)
		flush(digest);
	if (length > sizeof digest->held) {
		feed_part(digest->in_body ? digest->body : digest->header, bytes, length);
		return;
	}
	memcpy(digest->held + digest->length, bytes, length);
	digest->length += length;
}

/* How many of the bytes, which are of the header, are before its end; *ends_r: there it is. */
static size_t measure_header(struct message_digest *digest, const uint8_t *bytes, size_t length,
			     bool *ends_r)
{
	size_t at = 0;
	*ends_r = false;
	while (at < length) {
		if (digest->at_line_start && bytes[at] == '\n') {
			*ends_r = true;
			return at + 1;
		}
		const uint8_t *end = memchr(bytes + at, '\n', length - at);
		digest->at_line_start = end != NULL;
		at = end ? (size_t)(end - bytes) + 1 : length;
	}
	return at;
}

/* Bytes whose line ends are LF. */
static void feed_lines(struct message_digest *digest, const uint8_t *bytes, size_t length)
{
	if (!digest->in_body) {
		bool ends;
		size_t part = measure_header(digest, bytes, length, &ends);
		put(digest, bytes, part);
		bytes += part;
		length -= part;
		if (ends) {
			flush(digest);
			digest->in_body = true;
		}
	}
	if (length > 0)
		put(digest, bytes, length);
}

static void settle_return(struct message_digest *digest, bool is_line_end)
{
	static const uint8_t carriage_return = '\r';
	digest->return_held = false;
	if (!is_line_end)
		feed_lines(digest, &carriage_return, 1);
}

void message_digest_feed(struct message_digest *digest, const void *bytes, size_t length)
{
	const uint8_t *from = bytes;
	const uint8_t *end = from + length;
	if (length == 0)
		return;
	if (digest->sha256)
		file_digest_feed(digest->sha256, bytes, length);
	while (from < end) {
		if (digest->return_held)
			settle_return(digest, *from == '\n');
		const uint8_t *next = memchr(from, '\r', (size_t)(end - from));
		feed_lines(digest, from, (size_t)((next ? next : end) - from));
		digest->return_held = next != NULL;
		from = next ? next + 1 : end;
	}
}

/* --- The result --- */

static void set_stamp(struct message_digest *digest, const uint8_t tag[TAG_SIZE],
		      struct file_stamp *stamp)
{
	stamp->kind = FILE_DIGEST_KEYED;
	if (digest->sha256) {
		file_digest_finish(&digest->sha256, stamp);
		memcpy(stamp->sha256, stamp->digest, FILE_DIGEST_SIZE);
		stamp->kind = FILE_DIGEST_BOTH;
	}
	memcpy(stamp->digest, tag, FILE_DIGEST_SIZE);
}

void message_digest_finish(struct message_digest **digest, struct file_stamp *stamp,
			   struct body_digest *body_r)
{
	struct body_digest body = { .known = true };
	uint8_t tag[TAG_SIZE];
	if ((*digest)->return_held)
		settle_return(*digest, false);
	flush(*digest);
	CRYPTO_gcm128_tag((*digest)->body, body.bytes, TAG_SIZE);
	CRYPTO_gcm128_tag((*digest)->header, tag, TAG_SIZE);
	for (size_t i = 0; i < TAG_SIZE; i++)
		tag[i] ^= body.bytes[i];
	if (stamp)
		set_stamp(*digest, tag, stamp);
	if (body_r)
		*body_r = body;
	message_digest_destroy(digest);
}
