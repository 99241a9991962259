/* The reader: buffers, literals, bodies. SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "imap-wire.h"
#include "random.h"

/* --- Reading ahead --- */

Test(imap_reader, forgets_what_was_read_ahead)
{
	static const char lines[] = "A1 OK begin TLS\r\n* OK not to be believed\r\n";
	struct wire wire = { .bytes = lines, .length = sizeof lines - 1 };
	struct imap_reader *reader = imap_reader_create(wire_read, &wire);
	struct imap_response response = { .type = IMAP_RESPONSE_OTHER };
	struct error error = ERROR_INITIAL;

	cr_expect_not(imap_reader_has_bytes(reader));
	cr_assert_eq(imap_response_read(reader, NULL, &response, &error), 0);
	cr_expect(imap_reader_has_bytes(reader));
	cr_expect_eq(imap_reader_discard(reader), strlen("* OK not to be believed\r\n"));
	cr_expect_not(imap_reader_has_bytes(reader));
	cr_expect_eq(imap_reader_discard(reader), 0);
	cr_expect_eq(imap_response_read(reader, NULL, &response, &error), -1);
	cr_expect_str_eq(error.text, "the server closed the connection");
	imap_response_release(&response);
	imap_reader_destroy(&reader);
	cr_expect_null(reader);
	imap_reader_destroy(&reader);
	imap_reader_destroy(NULL);
}

/* --- Bodies --- */

/* A server that sends one body of SIZE bytes, which are counted, between "UID 7" and "FLAGS ()". */
struct stream {
	uint64_t size;
	uint64_t sent;
	size_t prefix_sent;
	size_t suffix_sent;
	char prefix[64];
};

static char body_byte(uint64_t place)
{
	return (char)(place * 7 + place / 251);
}

static int read_stream(void *context, void *bytes, size_t size, size_t *length_r,
		       struct error *error)
{
	static const char suffix[] = " FLAGS ())\r\n";
	struct stream *stream = context;
	char *out = bytes;
	size_t length = 0;

	(void)error; /* never fails */
	while (length < size) {
		if (stream->prefix[stream->prefix_sent] != '\0')
			out[length++] = stream->prefix[stream->prefix_sent++];
		else if (stream->sent < stream->size)
			out[length++] = body_byte(stream->sent++);
		else if (suffix[stream->suffix_sent] != '\0')
			out[length++] = suffix[stream->suffix_sent++];
		else
			break;
	}
	*length_r = length;
	return 0;
}

/* A sink that counts, and says no after so many bytes. */
struct counter {
	uint64_t received;
	uint64_t wrong;
	uint64_t refuse_at; /* UINT64_MAX: never */
	size_t largest;
	uint32_t uid;
	uint64_t announced;
	bool refuse_begin;
	unsigned int begun;
	unsigned int writes_after_refusal;
};

static int count_begin(void *context, const struct imap_fetch_data *fetch, uint64_t size,
		       struct error *error)
{
	struct counter *counter = context;

	counter->begun++;
	counter->uid = fetch->uid;
	counter->announced = size;
	cr_expect_eq(fetch->body, IMAP_BODY_NONE);
	if (counter->refuse_begin)
		return error_set(error, ERROR_FAILED, SCOPE_FOLDER, "not this one");
	return 0;
}

static int count_write(void *context, const void *bytes, size_t length, struct error *error)
{
	struct counter *counter = context;
	const char *byte = bytes;

	if (counter->received >= counter->refuse_at)
		counter->writes_after_refusal++;
	for (size_t i = 0; i < length; i++)
		counter->wrong += byte[i] != body_byte(counter->received + i);
	counter->received += length;
	if (length > counter->largest)
		counter->largest = length;
	if (counter->received >= counter->refuse_at)
		return error_set(error, ERROR_FAILED, SCOPE_FOLDER, "the disk is full");
	return 0;
}

static enum imap_body_state stream_state(uint64_t size, const struct imap_body_sink *sink,
					 struct counter *counter, struct error *error_r)
{
	struct stream stream = { .size = size };
	struct imap_reader *reader = imap_reader_create(read_stream, &stream);
	struct imap_response response = { .type = IMAP_RESPONSE_OTHER };
	struct imap_body_sink counting = { .context = counter,
					   .begin = count_begin,
					   .write = count_write };
	struct error error = ERROR_INITIAL;
	enum imap_body_state state;

	(void)snprintf(stream.prefix, sizeof stream.prefix,
		       "* 1 FETCH (UID 7 BODY[] {%" PRIu64 "}\r\n", size);
	cr_assert_eq(imap_response_read(reader, sink != NULL ? sink : &counting, &response, &error),
		     0, "%s", error.text);
	cr_assert_eq(response.type, IMAP_RESPONSE_FETCH);
	cr_expect(response.fetch.has_flags);
	cr_expect_eq(response.fetch.body_size, size);
	state = response.fetch.body;
	*error_r = response.fetch.sink_error;
	cr_expect_eq(imap_response_read(reader, NULL, &response, &error), -1);
	imap_response_release(&response);
	imap_reader_destroy(&reader);
	return state;
}

Test(imap_reader, streams_bodies_of_any_size)
{
	static const uint64_t sizes[] = { 0,      1,      65535,   65536,   65537,
					  130000, 200000, 1000000, 30000000 };

	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
		struct counter counter = { .refuse_at = UINT64_MAX };
		struct error error = ERROR_INITIAL;

		cr_expect_eq(stream_state(sizes[i], NULL, &counter, &error), IMAP_BODY_RECEIVED);
		cr_expect_eq(counter.begun, 1);
		cr_expect_eq(counter.uid, 7);
		cr_expect_eq(counter.announced, sizes[i]);
		cr_expect_eq(counter.received, sizes[i]);
		cr_expect_eq(counter.wrong, 0);
		cr_expect_leq(counter.largest, 2 * 65536 + 1024); /* bounded, whatever the size */
		cr_expect_eq(error.kind, ERROR_NONE);
	}
}

Test(imap_reader, skips_a_body_that_is_refused)
{
	struct counter at_once = { .refuse_begin = true, .refuse_at = UINT64_MAX };
	struct counter later = { .refuse_at = 100000 };
	struct error error = ERROR_INITIAL;

	cr_expect_eq(stream_state(300000, NULL, &at_once, &error), IMAP_BODY_REFUSED);
	cr_expect_str_eq(error.text, "not this one");
	cr_expect_eq(error.scope, SCOPE_FOLDER);
	cr_expect_eq(at_once.received, 0);
	cr_expect_eq(stream_state(300000, NULL, &later, &error), IMAP_BODY_REFUSED);
	cr_expect_str_eq(error.text, "the disk is full");
	cr_expect_eq(later.writes_after_refusal, 0);
	cr_expect_lt(later.received, 300000);
}

Test(imap_reader, skips_a_body_that_nobody_wants)
{
	static const char lines[] = "* 1 FETCH (UID 7 BODY[] {3}\r\nabc)\r\n* 1 EXISTS\r\n";
	static const struct imap_body_sink nobody = { .context = NULL };
	struct counter counter = { .refuse_at = UINT64_MAX };
	struct error error = ERROR_INITIAL;
	char *got;

	cr_expect_eq(stream_state(300000, &nobody, &counter, &error), IMAP_BODY_REFUSED);
	cr_expect_eq(error.kind, ERROR_FAILED);
	cr_expect_eq(error.scope, SCOPE_MESSAGE);
	got = wire_parse(lines, sizeof lines - 1, 0, false, NULL);
	cr_expect_str_eq(got, "fetch 1 uid=7 body!the server sent a message that was not "
			      "requested\nexists 1\n");
	free(got);
}

/* The error of one refused body is not that of the next response. */
Test(imap_reader, forgets_the_refusal)
{
	static const char lines[] = "* 1 FETCH (BODY[] {1}\r\na)\r\n* 2 FETCH (UID 2)\r\n";
	struct wire wire = { .bytes = lines, .length = sizeof lines - 1 };
	struct imap_reader *reader = imap_reader_create(wire_read, &wire);
	struct imap_response response = { .type = IMAP_RESPONSE_OTHER };
	struct error error = ERROR_INITIAL;

	cr_assert_eq(imap_response_read(reader, NULL, &response, &error), 0);
	cr_expect_eq(response.fetch.body, IMAP_BODY_REFUSED);
	cr_assert_eq(imap_response_read(reader, NULL, &response, &error), 0);
	cr_expect_eq(response.fetch.body, IMAP_BODY_NONE);
	cr_expect_eq(response.fetch.sink_error.kind, ERROR_NONE);
	imap_response_release(&response);
	imap_reader_destroy(&reader);
}

/* --- Headers --- */

Test(imap_reader, takes_headers_up_to_the_limit)
{
	static const struct {
		size_t size;
		bool taken;
	} cases[] = { { 70000, true }, { 1048576, true }, { 1048577, false }, { 3000000, false } };

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct buffer bytes = BUFFER_INITIAL;
		char *got;

		buffer_add_format(&bytes, "* 1 FETCH (BODY[HEADER.FIELDS (DATE)] {%zu}\r\n",
				  cases[i].size);
		for (size_t j = 0; j < cases[i].size; j++)
			buffer_add_byte(&bytes, 'h');
		buffer_add_text(&bytes, " UID 7)\r\n* 1 EXISTS\r\n");
		got = wire_parse(bytes.bytes, bytes.length, 0, true, NULL);
		cr_expect(text_starts_with(got, "fetch 1 uid=7"));
		cr_expect_eq(strstr(got, "header=<h") != NULL, cases[i].taken);
		cr_expect_eq(strlen(got), strlen("fetch 1 uid=7\nexists 1\n") +
						  (cases[i].taken ? cases[i].size + 10 : 0));
		free(got);
		buffer_release(&bytes);
	}
}

/* --- Where buffers end --- */

/* Many responses in pieces of random sizes: wherever a piece ends, nothing changes. */
Test(imap_reader, does_not_mind_where_pieces_end)
{
	struct buffer bytes = BUFFER_INITIAL;
	struct buffer expected = BUFFER_INITIAL;
	struct random random = { .state = 20240229 };
	char *got;

	for (unsigned int i = 1; i <= 3000; i++) {
		unsigned int length = random_below(&random, 200);

		buffer_add_format(&bytes, "* %u FETCH (UID %u FLAGS (\\Seen) BODY[] {%u}\r\n", i, i,
				  length);
		buffer_add_format(&expected, "fetch %u uid=%u flags=\\Seen body=<", i, i);
		for (unsigned int j = 0; j < length; j++) {
			char byte = (char)('a' + random_below(&random, 26));

			buffer_add_byte(&bytes, byte);
			buffer_add_byte(&expected, byte);
		}
		buffer_add_text(&bytes, ")\r\n* X {3}\r\nabc {1+}\r\n)\r\n* 1 FETCH (UID x)\r\n");
		buffer_add_text(&expected, ">\nother\nmalformed\n");
	}
	for (size_t chunk = 0; chunk < 70000; chunk = chunk * 3 + 1) {
		got = wire_parse(bytes.bytes, bytes.length, chunk, true, NULL);
		cr_expect_str_eq(got, buffer_text(&expected), "%zu at a time", chunk);
		free(got);
	}
	buffer_release(&bytes);
	buffer_release(&expected);
}

/* Any bytes at all: it ends, in a clean error, and the same way however the bytes come. */
Test(imap_reader, survives_damage)
{
	static const char good[] =
		"* OK [PERMANENTFLAGS (a]b \\*)] x\r\n* 1 FETCH (UID 7 FLAGS (\\Seen) "
		"BODY[HEADER.FIELDS (DATE)] {3}\r\nabc ENVELOPE (\"a\" NIL ({2}\r\n)()) BODY[]<0> "
		"{12}\r\n* 2 EXISTS\r\n)\r\n* LIST (\\Sent) \"/\" \"x\\\"y\"\r\n* ESEARCH (TAG \"A\") "
		"UID ALL 1:5,9\r\n* STATUS a (MESSAGES 1)\r\n* VANISHED (EARLIER) 3:1\r\nA1 OK x\r\n";
	static const char bytes_of_interest[] = "*+ \r\n(){}[]\"\\<>0129-:,~aU\x80";
	struct random random = { .state = 7 };

	for (unsigned int round = 0; round < 3000; round++) {
		struct error end = ERROR_INITIAL;
		struct error end_slowly = ERROR_INITIAL;
		char *bytes = memory_text_length(good, sizeof good - 1);
		char *got;
		char *got_slowly;

		for (unsigned int i = random_below(&random, 4) + 1; i > 0; i--)
			bytes[random_below(&random, sizeof good - 1)] =
				bytes_of_interest[random_below(&random, sizeof bytes_of_interest)];
		got = wire_parse(bytes, sizeof good - 1, 0, true, &end);
		got_slowly = wire_parse(bytes, sizeof good - 1, 1, true, &end_slowly);
		cr_expect_str_eq(got, got_slowly, "%s", bytes);
		cr_expect_str_eq(end.text, end_slowly.text);
		cr_expect_eq(end.scope, SCOPE_CONNECTION);
		free(got);
		free(got_slowly);
		free(bytes);
	}
}
