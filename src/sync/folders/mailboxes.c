/* The mailboxes that the server lists, and the folder that each of them is.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "sync/folders/mailboxes.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "sync/folders/renames.h"

/* --- Gathering --- */

static int see_mailbox(void *context, const struct far_listed *listed, struct error *error)
{
	struct mailboxes *list = context;
	(void)error; /* nothing fails */
	memory_grow((void **)&list->items, &list->capacity, list->count + 1, sizeof *list->items);
	list->items[list->count++] = (struct mailbox){
		.mailbox = memory_text(listed->mailbox),
		.name = listed->name ? memory_text(listed->name) : NULL,
		.shown = listed->shown ? memory_text(listed->shown) : NULL,
		.attributes = listed->attributes,
		.status = listed->status,
	};
	return 0;
}

int mailboxes_gather(struct mailboxes *list, struct far_session *session, bool subscriptions,
		     struct error *error)
{
	list->known = far_list(session, subscriptions, see_mailbox, list, &list->whole, error) == 0;
	return list->known ? 0 : -1;
}

/* What was FROM becomes TO at the beginning of *text. */
static void replace_begin(char **text, const char *from, const char *to)
{
	char *new = memory_format("%s%s", to, *text + strlen(from));
	free(*text);
	*text = new;
}

bool mailboxes_rename(struct mailboxes *list, const char *from, const char *to,
		      const char *mailbox_from, const char *mailbox_to)
{
	for (size_t i = 0; i < list->count; i++) {
		struct mailbox *mailbox = &list->items[i];
		if (!mailbox->name || (strcmp(mailbox->name, from) != 0 &&
				       !folder_renames_below(mailbox->name, from)))
			continue;
		if (!text_starts_with(mailbox->mailbox, mailbox_from))
			return false;
		replace_begin(&mailbox->name, from, to);
		replace_begin(&mailbox->mailbox, mailbox_from, mailbox_to);
	}
	return true;
}

void mailboxes_release(struct mailboxes *list)
{
	for (size_t i = 0; i < list->count; i++) {
		free(list->items[i].mailbox);
		free(list->items[i].name);
		free(list->items[i].shown);
	}
	free(list->items);
	*list = (struct mailboxes){ .items = NULL };
}

/* --- What the base knows --- */

/* A folder of the base by a spelling of its mailbox's name. */
struct known {
	char *spelling;
	struct folder_view *folder;
	bool listed;
};

struct known_list {
	struct known *items;
	size_t count;
};

static int compare_known(const void *a, const void *b)
{
	const struct known *left = a;
	const struct known *right = b;
	int order = strcmp(left->spelling, right->spelling);
	return order != 0 ? order : strcmp(left->folder->name, right->folder->name);
}

static void sort(struct known_list *known)
{
	memory_sort(known->items, known->count, sizeof *known->items, compare_known);
}

static void release(struct known_list *known)
{
	for (size_t i = 0; i < known->count; i++)
		free(known->items[i].spelling);
	free(known->items);
}

static struct known_list by_octets(const struct folder_table *table)
{
	struct known_list known = { .items = memory_array(table->count + 1, sizeof *known.items) };
	for (size_t i = 0; i < table->count; i++) {
		struct folder_view *folder = table->items[i];
		if (folder->base_mailbox)
			known.items[known.count++] =
				(struct known){ .spelling = memory_text(folder->base_mailbox),
						.folder = folder };
	}
	sort(&known);
	return known;
}

/* Those of FROM whose own spelling is not listed, by what it means. */
static struct known_list by_meaning(const struct known_list *from,
				    const struct far_session *session)
{
	struct known_list known = { .items = memory_array(from->count + 1, sizeof *known.items) };
	for (size_t i = 0; i < from->count; i++) {
		if (!from->items[i].listed)
			known.items[known.count++] = (struct known){
				.spelling = far_meaning(session, from->items[i].spelling),
				.folder = from->items[i].folder,
			};
	}
	sort(&known);
	return known;
}

/* The first of that spelling, but one called NAME rather than another; NULL: there is none. */
static struct known *find(const struct known_list *known, const char *spelling, const char *name)
{
	size_t low = 0;
	size_t high = known->count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (strcmp(known->items[middle].spelling, spelling) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	struct known *first = NULL;
	for (size_t i = low; i < known->count; i++) {
		struct known *one = &known->items[i];
		if (strcmp(one->spelling, spelling) != 0)
			break;
		if (strcmp(one->folder->name, name) == 0)
			return one;
		if (!first)
			first = one;
	}
	return first;
}

static void rename_as(struct mailbox *mailbox, struct known *known)
{
	known->listed = true;
	if (strcmp(mailbox->name, known->folder->name) == 0)
		return;
	free(mailbox->name);
	mailbox->name = memory_text(known->folder->name);
}

static bool is_known(const struct folder_table *table, const struct mailbox *mailbox)
{
	const struct folder_view *folder = folder_table_find(table, mailbox->name);
	return folder && folder->base;
}

/* Under the right octets it was not found, and no folder of the base has its name. */
static void find_by_meaning(struct mailbox *mailbox, const struct known_list *meanings,
			    const struct far_session *session)
{
	char *meaning = far_meaning(session, mailbox->mailbox);
	struct known *known = find(meanings, meaning, mailbox->name);
	free(meaning);
	if (known && !known->listed)
		rename_as(mailbox, known);
}

void mailboxes_find_known(struct mailboxes *list, const struct far_session *session,
			  const struct folder_table *table)
{
	struct known_list known = by_octets(table);
	for (size_t i = 0; i < list->count; i++) {
		struct mailbox *mailbox = &list->items[i];
		struct known *found =
			mailbox->name ? find(&known, mailbox->mailbox, mailbox->name) : NULL;
		if (found)
			rename_as(mailbox, found);
	}
	struct known_list meanings = by_meaning(&known, session);
	for (size_t i = 0; meanings.count > 0 && i < list->count; i++) {
		struct mailbox *mailbox = &list->items[i];
		if (mailbox->name && !is_known(table, mailbox))
			find_by_meaning(mailbox, &meanings, session);
	}
	release(&meanings);
	release(&known);
}
