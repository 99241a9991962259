/* The files of a Maildir by UID. SPDX-License-Identifier: GPL-3.0-or-later */
#include "takeover/files.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/path.h"

uint32_t takeover_name_uid(const char *name)
{
	const char *info = strstr(name, ":2,");
	const char *mark = strstr(name, ",U=");
	char *end;
	if (!mark || (info && mark > info))
		return 0;
	errno = 0;
	unsigned long long number = strtoull(mark + 3, &end, 10);
	if (end == mark + 3 || mark[3] < '0' || mark[3] > '9' || errno != 0 || number > UINT32_MAX)
		return 0;
	return *end == '\0' || *end == ',' || *end == ':' || *end == ';' || *end == '!'
		       ? (uint32_t)number
		       : 0;
}

static int read_place(const char *path, uint8_t place, takeover_uid_function *uid_of, void *context,
		      struct takeover_files *files, struct error *error)
{
	char *directory = path_join(path, place == 0 ? "new" : "cur");
	DIR *stream = opendir(directory);
	if (!stream && errno != ENOENT)
		(void)error_set_errno(error, ERROR_FAILED, SCOPE_FOLDER, errno, /* always -1 */
				      "cannot read %s", directory);
	bool failed = !stream && errno != ENOENT;
	free(directory);
	if (!stream)
		return failed ? -1 : 0;
	for (const struct dirent *entry; (entry = readdir(stream)) != NULL;) {
		uint32_t uid = *entry->d_name != '.' ? uid_of(context, entry->d_name) : 0;
		if (uid == 0)
			continue;
		memory_grow((void **)&files->items, &files->capacity, files->count + 1,
			    sizeof *files->items);
		files->items[files->count++] = (struct takeover_file){
			.uid = uid, .place = place, .name = memory_text(entry->d_name)
		};
	}
	(void)closedir(stream); /* only read from */
	return 0;
}

static int compare_files(const void *a, const void *b)
{
	uint32_t one = ((const struct takeover_file *)a)->uid;
	uint32_t other = ((const struct takeover_file *)b)->uid;
	return (one > other) - (one < other);
}

static void mark_doubles(struct takeover_files *files)
{
	size_t kept = 0;
	for (size_t i = 0; i < files->count; i++) {
		if (kept > 0 && files->items[kept - 1].uid == files->items[i].uid) {
			files->items[kept - 1].doubled = true;
			free(files->items[i].name);
		} else {
			files->items[kept++] = files->items[i];
		}
	}
	files->count = kept;
}

int takeover_files_read(const char *path, takeover_uid_function *uid_of, void *context,
			struct takeover_files *files, struct error *error)
{
	for (uint8_t place = 0; place < 2; place++) {
		if (read_place(path, place, uid_of, context, files, error) != 0)
			return -1;
	}
	memory_sort(files->items, files->count, sizeof *files->items, compare_files);
	mark_doubles(files);
	return 0;
}

struct takeover_file *takeover_files_find(const struct takeover_files *files, uint32_t uid)
{
	const struct takeover_file key = { .uid = uid };
	return files->count > 0 ? bsearch(&key, files->items, files->count, sizeof *files->items,
					  compare_files)
				: NULL;
}

void takeover_files_release(struct takeover_files *files)
{
	for (size_t i = 0; i < files->count; i++)
		free(files->items[i].name);
	free(files->items);
	*files = (struct takeover_files){ .items = NULL };
}
