/* Strings of other projects' tests through the parser: NAVETTE_WIRE names the folder that holds
 * them, as wire-strings/NAME.txt (lines) and net-imap/NAME.yml (YAML, ":response: "..."").
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/path.h"
#include "imap-wire.h"

static struct buffer read_whole(const char *path)
{
	struct buffer content = BUFFER_INITIAL;
	FILE *file = fopen(path, "rb");
	char part[4096];
	size_t length;

	cr_assert_not_null(file, "%s", path);
	while ((length = fread(part, 1, sizeof part, file)) > 0)
		buffer_add(&content, part, length);
	(void)fclose(file);
	return content;
}

/* Whatever it says: it ends, as a clean error, and the way the bytes come makes no difference. */
static void check_string(const char *bytes, size_t length)
{
	struct error end = ERROR_INITIAL;
	struct error end_slowly = ERROR_INITIAL;
	char *copy = memory_text_length(bytes, length); /* so that reading on is seen */
	char *got = wire_parse(copy, length, 0, true, &end);
	char *got_slowly = wire_parse(copy, length, 1, true, &end_slowly);

	cr_expect_str_eq(got, got_slowly, "%s", copy);
	cr_expect_str_eq(end.text, end_slowly.text, "%s", copy);
	cr_expect_eq(end.scope, SCOPE_CONNECTION);
	for (size_t cut = length > 100 ? length - 100 : 0; cut < length; cut++) {
		char *part = memory_text_length(bytes, cut);
		char *got_part = wire_parse(part, cut, 0, true, NULL);

		cr_expect(text_starts_with(got, got_part), "%s at %zu", copy, cut);
		free(got_part);
		free(part);
	}
	free(got_slowly);
	free(got);
	free(copy);
}

/* --- wire-strings --- */

/* Each line by itself, then all of them after each other. */
static size_t check_lines(const char *path)
{
	struct buffer content = read_whole(path);
	struct buffer all = BUFFER_INITIAL;
	size_t count = 0;
	char *rest = content.bytes;

	while (rest != NULL) {
		size_t length = strcspn(rest, "\n");
		struct buffer line = BUFFER_INITIAL;

		buffer_add(&line, rest, length);
		buffer_add_text(&line, "\r\n");
		check_string(line.bytes, line.length);
		buffer_add(&all, line.bytes, line.length);
		buffer_release(&line);
		count++;
		rest = rest[length] != '\0' ? rest + length + 1 : NULL;
	}
	check_string(buffer_text(&all), all.length);
	buffer_release(&all);
	buffer_release(&content);
	return count;
}

/* --- net-imap --- */

static unsigned int hex_value(char digit)
{
	if (digit >= '0' && digit <= '9')
		return (unsigned int)(digit - '0');
	return ((unsigned int)digit | 0x20u) - 'a' + 10;
}

/* Behind a backslash; returns what follows. */
static const char *add_escape(struct buffer *out, const char *text)
{
	static const char names[] = "rnt0";
	static const char bytes[] = "\r\n\t";
	const char *found = strchr(names, *text);

	if (*text == '\n') /* the line goes on */
		return text + 1 + strspn(text + 1, " ");
	if (*text == 'x') {
		buffer_add_byte(out, (char)(hex_value(text[1]) * 16 + hex_value(text[2])));
		return text + 3;
	}
	buffer_add_byte(out, found != NULL ? bytes[found - names] : *text);
	return text + 1;
}

/* A double-quoted scalar of YAML: line ends are spaces, unless there is a backslash. */
static const char *add_scalar(struct buffer *out, const char *text)
{
	while (*text != '"' && *text != '\0') {
		if (*text == '\\' && text[1] != '\0') {
			text = add_escape(out, text + 1);
		} else if (*text == '\n') {
			buffer_add_byte(out, ' ');
			text += 1 + strspn(text + 1, " \n");
		} else {
			buffer_add_byte(out, *text++);
		}
	}
	return text;
}

static size_t check_yaml(const char *path)
{
	struct buffer content = read_whole(path);
	size_t count = 0;
	const char *place = buffer_text(&content);

	while ((place = strstr(place, ":response:")) != NULL) {
		struct buffer response = BUFFER_INITIAL;

		place += strlen(":response:");
		place += strspn(place, " \n");
		if (*place == '&') {
			place += strcspn(place, " \n");
			place += strspn(place, " \n");
		}
		if (*place != '"')
			continue;
		place = add_scalar(&response, place + 1);
		check_string(buffer_text(&response), response.length);
		buffer_release(&response);
		count++;
	}
	buffer_release(&content);
	return count;
}

/* --- Both --- */

/* Every file of the folder whose name ends so; returns how many strings were checked. */
static size_t check_folder(const char *name, const char *ending, size_t (*check)(const char *path))
{
	const char *root = getenv("NAVETTE_WIRE");
	size_t count = 0;
	const struct dirent *entry;
	char *folder;
	DIR *directory;

	if (root == NULL || root[0] == '\0') {
		(void)fprintf(stderr, "SKIPPED: NAVETTE_WIRE does not name a folder with %s\n",
			      name);
		cr_skip_test("NAVETTE_WIRE names no folder");
	}
	folder = path_join(root, name);
	directory = opendir(folder);
	cr_assert_not_null(directory, "%s", folder);
	while ((entry = readdir(directory)) != NULL) {
		size_t length = strlen(entry->d_name);
		char *path;

		if (length < strlen(ending) ||
		    strcmp(entry->d_name + length - strlen(ending), ending) != 0)
			continue;
		path = path_join(folder, entry->d_name);
		count += check(path);
		free(path);
	}
	(void)closedir(directory);
	free(folder);
	return count;
}

Test(imap_wire, bears_the_strings_of_other_clients)
{
	cr_expect_geq(check_folder("wire-strings", ".txt", check_lines), 500);
}

Test(imap_wire, bears_the_responses_of_net_imap)
{
	cr_expect_geq(check_folder("net-imap", ".yml", check_yaml), 150);
}
