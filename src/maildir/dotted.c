/* Folder names as one name of a directory, with dots between the components.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "maildir/dotted.h"

#include <stdbool.h>
#include <string.h>

#include "base/text.h"

/* A dot in a component is written as folder names write one at its start. There it is so already,
 * and nowhere else can a valid name have "%2E": both ways are without loss. */
#define DOT "%2E"

void dotted_write(struct buffer *out, const char *folder)
{
	for (; *folder; folder++) {
		if (*folder == '.')
			buffer_add_text(out, DOT);
		else
			buffer_add_byte(out, *folder == '/' ? '.' : *folder);
	}
}

char *dotted_read(const char *directory)
{
	struct buffer folder = BUFFER_INITIAL;
	bool start = true; /* of a component */
	for (const char *rest = directory; *rest; rest++) {
		if (!start && text_starts_with(rest, DOT)) {
			buffer_add_byte(&folder, '.');
			rest += strlen(DOT) - 1;
		} else {
			buffer_add_byte(&folder, *rest == '.' ? '/' : *rest);
		}
		start = *rest == '.';
	}
	return buffer_take(&folder);
}
