/* Which tag is which keyword. SPDX-License-Identifier: GPL-3.0-or-later */
#include "tags/names.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "mail/flags.h"
#include "mail/name_set.h"

/* Longer tags notmuch refuses (NOTMUCH_TAG_MAX). */
#define TAG_LENGTH_MAX 200

/* What file names carry, as notmuch itself sees to (maildir.synchronize_flags), and what it says of
 * a message whatever its user does. */
static const char *const own[] = { "unread",     "flagged", "replied",   "draft", "passed",
				   "attachment", "signed",  "encrypted", NULL };

static bool is_among(const char *const *words, const char *word)
{
	while (*words && !text_equal_ignoring_case(*words, word))
		words++;
	return *words != NULL;
}

static bool is_ignored(const struct tag_names *names, const char *tag)
{
	for (size_t i = 0; i < names->ignore->count; i++) {
		if (text_equal_ignoring_case(names->ignore->items[i], tag))
			return true;
	}
	return is_among(own, tag);
}

/* "NIL" would be read as none, and "]" ends a list of flags in a response code. */
static bool can_be_keyword(const char *name)
{
	return keyword_name_is_valid(name) && !strchr(name, ']') &&
	       !text_equal_ignoring_case(name, "NIL") &&
	       !text_equal_ignoring_case(name, FLAG_FORWARDED_NAME);
}

static char *map_to_keyword(const struct tag_names *names, const char *tag)
{
	for (size_t i = 0; i < names->map->count; i++) {
		const char *pair = names->map->items[i];
		const char *colon = strchr(pair, ':');
		if (colon && text_equal_ignoring_case(colon + 1, tag))
			return memory_text_length(pair, (size_t)(colon - pair));
	}
	return NULL;
}

static char *map_to_tag(const struct tag_names *names, const char *keyword)
{
	for (size_t i = 0; i < names->map->count; i++) {
		const char *pair = names->map->items[i];
		if (text_starts_with_ignoring_case(pair, keyword) && pair[strlen(keyword)] == ':')
			return memory_text(pair + strlen(keyword) + 1);
	}
	return NULL;
}

/* By the map, else without the prefix; NULL: it has none. */
static char *spell_keyword(const struct tag_names *names, const char *tag)
{
	const char *prefix = names->prefix ? names->prefix : "";
	char *mapped = map_to_keyword(names, tag);
	if (mapped)
		return mapped;
	return text_starts_with(tag, prefix) ? memory_text(tag + strlen(prefix)) : NULL;
}

enum tag_name tag_names_keyword(const struct tag_names *names, const char *tag, char **keyword_r)
{
	*keyword_r = NULL;
	if (is_ignored(names, tag))
		return TAG_NAME_STAYS;
	if (*tag == '-') /* notmuch itself takes none */
		return TAG_NAME_INVALID;
	char *keyword = spell_keyword(names, tag);
	if (!keyword)
		return TAG_NAME_STAYS;
	char *tag_of_it = can_be_keyword(keyword) ? map_to_tag(names, keyword) : NULL;
	/* A keyword that has another tag by the map is not this one as well. */
	bool taken = tag_of_it && !text_equal_ignoring_case(tag_of_it, tag);
	free(tag_of_it);
	if (can_be_keyword(keyword) && !taken) {
		*keyword_r = keyword;
		return TAG_NAME_IS_KEYWORD;
	}
	free(keyword);
	return taken ? TAG_NAME_STAYS : TAG_NAME_INVALID;
}

char *tag_names_tag(const struct tag_names *names, const char *keyword)
{
	const char *prefix = names->prefix ? names->prefix : "";
	char *tag = map_to_tag(names, keyword);
	char *back = NULL;
	if (!tag)
		tag = memory_format("%s%s", prefix, keyword);
	bool good = strlen(tag) <= TAG_LENGTH_MAX &&
		    tag_names_keyword(names, tag, &back) == TAG_NAME_IS_KEYWORD &&
		    text_equal_ignoring_case(back, keyword);
	free(back);
	if (good)
		return tag;
	free(tag);
	return NULL;
}

void tag_names_keywords(const struct tag_names *names, const struct text_list *tags,
			struct text_list *set, struct text_list *invalid)
{
	for (size_t i = 0; i < tags->count; i++) {
		char *keyword;
		enum tag_name kind = tag_names_keyword(names, tags->items[i], &keyword);
		if (kind == TAG_NAME_IS_KEYWORD)
			name_set_add(set, keyword);
		else if (kind == TAG_NAME_INVALID && invalid)
			name_set_add(invalid, tags->items[i]);
		free(keyword);
	}
}

void tag_names_carried(const struct tag_names *names, const struct text_list *keywords,
		       struct text_list *set)
{
	for (size_t i = 0; i < keywords->count; i++) {
		char *tag = tag_names_tag(names, keywords->items[i]);
		if (tag)
			name_set_add(set, keywords->items[i]);
		free(tag);
	}
}
