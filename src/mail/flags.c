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
bool keyword_name_is_valid(const char *name)
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

static bool is_free(const struct keyword_table *table, size_t index, uint32_t taken)
{
	return index < FLAG_KEYWORD_COUNT && !table->names[index] && !(taken & FLAG_KEYWORD(index));
}

uint32_t keyword_table_add(struct keyword_table *table, const char *name, size_t wanted,
			   uint32_t taken)
{
	uint32_t known = keyword_table_find(table, name);
	size_t index = wanted;
	if (known != 0 || !keyword_name_is_valid(name))
		return known;
	if (!is_free(table, index, taken)) {
		index = 0;
		while (index < FLAG_KEYWORD_COUNT && !is_free(table, index, taken))
			index++;
	}
	if (index == FLAG_KEYWORD_COUNT)
		return 0;
	table->names[index] = memory_text(name);
	return FLAG_KEYWORD(index);
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
