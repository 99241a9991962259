/* Values of header fields, written so that what servers rewrite on the way makes no difference.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "mail/header_value.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

static bool is_space(char byte)
{
	return (unsigned char)byte <= ' ' || byte == 0x7f;
}

static char lower(char byte)
{
	return byte >= 'A' && byte <= 'Z' ? (char)(byte - 'A' + 'a') : byte;
}

/* White space is dropped; a run of octets beyond ASCII is one X, for that is what a server that
 * cannot store them may make of each. */
static void add_plain_byte(struct buffer *out, char byte)
{
	if (is_space(byte))
		return;
	if ((unsigned char)byte >= 0x80)
		byte = 'X';
	if (byte == 'X' && out->length > 0 && out->bytes[out->length - 1] == 'X')
		return;
	buffer_add_byte(out, byte);
}

/* --- Text --- */

static int digit_of(char byte, const char *digits)
{
	const char *found = byte ? strchr(digits, byte) : NULL;
	return found ? (int)(found - digits) : -1;
}

static void add_base64(struct buffer *out, const char *text, size_t length)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	uint32_t bits = 0;
	int count = 0;
	for (size_t i = 0; i < length; i++) {
		int digit = digit_of(text[i], digits);
		if (digit < 0) /* padding, or no base64 */
			continue;
		bits = bits << 6 | (uint32_t)digit;
		count += 6;
		if (count < 8)
			continue;
		count -= 8;
		add_plain_byte(out, (char)(unsigned char)(bits >> count));
		bits &= (1u << count) - 1;
	}
}

static void add_quoted(struct buffer *out, const char *text, size_t length)
{
	static const char digits[] = "0123456789abcdef";
	for (size_t i = 0; i < length; i++) {
		int high = i + 2 < length ? digit_of(lower(text[i + 1]), digits) : -1;
		int low = i + 2 < length ? digit_of(lower(text[i + 2]), digits) : -1;
		if (text[i] == '=' && high >= 0 && low >= 0) {
			add_plain_byte(out, (char)(unsigned char)(high * 16 + low));
			i += 2;
		} else if (text[i] != '_') { /* a space (RFC 2047 section 4.2) */
			add_plain_byte(out, text[i]);
		}
	}
}

/* The encoded word "=?charset?encoding?text?=" at the start of VALUE (RFC 2047 section 2): adds
 * what it says, and returns how long it is; 0 when there is none. */
static size_t add_encoded_word(struct buffer *out, const char *value, size_t length)
{
	if (length < 2 || value[0] != '=' || value[1] != '?')
		return 0;
	const char *end = value + length;
	const char *encoding = memchr(value + 2, '?', length - 2);
	if (!encoding || end - encoding < 3 || encoding[2] != '?')
		return 0;
	const char *text = encoding + 3;
	const char *text_end = memchr(text, '?', (size_t)(end - text));
	if (!text_end || end - text_end < 2 || text_end[1] != '=')
		return 0;
	if (lower(encoding[1]) == 'b')
		add_base64(out, text, (size_t)(text_end - text));
	else if (lower(encoding[1]) == 'q')
		add_quoted(out, text, (size_t)(text_end - text));
	else
		return 0;
	return (size_t)(text_end + 2 - value);
}

static void add_text(struct buffer *out, const char *value, size_t length)
{
	for (size_t i = 0; i < length;) {
		size_t word = add_encoded_word(out, value + i, length - i);
		if (word == 0)
			add_plain_byte(out, value[i]);
		i += word > 0 ? word : 1;
	}
}

/* --- Addresses --- */

struct address_reader {
	struct buffer *out;
	struct buffer bare, angle; /* of the element: what is outside and inside of "<>" */
	bool in_quotes, in_angle;
	unsigned int comments; /* how deep */
};

/* An element ends: its address is what is in "<>", else all of it. */
static void end_address(struct address_reader *reader)
{
	const struct buffer *address = reader->angle.length > 0 ? &reader->angle : &reader->bare;
	if (address->length > 0) {
		buffer_add(reader->out, address->bytes, address->length);
		buffer_add_byte(reader->out, ',');
	}
	buffer_clear(&reader->bare);
	buffer_clear(&reader->angle);
	reader->in_angle = false;
}

static void feed_address(struct address_reader *reader, char byte)
{
	if (byte == '"')
		reader->in_quotes = true;
	else if (byte == '(')
		reader->comments++;
	else if (byte == '<')
		reader->in_angle = true;
	else if (byte == '>')
		reader->in_angle = false;
	else if (byte == ',' || byte == ';')
		end_address(reader);
	else if (byte == ':' && !reader->in_angle)
		buffer_clear(&reader->bare); /* the name of a group */
	else
		add_plain_byte(reader->in_angle ? &reader->angle : &reader->bare, lower(byte));
}

/* Quoted strings are display names, or the rare local part that needs them: that one is then
 * known by its domain. */
static void add_addresses(struct buffer *out, const char *value, size_t length)
{
	struct address_reader reader = { .out = out };
	for (size_t i = 0; i < length; i++) {
		bool escaped = value[i] == '\\' && (reader.in_quotes || reader.comments > 0);
		if (escaped)
			i++;
		else if (reader.in_quotes)
			reader.in_quotes = value[i] != '"';
		else if (reader.comments > 0 && value[i] == ')')
			reader.comments--;
		else if (reader.comments > 0)
			reader.comments += value[i] == '(';
		else
			feed_address(&reader, value[i]);
	}
	end_address(&reader);
	buffer_release(&reader.bare);
	buffer_release(&reader.angle);
}

/* --- Dates --- */

static bool is_utc(const char *zone)
{
	static const char *const names[] = { "+0000", "-0000", "gmt", "ut", "utc", "z" };
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		if (strcmp(zone, names[i]) == 0)
			return true;
	}
	return false;
}

/* One word of a date, without the name of the day. */
static void add_date_word(struct buffer *out, const char *word)
{
	size_t length = strlen(word);
	if (length > 0 && word[length - 1] == ',')
		return;
	if (word[0] == '0' && length == 2) /* the day of the month */
		word++;
	buffer_add_text(out, is_utc(word) ? "utc" : word);
	buffer_add_byte(out, ' ');
}

static void add_date(struct buffer *out, const char *value, size_t length)
{
	struct buffer word = BUFFER_INITIAL;
	unsigned int comments = 0;
	for (size_t i = 0; i <= length; i++) {
		char byte = i < length ? value[i] : ' ';
		if (byte == '(')
			comments++;
		else if (byte == ')' && comments > 0)
			comments--;
		else if (comments == 0 && !is_space(byte))
			add_plain_byte(&word, lower(byte));
		if (word.length == 0 || !(is_space(byte) || byte == ',' || byte == '('))
			continue;
		add_date_word(out, buffer_text(&word));
		buffer_clear(&word);
	}
	buffer_release(&word);
}

void header_value_add_plain(struct buffer *out, enum header_value_kind kind, const char *value,
			    size_t length)
{
	struct buffer plain = BUFFER_INITIAL; /* so that runs of X end at its begin */
	switch (kind) {
	case HEADER_VALUE_TEXT:
		add_text(&plain, value, length);
		break;
	case HEADER_VALUE_DATE:
		add_date(&plain, value, length);
		break;
	case HEADER_VALUE_ADDRESSES:
		add_addresses(&plain, value, length);
		break;
	}
	if (plain.length > 0)
		buffer_add(out, plain.bytes, plain.length);
	buffer_release(&plain);
}
