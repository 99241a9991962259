/* Stubs: headers of messages. SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "maildir-place.h"
#include "maildir/message.h"
#include "maildir/stub.h"

TestSuite(maildir_stub, .init = place_make, .fini = place_remove);

/* Makes a stub of HEADER, in pieces of PIECE bytes; its temporary name is the caller's. */
static char *make_stub(const struct maildir *maildir, const char *header, size_t piece,
		       uint64_t whole_size)
{
	struct error error = ERROR_INITIAL;
	struct maildir_delivery *delivery;
	struct maildir_delivered delivered;
	struct maildir_stub_writer writer;
	cr_assert_eq(maildir_delivery_begin(maildir, &delivery, &error), 0);
	cr_assert_eq(maildir_stub_begin(&writer, delivery, &error), 0);
	size_t left = strlen(header);
	for (const char *from = header; left > 0;) {
		size_t part = left < piece ? left : piece;
		cr_assert_eq(maildir_stub_write(&writer, from, part, &error), 0);
		from += part;
		left -= part;
	}
	cr_assert_eq(maildir_stub_end(&writer, whole_size, &error), 0);
	cr_assert_eq(maildir_delivery_finish(&delivery, 1000000000, &delivered, &error), 0);
	struct identity identity = identity_of_header(header, strlen(header));
	cr_assert(identity_equal(&delivered.identity, &identity));
	return delivered.temporary_name;
}

/* Puts it into cur/ and reads it there. */
static struct maildir_message_facts publish(const struct maildir *maildir, char *temporary,
					    char *text, size_t size)
{
	struct error error = ERROR_INITIAL;
	char name[] = "stub:2,S";
	struct maildir_location location = { .place = MAILDIR_CUR, .name = name };
	struct maildir_message_facts facts;
	struct maildir_reader *reader;
	size_t length = 0;
	size_t got;
	cr_assert_eq(maildir_delivery_publish(maildir, temporary, &location, &error), 0);
	free(temporary);
	cr_assert_eq(maildir_reader_open(maildir, &location, &reader, &facts, &error), 0);
	do {
		cr_assert_eq(
			maildir_reader_read(reader, text + length, size - 1 - length, &got, &error),
			0);
		length += got;
	} while (got > 0);
	text[length] = '\0';
	maildir_reader_close(&reader);
	return facts;
}

Test(maildir_stub, keeps_the_header_and_renames_what_speaks_of_the_body)
{
	static const char header[] = "Received: from a\r\n\tby b\r\n"
				     "Message-ID: <1@example.org>\r\n"
				     "MIME-VERSION: 1.0\r\n"
				     "content-Type: multipart/mixed;\r\n boundary=x\r\n"
				     "Content: not one\r\n"
				     "Con\r\n"
				     "Subject: Contents\r\n"
				     "\r\n";
	char first[4096];
	char text[4096];
	for (size_t piece = 1; piece <= sizeof header; piece++) {
		struct maildir *maildir = place_maildir("m");
		struct maildir_message_facts facts = publish(
			maildir, make_stub(maildir, header, piece, 123456), text, sizeof text);
		cr_assert(facts.is_stub);
		cr_assert_eq(facts.whole_size, 123456);
		if (piece == 1)
			memcpy(first, text, sizeof first);
		cr_assert_str_eq(text, first, "pieces of %zu", piece);
		maildir_close(&maildir);
		place_remove();
		place_make();
	}
	static const char start[] = "X-Navette-Stub: only the header\r\n"
				    "Received: from a\r\n\tby b\r\n"
				    "Message-ID: <1@example.org>\r\n"
				    "X-Navette-MIME-VERSION: 1.0\r\n"
				    "X-Navette-content-Type: multipart/mixed;\r\n boundary=x\r\n"
				    "Content: not one\r\n"
				    "Con\r\n"
				    "Subject: Contents\r\n"
				    "X-Navette-Size: 123456\r\n"
				    "MIME-Version: 1.0\r\n"
				    "Content-Type: text/plain; charset=utf-8\r\n"
				    "\r\n"
				    "This is only the header of the message.";
	cr_assert_eq(strncmp(first, start, strlen(start)), 0, "%s", first);
	cr_assert_not_null(strstr(first, "navette fetch MESSAGE-ID"));
}

Test(maildir_stub, of_headers_that_end_anywhere)
{
	static const char *const headers[] = { "",
					       "\r\n",
					       "\n",
					       "Subject: x",
					       "Subject: x\r",
					       "Con",
					       "content-",
					       "a: b\n\nbody: c\n",
					       "\r\nbody: d\r\n" };
	char text[4096];
	for (size_t i = 0; i < sizeof headers / sizeof headers[0]; i++) {
		struct maildir *maildir = place_maildir("m");
		struct maildir_message_facts facts =
			publish(maildir, make_stub(maildir, headers[i], 3, 7), text, sizeof text);
		cr_assert(facts.is_stub, "%zu", i);
		cr_assert_eq(facts.whole_size, 7);
		cr_assert_null(strstr(text, "body"), "%zu", i);
		maildir_close(&maildir);
		place_remove();
		place_make();
	}
}

Test(maildir_stub, the_size_is_the_last_one_named)
{
	char text[4096];
	struct maildir *maildir = place_maildir("m");
	struct maildir_message_facts facts =
		publish(maildir, make_stub(maildir, "X-Navette-Size: 1\r\n\r\n", 100, UINT64_MAX),
			text, sizeof text);
	cr_assert(facts.is_stub);
	cr_assert_eq(facts.whole_size, UINT64_MAX);
	maildir_close(&maildir);
}

static bool is_stub(const char *bytes)
{
	struct maildir_stub_reader reader = { .length = 0 };
	uint64_t size;
	maildir_stub_reader_feed(&reader, bytes, strlen(bytes));
	return maildir_stub_reader_finish(&reader, &size);
}

Test(maildir_stub, is_only_what_begins_as_one)
{
	cr_assert(is_stub("X-Navette-Stub: only the header\n\n"));
	cr_assert(is_stub("X-Navette-Stub: only the header\r\nA: b\r\n\r\ntext"));
	cr_assert_not(is_stub(""));
	cr_assert_not(is_stub("X-Navette-Stub: only the header"));
	cr_assert_not(is_stub("X-Navette-Stub: only the header\n"));
	cr_assert_not(is_stub("X-Navette-Stub: only the header\nX-Navette-Size: 9\nA: b\n"));
	cr_assert_not(is_stub("X-Navette-Stub: only the header and more\n\n"));
	cr_assert_not(is_stub("A: b\nX-Navette-Stub: only the header\n\n"));
	cr_assert_not(is_stub("\nX-Navette-Stub: only the header\n\n"));
}

Test(maildir_stub, the_whole_takes_its_place_in_one_step)
{
	static const char whole[] = "Subject: x\r\n\r\nall of it\r\n";
	struct error error = ERROR_INITIAL;
	char text[4096];
	struct maildir *maildir = place_maildir("m");
	(void)publish(maildir, make_stub(maildir, "Subject: x\r\n\r\n", 100, 9), text, sizeof text);
	struct maildir_delivery *delivery;
	struct maildir_delivered delivered;
	cr_assert_eq(maildir_delivery_begin(maildir, &delivery, &error), 0);
	cr_assert_eq(maildir_delivery_write(delivery, whole, strlen(whole), &error), 0);
	cr_assert_eq(maildir_delivery_finish(&delivery, 5, &delivered, &error), 0);
	char moved[] = "stub:2,RS";
	char name[] = "stub:2,S";
	struct maildir_location location = { .place = MAILDIR_CUR, .name = moved };
	cr_assert_eq(maildir_delivery_replace(maildir, delivered.temporary_name, &location, &error),
		     MAILDIR_MESSAGE_GONE);
	location.name = name;
	cr_assert_eq(maildir_delivery_replace(maildir, delivered.temporary_name, &location, &error),
		     MAILDIR_MESSAGE_OK);
	cr_assert_eq(maildir_delivery_replace(maildir, delivered.temporary_name, &location, &error),
		     MAILDIR_MESSAGE_ERROR); /* tmp/ has nothing left */
	error_clear(&error);
	struct maildir_message_facts facts;
	struct maildir_reader *reader;
	cr_assert_eq(maildir_reader_open(maildir, &location, &reader, &facts, &error), 0);
	maildir_reader_close(&reader);
	cr_assert_not(facts.is_stub);
	cr_assert_eq(facts.wire_size, strlen(whole));
	cr_assert_eq(facts.whole_size, strlen(whole));
	cr_assert_eq(facts.mtime, 5);
	free(delivered.temporary_name);
	maildir_close(&maildir);
}
