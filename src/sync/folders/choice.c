/* The folders that the user chose on the command line. SPDX-License-Identifier: GPL-3.0-or-later */
#include "sync/folders/choice.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

void choice_begin(struct choice *choice, const struct sync_options *options)
{
	*choice = (struct choice){ .options = options };
	choice->patterns = memory_array(options->folders.count, sizeof(struct pattern *));
	for (size_t i = 0; i < options->folders.count; i++) {
		char *problem = NULL;
		choice->patterns[i] = pattern_parse(options->folders.items[i], &problem);
		free(problem); /* it may be the name of a folder all the same */
	}
}

void choice_end(struct choice *choice)
{
	for (size_t i = 0; choice->patterns && i < choice->options->folders.count; i++)
		pattern_destroy(&choice->patterns[i]);
	free(choice->patterns);
	choice->patterns = NULL;
}

bool choice_is_partial(const struct sync_options *options)
{
	return options->folders.count > 0 || options->channels.count > 0;
}

/* Whether NAME, of either side, is or matches the chosen folder of that number. */
static bool is_chosen_name(const struct choice *choice, size_t index, const char *name,
			   const struct folder_view *folder)
{
	if (!name)
		return false;
	const struct folder_facts facts = folder_view_facts(folder, name);
	return strcmp(choice->options->folders.items[index], name) == 0 ||
	       (choice->patterns[index] && pattern_matches(choice->patterns[index], &facts));
}

static bool is_chosen(const struct choice *choice, size_t index, const struct folder_view *folder)
{
	return is_chosen_name(choice, index, folder->name, folder) ||
	       is_chosen_name(choice, index, folder->local, folder);
}

bool choice_takes(const struct choice *choice, const struct folder_view *folder)
{
	const struct text_list *channels = &choice->options->channels;
	if (!choice_is_partial(choice->options))
		return true;
	if (folder->channel && text_list_holds(channels, folder->channel->name))
		return true;
	for (size_t i = 0; i < choice->options->folders.count; i++) {
		if (is_chosen(choice, i, folder))
			return true;
	}
	return false;
}

/* --- What is nothing --- */

static const char *nearest_name(const struct folder_table *table,
				const struct config_account *account, const char *name)
{
	const char **names =
		memory_array(2 * table->count + account->channel_count + 2, sizeof *names);
	size_t count = 0;
	names[count++] = account->name;
	for (size_t i = 0; i < table->count; i++) {
		names[count++] = table->items[i]->name;
		if (table->items[i]->local)
			names[count++] = table->items[i]->local;
	}
	for (size_t i = 0; i < account->channel_count; i++) {
		const char *slash = strchr(account->channels[i].name, '/');
		if (slash)
			names[count++] = slash + 1;
	}
	const char *nearest = text_nearest(name, names);
	free(names);
	return nearest;
}

/* Counts the folders that the chosen one of that number is, and those of them that a channel takes.
 */
static void count(const struct choice *choice, size_t index, const struct folder_table *table,
		  size_t *all_r, size_t *taken_r)
{
	*all_r = *taken_r = 0;
	for (size_t i = 0; i < table->count; i++) {
		if (!is_chosen(choice, index, table->items[i]))
			continue;
		++*all_r;
		*taken_r += table->items[i]->channel != NULL;
	}
	for (size_t i = 0; i < table->stranger_count; i++) {
		bool chosen = is_chosen(choice, index, table->strangers[i]);
		*all_r += chosen;
		*taken_r += chosen && table->strangers[i]->channel != NULL;
	}
}

int choice_check(const struct choice *choice, const struct folder_table *table,
		 const struct config_account *account, struct error *error)
{
	for (size_t i = 0; i < choice->options->folders.count; i++) {
		const char *name = choice->options->folders.items[i];
		size_t all;
		size_t taken;
		count(choice, i, table, &all, &taken);
		if (taken > 0)
			continue;
		if (all > 0)
			return error_set(
				error, ERROR_CONFIG, SCOPE_ACCOUNT,
				"no channel of account %s takes %s, so nothing is done with "
				"it; see `navette list %s`",
				account->name, name, account->name);
		const char *nearest = nearest_name(table, account, name);
		return error_set(error, ERROR_CONFIG, SCOPE_ACCOUNT,
				 "account %s has no channel and neither side of it a folder named "
				 "%s%s%s%s `navette list %s` shows all",
				 account->name, name, nearest ? "; did you mean " : ";",
				 nearest ? nearest : "", nearest ? "?" : "", account->name);
	}
	return 0;
}
