/* The Maildirs of one place by the names that they have here. SPDX-License-Identifier:
 * GPL-3.0-or-later */
#include "sync/folders/local_names.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "mail/folder_name.h"
#include "mail/utf7.h"

struct local_spelling {
	char *meaning;
	const char *name; /* of the names */
};

static bool is_inbox(const char *component, size_t length)
{
	return length == 5 && text_starts_with_ignoring_case(component, "INBOX");
}

/* False when the result could not be part of a name. */
static bool add_meaning(struct buffer *out, const char *component, size_t length)
{
	struct buffer raw = BUFFER_INITIAL;
	struct buffer decoded = BUFFER_INITIAL;
	folder_name_unescape_component(&raw, component, length);
	bool utf7 = utf7_decode(&decoded, buffer_text(&raw), raw.length);
	const struct buffer *meant = utf7 ? &decoded : &raw;
	bool good = folder_name_escape_component(out, buffer_text(meant), meant->length);
	buffer_release(&raw);
	buffer_release(&decoded);
	return good;
}

char *local_name_meaning(const char *name)
{
	struct buffer out = BUFFER_INITIAL;
	bool good = true;
	for (const char *rest = name; good; rest++) {
		size_t length = strcspn(rest, "/");
		if (rest == name && is_inbox(rest, length))
			buffer_add_text(&out, "INBOX");
		else
			good = add_meaning(&out, rest, length);
		rest += length;
		if (*rest == '\0')
			break;
		buffer_add_byte(&out, '/');
	}
	if (good && strcmp(buffer_text(&out), name) != 0)
		return buffer_take(&out);
	buffer_release(&out);
	return NULL;
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int compare_spellings(const void *a, const void *b)
{
	const struct local_spelling *left = a;
	const struct local_spelling *right = b;
	int order = strcmp(left->meaning, right->meaning);
	return order != 0 ? order : strcmp(left->name, right->name);
}

void local_names_sort(struct local_names *local)
{
	size_t capacity = 0;
	memory_sort(local->names.items, local->names.count, sizeof *local->names.items,
		    compare_names);
	for (size_t i = 0; i < local->names.count; i++) {
		char *meaning = local_name_meaning(local->names.items[i]);
		if (!meaning)
			continue;
		memory_grow((void **)&local->spellings, &capacity, local->spelling_count + 1,
			    sizeof *local->spellings);
		local->spellings[local->spelling_count++] =
			(struct local_spelling){ .meaning = meaning,
						 .name = local->names.items[i] };
	}
	memory_sort(local->spellings, local->spelling_count, sizeof *local->spellings,
		    compare_spellings);
}

bool local_names_hold(const struct local_names *local, const char *name)
{
	return local->names.count > 0 && bsearch(&name, local->names.items, local->names.count,
						 sizeof *local->names.items, compare_names);
}

const char *local_names_spelling(const struct local_names *local, const char *name)
{
	size_t low = 0;
	size_t high = local->spelling_count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (strcmp(local->spellings[middle].meaning, name) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == local->spelling_count || strcmp(local->spellings[low].meaning, name) != 0)
		return NULL;
	return local->spellings[low].name;
}

void local_names_release(struct local_names *local)
{
	for (size_t i = 0; i < local->spelling_count; i++)
		free(local->spellings[i].meaning);
	free(local->spellings);
	text_list_release(&local->names);
	*local = (struct local_names){ .channel = NULL };
}
