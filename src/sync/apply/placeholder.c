/* Exchange's notes in place of messages. SPDX-License-Identifier: GPL-3.0-or-later */
#include "sync/apply/placeholder.h"

#include <string.h>
#include <strings.h>

/* Such a note has about a kilobyte, and its subject stands among the first fields. */
#define HEAD_MAX 4096u
#define NOTE_MAX 16384u

static const char subject[] =
	"Retrieval using the IMAP4 protocol failed for the following message:";

void placeholder_begin(struct placeholder *placeholder)
{
	buffer_clear(&placeholder->head);
	placeholder->size = 0;
}

void placeholder_write(struct placeholder *placeholder, const void *bytes, size_t length)
{
	size_t room = HEAD_MAX - placeholder->head.length;
	buffer_add(&placeholder->head, bytes, length < room ? length : room);
	placeholder->size += length;
}

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static const char *skip_space(const char *text)
{
	while (is_space(*text))
		text++;
	return text;
}

/* Whether TEXT, a field's value, begins with WORDS, however it is folded; *rest_r is what follows.
 */
static bool begins_with(const char *text, const char *words, const char **rest_r)
{
	text = skip_space(text);
	while (*words) {
		if (*words == ' ' ? !is_space(*text) : *text != *words)
			return false;
		text = *words == ' ' ? skip_space(text) : text + 1;
		words++;
	}
	*rest_r = skip_space(text);
	return true;
}

static bool is_number_alone(const char *text)
{
	size_t digits = strspn(text, "0123456789");
	return digits > 0 && (text[digits] == '\r' || text[digits] == '\n');
}

bool placeholder_is_one(const struct placeholder *placeholder)
{
	const char *line = buffer_text(&placeholder->head);
	const char *rest;
	if (placeholder->size > NOTE_MAX)
		return false;
	while (line && *line && *line != '\r' && *line != '\n') {
		if (strncasecmp(line, "subject:", 8) == 0)
			return begins_with(line + 8, subject, &rest) && is_number_alone(rest);
		const char *end = strchr(line, '\n');
		line = end ? end + 1 : NULL;
	}
	return false;
}

void placeholder_release(struct placeholder *placeholder)
{
	buffer_release(&placeholder->head);
}
