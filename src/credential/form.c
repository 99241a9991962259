/* Parameters as forms and addresses carry them. SPDX-License-Identifier: GPL-3.0-or-later */
#include "credential/form.h"

#include <string.h>

#include "base/memory.h"

/* RFC 3986 section 2.3 */
#define UNRESERVED "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"

static void add_encoded(struct buffer *form, const char *text)
{
	static const char digits[] = "0123456789ABCDEF";
	for (; *text; text++) {
		unsigned char byte = (unsigned char)*text;
		if (strchr(UNRESERVED, *text)) {
			buffer_add_byte(form, *text);
			continue;
		}
		const char encoded[] = { '%', digits[byte >> 4], digits[byte & 15] };
		buffer_add(form, encoded, sizeof encoded);
	}
}

void form_add(struct buffer *form, const char *name, const char *value)
{
	if (!value)
		return;
	if (form->length > 0 && form->bytes[form->length - 1] != '?')
		buffer_add_byte(form, '&');
	add_encoded(form, name);
	buffer_add_byte(form, '=');
	add_encoded(form, value);
}

static int digit(char byte)
{
	if (byte >= '0' && byte <= '9')
		return byte - '0';
	if (byte >= 'A' && byte <= 'F')
		return byte - 'A' + 10;
	return byte >= 'a' && byte <= 'f' ? byte - 'a' + 10 : -1;
}

/* LENGTH bytes of TEXT; the caller owns the result. */
static char *decode(const char *text, size_t length, bool *good_r)
{
	struct buffer decoded = BUFFER_INITIAL;
	buffer_make_secret(&decoded);
	for (size_t i = 0; i < length; i++) {
		int byte = (unsigned char)text[i];
		if (byte == '+') {
			byte = ' ';
		} else if (byte == '%') {
			byte = -1;
			if (length - i > 2 && digit(text[i + 1]) >= 0 && digit(text[i + 2]) >= 0)
				byte = digit(text[i + 1]) * 16 + digit(text[i + 2]);
			i += 2;
		}
		if (byte < ' ' || byte == 0x7f)
			*good_r = false;
		else
			buffer_add_byte(&decoded, (char)byte);
	}
	return buffer_take(&decoded);
}

bool form_next(const char **text, char **name_r, char **value_r, bool *good_r)
{
	*text += strspn(*text, "&");
	size_t length = strcspn(*text, "&");
	if (length == 0)
		return false;
	const char *sign = memchr(*text, '=', length);
	size_t name_length = sign ? (size_t)(sign - *text) : length;
	size_t value_start = sign ? name_length + 1 : length;
	*name_r = decode(*text, name_length, good_r);
	*value_r = decode(*text + value_start, length - value_start, good_r);
	*text += length;
	return true;
}

char *form_host(const char *url)
{
	const char *scheme = strstr(url, "://");
	const char *host = scheme ? scheme + 3 : url;
	return memory_text_length(host, strcspn(host, "/?"));
}
