/* Patterns of folders: reading and matching. SPDX-License-Identifier: GPL-3.0-or-later */
#include "config/pattern.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/memory.h"
#include "base/text.h"

enum part_kind {
	PART_CHARACTER, /* this one */
	PART_ANY,       /* "?": one that is not "/" */
	PART_STAR,      /* "*": any number that are not "/" */
	PART_STARS,     /* "**": any number */
	PART_MAYBE      /* before PART_STARS and "/": both may be missing */
};

struct part {
	enum part_kind kind;
	uint32_t character;
};

struct pattern {
	char *text;
	char *directory;
	char *name; /* what it means when it has no wildcard */
	struct part *parts;
	size_t count, capacity;
	unsigned int uses; /* not 0: only these count */
	bool subscribed;   /* only that counts */
	bool wild;         /* it has wildcards */
};

/* --- Characters --- */

/* Beyond Unicode: a byte that is not well-formed UTF-8. */
#define CHARACTER_BYTE UINT32_C(0x200000)

/* Takes one character off TEXT, which is not at its end. */
static uint32_t next_character(const char **text)
{
	const unsigned char *bytes = (const unsigned char *)*text;
	size_t size = bytes[0] < 0x80 ? 1 : bytes[0] >= 0xf0 ? 4 : bytes[0] >= 0xe0 ? 3 : 2;
	if (size == 1) {
		(*text)++;
		return bytes[0];
	}
	if (strnlen(*text, size) < size || !text_is_utf8(*text, size)) {
		(*text)++;
		return CHARACTER_BYTE | bytes[0];
	}
	uint32_t character = bytes[0] & (0x7fu >> size);
	for (size_t i = 1; i < size; i++)
		character = character << 6 | (bytes[i] & 0x3fu);
	*text += size;
	return character;
}

/* --- Reading --- */

static void add_part(struct pattern *pattern, enum part_kind kind, uint32_t character)
{
	memory_grow((void **)&pattern->parts, &pattern->capacity, pattern->count + 1,
		    sizeof *pattern->parts);
	pattern->parts[pattern->count++] = (struct part){ .kind = kind, .character = character };
}

static bool at_component_start(const struct pattern *pattern)
{
	const struct part *last = pattern->count > 0 ? &pattern->parts[pattern->count - 1] : NULL;
	return !last || (last->kind == PART_CHARACTER && last->character == '/');
}

/* The stars at *rest; more than two are two. */
static void add_stars(struct pattern *pattern, const char **rest)
{
	size_t stars = strspn(*rest, "*");
	*rest += stars;
	if (stars > 1 && **rest == '/' && at_component_start(pattern))
		add_part(pattern, PART_MAYBE, 0);
	add_part(pattern, stars > 1 ? PART_STARS : PART_STAR, 0);
	pattern->wild = true;
}

/* NAME gets the literal characters. */
static bool read_parts(struct pattern *pattern, const char *rest, struct buffer *name,
		       char **problem_r)
{
	while (*rest) {
		if (*rest == '*') {
			add_stars(pattern, &rest);
			continue;
		}
		if (*rest == '?') {
			add_part(pattern, PART_ANY, 0);
			pattern->wild = true;
			rest++;
			continue;
		}
		if (*rest == '\\' && *++rest == '\0') {
			*problem_r = memory_format("has a \\ with nothing behind it: \"%s\"",
						   pattern->text);
			return false;
		}
		const char *start = rest;
		add_part(pattern, PART_CHARACTER, next_character(&rest));
		if (!pattern->wild)
			buffer_add(name, start, (size_t)(rest - start));
	}
	return true;
}

/* The first component INBOX means the same in any case (RFC 9051 section 5.1); folder names have it
 * in capitals. */
static void write_inbox_large(struct pattern *pattern, char *name)
{
	size_t length = strcspn(name, "/");
	bool whole = length < strlen(name) || !pattern->wild;
	if (length != 5 || !whole || !text_starts_with_ignoring_case(name, "INBOX"))
		return;
	for (size_t i = 0; i < length; i++) {
		name[i] = "INBOX"[i];
		pattern->parts[i].character = (unsigned char)name[i];
	}
}

static bool read_use(struct pattern *pattern, char **problem_r)
{
	static const char *const words[] = { "\\All",     "\\Archive",   "\\Drafts",
					     "\\Flagged", "\\Junk",      "\\Sent",
					     "\\Trash",   "\\Important", NULL };
	for (size_t i = 0; words[i]; i++) {
		if (text_equal_ignoring_case(words[i], pattern->text))
			pattern->uses = 1u << i;
	}
	if (pattern->uses)
		return true;
	const char *nearest = text_nearest(pattern->text, words);
	*problem_r = memory_format("knows no special use %s%s%s", pattern->text,
				   nearest ? "; did you mean "
					   : "; there are \\All, \\Archive, \\Drafts, \\Flagged, "
					     "\\Junk, \\Sent, \\Trash, \\Important",
				   nearest ? nearest : "");
	if (nearest) {
		char *asked = memory_format("%s?", *problem_r);
		free(*problem_r);
		*problem_r = asked;
	}
	return false;
}

static bool begins_use(const char *text)
{
	return text[0] == '\\' &&
	       ((text[1] >= 'A' && text[1] <= 'Z') || (text[1] >= 'a' && text[1] <= 'z'));
}

static bool read_name(struct pattern *pattern, char **problem_r)
{
	struct buffer name = BUFFER_INITIAL;
	if (!read_parts(pattern, pattern->text, &name, problem_r)) {
		buffer_release(&name);
		return false;
	}
	pattern->name = buffer_take(&name);
	write_inbox_large(pattern, pattern->name);
	const char *slash = strrchr(pattern->name, '/');
	free(pattern->directory);
	pattern->directory =
		memory_text_length(pattern->name, slash ? (size_t)(slash + 1 - pattern->name) : 0);
	return true;
}

/* Whether a folder's path can look like this at all. */
static bool check_form(const char *text, char **problem_r)
{
	size_t length = strlen(text);
	const char *what = length == 0            ? "is empty"
			   : length > PATTERN_MAX ? "is too long"
			   : text[0] == '/' || text[length - 1] == '/' || strstr(text, "//") != NULL
				   ? "takes no folder: a path neither begins nor ends with /, nor "
				     "has two in a row"
				   : NULL;
	if (!what)
		return true;
	*problem_r = memory_format("has a pattern that %s: \"%.*s\"", what, PATTERN_MAX, text);
	return false;
}

struct pattern *pattern_parse(const char *text, char **problem_r)
{
	if (!check_form(text, problem_r))
		return NULL;
	struct pattern *pattern = memory_allocate(sizeof *pattern);
	bool good = true;
	pattern->text = memory_text(text);
	pattern->directory = memory_text("");
	if (strcmp(text, "subscribed") == 0)
		pattern->subscribed = true;
	else if (begins_use(text))
		good = read_use(pattern, problem_r);
	else
		good = read_name(pattern, problem_r);
	if (!good)
		pattern_destroy(&pattern);
	return pattern;
}

void pattern_destroy(struct pattern **pattern)
{
	if (!*pattern)
		return;
	free((*pattern)->text);
	free((*pattern)->directory);
	free((*pattern)->name);
	free((*pattern)->parts);
	free(*pattern);
	*pattern = NULL;
}

const char *pattern_text(const struct pattern *pattern)
{
	return pattern->text;
}

const char *pattern_directory(const struct pattern *pattern)
{
	return pattern->directory;
}

bool pattern_is_name(const struct pattern *pattern, const char **name_r)
{
	if (pattern->wild || !pattern->name)
		return false;
	*name_r = pattern->name;
	return true;
}

bool pattern_wants_subscriptions(const struct pattern *pattern)
{
	return pattern->subscribed;
}

/* --- Matching: all places in the pattern where the name so far may have led, character by
 * character. Trying one way after the other would take time without bound for "a*a*a*...". --- */

/* Marks PLACE, and the places from there that need no character. */
static void reach(const struct pattern *pattern, bool *places, size_t place)
{
	while (!places[place]) {
		places[place] = true;
		if (place == pattern->count || pattern->parts[place].kind == PART_CHARACTER ||
		    pattern->parts[place].kind == PART_ANY)
			return;
		if (pattern->parts[place].kind == PART_MAYBE)
			reach(pattern, places, place + 3);
		place++;
	}
}

static void step(const struct pattern *pattern, const bool *places, bool *next, uint32_t character)
{
	for (size_t i = 0; i < pattern->count; i++) {
		const struct part *part = &pattern->parts[i];
		if (!places[i])
			continue;
		if (part->kind == PART_STARS || (part->kind == PART_STAR && character != '/'))
			reach(pattern, next, i);
		else if ((part->kind == PART_ANY && character != '/') ||
			 (part->kind == PART_CHARACTER && part->character == character))
			reach(pattern, next, i + 1);
	}
}

static bool name_matches(const struct pattern *pattern, const char *name)
{
	size_t size = pattern->count + 1;
	bool *places = memory_array(size, sizeof *places);
	bool *next = memory_array(size, sizeof *next);
	reach(pattern, places, 0);
	while (*name) {
		memset(next, 0, size * sizeof *next);
		step(pattern, places, next, next_character(&name));
		bool *swap = places;
		places = next;
		next = swap;
	}
	bool matches = places[pattern->count];
	free(places);
	free(next);
	return matches;
}

bool pattern_matches(const struct pattern *pattern, const struct folder_facts *folder)
{
	if (pattern->subscribed)
		return folder->subscribed;
	if (pattern->uses)
		return (folder->uses & pattern->uses) != 0;
	if (!pattern->wild)
		return strcmp(pattern->name, folder->name) == 0;
	return name_matches(pattern, folder->name);
}
