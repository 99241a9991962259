/* What the watched Maildirs told since the last round. SPDX-License-Identifier: GPL-3.0-or-later */
#include "sync/live/near_news.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "maildir/name.h"

bool near_news_is_empty(const struct near_news *news)
{
	return news->count == 0 && !news->tree && !news->all;
}

/* --- Taking them --- */

static void release_files(struct near_folder *folder)
{
	for (size_t i = 0; i < folder->count; i++)
		free(folder->files[i].name);
	free(folder->files);
	folder->files = NULL;
	folder->count = folder->capacity = 0;
}

static struct near_folder *find_folder(struct near_news *news, const char *name)
{
	for (size_t i = news->count; i-- > 0;) { /* it is mostly the last one again */
		if (strcmp(news->folders[i].name, name) == 0)
			return &news->folders[i];
	}
	memory_grow((void **)&news->folders, &news->capacity, news->count + 1,
		    sizeof *news->folders);
	struct near_folder *folder = &news->folders[news->count++];
	*folder = (struct near_folder){ .name = memory_text(name) };
	return folder;
}

static struct near_file *find_file(struct near_folder *folder, const char *base, size_t length)
{
	for (size_t i = folder->count; i-- > 0;) {
		struct near_file *file = &folder->files[i];
		if (file->base_length == length && memcmp(file->name, base, length) == 0)
			return file;
	}
	return NULL;
}

static void look_in_any_case(struct near_folder *folder)
{
	release_files(folder);
	folder->any = true;
}

/* Both halves of a rename have one base name, and the second is that of what is there now. */
static void keep_file(struct near_folder *folder, enum maildir_place place, const char *name,
		      bool there)
{
	struct maildir_name parsed;
	maildir_name_parse(name, &parsed);
	struct near_file *file = find_file(folder, parsed.base, parsed.base_length);
	if (file && !there && (file->place != place || strcmp(file->name, name) != 0))
		return; /* another file of that base name stays */
	if (!file) {
		memory_grow((void **)&folder->files, &folder->capacity, folder->count + 1,
			    sizeof *folder->files);
		file = &folder->files[folder->count++];
		*file = (struct near_file){ .base_length = parsed.base_length };
	}
	free(file->name);
	file->name = memory_text(name);
	file->place = place;
	file->there = there;
}

static void take_file(void *context, const char *folder_name, enum maildir_place place,
		      const char *name, enum maildir_event event)
{
	struct near_folder *folder = find_folder(context, folder_name);
	if (folder->any)
		return;
	if (event == MAILDIR_EVENT_WRITTEN || folder->count >= NEAR_NEWS_FILES_MAX)
		look_in_any_case(folder);
	else
		keep_file(folder, place, name, event == MAILDIR_EVENT_CAME);
}

static void take_tree(void *context)
{
	struct near_news *news = context;
	news->tree = true;
}

static void take_all(void *context)
{
	struct near_news *news = context;
	news->all = true;
}

struct maildir_news near_news_takes(struct near_news *news)
{
	return (struct maildir_news){
		.context = news, .file = take_file, .tree = take_tree, .all = take_all
	};
}

/* --- What the base says --- */

/* An error only means that the folder is looked at. */
static bool is_known(const struct near_file *file, uint32_t folder,
		     struct state_transaction *transaction)
{
	struct state_message message;
	int found = state_message_by_name(transaction, folder, file->name, file->base_length,
					  &message, NULL);
	if (found < 0)
		return false;
	bool there = found > 0 && !state_is_absent_near(message.absent);
	if (!file->there)
		return !there;
	return there && message.place == file->place && strcmp(message.name, file->name) == 0;
}

static bool is_all_known(const struct near_folder *folder, struct state_transaction *transaction)
{
	struct state_folder record = { .name = NULL };
	bool known = !folder->any && state_folder_get(transaction, folder->name, &record, NULL) > 0;
	for (size_t i = 0; known && i < folder->count; i++)
		known = is_known(&folder->files[i], record.id, transaction);
	state_folder_release(&record);
	return known;
}

static void release_folder(struct near_folder *folder)
{
	release_files(folder);
	free(folder->name);
}

void near_news_drop_known(struct near_news *news, struct state_transaction *transaction)
{
	size_t kept = 0;
	for (size_t i = 0; transaction && i < news->count; i++) {
		if (is_all_known(&news->folders[i], transaction))
			release_folder(&news->folders[i]);
		else
			news->folders[kept++] = news->folders[i];
	}
	if (transaction)
		news->count = kept;
}

/* --- The end --- */

void near_news_take(struct near_news *news, struct text_list *folders)
{
	for (size_t i = 0; i < news->count; i++) {
		if (!text_list_holds(folders, news->folders[i].name))
			text_list_add(folders, news->folders[i].name);
	}
	near_news_release(news);
}

void near_news_release(struct near_news *news)
{
	for (size_t i = 0; i < news->count; i++)
		release_folder(&news->folders[i]);
	free(news->folders);
	*news = (struct near_news){ .folders = NULL };
}
