/* Small helpers for text. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_BASE_TEXT_H
#define NAVETTE_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* ASCII-only, locale-independent. */
bool text_equal_ignoring_case(const char *a, const char *b);
bool text_starts_with(const char *text, const char *prefix);
bool text_starts_with_ignoring_case(const char *text, const char *prefix);

/* Whether LENGTH bytes are well-formed UTF-8 (RFC 3629: no surrogates, no overlong forms). */
bool text_is_utf8(const char *bytes, size_t length);

/* The word of the NULL-terminated list that is nearest to WORD by edit distance, or NULL when none
 * is near enough to be a likely typing error. Returned pointer is into the list. */
const char *text_nearest(const char *word, const char *const *words);

/* Parses a whole decimal number, no sign, no space. False when malformed or above MAXIMUM. */
bool text_parse_number(const char *text, uint64_t maximum, uint64_t *number_r);

/* The character at TEXT (LENGTH > 0): how many bytes it has, 0 when they are no UTF-8. */
size_t text_decode(const char *text, size_t length, uint32_t *code_r);
/* Whether CODE is a control or format character: it does something to a terminal, or is not seen.
 */
bool text_is_unseen(uint32_t code);

/* TEXT for people to see: control bytes and malformed UTF-8 are shown as \xNN, format characters
 * (which turn the writing around, or are not seen) as \uNNNN; the caller owns it. */
char *text_printable(const char *text, size_t length);

/* ONE when COUNT is 1, else MANY; what agrees with the noun stands in both: text_plural(count,
 * "message is", "messages are"). */
const char *text_plural(uint64_t count, const char *one, const char *many);

/* A list of texts that it owns. Start zeroed. */
struct text_list {
	char **items;
	size_t count;
	size_t capacity;
};
void text_list_add(struct text_list *list, const char *text); /* copies */
void text_list_adopt(struct text_list *list, char *text);     /* takes ownership */
bool text_list_holds(const struct text_list *list, const char *text);
void text_list_release(struct text_list *list);

#endif
