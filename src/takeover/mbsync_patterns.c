/* mbsync's patterns as ours. SPDX-License-Identifier: GPL-3.0-or-later */
#include "takeover/mbsync_patterns.h"

#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/memory.h"
#include "mail/utf7.h"

/* NAME in UTF-8: mbsync up to 1.4 writes modified UTF-7. */
static char *in_utf8(const char *name)
{
	struct buffer decoded = BUFFER_INITIAL;
	if (strchr(name, '&') && utf7_decode(&decoded, name, strlen(name)))
		return buffer_take(&decoded);
	buffer_release(&decoded);
	return memory_text(name);
}

/* Adds NAME so that a pattern takes just it; with STARS, % and * of mbsync are ours. */
static void add_pattern(struct buffer *out, const char *name, bool stars)
{
	if (out->length == 0 && *name == '!')
		buffer_add_byte(out, '\\');
	for (; *name != '\0'; name++) {
		if (stars && *name == '*')
			buffer_add_text(out, "**");
		else if (stars && *name == '%')
			buffer_add_byte(out, '*');
		else if (strchr("*?,\\", *name))
			buffer_add_format(out, "\\%c", *name);
		else
			buffer_add_byte(out, *name);
	}
}

/* FAR and the pattern behind it. */
static char *whole_pattern(const char *far, const char *pattern)
{
	struct buffer whole = BUFFER_INITIAL;
	char *far_name = in_utf8(far);
	char *name = in_utf8(pattern);
	add_pattern(&whole, far_name, false);
	add_pattern(&whole, name, true);
	free(far_name);
	free(name);
	return buffer_take(&whole);
}

/* The directories that stand before the first wildcard, or the last part; as pattern_directory().
 */
static char *directory_of(const char *pattern)
{
	size_t length = strcspn(pattern, "*%");
	while (length > 0 && pattern[length - 1] != '/')
		length--;
	return memory_text_length(pattern, length);
}

/* What folders that PATTERN takes behind FAR are called behind NEAR; NULL: the same. */
static char *local_name(const char *far, const char *near, const char *pattern)
{
	if (strcmp(far, near) == 0)
		return NULL;
	char *directory = directory_of(pattern);
	char *near_name = in_utf8(near);
	char *inner = in_utf8(directory);
	/* "INBOX" has no directory, nor has what a pattern without one takes. */
	char *as = *far == '\0' && *inner == '\0' ? memory_text(near_name)
						  : memory_format("%s%s*", near_name, inner);
	free(directory);
	free(near_name);
	free(inner);
	return as;
}

/* --- A channel with patterns --- */

/* A channel in the making. */
struct item {
	struct mbsync_folders folders;
	size_t exclusions; /* how many of the exclusions stand behind its patterns */
};

struct item_list {
	struct item *items;
	size_t count, capacity;
};

static bool same_text(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

/* PATTERN goes to the channel begun last, or to a new one where other exclusions stand behind it,
 * or its folders are called otherwise. Both texts are taken over. */
static void include(struct item_list *list, char *pattern, char *as, size_t exclusions)
{
	struct item *last = list->count > 0 ? &list->items[list->count - 1] : NULL;
	if (last && last->exclusions == exclusions && same_text(last->folders.as, as)) {
		char *longer = memory_format("%s,\n    %s", pattern, last->folders.folders);
		free(last->folders.folders);
		last->folders.folders = longer;
		free(pattern);
		free(as);
		return;
	}
	memory_grow((void **)&list->items, &list->capacity, list->count + 1, sizeof *list->items);
	list->items[list->count++] = (struct item){ .folders = { .folders = pattern, .as = as },
						    .exclusions = exclusions };
}

static void exclude(struct mbsync_folders *folders, const char *pattern)
{
	char *longer = memory_format("%s,\n    !%s", folders->folders, pattern);
	free(folders->folders);
	folders->folders = longer;
}

/* From the last pattern on: each one that includes is bounded by the exclusions behind it. */
static void walk(struct item_list *list, const struct text_list *patterns, const char *far,
		 const char *near)
{
	struct text_list exclusions = { .items = NULL };
	for (size_t i = patterns->count; i-- > 0;) {
		const char *pattern = patterns->items[i];
		if (*pattern == '!')
			text_list_adopt(&exclusions, whole_pattern(far, pattern + 1));
		else
			include(list, whole_pattern(far, pattern), local_name(far, near, pattern),
				exclusions.count);
	}
	for (size_t i = 0; i < list->count; i++) {
		for (size_t k = 0; k < list->items[i].exclusions && exclusions.items; k++)
			exclude(&list->items[i].folders, exclusions.items[k]);
	}
	text_list_release(&exclusions);
}

static struct mbsync_folders *patterns_of(const struct text_list *patterns, const char *far,
					  const char *near, size_t *count_r)
{
	struct item_list list = { .items = NULL };
	walk(&list, patterns, far, near);
	struct mbsync_folders *folders = memory_array(list.count + 1, sizeof *folders);
	for (size_t i = 0; i < list.count; i++)
		folders[i] = list.items[i].folders;
	*count_r = list.count;
	free(list.items);
	return folders;
}

/* --- A channel of one folder --- */

static struct mbsync_folders one_folder(const char *far, const char *near)
{
	struct buffer pattern = BUFFER_INITIAL;
	char *far_name = in_utf8(*far != '\0' ? far : "INBOX");
	char *near_name = in_utf8(*near != '\0' ? near : "INBOX");
	add_pattern(&pattern, far_name, false);
	struct mbsync_folders folders = { .folders = buffer_take(&pattern) };
	if (strcmp(far_name, near_name) != 0)
		folders.as = memory_text(near_name);
	free(far_name);
	free(near_name);
	return folders;
}

struct mbsync_folders *mbsync_folders_of(const struct text_list *patterns, const char *far,
					 const char *near, size_t *count_r)
{
	if (patterns->count > 0)
		return patterns_of(patterns, far, near, count_r);
	struct mbsync_folders *folders = memory_allocate(sizeof *folders);
	*folders = one_folder(far, near);
	*count_r = 1;
	return folders;
}

void mbsync_folders_release(struct mbsync_folders *folders, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		free(folders[i].folders);
		free(folders[i].as);
	}
	free(folders);
}
