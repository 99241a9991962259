/* The keys of what goes which way. SPDX-License-Identifier: GPL-3.0-or-later */
#include "config/direction.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "mail/folder_name.h"

/* --- Reading --- */

static const struct config_choice directions[] = { { "both", CONFIG_DIRECTION_BOTH },
						   { "pull", CONFIG_DIRECTION_PULL },
						   { "push", CONFIG_DIRECTION_PUSH },
						   { NULL, 0 } };

static const struct config_choice kinds[] = { { "new", CONFIG_KIND_NEW },
					      { "flags", CONFIG_KIND_FLAGS },
					      { "deletions", CONFIG_KIND_DELETIONS },
					      { "all", CONFIG_KINDS_ALL },
					      { "none", CONFIG_KINDS_NONE },
					      { NULL, 0 } };

bool config_read_direction(void *field, const char *value, char **problem_r)
{
	int number;
	if (!config_value_choice(directions, value, &number, problem_r))
		return false;
	*(enum config_direction *)field = (enum config_direction)number;
	return true;
}

/* "all" and "none" stand alone. */
static bool add_kind(unsigned int *bits, int kind, bool first, char **problem_r)
{
	bool whole = kind == CONFIG_KINDS_ALL || kind == CONFIG_KINDS_NONE;
	bool alone = *bits & CONFIG_KINDS_CLOSED;
	if ((whole && !first) || alone) {
		*problem_r = memory_text("can be all, or none, or some of new, flags and "
					 "deletions, but not both");
		return false;
	}
	*bits |= (unsigned int)kind | (whole ? CONFIG_KINDS_CLOSED : 0);
	return true;
}

bool config_read_kinds(void *field, const char *value, char **problem_r)
{
	unsigned int bits = CONFIG_KINDS_SAID;
	const char *rest = value;
	char *word;
	bool first = true;
	bool good = true;
	while (good && config_next_word(&rest, &word)) {
		int kind;
		good = config_value_choice(kinds, word, &kind, problem_r) &&
		       add_kind(&bits, kind, first, problem_r);
		free(word);
		first = false;
	}
	if (good && first) {
		*problem_r = memory_text("is empty: say all, none, or some of new, flags and "
					 "deletions");
		return false;
	}
	*(unsigned int *)field = bits;
	return good;
}

bool config_read_expunge(void *field, const char *value, char **problem_r)
{
	enum config_sides sides;
	if (!config_read_sides(&sides, value, problem_r))
		return false;
	*(unsigned int *)field = (unsigned int)sides | CONFIG_KINDS_SAID;
	return true;
}

bool config_read_trash(void *field, const char *value, char **problem_r)
{
	char **trash = field;
	bool special = strcmp(value, "\\Trash") == 0;
	bool name = value[0] != '\\' && folder_name_is_valid(value);
	if (!name && !special) {
		*problem_r = memory_format("must be the name of a folder on the server, with / "
					   "between its parts, or \\Trash, or none, not \"%s\"",
					   value);
		return false;
	}
	free(*trash);
	*trash = memory_text(value);
	return true;
}

/* --- Together --- */

static enum config_kinds kinds_of(unsigned int said)
{
	return (enum config_kinds)(said & CONFIG_KINDS_ALL);
}

/* DIRECTION leaves out the way of KEY, which says that something goes there. */
static bool contradict(const char *direction, const char *key, char **problem_r)
{
	*problem_r = memory_format("says direction = %s, but also what %s: only one of the two "
				   "can hold",
				   direction, key);
	return false;
}

static bool finish_direction(struct config_rules *rules, char **problem_r)
{
	const struct config_said *said = &rules->said;
	if (said->direction == CONFIG_DIRECTION_PULL && kinds_of(said->push) != CONFIG_KINDS_NONE)
		return contradict("pull", "to push", problem_r);
	if (said->direction == CONFIG_DIRECTION_PUSH && kinds_of(said->pull) != CONFIG_KINDS_NONE)
		return contradict("push", "to pull", problem_r);
	if (said->direction != CONFIG_DIRECTION_UNSAID) {
		bool pulls = said->direction != CONFIG_DIRECTION_PUSH;
		bool pushes = said->direction != CONFIG_DIRECTION_PULL;
		rules->pull = pulls ? CONFIG_KINDS_ALL : CONFIG_KINDS_NONE;
		rules->push = pushes ? CONFIG_KINDS_ALL : CONFIG_KINDS_NONE;
	}
	if (said->pull)
		rules->pull = kinds_of(said->pull);
	if (said->push)
		rules->push = kinds_of(said->push);
	if (rules->pull != CONFIG_KINDS_NONE || rules->push != CONFIG_KINDS_NONE)
		return true;
	*problem_r = memory_text("lets nothing go either way; to leave folders alone, leave them "
				 "out of `folders`");
	return false;
}

static bool finish_trash(struct config_rules *rules, char **problem_r)
{
	struct config_said *said = &rules->said;
	bool wanted = said->trash && strcmp(said->trash, "none") != 0;
	if (said->expunge)
		rules->expunge = (enum config_sides)(said->expunge & CONFIG_SIDES_BOTH);
	bool final = rules->expunge & CONFIG_SIDE_FAR;
	if (wanted && !final) {
		*problem_r = memory_format("says trash = %s, but also that what is removed here is "
					   "only marked on the server (expunge): only one of the "
					   "two can hold",
					   said->trash);
		return false;
	}
	if (wanted && !(rules->push & CONFIG_KIND_DELETIONS)) {
		*problem_r = memory_format("says trash = %s, but no deletions go to the server: "
					   "add them to `push`, or leave out `trash`",
					   said->trash);
		return false;
	}
	if (said->trash || !final) { /* one that is inherited gives way to what is said here */
		free(rules->trash);
		rules->trash = wanted ? memory_text(said->trash) : NULL;
	}
	return true;
}

bool config_direction_finish(struct config_rules *rules, char **problem_r)
{
	return finish_direction(rules, problem_r) && finish_trash(rules, problem_r);
}
