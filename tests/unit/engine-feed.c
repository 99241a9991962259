/* What a run tells of the files, held against what it made of them. SPDX-License-Identifier:
 * GPL-3.0-or-later */
#include "engine-feed.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

static size_t find(const struct text_list *paths, const char *path)
{
	size_t i = 0;
	while (i < paths->count && strcmp(paths->items[i], path) != 0)
		i++;
	return i;
}

static void take_out(struct text_list *paths, const char *path)
{
	size_t found = find(paths, path);
	cr_assert_lt(found, paths->count, "it is told of %s, which was not there", path);
	free(paths->items[found]);
	paths->items[found] = paths->items[--paths->count];
}

void feed_begin(struct text_list *paths, const struct rig *rig)
{
	struct rig_files files;
	*paths = (struct text_list){ .items = NULL };
	rig_files_read(rig, &files);
	for (size_t i = 0; i < files.count; i++) {
		char *directory = rig_path(rig, files.items[i].folder, files.items[i].place);
		text_list_adopt(paths, memory_format("%s/%s", directory, files.items[i].name));
		free(directory);
	}
	rig_files_release(&files);
}

void feed_take(struct text_list *paths, const struct sync_change *change)
{
	bool renamed = change->kind == SYNC_CHANGE_MOVED || change->kind == SYNC_CHANGE_CHANGED;
	cr_assert_eq(renamed, change->from != NULL);
	cr_assert_str_eq(change->account, "work");
	cr_assert(strstr(change->path, change->folder), "%s in %s", change->path, change->folder);
	if (change->kind != SYNC_CHANGE_NEW)
		take_out(paths, renamed ? change->from : change->path);
	if (change->kind == SYNC_CHANGE_GONE)
		return;
	cr_assert_eq(find(paths, change->path), paths->count, "%s is there already", change->path);
	text_list_add(paths, change->path);
}

void feed_end(struct text_list *paths, const struct rig *rig)
{
	struct text_list there;
	feed_begin(&there, rig);
	for (size_t i = 0; i < there.count; i++)
		take_out(paths, there.items[i]);
	cr_assert_eq(paths->count, 0, "%s went, and that was not told", paths->items[0]);
	text_list_release(&there);
	text_list_release(paths);
}
