/* A database of tags in memory. SPDX-License-Identifier: GPL-3.0-or-later */
#include "tags-memory.h"

#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/memory.h"
#include "mail/name_set.h"

struct tags_memory *tags_memory_create(void)
{
	struct tags_memory *memory = mmap(NULL, sizeof *memory, PROT_READ | PROT_WRITE,
					  MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	cr_assert(memory != MAP_FAILED);
	memory->uuid = 1;
	return memory;
}

void tags_memory_destroy(struct tags_memory *memory)
{
	(void)munmap(memory, sizeof *memory);
}

static struct tags_memory_message *find_number(const struct tags_memory *memory,
					       unsigned int number)
{
	for (size_t i = 0; i < memory->count; i++) {
		if (memory->messages[i].number == number)
			return (struct tags_memory_message *)&memory->messages[i];
	}
	return NULL;
}

/* --- The port --- */

struct tags_database {
	struct tags_memory *memory;
};

static void take_mark(const struct tags_memory *memory, struct tags_mark *mark_r)
{
	(void)snprintf(mark_r->uuid, sizeof mark_r->uuid, "uuid-%u", memory->uuid);
	mark_r->revision = memory->revision;
}

static int open_memory(void *context, struct tags_database **database_r, struct tags_mark *mark_r,
		       struct error *error)
{
	struct tags_memory *memory = context;
	if (memory->absent)
		return error_set(error, ERROR_TEMPORARY, SCOPE_ACCOUNT, "it is absent");
	*database_r = memory_allocate(sizeof **database_r);
	(*database_r)->memory = memory;
	memory->opened++;
	take_mark(memory, mark_r);
	return 0;
}

static void close_memory(struct tags_database *database)
{
	free(database);
}

static const char *root_of(struct tags_database *database)
{
	(void)database;
	return "";
}

static int show(const struct tags_memory_message *message, tags_see_function *see, void *context,
		struct error *error)
{
	char id[32];
	char thread[32];
	struct tags_message seen = { .id = id, .thread = thread };
	(void)snprintf(id, sizeof id, "%u@example.org", message->number);
	(void)snprintf(thread, sizeof thread, "%u", message->thread);
	name_set_read(&seen.tags, message->tags);
	for (size_t i = 0; i < message->file_count; i++)
		text_list_add(&seen.files, message->files[i]);
	int result = see(context, &seen, error);
	text_list_release(&seen.tags);
	text_list_release(&seen.files);
	return result;
}

static int changed(struct tags_database *database, uint64_t since, tags_see_function *see,
		   void *context, struct error *error)
{
	const struct tags_memory *memory = database->memory;
	for (size_t i = 0; i < memory->count; i++) {
		if ((since == 0 || memory->messages[i].changed > since) &&
		    show(&memory->messages[i], see, context, error) != 0)
			return -1;
	}
	return 0;
}

static int find(struct tags_database *database, const char *path, tags_see_function *see,
		void *context, struct error *error)
{
	const struct tags_memory *memory = database->memory;
	for (size_t i = 0; i < memory->count; i++) {
		const struct tags_memory_message *message = &memory->messages[i];
		for (size_t k = 0; k < message->file_count; k++) {
			if (strcmp(message->files[k], path) == 0)
				return show(message, see, context, error) == 0 ? 1 : -1;
		}
	}
	return 0;
}

static void change_tags(struct tags_memory *memory, struct tags_memory_message *message,
			const struct text_list *add, const struct text_list *remove)
{
	struct text_list tags = { .items = NULL };
	name_set_read(&tags, message->tags);
	for (size_t i = 0; i < remove->count; i++)
		name_set_remove(&tags, remove->items[i]);
	name_set_add_all(&tags, add);
	char *text = name_set_text(&tags);
	(void)snprintf(message->tags, sizeof message->tags, "%s", text);
	message->changed = memory->revision;
	free(text);
	text_list_release(&tags);
}

static int write_memory(struct tags_database *database, const struct tags_change *changes,
			size_t count, struct tags_mark *before_r, struct tags_mark *after_r,
			struct error *error)
{
	struct tags_memory *memory = database->memory;
	if (memory->locked)
		return error_set(error, ERROR_TEMPORARY, SCOPE_ACCOUNT, "it is locked");
	take_mark(memory, before_r);
	if (memory->fault == TAGS_MEMORY_DIES)
		(void)raise(SIGKILL);
	memory->revision++;
	memory->writes++;
	for (size_t i = 0; i < count; i++) {
		struct tags_memory_message *message =
			find_number(memory, (unsigned int)strtoul(changes[i].id, NULL, 10));
		if (message)
			change_tags(memory, message, &changes[i].add, &changes[i].remove);
	}
	if (memory->fault == TAGS_MEMORY_DIES_AFTER)
		(void)raise(SIGKILL);
	take_mark(memory, after_r);
	return 0;
}

const struct tags_side *tags_memory_side(struct tags_memory *memory)
{
	static const struct tags_operations operations = { .open = open_memory,
							   .root = root_of,
							   .changed = changed,
							   .find = find,
							   .write = write_memory,
							   .close = close_memory };
	static struct tags_side side = { .operations = &operations };
	side.context = memory;
	return &side;
}

/* --- What others do --- */

static struct tags_memory_message *add_number(struct tags_memory *memory, unsigned int number)
{
	cr_assert_lt(memory->count, TAGS_MEMORY_MESSAGES);
	struct tags_memory_message *message = &memory->messages[memory->count++];
	*message = (struct tags_memory_message){ .number = number, .thread = ++memory->threads };
	return message;
}

static void take_files(struct tags_memory *memory, const struct rig *rig,
		       const struct rig_files *files)
{
	for (size_t i = 0; i < files->count; i++) {
		const struct rig_file *file = &files->items[i];
		struct tags_memory_message *message = find_number(memory, file->content.number);
		if (!message)
			message = add_number(memory, file->content.number);
		cr_assert_lt(message->file_count, TAGS_MEMORY_FILES);
		(void)snprintf(message->files[message->file_count++], sizeof message->files[0],
			       "%s/%s/%s/%s", rig->maildir, file->folder, file->place, file->name);
	}
}

static bool has_same_files(const struct tags_memory_message *a, const struct tags_memory_message *b)
{
	if (a->file_count != b->file_count)
		return false;
	for (size_t i = 0; i < a->file_count; i++) {
		if (strcmp(a->files[i], b->files[i]) != 0)
			return false;
	}
	return true;
}

static void forget_empty(struct tags_memory *memory)
{
	size_t kept = 0;
	for (size_t i = 0; i < memory->count; i++) {
		if (memory->messages[i].file_count > 0)
			memory->messages[kept++] = memory->messages[i];
	}
	memory->count = kept;
}

void tags_memory_index(struct tags_memory *memory, const struct rig *rig)
{
	struct rig_files files;
	struct tags_memory *before = memory_allocate(sizeof *before);
	*before = *memory;
	for (size_t i = 0; i < memory->count; i++)
		memory->messages[i].file_count = 0;
	rig_files_read(rig, &files);
	take_files(memory, rig, &files);
	rig_files_release(&files);
	forget_empty(memory);
	memory->revision++;
	for (size_t i = 0; i < memory->count; i++) {
		const struct tags_memory_message *old =
			find_number(before, memory->messages[i].number);
		if (!old || !has_same_files(old, &memory->messages[i]))
			memory->messages[i].changed = memory->revision;
	}
	free(before);
}

void tags_memory_rebuild(struct tags_memory *memory)
{
	memory->uuid++;
	memory->revision = 0;
	memory->count = 0;
}

void tags_memory_tag(struct tags_memory *memory, unsigned int number, const char *tag, bool add)
{
	char *items[] = { (char *)tag };
	const struct text_list one = { .items = items, .count = 1 };
	const struct text_list none = { .items = NULL };
	struct tags_memory_message *message = find_number(memory, number);
	if (!message)
		return;
	memory->revision++;
	change_tags(memory, message, add ? &one : &none, add ? &none : &one);
}

const char *tags_memory_tags(const struct tags_memory *memory, unsigned int number)
{
	const struct tags_memory_message *message = find_number(memory, number);
	return message ? message->tags : "";
}
