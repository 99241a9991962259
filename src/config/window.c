/* The keys that say which of a folder's messages are kept here. SPDX-License-Identifier:
 * GPL-3.0-or-later */
#include "config/window.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"

/* Servers of IMAP4rev1 take no larger number in SEARCH SMALLER (RFC 3501 section 9, number), and
 * one more than the size is asked for. */
#define MAX_SIZE_MOST ((uint64_t)UINT32_MAX - 1)
#define MAX_AGE_MOST 36525 /* days: a century */

/* A number from 1 on and the unit behind it, a byte of UNITS. */
static bool split_unit(const char *value, const char *units, uint64_t *number_r, char *unit_r)
{
	size_t length = strlen(value);
	char last = length > 0 ? value[length - 1] : '\0';
	if (last == '\0' || !strchr(units, last))
		return false;
	char *digits = memory_text_length(value, length - 1);
	bool good = text_parse_number(digits, UINT32_MAX, number_r) && *number_r > 0;
	free(digits);
	*unit_r = last;
	return good;
}

static bool is_none(const char *value)
{
	return strcmp(value, "none") == 0;
}

static uint64_t days_of(uint64_t number, char unit)
{
	if (unit == 'y')
		return (number * 1461 + 3) / 4; /* with leap days */
	return unit == 'w' ? number * 7 : number;
}

bool config_read_max_age(void *field, const char *value, char **problem_r)
{
	uint32_t *days = field;
	uint64_t number;
	char unit;
	*days = 0;
	if (is_none(value))
		return true;
	if (split_unit(value, "dwy", &number, &unit) && days_of(number, unit) <= MAX_AGE_MOST) {
		*days = (uint32_t)days_of(number, unit);
		return true;
	}
	*problem_r =
		memory_format("must be a number of days (90d), weeks (12w) or years (2y), from "
			      "1d to 100y, or none, not \"%s\"",
			      value);
	return false;
}

bool config_read_max_messages(void *field, const char *value, char **problem_r)
{
	uint32_t *count = field;
	uint64_t number;
	*count = 0;
	if (is_none(value))
		return true;
	if (text_parse_number(value, UINT32_MAX, &number) && number > 0) {
		*count = (uint32_t)number;
		return true;
	}
	*problem_r = memory_format("must be a number from 1 on, or none, not \"%s\"", value);
	return false;
}

bool config_read_max_size(void *field, const char *value, char **problem_r)
{
	uint64_t *size = field;
	*size = 0;
	if (is_none(value) || config_value_size(value, MAX_SIZE_MOST, size))
		return true;
	*problem_r = memory_format("must be a number of bytes, or of K, M or G (500K, 10M), below "
				   "4G, or none, not \"%s\"",
				   value);
	return false;
}

static bool read_kept(struct config_keep *keep, const char *word, char **problem_r)
{
	enum { UNSEEN, FLAGGED };
	static const struct config_choice choices[] = { { "unseen", UNSEEN },
							{ "flagged", FLAGGED },
							{ NULL, 0 } };
	int number;
	if (!config_value_choice(choices, word, &number, problem_r))
		return false;
	*(number == UNSEEN ? &keep->unseen : &keep->flagged) = true;
	return true;
}

bool config_read_keep(void *field, const char *value, char **problem_r)
{
	struct config_keep *keep = field;
	const char *rest = value;
	char *word;
	bool good = true;
	*keep = (struct config_keep){ .unseen = false };
	if (is_none(value))
		return true;
	while (good && config_next_word(&rest, &word)) {
		good = read_kept(keep, word, problem_r);
		free(word);
	}
	if (good && !keep->unseen && !keep->flagged) {
		*problem_r = memory_text("is empty; it is unseen, flagged, both or none");
		return false;
	}
	return good;
}
