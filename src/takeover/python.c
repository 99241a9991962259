/* A few forms of Python. SPDX-License-Identifier: GPL-3.0-or-later */
#include "takeover/python.h"

#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/memory.h"
#include "mail/utf7.h"

static void skip_space(const char **at)
{
	*at += strspn(*at, " \t\r\n\\");
}

/* Whether WORD stands there; then it is passed. */
static bool take(const char **at, const char *word)
{
	skip_space(at);
	if (!text_starts_with(*at, word))
		return false;
	*at += strlen(word);
	return true;
}

/* A name such as the argument of a lambda; the caller's. */
static char *take_name(const char **at)
{
	skip_space(at);
	size_t length =
		strspn(*at, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789");
	char *name = length > 0 ? memory_text_length(*at, length) : NULL;
	*at += length;
	return name;
}

/* A string literal; the caller's. RAW: backslashes stay, as in a pattern; else they stand before a
 * quote or another one, and what means something else to Python is none of ours. */
static char *take_string(const char **at, bool raw)
{
	struct buffer text = BUFFER_INITIAL;
	skip_space(at);
	const char *now = *at;
	now += *now == 'r' || *now == 'u' || *now == 'b';
	char quote = *now;
	if (quote != '\'' && quote != '"')
		return NULL;
	for (now++; *now != '\0' && *now != quote; now++) {
		bool escape = *now == '\\' && !raw;
		if (escape)
			now++;
		if ((unsigned char)*now < ' ' || (escape && !strchr("\\'\"", *now)))
			break;
		buffer_add_byte(&text, *now);
	}
	if (*now != quote) {
		buffer_release(&text);
		return NULL;
	}
	*at = now + 1;
	return buffer_take(&text);
}

static bool at_end(const char *at)
{
	skip_space(&at);
	return *at == '\0';
}

char *python_read_string(const char *text)
{
	char *value = take_string(&text, false);
	if (value && at_end(text))
		return value;
	free(value);
	return NULL;
}

/* "lambda NAME:"; the name is the caller's. */
static char *take_lambda(const char **at)
{
	if (!take(at, "lambda "))
		return NULL;
	char *name = take_name(at);
	if (name && take(at, ":"))
		return name;
	free(name);
	return NULL;
}

/* --- Filters --- */

/* NAME as a pattern of ours that takes just it. */
static void add_literal(struct buffer *out, const char *name)
{
	struct buffer decoded = BUFFER_INITIAL;
	/* Unless told otherwise OfflineIMAP shows names in modified UTF-7. */
	if (strchr(name, '&') && utf7_decode(&decoded, name, strlen(name)))
		name = buffer_text(&decoded);
	for (; *name != '\0'; name++) {
		if (strchr("*?,\\", *name) || (out->length == 0 && *name == '!'))
			buffer_add_byte(out, '\\');
		buffer_add_byte(out, *name);
	}
	buffer_release(&decoded);
}

static void add_pattern(struct text_list *patterns, bool leave, const char *before,
			const char *name, const char *after)
{
	struct buffer pattern = BUFFER_INITIAL;
	struct buffer literal = BUFFER_INITIAL;
	add_literal(&literal, name);
	buffer_add_format(&pattern, "%s%s%s%s", leave ? "!" : "", before, buffer_text(&literal),
			  after);
	text_list_adopt(patterns, buffer_take(&pattern));
	buffer_release(&literal);
}

/* "['a', 'b']" or "('a', 'b')". */
static bool take_list(const char **at, bool leave, struct text_list *patterns)
{
	const char *end = take(at, "[") ? "]" : take(at, "(") ? ")" : NULL;
	if (!end)
		return false;
	while (!take(at, end)) {
		char *name = take_string(at, false);
		if (!name)
			return false;
		add_pattern(patterns, leave, "", name, "");
		free(name);
		(void)take(at, ",");
	}
	return true;
}

/* One alternative of a regular expression: plain text, anchored or not. */
static bool add_alternative(const char *text, size_t length, bool from_start, bool leave,
			    struct text_list *patterns)
{
	struct buffer name = BUFFER_INITIAL;
	bool to_end = false;
	bool good = length > 0;
	for (size_t i = 0; good && i < length; i++) {
		if (text[i] == '^' && i == 0) {
			from_start = true;
		} else if (text[i] == '$' && i + 1 == length) {
			to_end = true;
		} else if (text[i] == '.' && i + 1 < length && text[i + 1] == '*' &&
			   i + 2 == length) {
			i++;
		} else if (text[i] == '\\' && i + 1 < length &&
			   strchr(".[]()+*?/\\-", text[i + 1])) {
			buffer_add_byte(&name, text[++i]);
		} else if (strchr(".[](){}+*?|\\^$", text[i])) {
			good = false;
		} else {
			buffer_add_byte(&name, text[i]);
		}
	}
	if (good && name.length > 0)
		add_pattern(patterns, leave, from_start ? "" : "**", buffer_text(&name),
			    to_end ? "" : "**");
	good = good && name.length > 0;
	buffer_release(&name);
	return good;
}

/* "a|b", "^(a|b)", "(a|b)". */
static bool add_expression(const char *text, bool from_start, bool leave,
			   struct text_list *patterns)
{
	size_t length = strlen(text);
	if (text[0] == '^' && text[1] == '(') {
		from_start = true;
		text++;
		length--;
	}
	if (length > 2 && text[0] == '(' && text[length - 1] == ')' &&
	    !memchr(text + 1, '(', length - 1)) {
		text++;
		length -= 2;
	}
	while (length > 0) {
		const char *bar = memchr(text, '|', length);
		size_t part = bar ? (size_t)(bar - text) : length;
		if (!add_alternative(text, part, from_start, leave, patterns))
			return false;
		text += part + (bar != NULL);
		length -= part + (bar != NULL);
	}
	return true;
}

/* "re.search('...', NAME)". */
static bool take_search(const char **at, const char *name, bool leave, struct text_list *patterns)
{
	bool match = take(at, "re.match(");
	if (!match && !take(at, "re.search("))
		return false;
	char *expression = take_string(at, true);
	bool good = expression && take(at, ",") && take(at, name) && take(at, ")") &&
		    add_expression(expression, match, leave, patterns);
	free(expression);
	return good;
}

/* What follows NAME: " in [...]", " == '...'", ".startswith('...')". */
static bool take_comparison(const char **at, bool leave, struct text_list *patterns)
{
	if (take(at, ".startswith(")) {
		char *start = take_string(at, false);
		bool good = start && take(at, ")");
		if (good)
			add_pattern(patterns, leave, "", start, "**");
		free(start);
		return good;
	}
	if (take(at, "in "))
		return take_list(at, leave, patterns);
	if (take(at, "not in "))
		return take_list(at, !leave, patterns);
	bool equal = take(at, "==");
	if (!equal && !take(at, "!="))
		return false;
	char *value = take_string(at, false);
	if (value)
		add_pattern(patterns, leave == equal, "", value, "");
	free(value);
	return value != NULL;
}

bool python_read_filter(const char *text, struct text_list *patterns)
{
	char *name = take_lambda(&text);
	if (!name)
		return false;
	bool leave = take(&text, "not ");
	bool search = text_starts_with(text + strspn(text, " \t"), "re.");
	bool good = search ? take_search(&text, name, leave, patterns)
			   : take(&text, name) && take_comparison(&text, leave, patterns);
	free(name);
	return good && at_end(text);
}

/* --- Names --- */

/* "{'a': 'b', ...}.get(f, f)". */
static bool take_dictionary(const char **at, const char *name, struct python_names *names)
{
	while (!take(at, "}")) {
		char *from = take_string(at, false);
		char *to = from && take(at, ":") ? take_string(at, false) : NULL;
		if (to) {
			text_list_add(&names->from, from);
			text_list_add(&names->to, to);
		}
		free(from);
		free(to);
		if (!to)
			return false;
		(void)take(at, ",");
	}
	return take(at, ".get(") && take(at, name) && take(at, ",") && take(at, name) &&
	       take(at, ")");
}

/* A pattern that is plain text at the start of a name, without its backslashes; the caller's. */
static char *plain_start(const char *expression)
{
	struct buffer text = BUFFER_INITIAL;
	if (*expression++ != '^')
		return NULL;
	for (; *expression != '\0'; expression++) {
		if (*expression == '\\' && expression[1] != '\0')
			expression++;
		else if (strchr(".[](){}+*?|^$", *expression))
			break;
		buffer_add_byte(&text, *expression);
	}
	if (*expression == '\0')
		return buffer_take(&text);
	buffer_release(&text);
	return NULL;
}

/* "'EXPRESSION', 'BY', NAME)". */
static bool take_substitution(const char **at, const char *name, struct python_names *names)
{
	char *expression = take_string(at, true);
	char *by = expression && take(at, ",") ? take_string(at, false) : NULL;
	bool good = by && take(at, ",") && take(at, name) && take(at, ")");
	if (good && strcmp(by, ".") == 0 &&
	    (strcmp(expression, "^INBOX\\.*") == 0 || strcmp(expression, "^INBOX.*") == 0)) {
		names->dotted = true;
	} else {
		names->cut = good && *by == '\0' ? plain_start(expression) : NULL;
		good = names->cut != NULL;
	}
	free(expression);
	free(by);
	return good;
}

/* ".replace('TEXT', '')". */
static bool take_replacement(const char **at, struct python_names *names)
{
	char *what = take_string(at, false);
	char *by = what && take(at, ",") ? take_string(at, false) : NULL;
	bool good = by && *by == '\0' && take(at, ")");
	if (good)
		names->cut = what;
	else
		free(what);
	free(by);
	return good;
}

bool python_read_names(const char *text, struct python_names *names)
{
	char *name = take_lambda(&text);
	bool good = false;
	if (!name)
		return false;
	if (take(&text, "{"))
		good = take_dictionary(&text, name, names);
	else if (take(&text, "re.sub("))
		good = take_substitution(&text, name, names);
	else if (take(&text, name) && take(&text, ".replace("))
		good = take_replacement(&text, names);
	free(name);
	return good && at_end(text);
}

void python_names_release(struct python_names *names)
{
	text_list_release(&names->from);
	text_list_release(&names->to);
	free(names->cut);
	*names = (struct python_names){ .cut = NULL };
}
