/* The keys of an account about `navette watch`. SPDX-License-Identifier: GPL-3.0-or-later */
#include "config/watch_keys.h"

#include <stdlib.h>
#include <strings.h>

#include "base/memory.h"

#define POLL_DEFAULT 300
#define POLL_MIN 10
/* Routers forget connections after 15 minutes in which nothing moved, some after 5. */
#define KEEP_ALIVE_DEFAULT 720
/* A server may end the connection of a client that said nothing for 30 (RFC 2177 section 3). */
#define KEEP_ALIVE_MAX 1740

static bool read_folders(void *field, const char *value, char **problem_r)
{
	return pattern_list_add(field, value, problem_r);
}

static bool read_poll(void *field, const char *value, char **problem_r)
{
	if (!config_read_duration(field, value, problem_r))
		return false;
	if (*(unsigned int *)field >= POLL_MIN)
		return true;
	*problem_r = memory_format("must be %us or more, not \"%s\": servers shut out who asks "
				   "too often",
				   (unsigned int)POLL_MIN, value);
	return false;
}

static bool read_keep_alive(void *field, const char *value, char **problem_r)
{
	if (!config_read_duration(field, value, problem_r))
		return false;
	if (*(unsigned int *)field <= KEEP_ALIVE_MAX)
		return true;
	*problem_r = memory_format("must be 29m or less, not \"%s\": servers end connections that "
				   "are silent for half an hour",
				   value);
	return false;
}

#define MEMBER(name) offsetof(struct config_watch, name)

const struct config_key config_watch_keys[] = {
	{ "watch", read_folders, MEMBER(folders), true },
	{ "poll", read_poll, MEMBER(poll), false },
	{ "keep-alive", read_keep_alive, MEMBER(keep_alive), false },
	{ .name = NULL },
};

struct config_watch config_watch_default(void)
{
	return (struct config_watch){ .poll = POLL_DEFAULT, .keep_alive = KEEP_ALIVE_DEFAULT };
}

void config_watch_release(struct config_watch *watch)
{
	pattern_list_release(&watch->folders);
	*watch = (struct config_watch){ .poll = 0 };
}

size_t config_watch_rank(const struct config_watch *watch, const struct folder_facts *folder)
{
	const struct pattern_list *list = &watch->folders;
	if (strcasecmp(folder->name, "INBOX") == 0)
		return 0;
	for (size_t i = 0; i < list->leaving_count; i++) {
		if (pattern_matches(list->leaving[i], folder))
			return CONFIG_WATCH_NOT;
	}
	for (size_t i = 0; i < list->taking_count; i++) {
		if (pattern_matches(list->taking[i], folder))
			return i + 1;
	}
	return CONFIG_WATCH_NOT;
}
