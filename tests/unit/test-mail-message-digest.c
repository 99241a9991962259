/* Digests of a message and of its body. SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <pthread.h>
#include <stdbool.h>
#include <string.h>

#include "mail/message_digest.h"
#include "random.h"

/* AES-128 of a block of zeros, under the keys 00..0f and 10..1f. */
static const uint8_t key_bytes[DIGEST_KEY_SIZE] = {
	0xc6, 0xa1, 0x3b, 0x37, 0x87, 0x8f, 0x5b, 0x82, 0x6f, 0x4f, 0x81,
	0x62, 0xa1, 0xc8, 0xd8, 0x79, 0xed, 0xa3, 0x30, 0xf9, 0x0e, 0xec,
	0xd1, 0x6c, 0x00, 0x3e, 0x5f, 0xb0, 0x9b, 0xcf, 0xf3, 0x58
};

struct digests {
	struct file_stamp file;
	struct body_digest body;
};

/* With pieces of PIECE bytes; 0: all at once. */
static struct digests digest_pieces(struct digest_key *key, const char *bytes, size_t length,
				    size_t piece)
{
	struct digests digests = { .file = { .inode = 1, .size = length } };
	struct message_digest *digest = message_digest_create(key, false);
	if (piece == 0)
		piece = length + 1;
	for (size_t at = 0; at < length; at += piece)
		message_digest_feed(digest, bytes + at, piece < length - at ? piece : length - at);
	message_digest_finish(&digest, &digests.file, &digests.body);
	cr_assert_null(digest);
	cr_assert(digests.body.known);
	cr_assert_eq(digests.file.kind, FILE_DIGEST_KEYED);
	return digests;
}

static struct digests digest_text(struct digest_key *key, const char *text)
{
	return digest_pieces(key, text, strlen(text), 0);
}

static bool same(const struct digests *a, const struct digests *b)
{
	return memcmp(a->file.digest, b->file.digest, FILE_DIGEST_SIZE) == 0 &&
	       body_digest_equal(&a->body, &b->body);
}

/* Each is what `openssl mac -cipher AES-128-GCM ... GMAC` prints, under those keys and a nonce of
 * zeros, without what it adds for the nonce: of the body; and of the header, plus the body's. These
 * stand on disks and may not change. */
Test(mail_message_digest, known_answers)
{
	static char long_text[5006] = "A: 1\n\n";
	static const uint8_t long_whole[16] = { 0x3c, 0xf4, 0xf7, 0x2b, 0x3e, 0x8d, 0x9b, 0x87,
						0x90, 0xcf, 0xfd, 0xd4, 0x9d, 0x2a, 0x5f, 0xea };
	static const uint8_t long_body[16] = { 0x2b, 0xa4, 0x32, 0x25, 0xac, 0xf9, 0x18, 0x20,
					       0x6c, 0xa8, 0x2a, 0xa1, 0x73, 0x44, 0xce, 0xf4 };
	static const struct {
		const char *text;
		uint8_t whole[16], body[16];
	} cases[] = {
		{ "Subject: x\n\nbody\n",
		  { 0x62, 0xe4, 0x1f, 0x7a, 0xe8, 0x50, 0x11, 0x56, 0x1a, 0xdf, 0x3d, 0x4b, 0x88,
		    0xd2, 0x45, 0x8f },
		  { 0x44, 0xcd, 0xde, 0x23, 0xb9, 0xb4, 0x51, 0x52, 0x14, 0x1e, 0x21, 0xa9, 0x15,
		    0x05, 0x16, 0xa6 } },
		{ "Subject: x\n",
		  { 0xb9, 0xd3, 0xac, 0x21, 0xb3, 0xd4, 0x53, 0x8d, 0x9e, 0x1d, 0xaa, 0xd1, 0x0f,
		    0xc8, 0xa0, 0xe2 },
		  { 0 } },
		{ "", { 0 }, { 0 } },
	};
	struct digest_key *key = digest_key_create(key_bytes);
	for (int i = 0; i < 5000; i++) {
		char byte = (char)((i * 7 + i / 256) % 251);
		long_text[6 + i] = byte == '\r' ? '.' : byte;
	}
	for (int round = 0; round < 2; round++) { /* anew, and with what is left of another */
		for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
			struct digests digests = digest_text(key, cases[i].text);
			cr_expect_arr_eq(digests.file.digest, cases[i].whole, 16, "%zu", i);
			cr_expect_arr_eq(digests.body.bytes, cases[i].body, 16, "%zu", i);
		}
		struct digests digests = digest_pieces(key, long_text, sizeof long_text, 0);
		cr_expect_arr_eq(digests.file.digest, long_whole, 16);
		cr_expect_arr_eq(digests.body.bytes, long_body, 16);
	}
	digest_key_destroy(&key);
	cr_expect_null(key);
}

Test(mail_message_digest, the_body_begins_behind_the_first_empty_line)
{
	static const struct {
		const char *a, *b;
		bool is_same;
	} cases[] = {
		{ "A: 1\n\nx\n", "A: 2\nStatus: RO\nLines: 1\n\nx\n", true },
		{ "A: 1\n\nx\n", "A: 1\n\ny\n", false },
		{ "A: 1\n\nx\n", "A: 1\n\nx", false },
		{ "A: 1\n\nx\n\ny\n", "B: 1\n\nx\n\ny\n", true },
		{ "A: 1\n\nx\n\ny\n", "A: 1\n\nx\n\nz\n", false },
		{ "A: 1\n\n\nx\n", "A: 1\n\nx\n", false },
		{ "\nx\n", "A: 1\n\nx\n", true },
		{ "A: 1\n", "A: 2\n", true },
		{ "A: 1\n", "A: 1\n\n", true },
		{ "A: 1\n \nx\n", "A: 1\n\nx\n", false },
		{ "A: 1\r\n\r\nx\r\n", "A: 2\n\nx\n", true },
		{ "A: 1\n\rB\n\nx", "A: 1\n\nx", true },
	};
	struct digest_key *key = digest_key_create(key_bytes);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct digests a = digest_text(key, cases[i].a);
		struct digests b = digest_text(key, cases[i].b);
		cr_expect_eq(body_digest_equal(&a.body, &b.body), cases[i].is_same, "case %zu", i);
		bool is_line_end = i == 10; /* nothing else is between the two */
		cr_expect(!same(&a, &b) || is_line_end, "case %zu", i);
	}
	digest_key_destroy(&key);
}

/* Bytes move from the header to the body, or to the other message: what is the same as a whole must
 * differ in parts. */
Test(mail_message_digest, header_and_body_do_not_run_into_each_other)
{
	static const char *const texts[] = {
		"A: 1\n\nB: 2\n\nx\n",
		"A: 1\nB: 2\n\nx\n",
		"A: 1\n\nB: 2\nx\n",
		"A: 1\n\n\nB: 2\nx\n",
		"A: 1\n\nB: 2\n\n",
		"A: 1\n\nB: 2\n",
		"A: 1\n\n",
		"A: 1\n",
		"\nA: 1\n",
		"\n",
		"",
		"\n\n",
	};
	enum { TEXTS = sizeof texts / sizeof *texts };
	struct digests digests[TEXTS];
	struct digest_key *key = digest_key_create(key_bytes);
	for (size_t i = 0; i < TEXTS; i++) {
		digests[i] = digest_text(key, texts[i]);
		for (size_t j = 0; j < i; j++)
			cr_expect_arr_neq(digests[i].file.digest, digests[j].file.digest, 16,
					  "%zu %zu", i, j);
	}
	digest_key_destroy(&key);
}

/* A message of lines, with the line ends of a file, and as it is on the wire. */
struct message {
	char file[20000], wire[40000];
	size_t file_length, wire_length;
};

static void add(struct message *message, char byte)
{
	char before = message->file_length > 0 ? message->file[message->file_length - 1] : '\n';
	message->file[message->file_length++] = byte;
	if (byte == '\n' && before != '\r')
		message->wire[message->wire_length++] = '\r';
	message->wire[message->wire_length++] = byte;
}

static void make_message(struct random *random, struct message *message)
{
	static const char bytes[] = { 'a', 'b', '\n', '\n', '\r', ':', ' ', '\0' };
	static const uint32_t sizes[] = { 10, 100, 5000, 20000 };
	uint32_t length = random_below(random, sizes[random_below(random, 4)]);
	uint32_t usual = 1 + random_below(random, 200); /* one in so many is not an 'x' */
	message->file_length = message->wire_length = 0;
	for (uint32_t i = 0; i < length; i++)
		add(message, random_below(random, usual) > 0
				     ? 'x'
				     : bytes[random_below(random, sizeof bytes)]);
}

static struct digests digest_randomly(struct digest_key *key, struct random *random,
				      const char *bytes, size_t length)
{
	struct digests digests = { .file = { .inode = 1, .size = length } };
	struct message_digest *digest = message_digest_create(key, false);
	uint32_t most = 1 + random_below(random, 9000);
	for (size_t at = 0; at < length;) {
		size_t piece = random_below(random, most);
		piece = piece < length - at ? piece : length - at;
		message_digest_feed(digest, bytes + at, piece);
		at += piece;
	}
	message_digest_finish(&digest, &digests.file, &digests.body);
	return digests;
}

Test(mail_message_digest, the_same_in_pieces_and_with_either_line_end)
{
	static struct message message;
	struct random random = { .state = 7 };
	struct digest_key *key = digest_key_create(key_bytes);
	for (int round = 0; round < 400; round++) {
		make_message(&random, &message);
		struct digests whole = digest_pieces(key, message.file, message.file_length, 0);
		struct digests bytes = digest_pieces(key, message.file, message.file_length, 1);
		struct digests pieces =
			digest_randomly(key, &random, message.file, message.file_length);
		struct digests wire =
			digest_randomly(key, &random, message.wire, message.wire_length);
		cr_expect(same(&whole, &bytes));
		cr_expect(same(&whole, &pieces));
		cr_expect(same(&whole, &wire));
	}
	digest_key_destroy(&key);
}

Test(mail_message_digest, each_byte_counts)
{
	static struct message message;
	struct random random = { .state = 9 };
	struct digest_key *key = digest_key_create(key_bytes);
	for (int round = 0; round < 2000; round++) {
		make_message(&random, &message);
		if (message.file_length == 0)
			continue;
		struct digests before = digest_pieces(key, message.file, message.file_length, 0);
		char *byte = &message.file[random_below(&random, (uint32_t)message.file_length)];
		*byte = *byte == 'x' ? 'y' : 'x';
		struct digests after = digest_pieces(key, message.file, message.file_length, 0);
		cr_expect_not(file_stamp_same_content(&before.file, &after.file));
	}
	digest_key_destroy(&key);
}

Test(mail_message_digest, another_key_gives_others)
{
	uint8_t other_bytes[DIGEST_KEY_SIZE];
	struct digest_key *key = digest_key_create(key_bytes);
	struct digests one = digest_text(key, "A: 1\n\nx\n");
	for (size_t half = 0; half < 2; half++) {
		memcpy(other_bytes, key_bytes, sizeof other_bytes);
		other_bytes[half * 16] ^= 1;
		struct digest_key *other_key = digest_key_create(other_bytes);
		struct digests other = digest_text(other_key, "A: 1\n\nx\n");
		cr_expect_arr_neq(one.file.digest, other.file.digest, 16);
		cr_expect_eq(body_digest_equal(&one.body, &other.body), half == 0);
		digest_key_destroy(&other_key);
	}
	digest_key_destroy(&key);
}

/* One that is given up leaves nothing behind for the next. */
Test(mail_message_digest, several_at_a_time_and_given_up)
{
	struct digest_key *key = digest_key_create(key_bytes);
	struct digests alone = digest_text(key, "A: 1\n\nx\n");
	struct message_digest *given_up = message_digest_create(key, true);
	message_digest_feed(given_up, "B: 2\n\ny\r", 8);
	struct digests beside = digest_text(key, "A: 1\n\nx\n");
	cr_expect(same(&alone, &beside));
	message_digest_destroy(&given_up);
	cr_expect_null(given_up);
	message_digest_destroy(&given_up);
	message_digest_destroy(NULL);
	for (int i = 0; i < 2; i++) {
		struct digests after = digest_text(key, "A: 1\n\nx\n");
		cr_expect(same(&alone, &after));
	}
	digest_key_destroy(&key);
	digest_key_destroy(&key);
	digest_key_destroy(NULL);
}

static void *digest_many(void *context)
{
	struct digests first = digest_text(context, "A: 1\n\nx\n");
	for (int i = 0; i < 500; i++) {
		struct digests again = digest_text(context, "A: 1\n\nx\n");
		if (!same(&first, &again))
			return context;
	}
	return NULL;
}

Test(mail_message_digest, one_key_for_many_threads)
{
	pthread_t threads[4];
	struct digest_key *key = digest_key_create(key_bytes);
	for (size_t i = 0; i < 4; i++)
		cr_assert_eq(pthread_create(&threads[i], NULL, digest_many, key), 0);
	for (size_t i = 0; i < 4; i++) {
		void *failed = key;
		cr_assert_eq(pthread_join(threads[i], &failed), 0);
		cr_expect_null(failed);
	}
	digest_key_destroy(&key);
}

/* --- Stamps of both kinds --- */

static struct file_stamp stamp_of(struct digest_key *key, const char *text, bool with_sha256)
{
	struct file_stamp stamp = { .inode = 1, .size = strlen(text) };
	if (!key) {
		struct file_digest *old = file_digest_create();
		file_digest_feed(old, text, strlen(text));
		file_digest_finish(&old, &stamp);
		return stamp;
	}
	struct message_digest *digest = message_digest_create(key, with_sha256);
	message_digest_feed(digest, text, strlen(text));
	message_digest_finish(&digest, &stamp, NULL);
	return stamp;
}

Test(mail_message_digest, stamps_are_compared_where_they_can_be)
{
	static const char text[] = "A: 1\r\n\r\nx\n";
	static const char other[] = "A: 1\r\n\r\ny\n";
	struct digest_key *key = digest_key_create(key_bytes);
	struct file_stamp stamps[] = { stamp_of(NULL, text, false), stamp_of(key, text, false),
				       stamp_of(key, text, true) };
	struct file_stamp others[] = { stamp_of(NULL, other, false), stamp_of(key, other, false),
				       stamp_of(key, other, true) };
	cr_expect_eq(stamps[0].kind, FILE_DIGEST_SHA256);
	cr_expect_eq(stamps[1].kind, FILE_DIGEST_KEYED);
	cr_expect_eq(stamps[2].kind, FILE_DIGEST_BOTH);
	for (size_t i = 0; i < 3; i++) {
		for (size_t j = 0; j < 3; j++) {
			bool comparable = i + j != 1;
			cr_expect_eq(file_stamp_is_comparable(&stamps[i], &stamps[j]), comparable);
			cr_expect_eq(file_stamp_same_content(&stamps[i], &stamps[j]), comparable,
				     "%zu %zu", i, j);
			cr_expect_not(file_stamp_same_content(&stamps[i], &others[j]));
		}
	}
	others[1] = stamps[1];
	others[1].size++;
	cr_expect_not(file_stamp_same_content(&stamps[1], &others[1]));
	others[1] = stamps[1];
	others[1].inode = 0;
	cr_expect_not(file_stamp_same_content(&stamps[1], &others[1]));
	digest_key_destroy(&key);
}

Test(mail_message_digest, what_is_not_known_is_not_equal)
{
	struct body_digest unknown = { .known = false };
	struct body_digest zero = { .known = true };
	cr_expect_not(body_digest_equal(&unknown, &unknown));
	cr_expect_not(body_digest_equal(&unknown, &zero));
	cr_expect_not(body_digest_equal(&zero, &unknown));
	cr_expect(body_digest_equal(&zero, &zero));
}
