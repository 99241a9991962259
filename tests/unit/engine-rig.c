/* The real engine in a room of its own. SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine-rig.h"

#include <criterion/criterion.h>
#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/memory.h"
#include "maildir/name.h"

/* --- The room --- */

static void write_file(const char *path, const char *text, size_t length)
{
	int file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	cr_assert(file >= 0 && write(file, text, length) == (ssize_t)length && close(file) == 0,
		  "%s cannot be written", path);
}

void rig_configure(struct rig *rig, const char *rules)
{
	struct error error = ERROR_INITIAL;
	char *path = memory_format("%s/config", rig->directory);
	char *text = memory_format("[account work]\nhost = memory.invalid\nuser = me\n"
				   "password = secret\nmaildir = %s\n%s",
				   rig->maildir, rules);
	config_destroy(&rig->config);
	write_file(path, text, strlen(text));
	cr_assert_eq(config_load(path, &rig->config, &error), 0, "%s", error.text);
	rig->account = config_find_account(rig->config, "work");
	free(text);
	free(path);
}

void rig_begin(struct rig *rig, const char *rules)
{
	const char *root = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : getenv("TMPDIR");
	*rig = (struct rig){ .world = world_create() };
	rig->directory = memory_format("%s/navette-rig.XXXXXX", root ? root : "/tmp");
	cr_assert_not_null(mkdtemp(rig->directory));
	rig->maildir = memory_format("%s/mail", rig->directory);
	(void)setenv("XDG_STATE_HOME", rig->directory, 1);
	rig_configure(rig, rules);
}

static int remove_entry(const char *path, const struct stat *status, int kind, struct FTW *walk)
{
	(void)status;
	(void)kind;
	(void)walk;
	return remove(path);
}

void rig_end(struct rig *rig)
{
	(void)nftw(rig->directory, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
	config_destroy(&rig->config);
	world_destroy(&rig->world);
	free(rig->directory);
	free(rig->maildir);
}

/* --- Runs --- */

static void note_failure(void *context, const char *account, const char *folder,
			 const struct error *error)
{
	struct rig *rig = context;
	size_t used = strlen(rig->failures);
	(void)account;
	(void)snprintf(rig->failures + used, sizeof rig->failures - used, "%s: %s\n",
		       folder ? folder : "-", error->text);
}

void rig_run(struct rig *rig, const struct sync_options *options)
{
	struct sync_options own = { .dry_run = false };
	const struct sync_events events = { .context = rig, .failed = note_failure };
	if (options)
		own = *options;
	own.far = world_side(rig->world);
	rig->failures[0] = '\0';
	rig->effects_before = rig->world->effects;
	sync_account(rig->account, &own, &events, &rig->result);
	rig->effects = rig->world->effects - rig->effects_before;
	far_side_destroy(&own.far);
}

/* --- Messages --- */

char *rig_path(const struct rig *rig, const char *folder, const char *place)
{
	return memory_format("%s/%s/%s", rig->maildir, folder, place);
}

char *rig_message(unsigned int number, unsigned int version, bool crlf)
{
	const char *end = crlf ? "\r\n" : "\n";
	return memory_format("From: a@example.org%sSubject: number %u%sMessage-ID: <%u@example.org>"
			     "%sDate: Thu, 1 Jan 2026 10:00:00 +0000%s%sbody %u of %u%s",
			     end, number, end, number, end, end, end, version, number, end);
}

static void make_maildir(const struct rig *rig, const char *folder)
{
	static const char *const parts[] = { "", "/tmp", "/new", "/cur" };
	(void)mkdir(rig->maildir, 0700);
	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
		char *path = memory_format("%s/%s%s", rig->maildir, folder, parts[i]);
		(void)mkdir(path, 0700);
		free(path);
	}
}

void rig_deliver(const struct rig *rig, const char *folder, const char *name, unsigned int number,
		 unsigned int version)
{
	char *text = rig_message(number, version, false);
	char *directory = rig_path(rig, folder, strchr(name, ':') ? "cur" : "new");
	char *path = memory_format("%s/%s", directory, name);
	make_maildir(rig, folder);
	write_file(path, text, strlen(text));
	free(path);
	free(directory);
	free(text);
}

uint32_t rig_append(const struct rig *rig, const char *folder, uint32_t flags, unsigned int number,
		    unsigned int version)
{
	char *text = rig_message(number, version, true);
	struct world_mailbox *mailbox = world_find(rig->world, folder);
	if (!mailbox)
		mailbox = world_make(rig->world, folder);
	uint32_t uid = world_add(rig->world, mailbox, flags, 1767261600, text, strlen(text));
	free(text);
	return uid;
}

/* --- What a side holds --- */

struct lines {
	char **items;
	size_t count, capacity;
};

static void add_line(struct lines *lines, const char *folder, const char *text, uint32_t flags)
{
	const char *subject = strstr(text, "Subject: number ");
	const char *body = strstr(text, "body ");
	unsigned int number = 0;
	unsigned int version = 0;
	if (subject)
		(void)sscanf(subject, "Subject: number %u", &number);
	if (body)
		(void)sscanf(body, "body %u", &version);
	memory_grow((void **)&lines->items, &lines->capacity, lines->count + 1, sizeof(char *));
	lines->items[lines->count++] =
		memory_format("%s %u.%u %x\n", folder, number, version, flags & FLAGS_SYSTEM);
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

static void read_file(struct lines *lines, const char *folder, const char *path, const char *name)
{
	char text[4096];
	struct maildir_name parsed;
	int file = open(path, O_RDONLY);
	cr_assert(file >= 0, "%s", path);
	ssize_t length = read(file, text, sizeof text - 1);
	(void)close(file);
	text[length > 0 ? length : 0] = '\0';
	maildir_name_parse(name, &parsed);
	add_line(lines, folder, text, parsed.flags);
}

static void read_place(const struct rig *rig, struct lines *lines, const char *folder,
		       const char *place)
{
	char *directory = rig_path(rig, folder, place);
	DIR *stream = opendir(directory);
	for (struct dirent *entry; stream && (entry = readdir(stream)) != NULL;) {
		if (entry->d_name[0] == '.')
			continue;
		char *path = memory_format("%s/%s", directory, entry->d_name);
		read_file(lines, folder, path, entry->d_name);
		free(path);
	}
	if (stream)
		(void)closedir(stream);
	free(directory);
}

static void read_below(const struct rig *rig, struct lines *lines, const char *folder)
{
	char *directory =
		*folder ? memory_format("%s/%s", rig->maildir, folder) : memory_text(rig->maildir);
	DIR *stream = opendir(directory);
	for (struct dirent *entry; stream && (entry = readdir(stream)) != NULL;) {
		if (entry->d_name[0] == '.' || strcmp(entry->d_name, "new") == 0 ||
		    strcmp(entry->d_name, "cur") == 0 || strcmp(entry->d_name, "tmp") == 0)
			continue;
		char *below = *folder ? memory_format("%s/%s", folder, entry->d_name)
				      : memory_text(entry->d_name);
		read_place(rig, lines, below, "new");
		read_place(rig, lines, below, "cur");
		read_below(rig, lines, below);
		free(below);
	}
	if (stream)
		(void)closedir(stream);
	free(directory);
}

char *rig_near(const struct rig *rig)
{
	struct lines lines = { .count = 0 };
	read_below(rig, &lines, "");
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
			add_line(&lines, mailbox->name, text, message->flags);
			free(text);
		}
	}
	return join(&lines);
}
