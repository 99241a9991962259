/* What another synchroniser's configuration comes to. SPDX-License-Identifier: GPL-3.0-or-later */
#include "takeover/takeover.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

static void release_source(struct takeover_source *source)
{
	free(source->channel);
	free(source->sync_state);
	free(source->state_directory);
	free(source->far_store);
	free(source->near_store);
	free(source->metadata);
	free(source->account);
	free(source->remote);
	for (size_t i = 0; i < 26; i++)
		free(source->keywords[i]);
}

void takeover_release(struct takeover *takeover)
{
	for (size_t i = 0; i < takeover->source_count; i++)
		release_source(&takeover->sources[i]);
	free(takeover->sources);
	buffer_release(&takeover->config);
	text_list_release(&takeover->notes);
	text_list_release(&takeover->script_paths);
	for (size_t i = 0; i < takeover->script_texts.count; i++)
		memory_wipe(takeover->script_texts.items[i],
			    strlen(takeover->script_texts.items[i]));
	text_list_release(&takeover->script_texts);
	text_list_release(&takeover->made);
	*takeover = (struct takeover){ .sources = NULL };
}

const struct takeover_source *takeover_find_source(const struct takeover *takeover,
						   const char *channel)
{
	for (size_t i = 0; i < takeover->source_count; i++) {
		if (strcmp(takeover->sources[i].channel, channel) == 0)
			return &takeover->sources[i];
	}
	return NULL;
}

struct takeover_source *takeover_add_source(struct takeover *takeover)
{
	memory_grow((void **)&takeover->sources, &takeover->source_capacity,
		    takeover->source_count + 1, sizeof *takeover->sources);
	struct takeover_source *source = &takeover->sources[takeover->source_count++];
	*source = (struct takeover_source){ .channel = NULL };
	return source;
}

/* As navette.conf(5) has it: 196 bytes, and what follows white space and a semicolon is an error.
 */
static bool fits_line(const char *key, const char *command)
{
	return strlen(key) + strlen(" = ") + strlen(command) <= 196 && !strstr(command, " ;") &&
	       !strstr(command, "\t;") && !strpbrk(command, "\r\n") && *command != ' ' &&
	       *command != '\t' && *command != ';';
}

void takeover_add_value(struct takeover *takeover, const char *account, const char *key,
			const char *value)
{
	if (fits_line(key, value))
		buffer_add_format(&takeover->config, "%s = %s\n", key, value);
	else
		takeover_note(takeover,
			      "account %s: the value for %s cannot stand in a line of this "
			      "configuration; write another one",
			      account, key);
}

void takeover_add_command(struct takeover *takeover, const char *account, const char *key,
			  const char *command)
{
	if (fits_line(key, command)) {
		buffer_add_format(&takeover->config, "%s = %s\n", key, command);
		return;
	}
	char *path = memory_format("%s/%s-%s", takeover->directory ? takeover->directory : ".",
				   account, key);
	buffer_add_format(&takeover->config, "%s = sh '%s'\n", key, path);
	takeover_tell(takeover, "The command of %s is in %s: it does not fit in a line", key, path);
	text_list_adopt(&takeover->script_texts, memory_format("%s\n", command));
	text_list_adopt(&takeover->script_paths, path);
}

__attribute__((format(printf, 2, 0))) static void add_line(struct text_list *list,
							   const char *format, va_list arguments)
{
	char *line = NULL;
	if (vasprintf(&line, format, arguments) < 0)
		memory_fail();
	if (text_list_holds(list, line)) /* several channels have what it is about */
		free(line);
	else
		text_list_adopt(list, line);
}

void takeover_note(struct takeover *takeover, const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	add_line(&takeover->notes, format, arguments);
	va_end(arguments);
}

void takeover_tell(struct takeover *takeover, const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	add_line(&takeover->made, format, arguments);
	va_end(arguments);
}
