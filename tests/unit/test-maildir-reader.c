/* Wire form and file form of a message, there and back. SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/memory.h"
#include "maildir-place.h"
#include "maildir/delivery.h"
#include "maildir/message.h"
#include "random.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

TestSuite(maildir_reader, .init = place_make, .fini = place_remove);

/* How bytes come in pieces: bit i set means that a piece ends after byte i (of each STRIDE). */
struct pieces {
	uint32_t mask;
	size_t stride;
};

static size_t piece_length(const struct pieces *pieces, size_t from, size_t length)
{
	size_t end = from;
	while (end < length) {
		size_t place = end++ % pieces->stride;
		if (place < 32 && (pieces->mask >> place & 1))
			break;
	}
	return end - from;
}

/* Delivers WIRE in pieces to cur/m:2, and says how large it is. */
static void deliver(const struct maildir *maildir, const char *wire, size_t length,
		    const struct pieces *pieces)
{
	struct error error = ERROR_INITIAL;
	struct maildir_delivery *delivery;
	struct maildir_delivered delivered;
	const struct maildir_location target = { .place = MAILDIR_CUR, .name = (char *)"m:2," };
	cr_assert_eq(maildir_delivery_begin(maildir, &delivery, &error), 0, "%s", error.text);
	for (size_t done = 0; done < length;) {
		size_t part = piece_length(pieces, done, length);
		cr_assert_eq(maildir_delivery_write(delivery, wire + done, part, &error), 0);
		done += part;
	}
	cr_assert_eq(maildir_delivery_finish(&delivery, 1000000000, &delivered, &error), 0);
	cr_assert_eq(delivered.wire_size, length);
	struct identity identity = identity_of_header(wire, length);
	cr_assert(identity_equal(&delivered.identity, &identity));
	(void)maildir_message_remove(maildir, &target, &error); /* of the time before */
	cr_assert_eq(maildir_delivery_publish(maildir, delivered.temporary_name, &target, &error),
		     MAILDIR_MESSAGE_OK, "%s", error.text);
	free(delivered.temporary_name);
}

static struct maildir_reader *open_reader(const struct maildir *maildir,
					  struct maildir_message_facts *facts)
{
	struct error error = ERROR_INITIAL;
	struct maildir_reader *reader = NULL;
	const struct maildir_location location = { .place = MAILDIR_CUR, .name = (char *)"m:2," };
	cr_assert_eq(maildir_reader_open(maildir, &location, &reader, facts, &error),
		     MAILDIR_MESSAGE_OK, "%s", error.text);
	return reader;
}

/* Reads cur/m:2, in pieces; adds it to WIRE. */
static void read_back(const struct maildir *maildir, const struct pieces *pieces,
		      struct buffer *wire)
{
	struct error error = ERROR_INITIAL;
	struct maildir_message_facts facts;
	struct maildir_reader *reader = open_reader(maildir, &facts);
	char *bytes = memory_allocate(facts.wire_size + 2);
	size_t got = 0;
	do {
		size_t size = piece_length(pieces, wire->length, facts.wire_size + 1);
		size = size == 0 ? 1 : size;
		cr_assert_eq(maildir_reader_read(reader, bytes, size, &got, &error), 0, "%s",
			     error.text);
		cr_assert_leq(got, size);
		buffer_add(wire, bytes, got);
	} while (got > 0);
	cr_assert_eq(wire->length, facts.wire_size);
	struct identity identity = identity_of_header(buffer_text(wire), wire->length);
	cr_assert(identity_equal(&facts.identity, &identity));
	cr_assert_eq(facts.has_nul, wire->length > 0 && memchr(wire->bytes, 0, wire->length));
	cr_assert_eq(facts.mtime, 1000000000);
	free(bytes);
	maildir_reader_close(&reader);
	cr_assert_null(reader);
}

/* --- The rules, written down a second time --- */

static void add_near_form(struct buffer *near, const char *wire, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		bool ends_line = wire[i] == '\r' && i + 1 < length && wire[i + 1] == '\n';
		if (!ends_line || (i > 0 && wire[i - 1] == '\r'))
			buffer_add_byte(near, wire[i]);
	}
}

static void add_wire_form(struct buffer *wire, const char *near, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		if (near[i] == '\n' && (i == 0 || near[i - 1] != '\r'))
			buffer_add_byte(wire, '\r');
		buffer_add_byte(wire, near[i]);
	}
}

static void assert_same(const struct buffer *expected, const char *bytes, size_t length,
			const char *what)
{
	cr_assert_eq(expected->length, length, "%s: %zu bytes, expected %zu", what, length,
		     expected->length);
	cr_assert(length == 0 || memcmp(expected->bytes, bytes, length) == 0, "%s", what);
}

static bool each_line_feed_follows_a_return(const char *bytes, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		if (bytes[i] == '\n' && (i == 0 || bytes[i - 1] != '\r'))
			return false;
	}
	return true;
}

/* Delivers, compares the file, reads, compares that; the same again where it must be. */
static void check_round_trip(const struct maildir *maildir, const char *wire, size_t length,
			     const struct pieces *pieces)
{
	struct buffer near = BUFFER_INITIAL;
	struct buffer expected = BUFFER_INITIAL;
	struct buffer again = BUFFER_INITIAL;
	size_t file_length;

	add_near_form(&near, wire, length);
	deliver(maildir, wire, length, pieces);
	char *file = place_read("m/cur/m:2,", &file_length);
	assert_same(&near, file, file_length, "the file");
	add_wire_form(&expected, buffer_text(&near), near.length);
	read_back(maildir, pieces, &again);
	assert_same(&expected, buffer_text(&again), again.length, "the message read back");
	if (each_line_feed_follows_a_return(wire, length)) {
		cr_assert_eq(again.length, length);
		cr_assert(length == 0 || memcmp(again.bytes, wire, length) == 0);
	}
	free(file);
	buffer_release(&again);
	buffer_release(&expected);
	buffer_release(&near);
}

/* --- Every string --- */

#define LENGTH_MAX 6u

/* String NUMBER of the 4^LENGTH made of CR, LF, x and NUL. */
static void make_string(char *bytes, uint32_t length, uint32_t number)
{
	static const char alphabet[4] = { '\r', '\n', 'x', '\0' };
	for (uint32_t i = 0; i < length; i++)
		bytes[i] = alphabet[number >> (2 * i) & 3];
}

/* Alone in a message, so that its ends are the message's. */
Test(maildir_reader, every_short_message_in_every_split)
{
	struct maildir *maildir = place_maildir("m");
	for (uint32_t length = 0; length <= 4; length++) {
		uint32_t splits = length < 2 ? 1 : UINT32_C(1) << (length - 1);
		for (uint32_t number = 0; number < UINT32_C(1) << (2 * length); number++) {
			char wire[LENGTH_MAX];
			make_string(wire, length, number);
			for (uint32_t mask = 0; mask < splits; mask++) {
				struct pieces pieces = { .mask = mask, .stride = LENGTH_MAX };
				check_round_trip(maildir, wire, length, &pieces);
			}
		}
	}
	maildir_close(&maildir);
}

/* The longer ones all in one message, with an x after each: that makes it as at the start. */
Test(maildir_reader, every_string_in_every_split)
{
	struct maildir *maildir = place_maildir("m");
	for (uint32_t length = 1; length <= LENGTH_MAX; length++) {
		struct buffer all = BUFFER_INITIAL;
		struct buffer proper = BUFFER_INITIAL;
		for (uint32_t number = 0; number < UINT32_C(1) << (2 * length); number++) {
			char wire[LENGTH_MAX + 1];
			make_string(wire, length, number);
			wire[length] = 'x';
			buffer_add(&all, wire, length + 1);
			if (each_line_feed_follows_a_return(wire, length))
				buffer_add(&proper, wire, length + 1);
		}
		for (uint32_t mask = 0; mask < UINT32_C(1) << (length + 1); mask++) {
			struct pieces pieces = { .mask = mask, .stride = length + 1 };
			check_round_trip(maildir, all.bytes, all.length, &pieces);
			check_round_trip(maildir, proper.bytes, proper.length, &pieces);
		}
		buffer_release(&proper);
		buffer_release(&all);
	}
	maildir_close(&maildir);
}

/* The last byte of a message may be a CR that waits for what never comes. */
Test(maildir_reader, ends_of_messages)
{
	static const char *const cases[] = { "x\r",    "\r",       "\r\r",     "x\r\n", "\r\n",
					     "\r\r\n", "\r\r\n\r", "\r\n\r\n", "\r\n\r" };
	struct maildir *maildir = place_maildir("m");
	struct pieces whole = { .mask = 0, .stride = 1000 };
	struct pieces bytes = { .mask = 1, .stride = 1 };
	for (size_t i = 0; i < COUNT(cases); i++) {
		check_round_trip(maildir, cases[i], strlen(cases[i]), &whole);
		check_round_trip(maildir, cases[i], strlen(cases[i]), &bytes);
	}
	maildir_close(&maildir);
}

/* --- Beyond the buffers --- */

/* A CR, an LF or both at each side of the 64 KiB that are written and read at once. */
Test(maildir_reader, line_ends_at_the_ends_of_buffers)
{
	static const char *const ends[] = { "\r\n", "\r\r\n", "\r", "\n", "\r\r", "\n\r\n" };
	struct maildir *maildir = place_maildir("m");
	size_t size = (size_t)64 * 1024;
	char *wire = memory_allocate(2 * size + 8);
	struct pieces pieces = { .mask = 0, .stride = 1000000 };
	for (size_t i = 0; i < COUNT(ends); i++) {
		for (size_t before = size - 4; before <= size + 2; before++) {
			memset(wire, 'x', 2 * size + 8);
			memcpy(wire + before, ends[i], strlen(ends[i]));
			memcpy(wire + before + size, ends[i], strlen(ends[i]));
			check_round_trip(maildir, wire, 2 * size + 8, &pieces);
			check_round_trip(maildir, wire, before + strlen(ends[i]), &pieces);
		}
	}
	free(wire);
	maildir_close(&maildir);
}

Test(maildir_reader, long_messages_of_many_lines)
{
	struct maildir *maildir = place_maildir("m");
	struct random random = { .state = 99 };
	for (unsigned int i = 0; i < 20; i++) {
		struct buffer wire = BUFFER_INITIAL;
		uint32_t size = random_below(&random, 400000);
		while (wire.length < size) {
			static const char *const parts[] = { "\r\n",          "\r\n", "\r\n",
							     "\r\r\n",        "\r",   "\xff",
							     "a line of text" };
			buffer_add_text(&wire, parts[random_below(&random, COUNT(parts))]);
		}
		struct pieces pieces = { .mask = random_below(&random, UINT32_MAX) | 1,
					 .stride = 1 + random_below(&random, 100000) };
		check_round_trip(maildir, buffer_text(&wire), wire.length, &pieces);
		buffer_release(&wire);
	}
	maildir_close(&maildir);
}

/* --- What stands in the way --- */

static enum maildir_message_result try_open(const struct maildir *maildir, const char *name,
					    struct error *error)
{
	struct maildir_reader *reader = NULL;
	struct maildir_message_facts facts;
	const struct maildir_location location = { .place = MAILDIR_CUR, .name = (char *)name };
	enum maildir_message_result result =
		maildir_reader_open(maildir, &location, &reader, &facts, error);
	cr_assert_eq(reader != NULL, result == MAILDIR_MESSAGE_OK);
	maildir_reader_close(&reader);
	return result;
}

Test(maildir_reader, opens_regular_files_only)
{
	struct error error = ERROR_INITIAL;
	struct maildir *maildir = place_maildir("m");
	char *fifo = place_join("m/cur/fifo");
	char *directory = place_join("m/cur/directory");
	char *link = place_join("m/cur/link");

	cr_assert_eq(mkfifo(fifo, 0600) + mkdir(directory, 0700), 0);
	place_write_text("elsewhere", "x");
	cr_assert_eq(symlink("../../elsewhere", link), 0);
	cr_assert_eq(try_open(maildir, "nothing", &error), MAILDIR_MESSAGE_GONE);
	cr_assert_eq(error.kind, ERROR_NONE);
	cr_assert_eq(try_open(maildir, "link", &error), MAILDIR_MESSAGE_OK);
	cr_assert_eq(try_open(maildir, "fifo", &error), MAILDIR_MESSAGE_ERROR);
	cr_assert_not_null(strstr(error.text, fifo), "%s", error.text);
	cr_assert_eq(try_open(maildir, "directory", &error), MAILDIR_MESSAGE_ERROR);
	cr_assert_eq(error.scope, SCOPE_MESSAGE);
	maildir_reader_close(NULL);
	free(link);
	free(directory);
	free(fifo);
	maildir_close(&maildir);
}

Test(maildir_reader, tells_why_a_file_cannot_be_read)
{
	struct error error = ERROR_INITIAL;
	struct maildir *maildir = place_maildir("m");
	char *path = place_join("m/cur/closed");
	place_write_text("m/cur/closed", "x");
	cr_assert_eq(chmod(path, 0), 0);
	if (!place_become_nobody())
		cr_skip("cannot become another user");
	cr_assert_eq(try_open(maildir, "closed", &error), MAILDIR_MESSAGE_ERROR);
	cr_assert_eq(error.scope, SCOPE_MESSAGE);
	cr_assert_not_null(strstr(error.text, path), "%s", error.text);
	free(path);
	maildir_close(&maildir);
}

/* Reads all; true when there was an error, and never more bytes than were announced. */
static bool reading_fails(struct maildir_reader *reader, uint64_t wire_size, struct error *error)
{
	char bytes[1000];
	uint64_t total = 0;
	size_t got;
	do {
		if (maildir_reader_read(reader, bytes, sizeof bytes, &got, error) != 0)
			return true;
		total += got;
		cr_assert_leq(total, wire_size);
	} while (got > 0);
	cr_assert_eq(total, wire_size);
	return false;
}

/* The size was announced to the server; another number of bytes would be taken for commands, or
 * waited for. */
Test(maildir_reader, a_file_that_changed_is_an_error)
{
	static const struct {
		const char *before;
		const char *after;
		bool fails;
	} cases[] = {
		{ "a\nb\n", "a\nb\n", false },
		{ "a\nb\n", "a\nb\nc", true },
		{ "a\nb\n", "a\nb", true },
		{ "a\nb\n", "", true },
		{ "", "a", true },
		{ "", "", false },
		/* The same size in the file, but not on the wire. */
		{ "a\nb\n", "a\n\n\n", true },
		{ "a\nb\n", "abc\n", true },
		{ "a\nb\n", "a\rb\n", true },
		/* That much cannot be seen, and does no harm. */
		{ "a\nb\n", "b\na\n", false },
	};
	struct maildir *maildir = place_maildir("m");
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct error error = ERROR_INITIAL;
		struct maildir_message_facts facts;
		place_write_text("m/cur/m:2,", cases[i].before);
		struct maildir_reader *reader = open_reader(maildir, &facts);
		place_write_text("m/cur/m:2,", cases[i].after);
		cr_assert_eq(reading_fails(reader, facts.wire_size, &error), cases[i].fails,
			     "case %zu", i);
		cr_assert(!cases[i].fails || strstr(error.text, "/m/cur/m:2,"), "%s", error.text);
		maildir_reader_close(&reader);
	}
	maildir_close(&maildir);
}

static struct maildir_message_facts read_facts(const struct maildir *maildir, bool with_sha256)
{
	const struct maildir_location location = { .place = MAILDIR_CUR, .name = (char *)"m:2," };
	struct error error = ERROR_INITIAL;
	struct maildir_message_facts facts;
	cr_assert_eq(maildir_message_read_facts(maildir, &location, with_sha256, &facts, &error),
		     MAILDIR_MESSAGE_OK, "%s", error.text);
	return facts;
}

/* Records of before have SHA-256 of the bytes in the file. */
Test(maildir_reader, files_are_digested_for_records_of_now_and_of_before)
{
	static const char text[] = "Subject: x\n\none\r\n";
	struct maildir *maildir = place_maildir("m");
	struct file_digest *digest = file_digest_create();
	place_write_text("m/cur/m:2,", text);
	struct maildir_message_facts facts = read_facts(maildir, false);
	struct maildir_message_facts both = read_facts(maildir, true);
	struct file_stamp before = facts.file;
	file_digest_feed(digest, text, strlen(text));
	file_digest_finish(&digest, &before);
	cr_expect_eq(facts.file.kind, FILE_DIGEST_KEYED);
	cr_expect_not(file_stamp_is_comparable(&before, &facts.file));
	cr_expect(file_stamp_same_content(&before, &both.file));
	cr_expect(file_stamp_same_content(&facts.file, &both.file));
	cr_expect(body_digest_equal(&facts.body, &both.body));

	place_write_text("m/cur/m:2,", "Subject: y\n\none\r\n");
	struct maildir_message_facts other = read_facts(maildir, true);
	cr_expect(body_digest_equal(&facts.body, &other.body), "another header, the same body");
	cr_expect_not(file_stamp_same_content(&before, &other.file));
	cr_expect_not(file_stamp_same_content(&facts.file, &other.file));
	place_write_text("m/cur/m:2,", "Subject: x\n\ntwo\r\n");
	other = read_facts(maildir, true);
	cr_expect_not(body_digest_equal(&facts.body, &other.body));
	cr_expect_not(file_stamp_same_content(&before, &other.file));
	maildir_close(&maildir);
}

/* Files that say another size than they have, as one does that is written or cut just then. */
Test(maildir_reader, a_file_of_another_size_than_it_says_is_an_error)
{
	static const char *const targets[] = { "/proc/self/status", "/sys/kernel/uevent_seqnum" };
	struct maildir *maildir = place_maildir("m");
	for (size_t i = 0; i < COUNT(targets); i++) {
		struct error error = ERROR_INITIAL;
		char *link = place_join("m/cur/link");
		if (access(targets[i], R_OK) == 0) {
			cr_assert_eq(symlink(targets[i], link), 0);
			cr_assert_eq(try_open(maildir, "link", &error), MAILDIR_MESSAGE_ERROR, "%s",
				     targets[i]);
			cr_assert_not_null(strstr(error.text, "changed"), "%s", error.text);
			cr_assert_eq(unlink(link), 0);
		}
		free(link);
	}
	maildir_close(&maildir);
}

/* Renaming it is not changing it. */
Test(maildir_reader, a_file_that_is_renamed_or_removed_meanwhile_is_read_all_the_same)
{
	struct error error = ERROR_INITIAL;
	struct maildir_message_facts facts;
	struct maildir *maildir = place_maildir("m");
	const struct maildir_location location = { .place = MAILDIR_CUR, .name = (char *)"m:2," };
	place_write_text("m/cur/m:2,", "a\nb\n");
	struct maildir_reader *reader = open_reader(maildir, &facts);
	cr_assert_eq(maildir_message_remove(maildir, &location, &error), MAILDIR_MESSAGE_OK);
	cr_assert(!reading_fails(reader, facts.wire_size, &error), "%s", error.text);
	maildir_reader_close(&reader);
	maildir_close(&maildir);
}
