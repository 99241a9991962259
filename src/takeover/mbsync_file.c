/* Reading mbsync's configuration. SPDX-License-Identifier: GPL-3.0-or-later */
#include "takeover/mbsync_file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/memory.h"

static bool is_space(char byte)
{
	return byte == ' ' || byte == '\t' || byte == '\r' || byte == '\n';
}

/* Takes one word from *REST on. */
static bool take_word(const char **rest, struct text_list *words)
{
	struct buffer word = BUFFER_INITIAL;
	const char *at = *rest;
	bool quoted = false;
	for (; *at != '\0' && (quoted || !is_space(*at)); at++) {
		if (*at == '"') {
			quoted = !quoted;
			continue;
		}
		if (*at == '\\' && at[1] != '\0' && at[1] != '\n')
			at++;
		buffer_add_byte(&word, *at);
	}
	*rest = at;
	text_list_adopt(words, buffer_take(&word));
	return !quoted;
}

bool mbsync_split(const char *line, struct text_list *words)
{
	for (;;) {
		while (is_space(*line))
			line++;
		if (*line == '\0' || *line == '#')
			return true;
		if (!take_word(&line, words))
			return false;
	}
}

static struct mbsync_section *add_section(struct mbsync_file *file, const char *kind,
					  const char *name, unsigned int line)
{
	memory_grow((void **)&file->sections, &file->capacity, file->count + 1,
		    sizeof *file->sections);
	struct mbsync_section *section = &file->sections[file->count++];
	*section = (struct mbsync_section){ .kind = memory_text(kind),
					    .name = memory_text(name),
					    .line = line };
	return section;
}

static bool begins_section(const char *keyword)
{
	static const char *const kinds[] = { "IMAPAccount", "IMAPStore", "MaildirStore", "Channel",
					     "Group" };
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
		if (text_equal_ignoring_case(keyword, kinds[i]))
			return true;
	}
	return false;
}

/* Takes over the words behind the keyword. */
static void add_entry(struct mbsync_section *section, struct text_list *words, unsigned int line)
{
	memory_grow((void **)&section->entries, &section->capacity, section->count + 1,
		    sizeof *section->entries);
	struct mbsync_entry *entry = &section->entries[section->count++];
	*entry = (struct mbsync_entry){ .keyword = memory_text(words->items[0]), .line = line };
	for (size_t i = 1; i < words->count; i++)
		text_list_add(&entry->arguments, words->items[i]);
}

/* WORDS of one line; *open: a section is open, which a blank line ends. */
static void take_line(struct mbsync_file *file, struct text_list *words, unsigned int line,
		      bool *open)
{
	if (begins_section(words->items[0])) {
		add_section(file, words->items[0], words->count > 1 ? words->items[1] : "", line);
		*open = true;
		/* Groups may list their channels in the same line. */
		return;
	}
	add_entry(&file->sections[*open ? file->count - 1 : 0], words, line);
}

static int read_lines(struct mbsync_file *file, FILE *stream, struct error *error)
{
	char *text = NULL;
	size_t capacity = 0;
	unsigned int line = 0;
	bool open = false;
	int result = 0;
	while (result == 0 && getline(&text, &capacity, stream) >= 0) {
		struct text_list words = { .items = NULL };
		line++;
		if (text[strspn(text, " \t\r\n")] == '\0')
			open = false;
		else if (!mbsync_split(text, &words))
			result = error_set(error, ERROR_CONFIG, SCOPE_ACCOUNT,
					   "%s:%u: a quotation does not end", file->path, line);
		else if (words.count > 0)
			take_line(file, &words, line, &open);
		text_list_release(&words);
	}
	if (text)
		memory_wipe(text, capacity);
	free(text);
	return result;
}

int mbsync_file_read(const char *path, struct mbsync_file *file, struct error *error)
{
	FILE *stream = fopen(path, "re");
	if (!stream)
		return error_set_errno(error, ERROR_CONFIG, SCOPE_ACCOUNT, errno, "cannot read %s",
				       path);
	file->path = memory_text(path);
	add_section(file, "", "", 0);
	int result = read_lines(file, stream, error);
	if (result == 0 && ferror(stream))
		result = error_set(error, ERROR_CONFIG, SCOPE_ACCOUNT, "cannot read %s", path);
	(void)fclose(stream); /* only read from */
	return result;
}

void mbsync_file_release(struct mbsync_file *file)
{
	for (size_t i = 0; i < file->count; i++) {
		struct mbsync_section *section = &file->sections[i];
		for (size_t k = 0; k < section->count; k++) {
			free(section->entries[k].keyword);
			text_list_release(&section->entries[k].arguments);
		}
		free(section->entries);
		free(section->kind);
		free(section->name);
	}
	free(file->sections);
	free(file->path);
	*file = (struct mbsync_file){ .path = NULL };
}

struct mbsync_section *mbsync_find_section(const struct mbsync_file *file, const char *kind,
					   const char *name)
{
	for (size_t i = 1; i < file->count; i++) {
		struct mbsync_section *section = &file->sections[i];
		if ((!kind || text_equal_ignoring_case(section->kind, kind)) &&
		    strcmp(section->name, name) == 0)
			return section;
	}
	return NULL;
}

struct mbsync_entry *mbsync_find(const struct mbsync_section *section, const char *keyword)
{
	struct mbsync_entry *found = NULL;
	for (size_t i = 0; section && i < section->count; i++) {
		struct mbsync_entry *entry = &section->entries[i];
		if (!text_equal_ignoring_case(entry->keyword, keyword))
			continue;
		entry->used = true;
		found = entry;
	}
	return found;
}

const char *mbsync_value(const struct mbsync_section *section, const char *keyword)
{
	const struct mbsync_entry *entry = mbsync_find(section, keyword);
	return entry && entry->arguments.count > 0 ? entry->arguments.items[0] : NULL;
}

bool mbsync_is_true(const char *word)
{
	return word &&
	       (text_equal_ignoring_case(word, "yes") || text_equal_ignoring_case(word, "true") ||
		text_equal_ignoring_case(word, "on") || strcmp(word, "1") == 0);
}
