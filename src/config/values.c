/* Readers of values. SPDX-License-Identifier: GPL-3.0-or-later */
#include "config/values.h"

#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/memory.h"
#include "base/path.h"
#include "base/text.h"
#include "config/config.h"

#define DURATION_MAX 3600 /* seconds */

bool config_value_choice(const struct config_choice *choices, const char *value, int *number_r,
			 char **problem_r)
{
	const char *words[CONFIG_CHOICES_MAX + 1] = { NULL };
	struct text_list all = { .items = NULL };
	for (size_t i = 0; i < CONFIG_CHOICES_MAX && choices[i].word; i++) {
		words[i] = choices[i].word;
		text_list_add(&all, choices[i].word);
		if (strcmp(choices[i].word, value) == 0) {
			*number_r = choices[i].number;
			text_list_release(&all);
			return true;
		}
	}
	struct buffer list = BUFFER_INITIAL;
	for (size_t i = 0; i < all.count; i++)
		buffer_add_format(&list, "%s%s", i > 0 ? " | " : "", all.items[i]);
	const char *nearest = text_nearest(value, words);
	*problem_r = nearest ? memory_format("cannot be \"%s\"; did you mean %s? (%s)", value,
					     nearest, buffer_text(&list))
			     : memory_format("cannot be \"%s\"; it is one of %s", value,
					     buffer_text(&list));
	buffer_release(&list);
	text_list_release(&all);
	return false;
}

bool config_read_text(void *field, const char *value, char **problem_r)
{
	char **text = field;
	if (*value == '\0') {
		*problem_r = memory_text("is empty");
		return false;
	}
	free(*text);
	*text = memory_text(value);
	return true;
}

bool config_read_path(void *field, const char *value, char **problem_r)
{
	char **path = field;
	struct error error = ERROR_INITIAL;
	char *expanded;
	if (path_expand(value, &expanded, &error) != 0) {
		*problem_r = memory_format("cannot be used: %s", error.text);
		return false;
	}
	if (expanded[0] != '/') {
		*problem_r =
			memory_format("must be a whole path, from / or ~ on, not \"%s\"", value);
		free(expanded);
		return false;
	}
	free(*path);
	*path = expanded;
	return true;
}

bool config_value_number(const char *value, uint64_t minimum, uint64_t maximum, uint64_t *number_r,
			 char **problem_r)
{
	if (text_parse_number(value, maximum, number_r) && *number_r >= minimum)
		return true;
	*problem_r = memory_format("must be a number from %llu to %llu, not \"%s\"",
				   (unsigned long long)minimum, (unsigned long long)maximum, value);
	return false;
}

bool config_value_size(const char *value, uint64_t most, uint64_t *size_r)
{
	size_t length = strlen(value);
	char unit = length > 0 ? value[length - 1] : '\0';
	unsigned int shift = unit == 'G' ? 30 : unit == 'M' ? 20 : unit == 'K' ? 10 : 0;
	char *digits = memory_text_length(value, shift > 0 ? length - 1 : length);
	uint64_t number = 0;
	bool good = text_parse_number(digits, most >> shift, &number) && number > 0;
	free(digits);
	*size_r = number << shift;
	return good;
}

bool config_read_sides(void *field, const char *value, char **problem_r)
{
	static const struct config_choice choices[] = { { "near", CONFIG_SIDE_NEAR },
							{ "far", CONFIG_SIDE_FAR },
							{ "both", CONFIG_SIDES_BOTH },
							{ "none", CONFIG_SIDES_NONE },
							{ NULL, 0 } };
	int number;
	if (!config_value_choice(choices, value, &number, problem_r))
		return false;
	*(enum config_sides *)field = (enum config_sides)number;
	return true;
}

bool config_next_word(const char **rest, char **word_r)
{
	*rest += strspn(*rest, " \t\n,");
	size_t length = strcspn(*rest, " \t\n,");
	if (length == 0)
		return false;
	*word_r = memory_text_length(*rest, length);
	*rest += length;
	return true;
}

bool config_read_duration(void *field, const char *value, char **problem_r)
{
	size_t length = strlen(value);
	char unit = length > 0 ? value[length - 1] : '\0';
	uint64_t factor = unit == 'h' ? 3600 : unit == 'm' ? 60 : 1;
	bool has_unit = unit == 's' || unit == 'm' || unit == 'h';
	char *digits = memory_text_length(value, has_unit ? length - 1 : length);
	uint64_t number = 0;
	bool good = text_parse_number(digits, DURATION_MAX / factor, &number) && number > 0;
	free(digits);
	if (!good) {
		*problem_r = memory_format("must be a time such as 30s or 2m, up to 1h, not \"%s\"",
					   value);
		return false;
	}
	*(unsigned int *)field = (unsigned int)(number * factor);
	return true;
}
