/* One JSON object a line. SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/json.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"

/* The length of the character at TEXT, 0 when it is not well-formed. */
static size_t character_length(const char *text)
{
	size_t available = strnlen(text, 4);
	for (size_t size = 1; size <= available; size++) {
		if (text_is_utf8(text, size))
			return size;
	}
	return 0;
}

static void add_string(struct buffer *out, const char *text)
{
	buffer_add_byte(out, '"');
	while (*text) {
		size_t size = character_length(text);
		unsigned char byte = (unsigned char)*text;
		if (size == 0)
			buffer_add_text(out, "\\ufffd");
		else if (byte == '"' || byte == '\\')
			buffer_add_format(out, "\\%c", byte);
		else if (byte < ' ' || byte == 0x7f)
			buffer_add_format(out, "\\u%04x", byte);
		else
			buffer_add(out, text, size);
		text += size == 0 ? 1 : size;
	}
	buffer_add_byte(out, '"');
}

static void add_name(struct json_object *object, const char *name)
{
	buffer_add_byte(&object->text, ',');
	add_string(&object->text, name);
	buffer_add_byte(&object->text, ':');
}

void json_begin(struct json_object *object, const char *type)
{
	object->text = (struct buffer)BUFFER_INITIAL;
	buffer_add_text(&object->text, "{\"type\":");
	add_string(&object->text, type);
}

void json_add_text(struct json_object *object, const char *name, const char *value)
{
	add_name(object, name);
	if (value)
		add_string(&object->text, value);
	else
		buffer_add_text(&object->text, "null");
}

void json_add_number(struct json_object *object, const char *name, uint64_t value)
{
	add_name(object, name);
	buffer_add_format(&object->text, "%llu", (unsigned long long)value);
}

void json_add_boolean(struct json_object *object, const char *name, bool value)
{
	add_name(object, name);
	buffer_add_text(&object->text, value ? "true" : "false");
}

void json_print(struct json_object *object)
{
	buffer_add_text(&object->text, "}\n");
	/* A full pipe is found by the flush at the programme's end. */
	(void)fwrite(object->text.bytes, 1, object->text.length, stdout);
	(void)fflush(stdout);
	buffer_release(&object->text);
}
