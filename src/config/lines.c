/* The lines of a configuration file. SPDX-License-Identifier: GPL-3.0-or-later */
#include "config/lines.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"

/* What inih takes for white space: isspace() of the C locale, less the line end. */
#define SPACE " \t\v\f\r"

#define TOO_LONG                                                                                 \
	"the line is too long (at most 196 bytes): a list can go on in the next line when that " \
	"begins with a space, a long command can be put into a script"

static const char *skip_space(const char *text)
{
	return text + strspn(text, SPACE);
}

static bool is_space(char byte)
{
	return byte != '\0' && strchr(SPACE, byte) != NULL;
}

/* Where " ;" begins a comment (inih takes one at the end of any line), or the end of TEXT. */
static const char *find_comment(const char *text)
{
	for (const char *place = text; *place; place++) {
		if (*place == ';' && place > text && is_space(place[-1]))
			return place;
	}
	return text + strlen(text);
}

static enum config_line_kind refuse(struct config_lines *lines, const char *problem)
{
	free(lines->problem);
	lines->problem = memory_text(problem);
	return CONFIG_LINE_BAD;
}

/* Values that are taken to their last byte: secrets and commands, where ";" has a meaning. */
static bool is_verbatim_key(const char *line)
{
	static const char *const names[] = { "password",
					     "password-command",
					     "token-command",
					     "client-secret-command",
					     "tls-key-command",
					     "proxy",
					     "user-command",
					     "tunnel",
					     NULL };
	size_t length = strcspn(line, SPACE "=:");
	for (size_t i = 0; names[i]; i++) {
		if (strlen(names[i]) == length && strncmp(line, names[i], length) == 0)
			return true;
	}
	return false;
}

static enum config_line_kind see_section(struct config_lines *lines)
{
	const char *name = lines->text + 1;
	size_t length = strcspn(name, "]");
	if (name[length] == '\0' || find_comment(name) < name + length)
		return refuse(lines, "the \"]\" at the end of the section's name is missing");
	const char *rest = skip_space(name + length + 1);
	if (*rest != '\0' && *rest != ';' && *rest != '#')
		return refuse(lines, "a section's line ends with \"]\"; begin a key in a new line");
	free(lines->section);
	lines->section = memory_text_length(name, length);
	lines->has_key = false;
	return CONFIG_LINE_SECTION;
}

/* "separator = ;" means what it looks like: inih would take " ;" for a comment, ";" behind "=" it
 * does not. */
static void unite_separator(struct config_lines *lines)
{
	static const char name[] = "separator";
	char *text = lines->text;
	char *sign = text + strcspn(text, "=:");
	if (!text_starts_with(text, name) ||
	    strspn(text + sizeof name - 1, SPACE) != (size_t)(sign - text) - (sizeof name - 1) ||
	    *sign == '\0')
		return;
	const char *value = skip_space(sign + 1);
	if (*value != ';' || value == sign + 1)
		return;
	size_t length = lines->length - (size_t)(value - text);
	memmove(sign + 1, value, length + 1);
	lines->length = (size_t)(sign + 1 - text) + length;
}

static enum config_line_kind see_key(struct config_lines *lines)
{
	unite_separator(lines);
	const char *comment = find_comment(lines->text);
	size_t name_length = strcspn(lines->text, "=:");
	if (lines->text + name_length >= comment)
		return refuse(lines, "this is neither a [section] nor \"key = value\"");
	if (is_verbatim_key(lines->text) && *comment != '\0')
		return refuse(lines, "\" ;\" begins a comment, so the value would be cut there: "
				     "put a comment on a line of its own, a command with \" ;\" "
				     "in it into a script, and a password with \" ;\" in it "
				     "behind password-command");
	lines->has_key = true;
	return CONFIG_LINE_KEY;
}

static enum config_line_kind see_indented(struct config_lines *lines)
{
	if (*skip_space(lines->text) == '[')
		return refuse(lines, "begin a section at the start of its line");
	if (!lines->has_key)
		return refuse(lines, "begin a key at the start of its line");
	/* Releases of inih differ in whether they take a comment off such a line. */
	lines->length = (size_t)(find_comment(lines->text) - lines->text);
	lines->text[lines->length] = '\0';
	return CONFIG_LINE_MORE;
}

/* Room for all that a line may hold and more, so that getline() moves no secret: what realloc()
 * moves stays where it was. */
#define ROOM 4096

/* Reads into lines->text; false at the end. Of the line end at most "\r\n" is taken off. */
static bool read_line(struct config_lines *lines)
{
	if (!lines->text) {
		lines->text = memory_allocate(ROOM);
		lines->capacity = ROOM;
	}
	ssize_t got = getline(&lines->text, &lines->capacity, lines->file);
	if (got <= 0)
		return false;
	lines->length = (size_t)got;
	if (lines->text[lines->length - 1] == '\n')
		lines->length--;
	if (lines->length > 0 && lines->text[lines->length - 1] == '\r')
		lines->length--;
	lines->text[lines->length] = '\0';
	lines->number++;
	if (lines->number == 1 && text_starts_with(lines->text, "\xef\xbb\xbf")) {
		lines->length -= 3; /* a UTF-8 BOM */
		memmove(lines->text, lines->text + 3, lines->length + 1);
	}
	return true;
}

enum config_line_kind config_lines_next(struct config_lines *lines)
{
	if (!read_line(lines))
		return CONFIG_LINE_END;
	if (memchr(lines->text, '\0', lines->length))
		return refuse(lines, "there is a NUL byte in the line; is this a text file?");
	const char *start = skip_space(lines->text);
	if (*start == '\0' || *start == ';' || *start == '#')
		return CONFIG_LINE_EMPTY;
	if (lines->length > CONFIG_LINE_MAX)
		return refuse(lines, TOO_LONG);
	if (start > lines->text)
		return see_indented(lines);
	return *start == '[' ? see_section(lines) : see_key(lines);
}

void config_lines_release(struct config_lines *lines)
{
	memory_wipe(lines->text, lines->capacity);
	free(lines->text);
	free(lines->section);
	free(lines->problem);
	*lines = (struct config_lines){ .file = lines->file };
}
