/* Responses: what each line of a server means. SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "imap-response-cases.h"
#include "imap-wire.h"

static size_t case_length(const struct response_case *item)
{
	return item->length;
}

static void check(const struct response_case *item, size_t chunk)
{
	struct error end = ERROR_INITIAL;
	char *got = wire_parse(item->wire, case_length(item), chunk, true, &end);

	cr_expect_str_eq(got, item->expected, "%s (%zu at a time)", item->wire, chunk);
	cr_expect_str_eq(end.text, "the server closed the connection", "%s", item->wire);
	cr_expect_eq(end.kind, ERROR_TEMPORARY);
	cr_expect_eq(end.scope, SCOPE_CONNECTION);
	free(got);
}

Test(imap_response, understands_every_case)
{
	for (size_t i = 0; i < response_case_count; i++)
		check(&response_cases[i], 0);
}

Test(imap_response, does_not_mind_how_the_bytes_come)
{
	for (size_t i = 0; i < response_case_count; i++) {
		check(&response_cases[i], 1);
		check(&response_cases[i], 2);
		check(&response_cases[i], 7);
	}
}

/* What is cut off may lack responses, but has none that the whole does not have, and never the
 * last.
 */
Test(imap_response, never_takes_a_part_for_the_whole)
{
	for (size_t i = 0; i < response_case_count; i++) {
		const struct response_case *item = &response_cases[i];

		for (size_t length = 0; length < case_length(item); length++) {
			/* A copy of just that size, so that reading on is seen. */
			char *bytes = memory_allocate(length);
			struct error end = ERROR_INITIAL;
			char *got;

			memcpy(bytes, item->wire, length);
			got = wire_parse(bytes, length, 0, true, &end);
			cr_expect(text_starts_with(item->expected, got), "%s at %zu: %s",
				  item->wire, length, got);
			cr_expect(strlen(got) < strlen(item->expected), "%s at %zu", item->wire,
				  length);
			cr_expect(text_starts_with(end.text, "the server closed the connection"));
			free(got);
			free(bytes);
		}
	}
}

/* Many of them after each other: nothing is left over from one to the next. */
Test(imap_response, forgets_the_last_response)
{
	struct buffer wire = BUFFER_INITIAL;
	struct buffer expected = BUFFER_INITIAL;
	char *got;

	for (unsigned int round = 0; round < 2; round++) {
		for (size_t i = 0; i < response_case_count; i++) {
			const struct response_case *item = &response_cases[i];

			buffer_add(&wire, item->wire, case_length(item));
			buffer_add_text(&expected, item->expected);
		}
	}
	got = wire_parse(wire.bytes, wire.length, 0, true, NULL);
	cr_expect_str_eq(got, buffer_text(&expected));
	free(got);
	buffer_release(&wire);
	buffer_release(&expected);
}

/* --- Connections that cannot go on --- */

Test(imap_response, gives_up_connections_that_make_no_sense)
{
	static const struct {
		const char *wire;
		const char *error;
	} cases[] = {
		{ "\x16\x03\x01\x02", "not IMAP" },
		{ "\x80hello\r\n", "not IMAP" },
		{ "* 1 FETCH (BODY[] {18446744073709551616}\r\n", "literal of an invalid size" },
		{ "* 1 FETCH (BODY[] {4294967296}\r\n", "literal of an invalid size" },
		{ "* X y {4294967296}\r\n", "literal of an invalid size" },
		{ "* 1 FETCH (BODY[] {18446744073709551615}\r\n", "literal of an invalid size" },
		{ "* 1 FETCH (BODY[] {99999999999999999999}\r\n", "literal of an invalid size" },
		{ "* 1 FETCH (BODY[] {00000000000000000000000000000000000001}\r\n",
		  "literal of an invalid size" },
		{ "* 1 FETCH (BODY[] {-1}\r\n", "literal of an invalid size" },
		{ "* 1 FETCH (ENVELOPE {-1}\r\n", "literal of an invalid size" },
		{ "* X y {-1}\r\n", "literal of an invalid size" },
		{ "* X y {18446744073709551616}\r\n", "literal of an invalid size" },
		{ "* X y {00000000000000000000000000000000000001}\r\n",
		  "literal of an invalid size" },
		{ "* 1 FETCH (BODY[] {4294967295}\r\nabc)\r\n* 2 EXISTS\r\n", "in the middle" },
		{ "* LIST () \"/\" {4294967295}\r\nabc)\r\n* 2 EXISTS\r\n", "in the middle" },
		{ "* OK", "in the middle" },
		{ "", "the server closed the connection" },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct error end = ERROR_INITIAL;
		char *got = wire_parse(cases[i].wire, strlen(cases[i].wire), 0, true, &end);

		cr_expect_str_eq(got, "", "%s", cases[i].wire);
		cr_expect_not_null(strstr(end.text, cases[i].error), "%s: %s", cases[i].wire,
				   end.text);
		cr_expect_eq(end.scope, SCOPE_CONNECTION);
		free(got);
	}
}

static int fail_to_read(void *context, void *bytes, size_t size, size_t *length_r,
			struct error *error)
{
	unsigned int *calls = context;

	(void)bytes;
	(void)size;
	*length_r = 0;
	if ((*calls)++ > 0)
		return error_set(error, ERROR_CONFIG, SCOPE_MESSAGE, "called again");
	return error_set(error, ERROR_TEMPORARY, SCOPE_MESSAGE, "nothing came for 30 seconds");
}

Test(imap_response, keeps_the_error_of_the_stream)
{
	unsigned int calls = 0;
	struct imap_reader *reader = imap_reader_create(fail_to_read, &calls);
	struct imap_response response = { .type = IMAP_RESPONSE_OTHER };
	struct error error = ERROR_INITIAL;

	for (unsigned int i = 0; i < 2; i++) { /* a failed connection is not read again */
		error_clear(&error);
		cr_assert_eq(imap_response_read(reader, NULL, &response, &error), -1);
		cr_expect_str_eq(error.text, "nothing came for 30 seconds");
		cr_expect_eq(error.kind, ERROR_TEMPORARY);
		cr_expect_eq(error.scope, SCOPE_CONNECTION);
	}
	cr_expect_eq(calls, 1);
	imap_response_release(&response);
	imap_reader_destroy(&reader);
}

/* --- Limits --- */

/* PREFIX, then UNIT over and over up to SIZE bytes, then SUFFIX. */
static char *parse_long(const char *prefix, const char *unit, size_t size, const char *suffix,
			struct error *end_r)
{
	struct buffer wire = BUFFER_INITIAL;
	char *got;

	buffer_add_text(&wire, prefix);
	while (wire.length < size)
		buffer_add_text(&wire, unit);
	buffer_add_text(&wire, suffix);
	got = wire_parse(wire.bytes, wire.length, 0, true, end_r);
	buffer_release(&wire);
	return got;
}

Test(imap_response, bears_long_words_and_gives_up_long_lines)
{
	static const struct {
		const char *prefix;
		const char *unit;
		size_t size;
		const char *suffix;
		const char *expected; /* "" and an error */
	} cases[] = {
		{ "* LIST () \"/\" ", "a", 100000, "\r\n* 1 EXISTS\r\n", "malformed\nexists 1\n" },
		{ "* LIST () \"/\" \"", "a", 100000, "\"\r\n* 1 EXISTS\r\n",
		  "malformed\nexists 1\n" },
		{ "* ", "a", 100000, "\r\n* 1 EXISTS\r\n", "malformed\nexists 1\n" },
		{ "* ", "1", 100000, " EXISTS\r\n* 1 EXISTS\r\n", "malformed\nexists 1\n" },
		{ "", "a", 100000, " OK x\r\n* 1 EXISTS\r\n", "malformed\nexists 1\n" },
		{ "* 1 FETCH (", "FLAGS () ", 100000, ")\r\n* 1 EXISTS\r\n",
		  "fetch 1 uid=0 flags=\nexists 1\n" },
		{ "* 1 FETCH (X ", "(", 100, "\r\n* 1 EXISTS\r\n", "malformed\nexists 1\n" },
		{ "* 1 FETCH (X ", "()", 9000000, ")\r\n", "" },
		{ "* X ", "x ", 9000000, "\r\n", "" },
		{ "* X ", "{0}\r\n", 9000000, "\r\n", "" },
		{ "* X ", "x{1}\r\ny", 12000000, "\r\n", "" },
		{ "* OK ", "x", 9000000, "\r\n", "" },
		{ "* SEARCH ", "1 ", 9000000, "\r\n", "" },
		{ "\r\n", "\r\n", 9000000, "* 1 EXISTS\r\n", "" },
		{ "* FLAGS (", "k ", 100000, ")\r\n* 1 EXISTS\r\n", "malformed\nexists 1\n" },
		{ "* CAPABILITY ", "k ", 100000, "\r\n* 1 EXISTS\r\n", "malformed\nexists 1\n" },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct error end = ERROR_INITIAL;
		char *got = parse_long(cases[i].prefix, cases[i].unit, cases[i].size,
				       cases[i].suffix, &end);

		cr_expect_str_eq(got, cases[i].expected, "%s%s: %.100s", cases[i].prefix,
				 cases[i].unit, got);
		cr_expect_not_null(strstr(end.text, cases[i].expected[0] != '\0'
							    ? "closed the connection"
							    : "too long"),
				   "%s%s: %s", cases[i].prefix, cases[i].unit, end.text);
		free(got);
	}
}

/* The longest sets and searches that fit, in the order that costs most. */
Test(imap_response, sorts_many_numbers)
{
	struct buffer wire = BUFFER_INITIAL;
	char *got;

	buffer_add_text(&wire, "* SEARCH");
	for (unsigned int i = 800000; i > 0; i--)
		buffer_add_format(&wire, " %u", i);
	buffer_add_text(&wire, "\r\n* VANISHED ");
	for (unsigned int i = 600000; i > 1; i -= 2)
		buffer_add_format(&wire, "%u,", i);
	buffer_add_text(&wire, "1:700000\r\n");
	got = wire_parse(wire.bytes, wire.length, 0, true, NULL);
	cr_expect_str_eq(got, "search 1:800000\nvanished 1:700000\n");
	free(got);
	buffer_release(&wire);
}

Test(imap_response, takes_long_literals_and_searches)
{
	struct error end = ERROR_INITIAL;
	char *got = parse_long("* LIST () \"/\" {100000}\r\n", "a", 100000 + 23, "\r\n", &end);

	cr_expect_eq(strlen(got), 100000 + strlen("list 0 '/' \n"));
	free(got);
	got = parse_long("* LIST () \"/\" {1048577}\r\n", "a", 1048577 + 24, "\r\n* 1 EXISTS\r\n",
			 &end);
	cr_expect_str_eq(got, "malformed\nexists 1\n");
	free(got);
	got = parse_long("* SEARCH", " 4294967295", 5000000, "\r\n", &end);
	cr_expect_str_eq(got, "search 4294967295\n");
	free(got);
}

/* --- Malformed ones --- */

static char *read_complaint(const char *line)
{
	struct wire wire = { .bytes = line, .length = strlen(line) };
	struct imap_reader *reader = imap_reader_create(wire_read, &wire);
	struct imap_response response = { .type = IMAP_RESPONSE_OTHER };
	struct error error = ERROR_INITIAL;
	char *text;

	cr_assert_eq(imap_response_read(reader, NULL, &response, &error), 0);
	cr_assert_eq(response.type, IMAP_RESPONSE_MALFORMED);
	text = memory_text(response.text);
	imap_response_release(&response);
	imap_reader_destroy(&reader);
	return text;
}

/* The user sees what came (quirk A07), but not what was inside of messages. */
Test(imap_response, shows_what_made_no_sense)
{
	static const struct {
		const char *line;
		const char *text;
	} cases[] = {
		{ " NO LOGOUT Intrusion prevention active for 192.0.2.1\r\n",
		  "“ NO LOGOUT Intrusion prevention active for 192.0.2.1” (a word is missing)" },
		{ "220 mail.example.org ESMTP\r\n",
		  "“220 mail.example.org ESMTP” (it begins with neither “*” nor a tag)" },
		{ "\r\n* 1 FETCH (UID x\x1b[31m)\r\n",
		  "“* 1 FETCH (UID x\\x1B[31m)” (a number is missing)" },
		{ "* 1 FETCH (BODY[] {6}\r\nsecret UID x)\r\n",
		  "“* 1 FETCH (BODY[] {6}\\x0D\\x0A UID x)” (a number is missing)" },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char *text = read_complaint(cases[i].line);

		cr_expect_str_eq(text, cases[i].text);
		free(text);
	}
}

Test(imap_response, shows_only_the_begin_of_a_long_line)
{
	char *line = memory_format("* 1 FETCH (UID x %01000d)\r\n", 0);
	char *text = read_complaint(line);

	cr_expect(text_starts_with(text, "“* 1 FETCH (UID x 0000"));
	cr_expect_lt(strlen(text), 250);
	cr_expect_not_null(strstr(text, "...”"));
	free(text);
	free(line);
}
