/* One JSON object a line. SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/json.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"

/* RFC 8259 section 7: beyond the first plane as a surrogate pair. */
static void add_escaped(struct buffer *out, uint32_t code)
{
	if (code < 0x10000) {
		buffer_add_format(out, "\\u%04x", (unsigned int)code);
		return;
	}
	code -= 0x10000;
	buffer_add_format(out, "\\u%04x\\u%04x", 0xd800 + (unsigned int)(code >> 10),
			  0xdc00 + (unsigned int)(code & 0x3ff));
}

/* Escaped is also what RFC 8259 allows raw, and what does something to the terminal of who looks at
 * it. */
static void add_string(struct buffer *out, const char *text)
{
	size_t length = strlen(text);
	buffer_add_byte(out, '"');
	while (length > 0) {
		uint32_t code;
		size_t size = text_decode(text, length, &code);
		size_t taken = size == 0 ? 1 : size;
		if (size == 0)
			add_escaped(out, 0xfffd);
		else if (code == '"' || code == '\\')
			buffer_add_format(out, "\\%c", (char)code);
		else if (text_is_unseen(code))
			add_escaped(out, code);
		else
			buffer_add(out, text, size);
		text += taken;
		length -= taken;
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
	json_add_number(object, "version", JSON_VERSION);
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
