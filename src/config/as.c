/* What a folder of the server is called here. SPDX-License-Identifier: GPL-3.0-or-later */
#include "config/as.h"

#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/memory.h"
#include "base/text.h"
#include "mail/folder_name.h"

/* Splits VALUE at its star; a backslash takes the meaning from what stands behind it. False: there
 * is more than one star, or nothing behind a backslash. */
static bool split(struct config_as *as, const char *value)
{
	struct buffer part = BUFFER_INITIAL;
	bool good = true;
	for (; good && *value; value++) {
		if (*value == '*' && !as->before)
			as->before = buffer_take(&part);
		else if (*value == '*' || (*value == '\\' && *++value == '\0'))
			good = false;
		else
			buffer_add_byte(&part, *value);
	}
	char *rest = buffer_take(&part);
	if (as->before)
		as->after = rest;
	else
		as->before = rest;
	return good;
}

static enum config_as_kind kind_of(const struct config_as *as)
{
	size_t length = strlen(as->before);
	if (as->after)
		return CONFIG_AS_STAR;
	return length > 0 && as->before[length - 1] == '/' ? CONFIG_AS_UNDER : CONFIG_AS_NAME;
}

bool config_read_as(void *field, const char *value, char **problem_r)
{
	struct config_as as = { .before = NULL };
	bool good = split(&as, value);
	as.kind = kind_of(&as);
	/* Any folder's name will do to see whether the rest is good. */
	char *example = config_as_near(&as, "x", "");
	if (!good)
		*problem_r =
			memory_format("can have one * and no \\ at its end, not \"%s\"", value);
	else if (!folder_name_is_safe(example))
		*problem_r = memory_format(
			"cannot be the name of a folder: \"%s\". Write /, without one at the "
			"start, between its parts, none of which begins with a dot or is cur, new "
			"or tmp",
			value);
	free(example);
	if (*problem_r) {
		config_as_release(&as);
		return false;
	}
	*(struct config_as *)field = as;
	return true;
}

void config_as_release(struct config_as *as)
{
	free(as->before);
	free(as->after);
	*as = (struct config_as){ .before = NULL };
}

char *config_as_near(const struct config_as *as, const char *name, const char *directory)
{
	switch (as->kind) {
	case CONFIG_AS_NAME:
		return memory_text(as->before);
	case CONFIG_AS_UNDER:
		return memory_format("%s%s", as->before, name);
	case CONFIG_AS_STAR:
		if (text_starts_with(name, directory))
			name += strlen(directory);
		return memory_format("%s%s%s", as->before, name, as->after);
	case CONFIG_AS_SAME:
		break;
	}
	return memory_text(name);
}

char *config_as_far(const struct config_as *as, const char *local, const char *directory)
{
	if (as->kind == CONFIG_AS_SAME)
		return memory_text(local);
	if (as->kind == CONFIG_AS_NAME || !text_starts_with(local, as->before))
		return NULL;
	local += strlen(as->before);
	if (as->kind == CONFIG_AS_UNDER)
		return memory_text(local);
	size_t length = strlen(local);
	size_t after = strlen(as->after);
	if (length <= after || strcmp(local + length - after, as->after) != 0)
		return NULL;
	return memory_format("%s%.*s", directory, (int)(length - after), local);
}
