/* The keys of an account about what it may use of the line. SPDX-License-Identifier:
 * GPL-3.0-or-later */
#include "config/limit_keys.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

#define RATE_LEAST 1024u /* with less a login may take longer than servers wait for it */
#define RATE_MOST (UINT64_C(1) << 40)

/* "2M": each way. "2M 500K": in, out. "none" is no bound. */
static bool read_one(const char *word, uint64_t *rate)
{
	*rate = 0;
	if (strcmp(word, "none") == 0)
		return true;
	return config_value_size(word, RATE_MOST, rate) && *rate >= RATE_LEAST;
}

static bool read_rate(void *field, const char *value, char **problem_r)
{
	struct config_limits *limits = field;
	const char *rest = value;
	char *words[3] = { NULL };
	size_t count = 0;
	while (count < 3 && config_next_word(&rest, &words[count]))
		count++;
	bool good = (count == 1 || count == 2) && read_one(words[0], &limits->rate_in) &&
		    read_one(words[count - 1], &limits->rate_out);
	for (size_t i = 0; i < count; i++)
		free(words[i]);
	if (!good)
		*problem_r = memory_format(
			"must be bytes a second, 1K or more, such as 500K or 2M, or two of them: "
			"down and up; or none, not \"%s\"",
			value);
	return good;
}

const struct config_key config_limit_keys[] = {
	{ "rate", read_rate, 0, false },
	{ .name = NULL },
};
