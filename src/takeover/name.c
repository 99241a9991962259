/* Names of accounts and channels. SPDX-License-Identifier: GPL-3.0-or-later */
#include "takeover/name.h"

#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/memory.h"

#define NAME_BYTES 56 /* of 64: room for a number */

static char *clean(const char *text)
{
	struct buffer name = BUFFER_INITIAL;
	for (; *text != '\0' && name.length < NAME_BYTES; text++) {
		bool good = (*text >= 'a' && *text <= 'z') || (*text >= 'A' && *text <= 'Z') ||
			    (*text >= '0' && *text <= '9') ||
			    (strchr("._@+-", *text) && (name.length > 0 || !strchr(".-", *text)));
		if (good)
			buffer_add_byte(&name, *text);
	}
	if (name.length == 0)
		buffer_add_text(&name, "mail");
	return buffer_take(&name);
}

char *takeover_unique_name(struct text_list *names, const char *text)
{
	char *base = clean(text);
	char *name = memory_text(base);
	for (unsigned int number = 2; text_list_holds(names, name); number++) {
		free(name);
		name = memory_format("%s-%u", base, number);
	}
	free(base);
	text_list_add(names, name);
	return name;
}
