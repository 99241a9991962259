/* Modified UTF-7. SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "mail/utf7.h"
#include "random.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

static void expect_pair(const char *encoded, const char *text)
{
	struct buffer out = BUFFER_INITIAL;

	cr_expect(utf7_decode(&out, encoded, strlen(encoded)), "%s", encoded);
	cr_expect_str_eq(buffer_text(&out), text);
	buffer_clear(&out);
	cr_expect(utf7_encode(&out, text, strlen(text)), "%s", text);
	cr_expect_str_eq(buffer_text(&out), encoded);
	buffer_release(&out);
}

Test(mail_utf7, converts_both_ways)
{
	static const struct {
		const char *encoded;
		const char *text;
	} pairs[] = {
		{ "", "" },
		{ "INBOX", "INBOX" },
		{ "a b~!\"%*()/.\\", "a b~!\"%*()/.\\" },
		{ "&-", "&" },
		{ "&-&-", "&&" },
		{ "a&-b", "a&b" },
		{ "Entw&APw-rfe", "Entwürfe" },
		{ "~peter/mail/&U,BTFw-/&ZeVnLIqe-",
		  "~peter/mail/台北/日本語" }, /* RFC 3501 5.1.3 */
		{ "&Jjo-!", "☺!" },
		{ "&-&AOk-&-", "&é&" },
		{ "&2D3cqQ-", "\xf0\x9f\x92\xa9" },
		{ "&2D3cqdg93Kk-", "\xf0\x9f\x92\xa9\xf0\x9f\x92\xa9" },
		{ "&BBAEMQQy-&-&BDMENAQ1-", "Абв&где" },
		{ "&AAk-", "\t" },
		{ "&AH8-", "\x7f" },
		{ "&2,,f,w-", "\xf4\x8f\xbf\xbf" },
		{ "&,,8-", "\xef\xbf\xbf" },
	};

	for (size_t i = 0; i < COUNT(pairs); i++)
		expect_pair(pairs[i].encoded, pairs[i].text);
}

Test(mail_utf7, adds_to_what_is_there)
{
	struct buffer out = BUFFER_INITIAL;

	buffer_add_text(&out, "x/");
	cr_expect(utf7_decode(&out, "&APw-", 5));
	cr_expect(utf7_encode(&out, "\xc3\xbc", 2));
	cr_expect_str_eq(buffer_text(&out), "x/ü&APw-");
	buffer_release(&out);
}

Test(mail_utf7, refuses_what_no_encoder_writes)
{
	static const char *const bad[] = {
		"&",
		"a&",
		"&AP",
		"&APw",
		"&AP-",
		"&A-",
		"&AA-",
		"&AAAAA-",
		"&APx-", /* padding bits */
		"&APwA-",
		"&APwAA-",
		"&AGE-", /* a */
		"&ACY-",
		"&APwAYQ-", /* üa */
		"&APw-&AOk-",
		"&2D0-", /* half a pair */
		"&3Kk-",
		"&3KnYPQ-",
		"&2D3YPQ-",
		"&2D0AYQ-",
		"&AAA-",
		"&AP/-",
		"&AP=-",
		"&AP -",
		"Entw\xc3\xbcrfe",
		"\x01",
		"\x7f",
		"\xff",
		"&\xc3\xbc-",
		"&BBAEMQQyACYEMwQ0BDU-", /* E02 */
	};

	for (size_t i = 0; i < COUNT(bad); i++) {
		struct buffer out = BUFFER_INITIAL;

		cr_expect_not(utf7_decode(&out, bad[i], strlen(bad[i])), "%s", bad[i]);
		buffer_release(&out);
	}
}

Test(mail_utf7, does_not_read_behind_the_end)
{
	static const char text[] = "Entw&APw-rfe&-";

	for (size_t length = 0; length < sizeof text; length++) {
		struct buffer out = BUFFER_INITIAL;
		char *copy = memcpy(malloc(length > 0 ? length : 1), text, length);
		bool torn = length >= 5 && length < 9;

		cr_expect_eq(utf7_decode(&out, copy, length), !torn && length != 13 && length != 15,
			     "%zu", length);
		free(copy);
		buffer_release(&out);
	}
}

Test(mail_utf7, encodes_only_well_formed_text)
{
	static const struct {
		const char *bytes;
		size_t length;
	} bad[] = { { "\xff", 1 },
		    { "a\xc3", 2 },
		    { "\xc0\x80", 2 },
		    { "\xed\xa0\x80", 3 },
		    { "\xf4\x90\x80\x80", 4 },
		    { "a\0b", 3 } };

	for (size_t i = 0; i < COUNT(bad); i++) {
		struct buffer out = BUFFER_INITIAL;

		cr_expect_not(utf7_encode(&out, bad[i].bytes, bad[i].length), "%zu", i);
		buffer_release(&out);
	}
}

/* --- Properties --- */

static void add_character(struct buffer *out, uint32_t character)
{
	if (character < 0x80) {
		buffer_add_byte(out, (char)character);
		return;
	}
	if (character < 0x800) {
		buffer_add_byte(out, (char)(0xc0 | character >> 6));
	} else {
		if (character < 0x10000) {
			buffer_add_byte(out, (char)(0xe0 | character >> 12));
		} else {
			buffer_add_byte(out, (char)(0xf0 | character >> 18));
			buffer_add_byte(out, (char)(0x80 | (character >> 12 & 0x3f)));
		}
		buffer_add_byte(out, (char)(0x80 | (character >> 6 & 0x3f)));
	}
	buffer_add_byte(out, (char)(0x80 | (character & 0x3f)));
}

static uint32_t random_character(struct random *random)
{
	static const uint32_t limits[] = { 0x7f, 0x7f, 0x7ff, 0xd7ff, 0x10ffff };
	uint32_t character = random_below(random, limits[random_below(random, 5)]) + 1;

	return character >= 0xd800 && character <= 0xdfff ? '&' : character;
}

Test(mail_utf7, decoding_undoes_encoding)
{
	struct random random = { .state = 42 };

	for (unsigned int round = 0; round < 20000; round++) {
		struct buffer text = BUFFER_INITIAL;
		struct buffer encoded = BUFFER_INITIAL;
		struct buffer again = BUFFER_INITIAL;

		for (uint32_t i = random_below(&random, 12); i > 0; i--)
			add_character(&text, random_character(&random));
		cr_assert(utf7_encode(&encoded, buffer_text(&text), text.length));
		for (size_t i = 0; i < encoded.length; i++)
			cr_assert(encoded.bytes[i] >= ' ' && encoded.bytes[i] <= '~');
		cr_assert(utf7_decode(&again, buffer_text(&encoded), encoded.length), "%s",
			  encoded.bytes);
		cr_assert_str_eq(buffer_text(&again), buffer_text(&text));
		buffer_release(&text);
		buffer_release(&encoded);
		buffer_release(&again);
	}
}

/* Whatever is decoded has just one spelling. */
Test(mail_utf7, encoding_undoes_decoding)
{
	static const char alphabet[] = "&&&---AAAPwyD23cqd,+/aE \xc3";
	struct random random = { .state = 4711 };
	unsigned int decoded = 0;

	for (unsigned int round = 0; round < 200000; round++) {
		char bytes[12];
		size_t length = random_below(&random, sizeof bytes);
		struct buffer text = BUFFER_INITIAL;
		struct buffer again = BUFFER_INITIAL;

		for (size_t i = 0; i < length; i++)
			bytes[i] = alphabet[random_below(&random, sizeof alphabet - 1)];
		if (utf7_decode(&text, bytes, length)) {
			decoded++;
			cr_assert(text_is_utf8(buffer_text(&text), text.length));
			cr_assert(utf7_encode(&again, buffer_text(&text), text.length));
			cr_assert_eq(again.length, length, "%.*s", (int)length, bytes);
			cr_assert(length == 0 || memcmp(again.bytes, bytes, length) == 0);
		}
		buffer_release(&text);
		buffer_release(&again);
	}
	cr_expect_gt(decoded, 10000);
}
