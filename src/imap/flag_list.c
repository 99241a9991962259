/* Flags as STORE and APPEND write them. SPDX-License-Identifier: GPL-3.0-or-later */
#include "imap/flag_list.h"

#include <stddef.h>
#include <string.h>

static const struct {
	uint32_t bit;
	const char *name;
} system_flags[] = {
	{ FLAG_SEEN, "\\Seen" },       { FLAG_ANSWERED, "\\Answered" },
	{ FLAG_FLAGGED, "\\Flagged" }, { FLAG_DELETED, "\\Deleted" },
	{ FLAG_DRAFT, "\\Draft" },     { FLAG_FORWARDED, "$Forwarded" },
};

static void add_flag_name(struct buffer *text, const char *name, bool *any)
{
	if (*any)
		buffer_add_byte(text, ' ');
	buffer_add_text(text, name);
	*any = true;
}

/* "]" is no ATOM-CHAR, but servers that list such keywords take them back. */
static bool is_sendable_keyword(const char *name)
{
	if (name == NULL || *name == '\0')
		return false;
	for (; *name != '\0'; name++)
		if (*name <= ' ' || *name >= 0x7f || strchr("(){%*\"\\", *name) != NULL)
			return false;
	return true;
}

bool imap_flag_list_add(struct buffer *text, uint32_t flags, const struct keyword_table *keywords)
{
	bool any = false;

	buffer_add_byte(text, '(');
	for (size_t i = 0; i < sizeof system_flags / sizeof system_flags[0]; i++)
		if (flags & system_flags[i].bit)
			add_flag_name(text, system_flags[i].name, &any);
	for (size_t i = 0; i < FLAG_KEYWORD_COUNT && keywords != NULL; i++)
		if ((flags & FLAG_KEYWORD(i)) && is_sendable_keyword(keywords->names[i]))
			add_flag_name(text, keywords->names[i], &any);
	buffer_add_byte(text, ')');
	return any;
}
