/* The keys of an account's tags. SPDX-License-Identifier: GPL-3.0-or-later */
#include "config/tag_keys.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "mail/flags.h"

/* What file names carry: notmuch sees to it, and nothing is left to be done. */
static const char *const by_name[] = { "\\Flagged:flagged", "\\Answered:replied", "\\Draft:draft",
				       (FLAG_FORWARDED_NAME ":passed"), NULL };

static bool is_by_name(const char *pair)
{
	const char *const *known = by_name;
	while (*known && !text_equal_ignoring_case(*known, pair))
		known++;
	return *known != NULL;
}

/* KEYWORD:TAG; what it lacks or cannot be, as the problem. */
static char *check_pair(const char *pair)
{
	const char *colon = strchr(pair, ':');
	if (!colon || colon == pair || colon[1] == '\0')
		return memory_format("takes pairs of a keyword and a tag such as $Junk:spam, not "
				     "\"%s\"",
				     pair);
	char *keyword = memory_text_length(pair, (size_t)(colon - pair));
	bool flag = *keyword == '\\' || text_equal_ignoring_case(keyword, FLAG_FORWARDED_NAME);
	char *problem = NULL;
	if (flag)
		problem = memory_format("cannot give %s the tag %s: file names carry that flag, "
					"and notmuch calls it as it does; leave it out",
					keyword, colon + 1);
	else if (!keyword_name_is_valid(keyword))
		problem = memory_format("has %s, which is no keyword: it takes pairs such as "
					"$Junk:spam",
					keyword);
	free(keyword);
	return problem;
}

/* Each keyword and each tag once: else two would become one. */
static bool is_twice(const struct text_list *map, const char *pair)
{
	size_t length = (size_t)(strchr(pair, ':') - pair);
	for (size_t i = 0; i < map->count; i++) {
		const char *other = map->items[i];
		const char *colon = strchr(other, ':');
		if (text_equal_ignoring_case(colon + 1, pair + length + 1))
			return true;
		char *keyword = memory_text_length(pair, length + 1);
		bool same = text_starts_with_ignoring_case(other, keyword);
		free(keyword);
		if (same)
			return true;
	}
	return false;
}

static bool read_map(void *field, const char *value, char **problem_r)
{
	struct text_list *map = field;
	char *word;
	while (config_next_word(&value, &word)) {
		if (is_by_name(word)) {
			free(word);
			continue;
		}
		*problem_r = check_pair(word);
		if (!*problem_r && is_twice(map, word))
			*problem_r = memory_format("has a keyword or a tag of %s twice", word);
		if (*problem_r) {
			free(word);
			return false;
		}
		text_list_adopt(map, word);
	}
	return true;
}

static bool read_ignore(void *field, const char *value, char **problem_r)
{
	struct text_list *list = field;
	char *word;
	(void)problem_r; /* any word may be a tag */
	while (config_next_word(&value, &word))
		text_list_adopt(list, word);
	return true;
}

#define MEMBER(name) offsetof(struct config_tags, name)

const struct config_key config_tag_keys[] = {
	{ "tag-map", read_map, MEMBER(map), false },
	{ "tags-ignore", read_ignore, MEMBER(ignore), false },
	{ "tag-prefix", config_read_text, MEMBER(prefix), false },
	{ .name = NULL },
};

void config_tags_finish(struct config_tags *tags)
{
	if (tags->map.count == 0)
		text_list_add(&tags->map, "$Junk:spam");
	if (tags->ignore.count == 0) {
		text_list_add(&tags->ignore, "inbox");
		text_list_add(&tags->ignore, "new");
		/* By which people remove files. */
		text_list_add(&tags->ignore, "deleted");
	}
}

void config_tags_release(struct config_tags *tags)
{
	text_list_release(&tags->map);
	text_list_release(&tags->ignore);
	free(tags->prefix);
	*tags = (struct config_tags){ .prefix = NULL };
}
