/* Modified UTF-7 (RFC 3501 section 5.1.3). SPDX-License-Identifier: GPL-3.0-or-later */
#include "mail/utf7.h"

#include <stdint.h>
#include <string.h>

#include "base/text.h"

/* "," stands for "/" of plain base64. */
static const char base64[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+,";

static bool is_printable(uint32_t character)
{
	return character >= 0x20 && character <= 0x7e;
}

/* --- Encoding --- */

/* The character at BYTES of well-formed UTF-8; *size_r is its length. */
static uint32_t read_character(const char *bytes, size_t *size_r)
{
	const unsigned char *byte = (const unsigned char *)bytes;
	*size_r = byte[0] < 0x80 ? 1 : byte[0] < 0xe0 ? 2 : byte[0] < 0xf0 ? 3 : 4;
	if (*size_r == 1)
		return byte[0];
	uint32_t character = byte[0] & (0x7fu >> *size_r);
	for (size_t i = 1; i < *size_r; i++)
		character = character << 6 | (byte[i] & 0x3fu);
	return character;
}

/* Bits waiting to become base64 digits. */
struct encoder {
	struct buffer *out;
	uint32_t bits;
	unsigned int count;
};

static void add_unit(struct encoder *encoder, uint32_t unit)
{
	encoder->bits = encoder->bits << 16 | unit;
	encoder->count += 16;
	while (encoder->count >= 6) {
		encoder->count -= 6;
		buffer_add_byte(encoder->out, base64[encoder->bits >> encoder->count & 0x3f]);
	}
	encoder->bits &= (UINT32_C(1) << encoder->count) - 1;
}

static void add_character(struct encoder *encoder, uint32_t character)
{
	if (character < 0x10000) {
		add_unit(encoder, character);
		return;
	}
	add_unit(encoder, 0xd800 + ((character - 0x10000) >> 10));
	add_unit(encoder, 0xdc00 + ((character - 0x10000) & 0x3ff));
}

/* A run of characters that are not printable ASCII. Returns its length in bytes. */
static size_t encode_run(struct buffer *out, const char *bytes, size_t length)
{
	struct encoder encoder = { .out = out };
	size_t place = 0;
	buffer_add_byte(out, '&');
	while (place < length) {
		size_t size;
		uint32_t character = read_character(bytes + place, &size);
		if (is_printable(character))
			break;
		add_character(&encoder, character);
		place += size;
	}
	if (encoder.count > 0)
		buffer_add_byte(out, base64[encoder.bits << (6 - encoder.count) & 0x3f]);
	buffer_add_byte(out, '-');
	return place;
}

bool utf7_encode(struct buffer *out, const char *bytes, size_t length)
{
	if (!text_is_utf8(bytes, length) || memchr(bytes, '\0', length))
		return false;
	size_t place = 0;
	while (place < length) {
		if (!is_printable((unsigned char)bytes[place])) {
			place += encode_run(out, bytes + place, length - place);
			continue;
		}
		buffer_add_byte(out, bytes[place]);
		if (bytes[place] == '&')
			buffer_add_byte(out, '-');
		place++;
	}
	return true;
}

/* --- Decoding --- */

static void add_utf8(struct buffer *out, uint32_t character)
{
	if (character < 0x80) {
		buffer_add_byte(out, (char)character);
	} else if (character < 0x800) {
		buffer_add_byte(out, (char)(0xc0 | character >> 6));
		buffer_add_byte(out, (char)(0x80 | (character & 0x3f)));
	} else if (character < 0x10000) {
		buffer_add_byte(out, (char)(0xe0 | character >> 12));
		buffer_add_byte(out, (char)(0x80 | (character >> 6 & 0x3f)));
		buffer_add_byte(out, (char)(0x80 | (character & 0x3f)));
	} else {
		buffer_add_byte(out, (char)(0xf0 | character >> 18));
		buffer_add_byte(out, (char)(0x80 | (character >> 12 & 0x3f)));
		buffer_add_byte(out, (char)(0x80 | (character >> 6 & 0x3f)));
		buffer_add_byte(out, (char)(0x80 | (character & 0x3f)));
	}
}

struct decoder {
	struct buffer *out;
	uint32_t bits;
	unsigned int count;
	uint32_t high; /* the first half of a surrogate pair; 0: none waits */
};

/* One UTF-16 unit. Surrogates must come in pairs, and printable ASCII must not be encoded. */
static bool take_unit(struct decoder *decoder, uint32_t unit)
{
	bool low = unit >= 0xdc00 && unit <= 0xdfff;
	if (low != (decoder->high != 0))
		return false;
	if (low) {
		add_utf8(decoder->out,
			 0x10000 + ((decoder->high - 0xd800) << 10) + (unit - 0xdc00));
		decoder->high = 0;
		return true;
	}
	if (unit >= 0xd800 && unit <= 0xdbff) {
		decoder->high = unit;
		return true;
	}
	if (unit == 0 || is_printable(unit))
		return false;
	add_utf8(decoder->out, unit);
	return true;
}

static bool take_digit(struct decoder *decoder, char byte)
{
	const char *found = byte ? strchr(base64, byte) : NULL;
	if (!found)
		return false;
	decoder->bits = decoder->bits << 6 | (uint32_t)(found - base64);
	decoder->count += 6;
	if (decoder->count < 16)
		return true;
	decoder->count -= 16;
	uint32_t unit = decoder->bits >> decoder->count;
	decoder->bits &= (UINT32_C(1) << decoder->count) - 1;
	return take_unit(decoder, unit);
}

/* Behind "&": up to and with "-". Returns its length, 0 when it is not as an encoder would have
 * written it. */
static size_t decode_run(struct buffer *out, const char *bytes, size_t length)
{
	struct decoder decoder = { .out = out };
	size_t place = 0;
	for (; place < length && bytes[place] != '-'; place++) {
		if (!take_digit(&decoder, bytes[place]))
			return 0;
	}
	bool whole = place < length && decoder.high == 0 && decoder.count < 6 && decoder.bits == 0;
	return whole && place > 0 ? place + 1 : 0;
}

bool utf7_decode(struct buffer *out, const char *bytes, size_t length)
{
	size_t place = 0;
	bool after_run = false; /* two runs side by side would have been one */
	while (place < length) {
		if (!is_printable((unsigned char)bytes[place]))
			return false;
		if (bytes[place] != '&') {
			buffer_add_byte(out, bytes[place++]);
			after_run = false;
			continue;
		}
		place++;
		if (place < length && bytes[place] == '-') {
			buffer_add_byte(out, '&');
			place++;
			after_run = false;
			continue;
		}
		size_t run = after_run ? 0 : decode_run(out, bytes + place, length - place);
		if (run == 0)
			return false;
		place += run;
		after_run = true;
	}
	return true;
}
