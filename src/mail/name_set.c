/* Sets of names of keywords. SPDX-License-Identifier: GPL-3.0-or-later */
#include "mail/name_set.h"

#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/memory.h"

static int lower(char byte)
{
	return byte >= 'A' && byte <= 'Z' ? byte - 'A' + 'a' : (unsigned char)byte;
}

/* By ASCII, whatever the locale. */
static int compare(const char *a, const char *b)
{
	while (*a && lower(*a) == lower(*b)) {
		a++;
		b++;
	}
	return lower(*a) - lower(*b);
}

/* Where NAME is, or would be. */
static size_t place_of(const struct text_list *set, const char *name, bool *found_r)
{
	size_t low = 0;
	size_t high = set->count;
	*found_r = false;
	while (low < high && !*found_r) {
		size_t middle = low + (high - low) / 2;
		int order = compare(set->items[middle], name);
		*found_r = order == 0;
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return *found_r ? high : low;
}

void name_set_add(struct text_list *set, const char *name)
{
	bool found;
	size_t place = place_of(set, name, &found);
	if (found)
		return;
	text_list_add(set, name);
	char *added = set->items[set->count - 1];
	memmove(set->items + place + 1, set->items + place,
		(set->count - 1 - place) * sizeof *set->items);
	set->items[place] = added;
}

void name_set_add_all(struct text_list *set, const struct text_list *other)
{
	for (size_t i = 0; i < other->count; i++)
		name_set_add(set, other->items[i]);
}

void name_set_remove(struct text_list *set, const char *name)
{
	bool found;
	size_t place = place_of(set, name, &found);
	if (!found)
		return;
	free(set->items[place]);
	set->count--;
	memmove(set->items + place, set->items + place + 1,
		(set->count - place) * sizeof *set->items);
}

const char *name_set_find(const struct text_list *set, const char *name)
{
	bool found;
	size_t place = place_of(set, name, &found);
	return found ? set->items[place] : NULL;
}

bool name_set_has(const struct text_list *set, const char *name)
{
	return name_set_find(set, name) != NULL;
}

bool name_set_equal(const struct text_list *a, const struct text_list *b)
{
	if (a->count != b->count)
		return false;
	for (size_t i = 0; i < a->count; i++) {
		if (compare(a->items[i], b->items[i]) != 0)
			return false;
	}
	return true;
}

char *name_set_text(const struct text_list *set)
{
	struct buffer text = BUFFER_INITIAL;
	for (size_t i = 0; i < set->count; i++)
		buffer_add_format(&text, "%s%s", i > 0 ? " " : "", set->items[i]);
	return buffer_take(&text);
}

void name_set_read(struct text_list *set, const char *text)
{
	while (*text) {
		size_t length = strcspn(text, " ");
		char *name = memory_text_length(text, length);
		if (length > 0)
			name_set_add(set, name);
		free(name);
		text += length + (text[length] == ' ');
	}
}
