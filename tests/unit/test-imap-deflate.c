/* DEFLATE streams against zlib itself. SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <zlib.h>

#include "base/buffer.h"
#include "base/memory.h"
#include "imap/deflate.h"
#include "imap/response.h"
#include "random.h"

/* --- What carries the bytes --- */

struct below {
	const char *bytes; /* to be read */
	size_t length;
	size_t place;
	size_t chunk;   /* at a time; 0: as many as fit */
	size_t repeats; /* the bytes come so many times more */
	size_t reads;
	struct buffer written;
	size_t writes;
	bool broken;
};

static int read_below(void *context, void *bytes, size_t size, size_t *length_r,
		      struct error *error)
{
	struct below *below = context;
	size_t length;

	below->reads++;
	if (below->broken)
		return error_set(error, ERROR_TEMPORARY, SCOPE_CONNECTION, "it broke");
	if (below->place == below->length && below->repeats > 0) {
		below->repeats--;
		below->place = 0;
	}
	length = below->length - below->place;
	if (length > size)
		length = size;
	if (below->chunk > 0 && length > below->chunk)
		length = below->chunk;
	if (length > 0)
		memcpy(bytes, below->bytes + below->place, length);
	below->place += length;
	*length_r = length;
	return 0;
}

static int write_below(void *context, const void *bytes, size_t length, struct error *error)
{
	struct below *below = context;

	below->writes++;
	if (below->broken)
		return error_set(error, ERROR_TEMPORARY, SCOPE_CONNECTION, "it broke");
	buffer_add(&below->written, bytes, length);
	return 0;
}

static struct imap_deflate *create(struct below *below, const void *ahead, size_t length)
{
	const struct imap_deflate_below functions = { .context = below,
						      .read = read_below,
						      .write = write_below };

	return imap_deflate_create(&functions, ahead, length);
}

/* Half of it text that repeats itself, half of it noise. */
static char *make_content(struct random *random, size_t length)
{
	char *content = memory_allocate(length);

	for (size_t i = 0; i < length; i++)
		content[i] = (i / 1000) % 2 == 0 ? "Subject: hello\r\n"[i % 16]
						 : (char)random_below(random, 256);
	return content;
}

/* Raw DEFLATE as a server would make it: each STEP bytes (0: all) followed by FLUSH. */
static void compress_by_zlib(struct buffer *out, const char *bytes, size_t length, size_t step,
			     int flush)
{
	z_stream stream = { .zalloc = NULL };
	unsigned char chunk[1000];
	size_t done = 0;

	cr_assert_eq(deflateInit2(&stream, 6, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY), Z_OK);
	do {
		size_t part = step == 0 || step > length - done ? length - done : step;

		stream.next_in = (unsigned char *)(uintptr_t)(bytes + done);
		stream.avail_in = (uInt)part;
		done += part;
		do {
			stream.next_out = chunk;
			stream.avail_out = sizeof chunk;
			(void)deflate(&stream, flush); /* Z_BUF_ERROR: nothing was left */
			buffer_add(out, chunk, sizeof chunk - stream.avail_out);
		} while (stream.avail_out == 0);
	} while (done < length);
	(void)deflateEnd(&stream); /* an error where the stream was not ended on purpose */
}

/* Reads to the end, at most SIZE bytes at a time. */
static int read_all(struct imap_deflate *layer, size_t size, struct buffer *out,
		    struct error *error)
{
	char *bytes = memory_allocate(size);
	size_t length;
	int result;

	do {
		result = imap_deflate_read(layer, bytes, size, &length, error);
		cr_assert_leq(length, size);
		buffer_add(out, bytes, length);
	} while (result == 0 && length > 0);
	free(bytes);
	return result;
}

static void check_same(const struct buffer *got, const char *expected, size_t length)
{
	cr_assert_eq(got->length, length);
	cr_assert(length == 0 || memcmp(got->bytes, expected, length) == 0);
}

/* --- There and back --- */

Test(imap_deflate, round_trip_in_random_pieces)
{
	const size_t length = 300000;
	struct random random = { .state = 4978 };

	for (int round = 0; round < 20; round++) {
		char *content = make_content(&random, length);
		struct below out = { .bytes = NULL };
		struct imap_deflate *writer = create(&out, NULL, 0);
		struct error error = ERROR_INITIAL;
		struct buffer got = BUFFER_INITIAL;
		struct below in;
		struct imap_deflate *reader;

		for (size_t done = 0; done < length;) {
			size_t part = 1 + random_below(&random, round % 2 == 0 ? 50000 : 3000);

			if (part > length - done)
				part = length - done;
			cr_assert_eq(imap_deflate_write(writer, content + done, part, &error), 0);
			done += part;
		}
		cr_assert_lt(out.written.length, length * 6 / 10);
		in = (struct below){ .bytes = out.written.bytes,
				     .length = out.written.length,
				     .chunk = random_below(&random, 5000) };
		reader = create(&in, NULL, 0);
		cr_assert_eq(read_all(reader, 1 + random_below(&random, 70000), &got, &error), 0);
		check_same(&got, content, length);
		buffer_release(&got);
		buffer_release(&out.written);
		imap_deflate_destroy(&reader);
		imap_deflate_destroy(&writer);
		cr_assert_null(writer);
		free(content);
	}
}

Test(imap_deflate, what_was_read_ahead_may_end_at_any_byte)
{
	struct random random = { .state = 7 };
	char *content = make_content(&random, 3000);
	struct buffer wire = BUFFER_INITIAL;

	compress_by_zlib(&wire, content, 3000, 100, Z_SYNC_FLUSH);
	for (size_t cut = 0; cut <= wire.length; cut++) {
		struct below below = { .bytes = wire.bytes + cut, .length = wire.length - cut };
		struct imap_deflate *layer = create(&below, wire.bytes, cut);
		struct buffer got = BUFFER_INITIAL;
		struct error error = ERROR_INITIAL;

		cr_assert_eq(read_all(layer, cut % 2 == 0 ? 1 : 65536, &got, &error), 0);
		check_same(&got, content, 3000);
		buffer_release(&got);
		imap_deflate_destroy(&layer);
	}
	buffer_release(&wire);
	free(content);
}

Test(imap_deflate, more_read_ahead_than_its_own_buffer_holds)
{
	struct random random = { .state = 8 };
	char *content = make_content(&random, 200000);
	struct buffer wire = BUFFER_INITIAL;
	struct below below = { .bytes = NULL };
	struct buffer got = BUFFER_INITIAL;
	struct error error = ERROR_INITIAL;
	struct imap_deflate *layer;

	compress_by_zlib(&wire, content, 200000, 0, Z_SYNC_FLUSH);
	cr_assert_gt(wire.length, 100000);
	layer = create(&below, wire.bytes, wire.length);
	memset(wire.bytes, 'x', wire.length); /* it was copied */
	cr_assert_eq(read_all(layer, 1000, &got, &error), 0);
	check_same(&got, content, 200000);
	imap_deflate_destroy(&layer);
	buffer_release(&got);
	buffer_release(&wire);
	free(content);
}

/* --- Out --- */

Test(imap_deflate, each_write_can_be_expanded_at_once)
{
	struct below out = { .bytes = NULL };
	struct imap_deflate *writer = create(&out, NULL, 0);
	struct error error = ERROR_INITIAL;
	z_stream stream = { .zalloc = NULL };

	cr_assert_eq(inflateInit2(&stream, -15), Z_OK);
	for (int i = 0; i < 50; i++) {
		char got[100] = "";

		buffer_clear(&out.written);
		cr_assert_eq(imap_deflate_write(writer, "A1 UID FETCH 1:*\r\n", 18, &error), 0);
		cr_assert_eq(out.writes, (size_t)i + 1);
		/* The mark of Z_SYNC_FLUSH: an empty stored block (RFC 1951 section 3.2.4). */
		cr_assert_eq(memcmp(out.written.bytes + out.written.length - 4, "\0\0\xff\xff", 4),
			     0);
		stream.next_in = (unsigned char *)out.written.bytes;
		stream.avail_in = (uInt)out.written.length;
		stream.next_out = (unsigned char *)got;
		stream.avail_out = sizeof got;
		cr_assert_eq(inflate(&stream, Z_SYNC_FLUSH), Z_OK);
		cr_assert_str_eq(got, "A1 UID FETCH 1:*\r\n");
	}
	cr_assert_eq(imap_deflate_write(writer, "", 0, &error), 0);
	cr_assert_eq(out.writes, 50);
	(void)inflateEnd(&stream); /* in the midst of the stream */
	imap_deflate_destroy(&writer);
	buffer_release(&out.written);
}

/* --- In --- */

/* Else the client would wait for a server that has said everything. */
static void check_reads_below(int flush, size_t all, size_t size)
{
	char *content = memory_allocate(all);
	char *bytes = memory_allocate(size);
	struct buffer wire = BUFFER_INITIAL;
	struct error error = ERROR_INITIAL;
	struct below below;
	struct imap_deflate *layer;
	size_t length;
	size_t total = 0;

	compress_by_zlib(&wire, content, all, 0, flush);
	below = (struct below){ .bytes = wire.bytes, .length = wire.length };
	layer = create(&below, NULL, 0);
	while (total < all) {
		cr_assert_eq(imap_deflate_read(layer, bytes, size, &length, &error), 0);
		cr_assert_gt(length, 0);
		cr_assert_eq(below.reads, 1, "%zu of %zu", total, all);
		total += length;
	}
	cr_assert_eq(imap_deflate_read(layer, bytes, size, &length, &error), 0);
	cr_assert_eq(length, 0);
	cr_assert_eq(below.reads, flush == Z_FINISH ? 1 : 2);
	imap_deflate_destroy(&layer);
	buffer_release(&wire);
	free(bytes);
	free(content);
}

Test(imap_deflate, reads_below_only_when_nothing_is_left)
{
	static const int flushes[] = { Z_PARTIAL_FLUSH, Z_SYNC_FLUSH, Z_FULL_FLUSH, Z_FINISH };

	for (size_t i = 0; i < sizeof flushes / sizeof flushes[0]; i++) {
		check_reads_below(flushes[i], 100000, 1000);
		/* The last bits are in any place of the last byte. */
		for (size_t all = 300; all < 600; all++)
			check_reads_below(flushes[i], all, 1);
	}
}

Test(imap_deflate, the_end_of_the_stream_is_the_end)
{
	struct buffer wire = BUFFER_INITIAL;
	struct below below;
	struct imap_deflate *layer;
	struct error error = ERROR_INITIAL;
	char bytes[100];
	size_t length;

	compress_by_zlib(&wire, "* BYE\r\n", 7, 0, Z_FINISH);
	buffer_add_text(&wire, "something behind it");
	below = (struct below){ .bytes = wire.bytes, .length = wire.length };
	layer = create(&below, NULL, 0);
	cr_assert_eq(imap_deflate_read(layer, bytes, sizeof bytes, &length, &error), 0);
	cr_assert_eq(length, 7);
	for (int i = 0; i < 2; i++) {
		cr_assert_eq(imap_deflate_read(layer, bytes, sizeof bytes, &length, &error), 0);
		cr_assert_eq(length, 0);
	}
	cr_assert_eq(below.reads, 1);
	imap_deflate_destroy(&layer);
	buffer_release(&wire);
}

Test(imap_deflate, a_truncated_stream_is_the_end_of_the_connection)
{
	struct random random = { .state = 9 };
	char *content = make_content(&random, 2000);
	struct buffer wire = BUFFER_INITIAL;

	compress_by_zlib(&wire, content, 2000, 0, Z_SYNC_FLUSH);
	for (size_t cut = 0; cut < wire.length; cut++) {
		struct below below = { .bytes = wire.bytes, .length = cut };
		struct imap_deflate *layer = create(&below, NULL, 0);
		struct buffer got = BUFFER_INITIAL;
		struct error error = ERROR_INITIAL;

		cr_assert_eq(read_all(layer, 500, &got, &error), 0, "cut %zu: %s", cut, error.text);
		cr_assert_leq(got.length, 2000);
		cr_assert(got.length == 0 || memcmp(got.bytes, content, got.length) == 0);
		buffer_release(&got);
		imap_deflate_destroy(&layer);
	}
	buffer_release(&wire);
	free(content);
}

Test(imap_deflate, damaged_bytes_are_an_error_behind_what_is_good)
{
	struct buffer wire = BUFFER_INITIAL;
	struct error error = ERROR_INITIAL;
	struct below below;
	struct imap_deflate *layer;
	char bytes[100] = "";
	size_t length;

	compress_by_zlib(&wire, "* OK\r\n", 6, 0, Z_SYNC_FLUSH);
	buffer_add_text(&wire, "\xff\xff\xff\xff");
	below = (struct below){ .bytes = wire.bytes, .length = wire.length };
	layer = create(&below, NULL, 0);
	cr_assert_eq(imap_deflate_read(layer, bytes, sizeof bytes, &length, &error), 0);
	cr_assert_eq(length, 6);
	cr_assert_str_eq(bytes, "* OK\r\n");
	for (int i = 0; i < 2; i++) {
		error_clear(&error);
		cr_assert_eq(imap_deflate_read(layer, bytes, sizeof bytes, &length, &error), -1);
		cr_assert_eq(length, 0);
		cr_assert_eq(error.kind, ERROR_FAILED);
		cr_assert_eq(error.scope, SCOPE_CONNECTION);
		cr_assert_str_eq(error.text,
				 "the server's compressed data is damaged (invalid block type), so "
				 "the connection was closed; if that happens again, set "
				 "disable-extensions = COMPRESS=DEFLATE");
	}
	imap_deflate_destroy(&layer);
	buffer_release(&wire);
}

Test(imap_deflate, any_damage_ends)
{
	struct random random = { .state = 10 };
	char *content = make_content(&random, 4000);
	struct buffer wire = BUFFER_INITIAL;
	size_t found = 0;

	compress_by_zlib(&wire, content, 4000, 500, Z_SYNC_FLUSH);
	for (int round = 0; round < 2000; round++) {
		size_t place = random_below(&random, (uint32_t)wire.length);
		char flipped = (char)(1 << random_below(&random, 8));
		struct below below = { .bytes = wire.bytes, .length = wire.length };
		struct imap_deflate *layer;
		struct buffer got = BUFFER_INITIAL;
		struct error error = ERROR_INITIAL;

		wire.bytes[place] = (char)(wire.bytes[place] ^ flipped);
		layer = create(&below, NULL, 0);
		if (read_all(layer, 1000, &got, &error) < 0) {
			found++;
			cr_assert_not_null(strstr(error.text, "damaged"), "%s", error.text);
		}
		cr_assert_lt(got.length, 1000000);
		wire.bytes[place] = (char)(wire.bytes[place] ^ flipped);
		buffer_release(&got);
		imap_deflate_destroy(&layer);
	}
	cr_assert_gt(found, 0);
	buffer_release(&wire);
	free(content);
}

Test(imap_deflate, errors_below_are_passed_on)
{
	struct below below = { .broken = true };
	struct imap_deflate *layer = create(&below, NULL, 0);
	struct error error = ERROR_INITIAL;
	char bytes[10];
	size_t length;

	cr_assert_eq(imap_deflate_read(layer, bytes, sizeof bytes, &length, &error), -1);
	cr_assert_str_eq(error.text, "it broke");
	error_clear(&error);
	cr_assert_eq(imap_deflate_write(layer, "NOOP", 4, &error), -1);
	cr_assert_str_eq(error.text, "it broke");
	imap_deflate_destroy(&layer);
	imap_deflate_destroy(&layer);
	cr_assert_null(layer);
}

/* --- Bombs --- */

/* A megabyte of zeros as a piece of a stream that may follow itself. */
static void make_piece(struct buffer *wire)
{
	char *zeros = memory_allocate(1024 * 1024);

	compress_by_zlib(wire, zeros, 1024 * 1024, 0, Z_FULL_FLUSH);
	cr_assert_lt(wire->length, 1100);
	free(zeros);
}

static long peak_memory(void)
{
	struct rusage usage;

	cr_assert_eq(getrusage(RUSAGE_SELF, &usage), 0);
	return usage.ru_maxrss; /* kB */
}

Test(imap_deflate, a_bomb_takes_no_memory)
{
	struct buffer wire = BUFFER_INITIAL;
	struct error error = ERROR_INITIAL;
	struct below below;
	struct imap_deflate *layer;
	static char bytes[65536];
	size_t length;
	uint64_t total = 0;
	long before;

	make_piece(&wire);
	below = (struct below){ .bytes = wire.bytes, .length = wire.length, .repeats = 1023 };
	memset(bytes, 1, sizeof bytes); /* so that they are there */
	before = peak_memory();
	layer = create(&below, NULL, 0);
	do {
		cr_assert_eq(imap_deflate_read(layer, bytes, sizeof bytes, &length, &error), 0);
		total += length;
	} while (length > 0);
	cr_assert_eq(total, UINT64_C(1) << 30);
	cr_assert_lt(peak_memory() - before, 2048);
	imap_deflate_destroy(&layer);
	buffer_release(&wire);
}

static int read_layer(void *context, void *bytes, size_t size, size_t *length_r,
		      struct error *error)
{
	return imap_deflate_read(context, bytes, size, length_r, error);
}

/* What the reader allows for a line holds for what was expanded. */
Test(imap_deflate, a_bomb_in_a_line_is_cut_off_by_the_reader)
{
	struct buffer wire = BUFFER_INITIAL;
	struct buffer start = BUFFER_INITIAL;
	struct imap_response response = { .type = IMAP_RESPONSE_OTHER };
	struct error error = ERROR_INITIAL;
	struct below below;
	struct imap_deflate *layer;
	struct imap_reader *reader;

	compress_by_zlib(&start, "* OK ", 5, 0, Z_FULL_FLUSH);
	make_piece(&wire);
	below = (struct below){ .bytes = wire.bytes, .length = wire.length, .repeats = 1023 };
	layer = create(&below, start.bytes, start.length);
	reader = imap_reader_create(read_layer, layer);
	cr_assert_eq(imap_response_read(reader, NULL, &response, &error), -1);
	cr_assert_not_null(strstr(error.text, "too long"), "%s", error.text);
	cr_assert_gt(below.repeats, 1000);
	imap_response_release(&response);
	imap_reader_destroy(&reader);
	imap_deflate_destroy(&layer);
	buffer_release(&start);
	buffer_release(&wire);
}
