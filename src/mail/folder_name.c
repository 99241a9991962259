/* Names of folders. SPDX-License-Identifier: GPL-3.0-or-later */
#include "mail/folder_name.h"

#include <string.h>

#include "base/text.h"

static bool is_upper_hex(char byte)
{
	return (byte >= '0' && byte <= '9') || (byte >= 'A' && byte <= 'F');
}

static bool is_hex(char byte)
{
	return is_upper_hex(byte) || (byte >= 'a' && byte <= 'f');
}

static unsigned int hex_value(char byte)
{
	return byte <= '9' ? (unsigned int)(byte - '0') : (unsigned int)(byte - 'A') + 10;
}

/* The directories of a Maildir itself. */
static bool is_maildir_name(const char *component, size_t length)
{
	return length == 3 &&
	       (memcmp(component, "cur", 3) == 0 || memcmp(component, "new", 3) == 0 ||
		memcmp(component, "tmp", 3) == 0);
}

/* The length of the well-formed character at the start of BYTES, 0 when there is none. */
static size_t character_length(const char *bytes, size_t length)
{
	for (size_t size = 1; size <= 4 && size <= length; size++) {
		if (text_is_utf8(bytes, size))
			return size;
	}
	return 0;
}

static bool must_escape(const char *component, size_t length, size_t place)
{
	unsigned char byte = (unsigned char)component[place];
	if (byte < ' ' || byte == 0x7f || byte == '/')
		return true;
	if (byte == '.' && place == 0)
		return true;
	if (byte == '%')
		return place + 2 < length && is_hex(component[place + 1]) &&
		       is_hex(component[place + 2]);
	return place == 0 && is_maildir_name(component, length);
}

static void add_escaped(struct buffer *out, const char *component, size_t length)
{
	size_t place = 0;
	while (place < length) {
		size_t size = character_length(component + place, length - place);
		if (size == 0 || must_escape(component, length, place)) {
			buffer_add_format(out, "%%%02X", (unsigned char)component[place]);
			place++;
			continue;
		}
		buffer_add(out, component + place, size);
		place += size;
	}
}

bool folder_name_escape_component(struct buffer *out, const char *component, size_t length)
{
	size_t before = out->length;
	if (length == 0 || length > FOLDER_COMPONENT_MAX)
		return false;
	add_escaped(out, component, length);
	if (out->length - before <= FOLDER_COMPONENT_MAX)
		return true;
	out->length = before;
	out->bytes[before] = '\0';
	return false;
}

void folder_name_unescape_component(struct buffer *out, const char *escaped, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		if (escaped[i] == '%' && i + 2 < length && is_upper_hex(escaped[i + 1]) &&
		    is_upper_hex(escaped[i + 2])) {
			buffer_add_byte(out, (char)(hex_value(escaped[i + 1]) * 16 +
						    hex_value(escaped[i + 2])));
			i += 2;
		} else {
			buffer_add_byte(out, escaped[i]);
		}
	}
}

/* Valid: escaping what it stands for gives the same again. */
static bool component_is_valid(const char *component, size_t length)
{
	struct buffer raw = BUFFER_INITIAL;
	struct buffer again = BUFFER_INITIAL;
	folder_name_unescape_component(&raw, component, length);
	bool valid = folder_name_escape_component(&again, buffer_text(&raw), raw.length) &&
		     again.length == length && memcmp(again.bytes, component, length) == 0;
	buffer_release(&raw);
	buffer_release(&again);
	return valid;
}

static bool is_misspelt_inbox(const char *component, size_t length)
{
	return length == 5 && text_starts_with_ignoring_case(component, "INBOX") &&
	       memcmp(component, "INBOX", 5) != 0;
}

bool folder_name_is_valid(const char *name)
{
	return folder_name_is_safe(name) && !is_misspelt_inbox(name, strcspn(name, "/"));
}

bool folder_name_is_safe(const char *name)
{
	size_t length = strlen(name);
	if (length == 0 || length > FOLDER_NAME_MAX)
		return false;
	const char *component = name;
	for (unsigned int depth = 1; depth <= FOLDER_DEPTH_MAX; depth++) {
		size_t size = strcspn(component, "/");
		if (!component_is_valid(component, size))
			return false;
		if (component[size] == '\0')
			return true;
		component += size + 1;
	}
	return false;
}
