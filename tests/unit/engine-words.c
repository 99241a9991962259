/* Keywords of both sides, in words. SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine-words.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/memory.h"
#include "base/text.h"
#include "maildir/keywords_file.h"
#include "maildir/name.h"

/* --- What a side holds, in words --- */

static void add_words(struct buffer *line, uint32_t flags, const char *const *names)
{
	static const char letters[] = "SRFTDP";
	struct text_list words = { .items = NULL };
	for (size_t i = 0; i < 6; i++) {
		if (flags & UINT32_C(1) << i)
			buffer_add_byte(line, letters[i]);
	}
	/* In the order of the alphabet, whatever the letters are. */
	for (size_t i = 0; i < FLAG_KEYWORD_COUNT; i++) {
		if (flags & FLAG_KEYWORD(i))
			text_list_add(&words, names[i] && *names[i] ? names[i] : "?");
	}
	for (size_t done = 0; done < words.count; done++) {
		size_t least = words.count;
		for (size_t i = 0; i < words.count; i++) {
			if (*words.items[i] != '\0' &&
			    (least == words.count ||
			     strcmp(words.items[i], words.items[least]) < 0))
				least = i;
		}
		buffer_add_format(line, " %s", words.items[least]);
		*words.items[least] = '\0';
	}
	text_list_release(&words);
}

/* What "dovecot-keywords" of the folder says. */
struct keyword_table words_table(const struct rig *rig, const char *folder)
{
	struct error error = ERROR_INITIAL;
	struct maildir *maildir = NULL;
	struct keyword_table table;
	char *path = memory_format("%s/%s", rig->maildir, folder);
	cr_assert_eq(maildir_open(path, &maildir, &error), MAILDIR_OPEN_OK, "%s", error.text);
	cr_assert_geq(maildir_keywords_read(maildir, &table, &error), 0, "%s", error.text);
	maildir_close(&maildir);
	free(path);
	return table;
}

static int compare_lines(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static char *join(struct text_list *lines)
{
	struct buffer text = BUFFER_INITIAL;
	if (lines->count > 1)
		qsort(lines->items, lines->count, sizeof *lines->items, compare_lines);
	for (size_t i = 0; i < lines->count; i++)
		buffer_add_format(&text, "%s\n", lines->items[i]);
	text_list_release(lines);
	return buffer_take(&text);
}

/* "FOLDER NUMBER FLAGS WORDS" a line. */
char *words_near(const struct rig *rig)
{
	struct text_list lines = { .items = NULL };
	struct rig_files files;
	rig_files_read(rig, &files);
	for (size_t i = 0; i < files.count; i++) {
		const struct rig_file *file = &files.items[i];
		struct buffer line = BUFFER_INITIAL;
		struct keyword_table table = words_table(rig, file->folder);
		struct maildir_name name;
		maildir_name_parse(file->name, &name);
		buffer_add_format(&line, "%s %u ", file->folder, file->content.number);
		add_words(&line, name.flags, (const char *const *)table.names);
		text_list_adopt(&lines, buffer_take(&line));
		keyword_table_release(&table);
	}
	rig_files_release(&files);
	return join(&lines);
}

char *words_far(const struct rig *rig)
{
	struct text_list lines = { .items = NULL };
	const char *names[WORLD_KEYWORDS];
	for (size_t i = 0; i < WORLD_KEYWORDS; i++)
		names[i] = rig->world->keywords[i];
	for (size_t i = 0; i < WORLD_MAILBOXES; i++) {
		const struct world_mailbox *mailbox = &rig->world->mailboxes[i];
		for (size_t k = 0; mailbox->exists && k < mailbox->count; k++) {
			const struct world_message *message = &mailbox->messages[k];
			struct buffer line = BUFFER_INITIAL;
			if (message->is_gone)
				continue;
			char *text = memory_text_length(
				(const char *)rig->world->bytes + message->body, message->length);
			buffer_add_format(&line, "%s %u ", mailbox->name,
					  rig_content_of(text).number);
			add_words(&line, message->flags, names);
			text_list_adopt(&lines, buffer_take(&line));
			free(text);
		}
	}
	return join(&lines);
}

void words_expect(const struct rig *rig, const char *near, const char *far, const char *why)
{
	char *now = words_near(rig);
	cr_expect_str_eq(now, near, "%s, near:\n%s-- and not\n%s%s", why, now, near, rig->failures);
	free(now);
	now = words_far(rig);
	cr_expect_str_eq(now, far, "%s, far:\n%s-- and not\n%s", why, now, far);
	free(now);
}

/* Both sides hold it, and a further run has nothing to do. */
void words_expect_both(struct rig *rig, const char *words, const char *why)
{
	words_expect(rig, words, words, why);
	char *before = rig_names(rig);
	rig_run(rig, NULL);
	char *after = rig_names(rig);
	cr_expect_eq(rig->result.worst, ERROR_NONE, "%s: %s", why, rig->failures);
	cr_expect_eq(rig->effects, 0, "%s: a second run has something to do", why);
	cr_expect_str_eq(before, after, "%s: a second run changes files", why);
	free(before);
	free(after);
}

/* --- What others do --- */

uint32_t words_add(struct rig *rig, const char *folder, unsigned int number, uint32_t flags,
		   const char *word)
{
	uint32_t bit = word ? world_keyword(rig->world, word) : 0;
	return rig_append(rig, folder, flags | bit, number, 0);
}

static struct rig_file find(const struct rig *rig, struct rig_files *files, unsigned int number)
{
	rig_files_read(rig, files);
	for (size_t i = 0; i < files->count; i++) {
		if (files->items[i].content.number == number)
			return files->items[i];
	}
	cr_assert(false, "there is no message %u", number);
	return files->items[0];
}

/* A reader gives the file of the message another info part, perhaps in another folder. */
void words_rename(struct rig *rig, unsigned int number, const char *folder, const char *info)
{
	struct rig_files files;
	struct rig_file file = find(rig, &files, number);
	struct maildir_name name;
	maildir_name_parse(file.name, &name);
	const char *target = folder ? folder : file.folder;
	char *from = rig_path(rig, file.folder, file.place);
	char *to = rig_path(rig, target, "cur");
	char *old = memory_format("%s/%s", from, file.name);
	char *now = memory_format("%s/%.*s%s", to, (int)name.base_length, name.base,
				  info ? info : file.name + name.base_length);
	cr_assert_eq(rename(old, now), 0, "%s to %s", old, now);
	rig_stamp(rig, file.folder, file.place);
	rig_stamp(rig, target, "cur");
	free(from);
	free(to);
	free(old);
	free(now);
	rig_files_release(&files);
}

/* The letters of the message's file. */
static char *letters_of(const struct rig *rig, unsigned int number)
{
	struct rig_files files;
	struct rig_file file = find(rig, &files, number);
	const char *info = strstr(file.name, ":2,");
	char *letters = memory_text(info ? info + 3 + strspn(info + 3, "DFPRST") : "");
	rig_files_release(&files);
	return letters;
}

void words_expect_letters(const struct rig *rig, unsigned int number, const char *expected)
{
	char *letters = letters_of(rig, number);
	cr_expect_str_eq(letters, expected, "message %u has %s", number, letters);
	free(letters);
}

void words_write_table(const struct rig *rig, const char *folder, const char *text)
{
	char *path = memory_format("%s/%s/dovecot-keywords", rig->maildir, folder);
	FILE *file = fopen(path, "we");
	cr_assert_not_null(file, "%s", path);
	(void)fputs(text, file);
	(void)fclose(file);
	free(path);
}

void words_begin(struct rig *rig, const char *rules)
{
	rig_begin(rig, rules);
	(void)words_add(rig, "INBOX", 1, FLAG_SEEN, "work");
	(void)words_add(rig, "INBOX", 2, FLAG_SEEN, "home");
	rig_run(rig, NULL);
	(void)words_add(rig, "Other", 3, FLAG_SEEN, "home");
	(void)words_add(rig, "Other", 4, FLAG_SEEN, "work");
	rig_run(rig, NULL);
	cr_assert_eq(rig->result.worst, ERROR_NONE, "%s", rig->failures);
}
