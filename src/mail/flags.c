/* The flags of a message. SPDX-License-Identifier: GPL-3.0-or-later */
#include "mail/flags.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"

#define KEYWORD_LENGTH_MAX 255

uint32_t keyword_table_find(const struct keyword_table *table, const char *name)
{
	for (unsigned int i = 0; i < FLAG_KEYWORD_COUNT; i++) {
		if (table->names[i] && text_equal_ignoring_case(table->names[i], name))
			return FLAG_KEYWORD(i);
	}
	return 0;
}

/* An atom of RFC 9051 section 9 that is no system flag. */
static bool can_be_keyword(const char *name)
{
	size_t length = strlen(name);
	if (length == 0 || length > KEYWORD_LENGTH_MAX)
		return false;
	for (size_t i = 0; i < length; i++) {
		unsigned char byte = (unsigned char)name[i];
		if (byte <= ' ' || byte >= 0x7f || strchr("(){%*\"\\", byte))
			return false;
	}
	return true;
}

uint32_t keyword_table_intern(struct keyword_table *table, const char *name)
{
	uint32_t known = keyword_table_find(table, name);
	if (known != 0 || !can_be_keyword(name))
		return known;
	for (unsigned int i = 0; i < FLAG_KEYWORD_COUNT; i++) {
		if (!table->names[i]) {
			table->names[i] = memory_text(name);
			return FLAG_KEYWORD(i);
		}
	}
	return 0;
}

uint32_t keyword_table_known(const struct keyword_table *table)
{
	uint32_t known = FLAGS_SYSTEM;
	for (unsigned int i = 0; i < FLAG_KEYWORD_COUNT; i++) {
		if (table->names[i])
			known |= FLAG_KEYWORD(i);
	}
	return known;
}

void keyword_table_copy(struct keyword_table *to, const struct keyword_table *from)
{
	for (size_t i = 0; i < FLAG_KEYWORD_COUNT; i++)
		to->names[i] = from->names[i] ? memory_text(from->names[i]) : NULL;
}

void keyword_table_release(struct keyword_table *table)
{
	for (size_t i = 0; i < FLAG_KEYWORD_COUNT; i++)
		free(table->names[i]);
	memset(table, 0, sizeof *table);
}
