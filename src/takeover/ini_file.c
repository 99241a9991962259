/* Reading files of Python's ConfigParser. SPDX-License-Identifier: GPL-3.0-or-later */
#include "takeover/ini_file.h"

#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/memory.h"
#include "takeover/read_file.h"

#define VALUE_MAX 65536 /* bytes: values within values can be many */
#define DEPTH_MAX 10    /* of values within values, as in Python */

static struct ini_section *add_section(struct ini_file *file, char *name)
{
	struct ini_section *known = ini_find_section(file, name);
	if (known) {
		free(name);
		return known;
	}
	memory_grow((void **)&file->sections, &file->capacity, file->count + 1,
		    sizeof *file->sections);
	struct ini_section *section = &file->sections[file->count++];
	*section = (struct ini_section){ .name = name };
	return section;
}

/* TEXT without white space around it; the caller's. */
static char *trimmed(const char *text, size_t length)
{
	while (length > 0 && strchr(" \t\r\n", *text)) {
		text++;
		length--;
	}
	while (length > 0 && strchr(" \t\r\n", text[length - 1]))
		length--;
	return memory_text_length(text, length);
}

static char *lower(char *text)
{
	for (char *byte = text; *byte != '\0'; byte++) {
		if (*byte >= 'A' && *byte <= 'Z')
			*byte = (char)(*byte - 'A' + 'a');
	}
	return text;
}

/* "key = value", "key: value". False: it is neither. */
static bool add_entry(struct ini_section *section, const char *text, unsigned int line)
{
	size_t length = strcspn(text, "=:");
	if (text[length] == '\0' || length == 0)
		return false;
	memory_grow((void **)&section->entries, &section->capacity, section->count + 1,
		    sizeof *section->entries);
	section->entries[section->count++] =
		(struct ini_entry){ .key = lower(trimmed(text, length)),
				    .value = trimmed(text + length + 1, strlen(text + length + 1)),
				    .line = line };
	return true;
}

static void go_on(struct ini_section *section, const char *text)
{
	struct ini_entry *entry = &section->entries[section->count - 1];
	char *more = trimmed(text, strlen(text));
	char *value = memory_format("%s\n%s", entry->value, more);
	memory_free_secret(entry->value);
	free(more);
	entry->value = value;
}

/* The section that lines belong to, by index: the array may move. */
static bool take_line(struct ini_file *file, const char *text, unsigned int line, size_t *section)
{
	bool indented = *text == ' ' || *text == '\t';
	const char *start = text + strspn(text, " \t\r");
	if (*start == '\0' || *start == '#' || (*start == ';' && !indented))
		return true;
	if (indented && file->sections[*section].count > 0) {
		go_on(&file->sections[*section], text);
		return true;
	}
	if (*start == '[') {
		const char *end = strchr(start, ']');
		if (!end)
			return false;
		struct ini_section *now =
			add_section(file, memory_text_length(start + 1, (size_t)(end - start - 1)));
		*section = (size_t)(now - file->sections);
		return true;
	}
	return add_entry(&file->sections[*section], start, line);
}

int ini_file_parse(const char *path, const char *text, struct ini_file *file, struct error *error)
{
	size_t section = 0;
	file->path = memory_text(path);
	add_section(file, memory_text("DEFAULT"));
	for (unsigned int number = 1; *text != '\0'; number++) {
		size_t length = strcspn(text, "\n");
		char *line = memory_text_length(text, length);
		bool good = take_line(file, line, number, &section);
		memory_free_secret(line);
		text += length + (text[length] == '\n');
		if (!good)
			return error_set(error, ERROR_CONFIG, SCOPE_ACCOUNT,
					 "%s:%u: this is neither a section nor a key with a value",
					 path, number);
	}
	return 0;
}

int ini_file_read(const char *path, struct ini_file *file, struct error *error)
{
	char *text = NULL;
	int found = read_file(path, &text, error);
	if (found > 0)
		found = ini_file_parse(path, text, file, error);
	else if (found == 0)
		found = error_set(error, ERROR_CONFIG, SCOPE_ACCOUNT, "there is no file %s", path);
	memory_free_secret(text);
	return found;
}

void ini_file_release(struct ini_file *file)
{
	for (size_t i = 0; i < file->count; i++) {
		for (size_t k = 0; k < file->sections[i].count; k++) {
			free(file->sections[i].entries[k].key);
			memory_free_secret(file->sections[i].entries[k].value);
		}
		free(file->sections[i].entries);
		free(file->sections[i].name);
	}
	free(file->sections);
	free(file->path);
	*file = (struct ini_file){ .path = NULL };
}

struct ini_section *ini_find_section(const struct ini_file *file, const char *name)
{
	for (size_t i = 0; i < file->count; i++) {
		if (strcmp(file->sections[i].name, name) == 0)
			return &file->sections[i];
	}
	return NULL;
}

static struct ini_entry *find_in(const struct ini_section *section, const char *key)
{
	struct ini_entry *found = NULL;
	for (size_t i = 0; section && i < section->count; i++) {
		if (strcmp(section->entries[i].key, key) == 0)
			found = &section->entries[i];
	}
	if (found)
		found->used = true;
	return found;
}

struct ini_entry *ini_find(const struct ini_file *file, const struct ini_section *section,
			   const char *key)
{
	struct ini_entry *found = find_in(section, key);
	return found ? found : find_in(&file->sections[0], key);
}

/* Adds VALUE with what it refers to. */
static void fill_in(const struct ini_file *file, const struct ini_section *section,
		    const char *value, struct buffer *out, unsigned int depth)
{
	while (*value != '\0' && out->length < VALUE_MAX) {
		const char *end = text_starts_with(value, "%(") ? strstr(value, ")s") : NULL;
		if (end && depth < DEPTH_MAX) {
			char *key = memory_text_length(value + 2, (size_t)(end - value - 2));
			const struct ini_entry *entry = ini_find(file, section, lower(key));
			if (entry)
				fill_in(file, section, entry->value, out, depth + 1);
			free(key);
			value = end + 2;
			continue;
		}
		value += text_starts_with(value, "%%");
		buffer_add_byte(out, *value++);
	}
}

char *ini_value(const struct ini_file *file, const struct ini_section *section, const char *key)
{
	const struct ini_entry *entry = ini_find(file, section, key);
	struct buffer out = BUFFER_INITIAL;
	if (!entry)
		return NULL;
	fill_in(file, section, entry->value, &out, 0);
	return buffer_take(&out);
}

bool ini_is_true(const struct ini_file *file, const struct ini_section *section, const char *key,
		 bool usual)
{
	const struct ini_entry *entry = ini_find(file, section, key);
	static const char *const yes[] = { "yes", "true", "on", "1" };
	static const char *const no[] = { "no", "false", "off", "0" };
	for (size_t i = 0; entry && i < 4; i++) {
		if (text_equal_ignoring_case(entry->value, yes[i]))
			return true;
		if (text_equal_ignoring_case(entry->value, no[i]))
			return false;
	}
	return usual;
}
