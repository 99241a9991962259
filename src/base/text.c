/* Small helpers for text. SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/text.h"

#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/memory.h"

static unsigned char lower(char byte)
{
	unsigned char value = (unsigned char)byte;
	return value >= 'A' && value <= 'Z' ? (unsigned char)(value + ('a' - 'A')) : value;
}

bool text_equal_ignoring_case(const char *a, const char *b)
{
	while (*a && lower(*a) == lower(*b)) {
		a++;
		b++;
	}
	return lower(*a) == lower(*b);
}

bool text_starts_with(const char *text, const char *prefix)
{
	return strncmp(text, prefix, strlen(prefix)) == 0;
}

bool text_starts_with_ignoring_case(const char *text, const char *prefix)
{
	for (; *prefix; text++, prefix++) {
		if (lower(*text) != lower(*prefix))
			return false;
	}
	return true;
}

/* The length of the well-formed UTF-8 character at BYTES (RFC 3629 section 4), 0 when there is
 * none. */
static size_t character_length(const unsigned char *bytes, size_t length)
{
	unsigned char first = bytes[0];
	size_t size = first < 0x80   ? 1
		      : first < 0xc2 ? 0
		      : first < 0xe0 ? 2
		      : first < 0xf0 ? 3
		      : first < 0xf5 ? 4
				     : 0;
	if (size == 0 || size > length)
		return 0;
	for (size_t i = 1; i < size; i++) {
		if ((bytes[i] & 0xc0) != 0x80)
			return 0;
	}
	bool overlong = (first == 0xe0 && bytes[1] < 0xa0) || (first == 0xf0 && bytes[1] < 0x90);
	bool surrogate = first == 0xed && bytes[1] >= 0xa0;
	bool too_high = first == 0xf4 && bytes[1] >= 0x90;
	return overlong || surrogate || too_high ? 0 : size;
}

bool text_is_utf8(const char *bytes, size_t length)
{
	size_t place = 0;
	while (place < length) {
		size_t size =
			character_length((const unsigned char *)bytes + place, length - place);
		if (size == 0)
			return false;
		place += size;
	}
	return true;
}

/* Edit distance of Damerau and Levenshtein (optimal string alignment), for words of up to WORD_MAX
 * bytes. */
#define WORD_MAX 63

static size_t smaller(size_t a, size_t b)
{
	return a < b ? a : b;
}

static size_t edit_distance(const char *a, const char *b)
{
	size_t a_length = strlen(a);
	size_t b_length = strlen(b);
	size_t rows[3][WORD_MAX + 1]; /* the row before the last, the last, this */
	if (a_length > WORD_MAX || b_length > WORD_MAX)
		return SIZE_MAX;
	for (size_t j = 0; j <= b_length; j++)
		rows[1][j] = j;
	for (size_t i = 1; i <= a_length; i++) {
		rows[2][0] = i;
		for (size_t j = 1; j <= b_length; j++) {
			size_t cost = lower(a[i - 1]) != lower(b[j - 1]);
			size_t best = smaller(rows[1][j] + 1, rows[2][j - 1] + 1);
			best = smaller(best, rows[1][j - 1] + cost);
			if (i > 1 && j > 1 && lower(a[i - 1]) == lower(b[j - 2]) &&
			    lower(a[i - 2]) == lower(b[j - 1]))
				best = smaller(best, rows[0][j - 2] + 1);
			rows[2][j] = best;
		}
		memcpy(rows[0], rows[1], sizeof rows[0]);
		memcpy(rows[1], rows[2], sizeof rows[1]);
	}
	return rows[1][b_length];
}

const char *text_nearest(const char *word, const char *const *words)
{
	const char *nearest = NULL;
	/* More than a third of the letters wrong is another word, not a slip. */
	size_t limit = (strlen(word) + 2) / 3;
	for (; *words; words++) {
		size_t distance = edit_distance(word, *words);
		if (distance <= limit) {
			nearest = *words;
			limit = distance == 0 ? 0 : distance - 1;
			if (distance == 0)
				break;
		}
	}
	return nearest;
}

bool text_parse_number(const char *text, uint64_t maximum, uint64_t *number_r)
{
	uint64_t number = 0;
	if (*text == '\0')
		return false;
	for (; *text; text++) {
		if (*text < '0' || *text > '9')
			return false;
		uint64_t digit = (uint64_t)(*text - '0');
		if (number > (UINT64_MAX - digit) / 10)
			return false;
		number = number * 10 + digit;
	}
	if (number > maximum)
		return false;
	*number_r = number;
	return true;
}

/* The code point of the well-formed character of SIZE bytes. */
static uint32_t decode_character(const unsigned char *bytes, size_t size)
{
	static const unsigned char first_bits[] = { 0, 0x7f, 0x1f, 0x0f, 0x07 };
	uint32_t code = bytes[0] & first_bits[size];
	for (size_t i = 1; i < size; i++)
		code = code << 6 | (bytes[i] & 0x3f);
	return code;
}

/* Characters that are not seen but change what is: they turn the order of letters around, end
 * lines, hide, or stand for nothing (general categories Cf, Zl and Zp of Unicode 15). */
static bool is_format_character(uint32_t code)
{
	static const struct {
		uint32_t first;
		uint32_t last;
	} ranges[] = {
		{ 0xad, 0xad },       { 0x600, 0x605 },     { 0x61c, 0x61c },
		{ 0x6dd, 0x6dd },     { 0x70f, 0x70f },     { 0x890, 0x891 },
		{ 0x8e2, 0x8e2 },     { 0x180e, 0x180e },   { 0x200b, 0x200f },
		{ 0x2028, 0x202e },   { 0x2060, 0x206f },   { 0xfeff, 0xfeff },
		{ 0xfff9, 0xfffb },   { 0x110bd, 0x110bd }, { 0x110cd, 0x110cd },
		{ 0x13430, 0x1343f }, { 0x1bca0, 0x1bca3 }, { 0x1d173, 0x1d17a },
		{ 0xe0001, 0xe0001 }, { 0xe0020, 0xe007f },
	};
	for (size_t i = 0; i < sizeof ranges / sizeof *ranges; i++) {
		if (code >= ranges[i].first && code <= ranges[i].last)
			return true;
	}
	return false;
}

/* C0 controls, DEL, and the C1 controls, which terminals obey too. */
static bool is_control(uint32_t code)
{
	return code < ' ' || (code >= 0x7f && code < 0xa0);
}

size_t text_decode(const char *text, size_t length, uint32_t *code_r)
{
	const unsigned char *bytes = (const unsigned char *)text;
	size_t size = character_length(bytes, length);
	*code_r = size == 0 ? bytes[0] : decode_character(bytes, size);
	return size;
}

bool text_is_unseen(uint32_t code)
{
	return is_control(code) || is_format_character(code);
}

/* The character of SIZE bytes; SIZE 0: a byte that is none. */
static void add_printable(struct buffer *out, const char *here, size_t size, uint32_t code)
{
	if (size == 0 || is_control(code)) {
		for (size_t i = 0; i < (size == 0 ? 1 : size); i++)
			buffer_add_format(out, "\\x%02X", (unsigned char)here[i]);
	} else if (is_format_character(code)) {
		buffer_add_format(out, "\\u%04X", (unsigned int)code);
	} else {
		buffer_add(out, here, size);
	}
}

char *text_printable(const char *text, size_t length)
{
	struct buffer out = BUFFER_INITIAL;
	size_t place = 0;
	while (place < length) {
		uint32_t code;
		size_t size = text_decode(text + place, length - place, &code);
		add_printable(&out, text + place, size, code);
		place += size == 0 ? 1 : size;
	}
	return buffer_take(&out);
}

const char *text_plural(uint64_t count, const char *one, const char *many)
{
	return count == 1 ? one : many;
}

void text_list_add(struct text_list *list, const char *text)
{
	text_list_adopt(list, memory_text(text));
}

void text_list_adopt(struct text_list *list, char *text)
{
	memory_grow((void **)&list->items, &list->capacity, list->count + 1, sizeof *list->items);
	list->items[list->count++] = text;
}

bool text_list_holds(const struct text_list *list, const char *text)
{
	for (size_t i = 0; i < list->count; i++) {
		if (strcmp(list->items[i], text) == 0)
			return true;
	}
	return false;
}

void text_list_release(struct text_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		free(list->items[i]);
	free(list->items);
	memset(list, 0, sizeof *list);
}
