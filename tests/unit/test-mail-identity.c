/* Identities, against a model that reads the whole header at once. SPDX-License-Identifier:
 * GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/buffer.h"
#include "base/memory.h"
#include "mail/identity.h"
#include "random.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

static const char *const fields[] = { "MESSAGE-ID", "DATE", "FROM", "TO", "SUBJECT" };

static struct identity of(const char *header)
{
	return identity_of_header(header, strlen(header));
}

static void assert_same(const char *a, const char *b)
{
	struct identity one = of(a);
	struct identity other = of(b);
	cr_assert(identity_equal(&one, &other), "\"%s\" differs from \"%s\"", a, b);
}

static void assert_different(const char *a, const char *b)
{
	struct identity one = of(a);
	struct identity other = of(b);
	cr_assert_not(identity_equal(&one, &other), "\"%s\" is the same as \"%s\"", a, b);
}

/* Recorded in states: it must never change. */
Test(mail_identity, known_digests)
{
	static const struct {
		const char *header;
		const unsigned char *digest;
	} cases[] = {
		/* printf 'MESSAGE-ID:DATE:FROM:TO:SUBJECT:' | sha256sum */
		{ "",
		  (const unsigned char
			   *)"\xf7\xca\xdc\xd4\x1f\x83\x9a\x3e\x63\x2b\xc8\x04\xfa\xf0\x14\x1a" },
		/* printf 'MESSAGE-ID:<1@a>\nDATE:FROM:me\nTO:a, b\nc\nSUBJECT:' | sha256sum */
		{ "To: a,\r\n b\r\nMessage-Id: <1@a>\r\nfrom:me\r\nX-Y: z\r\nTO:  c\r\n\r\nSubject: s",
		  (const unsigned char
			   *)"\x6d\x3e\xbd\xa3\xe0\x29\x41\x51\xe0\x91\x1b\x50\x13\x37\x2d\x9e" },
	};
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct identity identity = of(cases[i].header);
		cr_assert_eq(memcmp(identity.bytes, cases[i].digest, IDENTITY_SIZE), 0, "case %zu",
			     i);
	}
}

Test(mail_identity, the_same_message_written_otherwise)
{
	static const char plain[] = "Message-ID: <1@a>\nSubject: one two\n\n";
	assert_same(plain, "Message-ID: <1@a>\r\nSubject: one two\r\n\r\n");
	assert_same(plain, "Message-ID: <1@a>\nSubject: one two\n");
	assert_same(plain, "Message-ID: <1@a>\nSubject: one two");
	assert_same(plain, "Subject: one two\nMessage-ID: <1@a>\n\n");
	assert_same(plain, "MESSAGE-id:<1@a>\nsubject:\tone \t  two \t\n\n");
	assert_same(plain, "Message-ID:\n <1@a>\nSubject: one\n\ttwo\n\n");
	assert_same(plain, "Message-ID \t: <1@a>\nSubject: one\r\n \r\n two\r\n\r\n");
	assert_same(plain,
		    "Received: x\n y: z\nMessage-ID: <1@a>\nX-Subject: 3\nSubject: one two\n");
	assert_same(plain, "Message-ID: <1@a>\nSubject: one two\n\nSubject: in the body\n");
	assert_same(plain, "Message-ID: <1@a>\nSubject: one two\nno colon here\n more\n\n");
	assert_same("", "\r\nSubject: in the body\r\n");
	assert_same("", "X: y\n\n");
}

Test(mail_identity, messages_that_differ)
{
	static const char plain[] = "Message-ID: <1@a>\nSubject: one two\n\n";
	assert_different(plain, "Message-ID: <2@a>\nSubject: one two\n\n");
	assert_different(plain, "Message-ID: <1@a>\nSubject: onetwo\n\n");
	assert_different(plain, "Message-ID: <1@a>\nSubject: One two\n\n");
	assert_different(plain, "Message-ID: <1@a>\n\nSubject: one two\n\n");
	assert_different(plain, "Message-ID: <1@a>\nSubject: one two\nSubject:\n\n");
	assert_different(plain, "Message-ID: <1@a>\nSub ject: one two\n\n");
	assert_different("To: a\nTo: b\n\n", "To: b\nTo: a\n\n");
	assert_different("To: a\nTo: b\n\n", "To: a b\n\n");
	assert_different("To: a\n\n", "From: a\n\n");
	assert_different("To:\n\n", "\n");
	assert_different("Subject: \xe9\n\n", "Subject: \xc3\xa9\n\n");
}

Test(mail_identity, values_are_cut_at_4096_bytes)
{
	struct buffer a = BUFFER_INITIAL;
	struct buffer b = BUFFER_INITIAL;
	buffer_add_text(&a, "Subject: ");
	for (int i = 0; i < 4095; i++)
		buffer_add_byte(&a, 'x');
	buffer_add(&b, a.bytes, a.length);
	buffer_add_text(&a, "y1\nTo: z\n\n");
	buffer_add_text(&b, "y2 and more\nTo: z\n\n");
	assert_same(a.bytes, b.bytes);
	buffer_clear(&b);
	buffer_add(&b, a.bytes, a.length);
	b.bytes[strlen("Subject: ") + 4095] = 'Y';
	assert_different(a.bytes, b.bytes);
	buffer_release(&a);
	buffer_release(&b);
}

/* A hostile header of endless empty occurrences must not fill the memory; what counts is that the
 * reader ends and that what stands before its limit still counts. */
Test(mail_identity, endless_occurrences_are_bounded)
{
	struct identity_reader *reader = identity_reader_create();
	struct identity_reader *longer = identity_reader_create();
	for (int i = 0; i < 100000; i++)
		identity_reader_feed(reader, "To:\n", 4);
	for (int i = 0; i < 100001; i++)
		identity_reader_feed(longer, "To:\n", 4);
	struct identity one = identity_reader_finish(&reader);
	struct identity other = identity_reader_finish(&longer);
	cr_assert(identity_equal(&one, &other));
}

Test(mail_identity, reader_knows_the_end)
{
	struct identity_reader *reader = identity_reader_create();
	cr_assert_not(identity_reader_is_done(reader));
	identity_reader_feed(reader, "To: a\r\n\r", 8);
	cr_assert_not(identity_reader_is_done(reader));
	identity_reader_feed(reader, "\nTo: b\r\n", 8);
	cr_assert(identity_reader_is_done(reader));
	struct identity identity = identity_reader_finish(&reader);
	struct identity expected = of("To: a\n");
	cr_assert_null(reader);
	cr_assert(identity_equal(&identity, &expected));
}

Test(mail_identity, destroy_without_result)
{
	struct identity_reader *reader = identity_reader_create();
	identity_reader_feed(reader, "To: a\r\nSub", 10);
	identity_reader_destroy(&reader);
	cr_assert_null(reader);
	identity_reader_destroy(&reader);
	identity_reader_destroy(NULL);
}

/* --- The model: the header as a whole text, line ends LF or CRLF --- */

/* The field's value without runs of white space, one newline at its end. */
static void add_value(struct buffer *out, const char *value, size_t length)
{
	size_t begin = out->length;
	for (size_t i = 0; i < length && out->length - begin < 4096;) {
		size_t space = 0;
		while (i + space < length && strchr(" \t\r\n", value[i + space]))
			space++;
		i += space;
		if (space > 0 && i < length && out->length > begin)
			buffer_add_byte(out, ' ');
		else if (i < length)
			buffer_add_byte(out, value[i++]);
	}
	buffer_add_byte(out, '\n');
}

/* Where the logical line (with its folded ones) that starts at PLACE ends. */
static size_t line_end(const char *text, size_t length, size_t place)
{
	do {
		const char *end = memchr(text + place, '\n', length - place);
		place = end ? (size_t)(end - text) + 1 : length;
	} while (place < length && (text[place] == ' ' || text[place] == '\t'));
	return place;
}

static struct identity model_of(const char *text, size_t length)
{
	struct buffer values[COUNT(fields)] = { BUFFER_INITIAL };
	struct buffer all = BUFFER_INITIAL;
	for (size_t place = 0; place < length;) {
		const char *line = text + place;
		size_t size = line_end(text, length, place) - place;
		if (line[0] == '\n' || (size > 1 && line[0] == '\r' && line[1] == '\n'))
			break;
		for (size_t i = 0; i < COUNT(fields); i++) {
			size_t name = strlen(fields[i]);
			if (size > name && strncasecmp(line, fields[i], name) == 0 &&
			    line[name] == ':')
				add_value(&values[i], line + name + 1, size - name - 1);
		}
		place += size;
	}
	for (size_t i = 0; i < COUNT(fields); i++) {
		buffer_add_format(&all, "%s:%s", fields[i], buffer_text(&values[i]));
		buffer_release(&values[i]);
	}
	unsigned char digest[EVP_MAX_MD_SIZE];
	struct identity identity;
	cr_assert_eq(EVP_Digest(all.bytes, all.length, digest, NULL, EVP_sha256(), NULL), 1);
	memcpy(identity.bytes, digest, IDENTITY_SIZE);
	buffer_release(&all);
	return identity;
}

/* Headers of pieces that matter, put together at random. */
static void make_header(struct random *random, struct buffer *header)
{
	static const char *const pieces[] = { "Message-ID:",
					      "DATE:",
					      "from:",
					      "To:",
					      "to:",
					      "Subject:",
					      "X-To:",
					      "Tos:",
					      "Received:",
					      " ",
					      "\t",
					      "  ",
					      "word",
					      "<a@b>",
					      ":",
					      "\xc3\xa9",
					      "\n",
					      "\r\n",
					      "\n ",
					      "\r\n\t",
					      "\nTo: x\n",
					      "\r\nFrom:",
					      "\nSubject: a\n b\n" };
	uint32_t count = random_below(random, 24);
	for (uint32_t i = 0; i < count; i++)
		buffer_add_text(header, pieces[random_below(random, COUNT(pieces))]);
}

static struct identity feed_in_pieces(struct random *random, const struct buffer *header)
{
	struct identity_reader *reader = identity_reader_create();
	for (size_t place = 0; place < header->length;) {
		size_t size = 1 + random_below(random, 7);
		if (size > header->length - place)
			size = header->length - place;
		/* In a block of its own, so that reading too far is seen. */
		char *piece = memory_resize_array(NULL, size, 1);
		memcpy(piece, header->bytes + place, size);
		identity_reader_feed(reader, piece, size);
		free(piece);
		place += size;
	}
	return identity_reader_finish(&reader);
}

Test(mail_identity, behaves_like_the_model_however_it_is_cut)
{
	struct random random = { .state = 5322 };
	for (int round = 0; round < 10000; round++) {
		struct buffer header = BUFFER_INITIAL;
		make_header(&random, &header);
		struct identity expected = model_of(buffer_text(&header), header.length);
		struct identity whole = identity_of_header(buffer_text(&header), header.length);
		struct identity pieces = feed_in_pieces(&random, &header);
		cr_assert(identity_equal(&whole, &expected), "%s", buffer_text(&header));
		cr_assert(identity_equal(&pieces, &expected), "%s", buffer_text(&header));
		buffer_release(&header);
	}
}

static const struct {
	const char *header;
	uint64_t size;
} added[] = {
	{ "From: a\r\nX-TUID: 123456789012\r\n\r\n", 22 },
	{ "From: a\r\nx-tuid: 1\r\n\t2\r\nTo: b\r\n\r\nX-TUID: body\r\n", 15 },
	{ "X-OfflineIMAP: 1\nX-TUID: 1\n\n", 27 },
	{ "X-TUIDs: 1\r\nFrom: X-TUID: 1\r\n X-TUID: 2\r\n\r\n", 0 },
	{ "", 0 },
};

Test(mail_identity, fields_that_others_added)
{
	for (size_t i = 0; i < sizeof added / sizeof *added; i++)
		cr_expect_eq(identity_added_size(added[i].header, strlen(added[i].header)),
			     added[i].size, "case %zu", i);
}

/* --- What says nothing, and what stays of a header that a server wrote anew --- */

Test(mail_identity, the_empty_one_is_known)
{
	struct identity empty = of("");
	struct identity also = of("X-Only: this\r\n\r\nSubject: in the body");
	struct identity some = of("Subject:\n\n");
	cr_expect(identity_is_empty(&empty));
	cr_expect(identity_is_empty(&also));
	cr_expect_not(identity_is_empty(&some));
	cr_expect_not(identity_is_none(&empty));
}

static struct identity_plain plain_of(const char *header)
{
	return identity_plain_of_header(header, strlen(header));
}

Test(mail_identity, the_plain_one_outlives_a_server_that_rewrites)
{
	struct identity_plain sent =
		plain_of("Date: Mon, 01 Jan 2024 10:00:00 -0000\r\nFrom: Me <me@a>\r\nTo: b@c\r\n"
			 "Subject: a \xc3\xa4 long one\r\nMessage-ID: <1@a>\r\n\r\n");
	struct identity_plain stored =
		plain_of("Message-Id: <1@a>\r\nDate: Mon, 1 Jan 2024 10:00:00 +0000\r\n"
			 "From: \"Me\" <me@a>\r\nTo: \"b@c\" <b@c>\r\n"
			 "Subject: a XX\r\n long one\r\n\r\n");
	cr_expect(identity_equal(&sent.message_id, &stored.message_id));
	cr_expect(identity_equal(&sent.fields, &stored.fields));
	struct identity_plain other = plain_of("Message-ID: <2@a>\r\nSubject: another\r\n\r\n");
	cr_expect_not(identity_equal(&sent.message_id, &other.message_id));
	cr_expect_not(identity_equal(&sent.fields, &other.fields));
}

Test(mail_identity, a_plain_one_may_be_none)
{
	struct identity_plain nothing = plain_of("Message-ID:\r\nTo: undisclosed:;\r\n\r\n");
	cr_expect(identity_is_none(&nothing.message_id));
	cr_expect(identity_is_none(&nothing.fields));
	struct identity_plain both = plain_of("Message-ID: <1@a>\r\nSubject: s\r\n\r\n");
	cr_expect_not(identity_is_none(&both.message_id));
	cr_expect_not(identity_is_none(&both.fields));
}
