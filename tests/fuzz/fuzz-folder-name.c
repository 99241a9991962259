/* Fuzz target: names of folders. SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "mail/folder_name.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

/* Whatever bytes a component has, its escaped form is safe and gives them back. */
static void check_component(const char *bytes, size_t size)
{
	struct buffer escaped = BUFFER_INITIAL;
	struct buffer raw = BUFFER_INITIAL;
	if (folder_name_escape_component(&escaped, bytes, size)) {
		folder_name_unescape_component(&raw, escaped.bytes, escaped.length);
		if (raw.length != size || memcmp(raw.bytes, bytes, size) != 0 ||
		    strlen(escaped.bytes) != escaped.length || escaped.bytes[0] == '.' ||
		    strchr(escaped.bytes, '/') != NULL)
			abort();
		/* "inbox" is a good component, only not the first. */
		buffer_clear(&raw);
		buffer_add_format(&raw, "x/%s", escaped.bytes);
		if (!folder_name_is_valid(raw.bytes))
			abort();
	}
	buffer_release(&escaped);
	buffer_release(&raw);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	char *name = memory_text_length((const char *)bytes, size);
	(void)folder_name_is_valid(name);
	check_component((const char *)bytes, size);
	free(name);
	return 0;
}
