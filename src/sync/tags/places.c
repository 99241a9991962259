/* In which folder a file stands. SPDX-License-Identifier: GPL-3.0-or-later */
#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "sync/tags/pass.h"

struct tags_folder tags_folder_of(uint32_t id, const char *path)
{
	char real[PATH_MAX];
	return (struct tags_folder){ .id = id,
				     .path = memory_text(path),
				     .real_path = memory_text(realpath(path, real) ? real : path) };
}

void tags_folder_release(struct tags_folder *folder)
{
	free(folder->path);
	free(folder->real_path);
	text_list_release(&folder->storable);
	state_tag_mark_release(&folder->mark);
	uid_set_release(&folder->waiting);
	uid_set_release(&folder->seen);
	uid_set_release(&folder->kept);
}

static int compare(const void *a, const void *b)
{
	const struct tags_directory *one = a;
	const struct tags_directory *other = b;
	return strcmp(one->path, other->path);
}

static void add(struct tags_pass *pass, const char *path, size_t folder)
{
	pass->directories[pass->directory_count++] =
		(struct tags_directory){ .path = path, .folder = folder };
}

/* By both names: the database may have been told of either. */
void tags_places_make(struct tags_pass *pass)
{
	pass->directories = memory_array(pass->folder_count * 2, sizeof *pass->directories);
	for (size_t i = 0; i < pass->folder_count; i++) {
		add(pass, pass->folders[i].path, i);
		if (strcmp(pass->folders[i].path, pass->folders[i].real_path) != 0)
			add(pass, pass->folders[i].real_path, i);
	}
	memory_sort(pass->directories, pass->directory_count, sizeof *pass->directories, compare);
}

/* The length of the Maildir's path in that of a file in its new or cur; 0: it is no such file. */
static size_t maildir_length(const char *file, const char **name_r)
{
	const char *slash = strrchr(file, '/');
	size_t length = slash ? (size_t)(slash - file) : 0;
	if (length < 5 ||
	    (strncmp(slash - 4, "/cur", 4) != 0 && strncmp(slash - 4, "/new", 4) != 0))
		return 0;
	*name_r = slash + 1;
	return length - 4;
}

size_t tags_places_find(const struct tags_pass *pass, const char *file, const char **name_r)
{
	size_t length = maildir_length(file, name_r);
	if (length == 0)
		return SIZE_MAX;
	char *path = memory_text_length(file, length);
	const struct tags_directory wanted = { .path = path };
	const struct tags_directory *found =
		bsearch(&wanted, pass->directories, pass->directory_count,
			sizeof *pass->directories, compare);
	free(path);
	return found ? found->folder : SIZE_MAX;
}
