/* What both sides of the room hold. SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/memory.h"
#include "engine-rig.h"
#include "maildir/name.h"

struct rig_content rig_content_of(const char *text)
{
	const char *subject = strstr(text, "Subject: number ");
	const char *body = strstr(text, "body ");
	struct rig_content content = { .number = 0 };
	if (subject)
		(void)sscanf(subject, "Subject: number %u", &content.number);
	if (body)
		(void)sscanf(body, "body %u", &content.version);
	return content;
}

/* --- Files --- */

static void read_file(struct rig_files *files, const char *folder, const char *place,
		      const char *directory, const char *name)
{
	char text[4096];
	struct maildir_name parsed;
	char *path = memory_format("%s/%s", directory, name);
	int file = open(path, O_RDONLY);
	cr_assert(file >= 0, "%s", path);
	ssize_t length = read(file, text, sizeof text - 1);
	(void)close(file);
	free(path);
	text[length > 0 ? length : 0] = '\0';
	maildir_name_parse(name, &parsed);
	memory_grow((void **)&files->items, &files->capacity, files->count + 1,
		    sizeof *files->items);
	files->items[files->count++] = (struct rig_file){ .folder = memory_text(folder),
							  .place = place,
							  .name = memory_text(name),
							  .content = rig_content_of(text),
							  .flags = parsed.flags };
}

static void read_place(const struct rig *rig, struct rig_files *files, const char *folder,
		       const char *place)
{
	char *directory = rig_path(rig, folder, place);
	DIR *stream = opendir(directory);
	for (struct dirent *entry; stream && (entry = readdir(stream)) != NULL;) {
		if (entry->d_name[0] != '.')
			read_file(files, folder, place, directory, entry->d_name);
	}
	if (stream)
		(void)closedir(stream);
	free(directory);
}

static bool is_folder(const struct dirent *entry)
{
	return entry->d_type == DT_DIR && entry->d_name[0] != '.' &&
	       strcmp(entry->d_name, "new") != 0 && strcmp(entry->d_name, "cur") != 0 &&
	       strcmp(entry->d_name, "tmp") != 0;
}

static void read_below(const struct rig *rig, struct rig_files *files, const char *folder)
{
	char *directory = rig_path(rig, folder, "");
	DIR *stream = opendir(directory);
	for (struct dirent *entry; stream && (entry = readdir(stream)) != NULL;) {
		if (!is_folder(entry))
			continue;
		char *below = *folder ? memory_format("%s/%s", folder, entry->d_name)
				      : memory_text(entry->d_name);
		read_place(rig, files, below, "new");
		read_place(rig, files, below, "cur");
		read_below(rig, files, below);
		free(below);
	}
	if (stream)
		(void)closedir(stream);
	free(directory);
}

static int compare_files(const void *a, const void *b)
{
	const struct rig_file *one = a;
	const struct rig_file *other = b;
	if (one->content.number != other->content.number)
		return one->content.number < other->content.number ? -1 : 1;
	if (one->content.version != other->content.version)
		return one->content.version < other->content.version ? -1 : 1;
	int order = strcmp(one->folder, other->folder);
	if (order == 0 && one->flags != other->flags)
		order = one->flags < other->flags ? -1 : 1;
	if (order == 0)
		order = strcmp(one->place, other->place);
	return order ? order : strcmp(one->name, other->name);
}

void rig_files_read(const struct rig *rig, struct rig_files *files_r)
{
	*files_r = (struct rig_files){ .count = 0 };
	read_below(rig, files_r, "");
	if (files_r->count > 1)
		qsort(files_r->items, files_r->count, sizeof *files_r->items, compare_files);
}

void rig_files_release(struct rig_files *files)
{
	for (size_t i = 0; i < files->count; i++) {
		free(files->items[i].folder);
		free(files->items[i].name);
	}
	free(files->items);
}

char *rig_find(const struct rig *rig, const char *folder, unsigned int number)
{
	struct rig_files files;
	char *path = NULL;
	rig_files_read(rig, &files);
	for (size_t i = 0; !path && i < files.count; i++) {
		const struct rig_file *file = &files.items[i];
		if (strcmp(file->folder, folder) != 0 || file->content.number != number)
			continue;
		char *directory = rig_path(rig, folder, file->place);
		path = memory_format("%s/%s", directory, file->name);
		free(directory);
	}
	rig_files_release(&files);
	cr_assert_not_null(path, "there is no message %u in %s", number, folder);
	return path;
}

char *rig_names(const struct rig *rig)
{
	struct rig_files files;
	struct buffer text = BUFFER_INITIAL;
	rig_files_read(rig, &files);
	for (size_t i = 0; i < files.count; i++) {
		const struct rig_file *file = &files.items[i];
		char *directory = rig_path(rig, file->folder, file->place);
		char *path = memory_format("%s/%s", directory, file->name);
		struct stat status = { .st_ino = 0 };
		(void)stat(path, &status);
		char *line = memory_format("%llu %s\n", (unsigned long long)status.st_ino, path);
		buffer_add(&text, line, strlen(line));
		free(line);
		free(path);
		free(directory);
	}
	rig_files_release(&files);
	char *names = memory_text(buffer_text(&text));
	buffer_release(&text);
	return names;
}

/* --- Views --- */

struct lines {
	char **items;
	size_t count, capacity;
};

static void add_line(struct lines *lines, const char *folder, struct rig_content content,
		     uint32_t flags)
{
	memory_grow((void **)&lines->items, &lines->capacity, lines->count + 1, sizeof(char *));
	lines->items[lines->count++] = memory_format("%s %u.%u %x\n", folder, content.number,
						     content.version, flags & FLAGS_SYSTEM);
}

static int compare_lines(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static char *join(struct lines *lines)
{
	struct buffer text = BUFFER_INITIAL;
	if (lines->count > 1)
		qsort(lines->items, lines->count, sizeof(char *), compare_lines);
	for (size_t i = 0; i < lines->count; i++) {
		buffer_add(&text, lines->items[i], strlen(lines->items[i]));
		free(lines->items[i]);
	}
	free(lines->items);
	char *joined = memory_text(buffer_text(&text));
	buffer_release(&text);
	return joined;
}

char *rig_near(const struct rig *rig)
{
	struct lines lines = { .count = 0 };
	struct rig_files files;
	rig_files_read(rig, &files);
	for (size_t i = 0; i < files.count; i++)
		add_line(&lines, files.items[i].folder, files.items[i].content,
			 files.items[i].flags);
	rig_files_release(&files);
	return join(&lines);
}

char *rig_far(const struct rig *rig)
{
	struct lines lines = { .count = 0 };
	for (size_t i = 0; i < WORLD_MAILBOXES; i++) {
		const struct world_mailbox *mailbox = &rig->world->mailboxes[i];
		for (size_t k = 0; mailbox->exists && k < mailbox->count; k++) {
			const struct world_message *message = &mailbox->messages[k];
			if (message->is_gone)
				continue;
			char *text = memory_text_length(
				(const char *)rig->world->bytes + message->body, message->length);
			add_line(&lines, mailbox->name, rig_content_of(text), message->flags);
			free(text);
		}
	}
	return join(&lines);
}

void rig_expect(const struct rig *rig, const char *near, const char *far, enum error_kind worst)
{
	char *here = rig_near(rig);
	char *there = rig_far(rig);
	cr_expect_str_eq(here, near, "near:\n%s%s", here, rig->failures);
	cr_expect_str_eq(there, far, "far:\n%s%s", there, rig->failures);
	cr_expect_eq(rig->result.worst, worst, "%d: %s", (int)rig->result.worst, rig->failures);
	free(here);
	free(there);
}
