/* Lists of patterns. SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "config/pattern.h"

#define SPACE " \t\v\f\r\n"

/* How many bytes stand before the next comma that is not behind a backslash. */
static size_t length_of_item(const char *text)
{
	size_t length = 0;
	while (text[length] && text[length] != ',')
		length += text[length] == '\\' && text[length + 1] ? 2 : 1;
	return length;
}

/* Without the white space at its end; but of an escaped one the first stays. */
static size_t trimmed_length(const char *text, size_t length)
{
	size_t end = length;
	while (end > 0 && strchr(SPACE, text[end - 1]))
		end--;
	size_t slashes = 0;
	while (slashes < end && text[end - 1 - slashes] == '\\')
		slashes++;
	return slashes % 2 == 1 && end < length ? end + 1 : end;
}

static bool add_item(struct pattern_list *list, const char *item, char **problem_r)
{
	bool leaving = *item == '!';
	const char *text = item + (leaving ? 1 : 0);
	text += strspn(text, SPACE);
	if (*text == '\0') {
		*problem_r = memory_text("has a ! with no pattern behind it");
		return false;
	}
	struct pattern *pattern = pattern_parse(text, problem_r);
	if (!pattern)
		return false;
	struct pattern ***items = leaving ? &list->leaving : &list->taking;
	size_t *count = leaving ? &list->leaving_count : &list->taking_count;
	memory_grow((void **)items, leaving ? &list->leaving_capacity : &list->taking_capacity,
		    *count + 1, sizeof(struct pattern *));
	(*items)[(*count)++] = pattern;
	return true;
}

bool pattern_list_add(struct pattern_list *list, const char *text, char **problem_r)
{
	const char *rest = text + strspn(text, SPACE ",");
	bool good = true;
	while (good && *rest) {
		size_t length = length_of_item(rest);
		char *item = memory_text_length(rest, trimmed_length(rest, length));
		good = add_item(list, item, problem_r);
		free(item);
		rest += length;
		rest += strspn(rest, SPACE ",");
	}
	return good;
}

const struct pattern *pattern_list_find(const struct pattern_list *list,
					const struct folder_facts *folder)
{
	for (size_t i = 0; i < list->leaving_count; i++) {
		if (pattern_matches(list->leaving[i], folder))
			return NULL;
	}
	for (size_t i = 0; i < list->taking_count; i++) {
		if (pattern_matches(list->taking[i], folder))
			return list->taking[i];
	}
	return NULL;
}

static void release(struct pattern **items, size_t count)
{
	for (size_t i = 0; i < count; i++)
		pattern_destroy(&items[i]);
	free(items);
}

void pattern_list_release(struct pattern_list *list)
{
	release(list->taking, list->taking_count);
	release(list->leaving, list->leaving_count);
	*list = (struct pattern_list){ .taking = NULL };
}
