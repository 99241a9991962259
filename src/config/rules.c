/* The keys that say how folders are synchronised. SPDX-License-Identifier: GPL-3.0-or-later */
#include "config/rules.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "config/direction.h"
#include "config/window.h"

#define MAX_DELETE_COUNT 100
#define MAX_DELETE_PERCENT 30

/* The parts of max-delete as they are read. */
struct limit_reading {
	struct config_max_delete limit;
	bool has_count;
	bool has_percent;
};

/* One part: a number, or a share with a percent sign; each once. */
static bool read_limit(struct limit_reading *reading, char *word)
{
	size_t length = strlen(word);
	bool percent = word[length - 1] == '%';
	bool *seen = percent ? &reading->has_percent : &reading->has_count;
	uint32_t *limit = percent ? &reading->limit.percent : &reading->limit.count;
	uint64_t number;
	if (percent)
		word[length - 1] = '\0';
	if (*seen || !text_parse_number(word, percent ? 100 : UINT32_MAX - 1, &number))
		return false;
	*seen = true;
	*limit = (uint32_t)number;
	return true;
}

/* "100 30%": both must be passed; one alone counts alone; "none": no limit. */
static bool read_max_delete(void *field, const char *value, char **problem_r)
{
	struct config_max_delete *limit = field;
	struct limit_reading reading = { .limit = { .count = 0, .percent = 0 } };
	if (strcmp(value, "none") == 0) {
		*limit = (struct config_max_delete){ .count = UINT32_MAX, .percent = 100 };
		return true;
	}
	const char *rest = value;
	char *word;
	bool good = true;
	while (good && config_next_word(&rest, &word)) {
		good = read_limit(&reading, word);
		free(word);
	}
	if (!good || (!reading.has_count && !reading.has_percent)) {
		*problem_r =
			memory_format("must be a number (100), a share (30%%), both (100 30%%) "
				      "or none, not \"%s\"",
				      value);
		return false;
	}
	*limit = reading.limit;
	return true;
}

static bool read_layout(void *field, const char *value, char **problem_r)
{
	static const struct config_choice choices[] = { { "nested", CONFIG_LAYOUT_NESTED },
							{ "maildir++", CONFIG_LAYOUT_PLUSPLUS },
							{ "flat", CONFIG_LAYOUT_FLAT },
							{ "legacy", CONFIG_LAYOUT_LEGACY },
							{ NULL, 0 } };
	int number;
	if (!config_value_choice(choices, value, &number, problem_r))
		return false;
	*(enum config_layout *)field = (enum config_layout)number;
	return true;
}

static bool read_separator(void *field, const char *value, char **problem_r)
{
	if (strlen(value) != 1 || !strchr(":;!", *value)) {
		*problem_r = memory_format("must be one of the bytes : ; and !, not \"%s\"", value);
		return false;
	}
	*(char *)field = *value;
	return true;
}

static bool read_body(void *field, const char *value, char **problem_r)
{
	static const struct config_choice choices[] = { { "full", CONFIG_BODY_FULL },
							{ "headers", CONFIG_BODY_HEADERS },
							{ NULL, 0 } };
	enum config_body *body = field;
	int number;
	if (!config_value_choice(choices, value, &number, problem_r))
		return false;
	*body = (enum config_body)number;
	return true;
}

static bool read_order(void *field, const char *value, char **problem_r)
{
	static const struct config_choice choices[] = { { "newest", CONFIG_ORDER_NEWEST },
							{ "oldest", CONFIG_ORDER_OLDEST },
							{ NULL, 0 } };
	enum config_order *order = field;
	int number;
	if (!config_value_choice(choices, value, &number, problem_r))
		return false;
	*order = (enum config_order)number;
	return true;
}

static bool read_keywords(void *field, const char *value, char **problem_r)
{
	static const struct config_choice choices[] = { { "both", CONFIG_KEYWORDS_BOTH },
							{ "pull", CONFIG_KEYWORDS_PULL },
							{ "none", CONFIG_KEYWORDS_NONE },
							{ "notmuch", CONFIG_KEYWORDS_NOTMUCH },
							{ NULL, 0 } };
	enum config_keywords *keywords = field;
	int number;
	if (!config_value_choice(choices, value, &number, problem_r))
		return false;
	*keywords = (enum config_keywords)number;
	return true;
}

static bool read_keyword_limit(void *field, const char *value, char **problem_r)
{
	uint64_t number;
	if (!config_value_number(value, 0, CONFIG_KEYWORD_LIMIT_MAX, &number, problem_r))
		return false;
	*(unsigned int *)field = (unsigned int)number;
	return true;
}

/* --- The table --- */

#define RULE(member) offsetof(struct config_rules, member)

const struct config_key config_rule_keys[] = {
	{ "create", config_read_sides, RULE(create), false },
	{ "remove", config_read_sides, RULE(remove), false },
	{ "max-delete", read_max_delete, RULE(max_delete), false },
	{ "layout", read_layout, RULE(layout), false },
	{ "separator", read_separator, RULE(separator), false },
	{ "direction", config_read_direction, RULE(said.direction), false },
	{ "pull", config_read_kinds, RULE(said.pull), false },
	{ "push", config_read_kinds, RULE(said.push), false },
	{ "expunge", config_read_expunge, RULE(said.expunge), false },
	{ "trash", config_read_trash, RULE(said.trash), false },
	{ "max-age", config_read_max_age, RULE(window.max_age_days), false },
	{ "max-messages", config_read_max_messages, RULE(window.max_messages), false },
	{ "max-size", config_read_max_size, RULE(window.max_size), false },
	{ "keep", config_read_keep, RULE(window.keep), false },
	{ "body", read_body, RULE(body), false },
	{ "order", read_order, RULE(order), false },
	{ "keywords", read_keywords, RULE(keywords), false },
	{ "keyword-limit", read_keyword_limit, RULE(keyword_limit), false },
	{ .name = NULL },
};

struct config_rules config_rules_default(void)
{
	return (struct config_rules){
		.create = CONFIG_SIDES_BOTH,
		.remove = CONFIG_SIDES_NONE,
		.separator = ':',
		.max_delete = { .count = MAX_DELETE_COUNT, .percent = MAX_DELETE_PERCENT },
		.pull = CONFIG_KINDS_ALL,
		.push = CONFIG_KINDS_ALL,
		.expunge = CONFIG_SIDES_BOTH,
		.keyword_limit = CONFIG_KEYWORD_LIMIT_MAX,
	};
}

struct config_rules config_rules_copy(const struct config_rules *rules)
{
	struct config_rules copy = *rules;
	copy.trash = rules->trash ? memory_text(rules->trash) : NULL;
	copy.said = (struct config_said){ .trash = NULL };
	return copy;
}

bool config_rules_finish(struct config_rules *rules, char **problem_r)
{
	return config_direction_finish(rules, problem_r);
}

void config_rules_release(struct config_rules *rules)
{
	free(rules->trash);
	free(rules->said.trash);
	*rules = (struct config_rules){ .create = CONFIG_SIDES_NONE };
}
