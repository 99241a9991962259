/* Fuzz target: patterns of folders, the first line, against a name, the rest.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "config/pattern.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

/* A name with a backslash before every byte but letters takes itself and nothing else. */
static void check_quoted(const char *name)
{
	char *text = memory_allocate(2 * strlen(name) + 1);
	size_t length = 0;
	for (const char *byte = name; *byte; byte++) {
		if (*byte != '\0' && strchr("*?\\!,", *byte))
			text[length++] = '\\';
		text[length++] = *byte;
	}
	char *problem = NULL;
	struct pattern *pattern = pattern_parse(text, &problem);
	const struct folder_facts folder = { .name = name };
	const char *meant;
	if (pattern && pattern_is_name(pattern, &meant) && strcmp(meant, name) == 0 &&
	    !pattern_matches(pattern, &folder))
		abort();
	pattern_destroy(&pattern);
	free(problem);
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	char *text = memory_text_length((const char *)bytes, size);
	char *name = strchr(text, '\n');
	struct pattern_list list = { .taking = NULL };
	char *problem = NULL;
	if (name)
		*name++ = '\0';
	const struct folder_facts folder = { .name = name ? name : "", .uses = FOLDER_USE_SENT };
	bool good = pattern_list_add(&list, text, &problem);
	if (good == (problem != NULL))
		abort();
	const struct pattern *found = pattern_list_find(&list, &folder);
	if (found && !pattern_matches(found, &folder))
		abort();
	check_quoted(folder.name);
	pattern_list_release(&list);
	free(problem);
	free(text);
	return 0;
}
