/* The [global] section: its keys. SPDX-License-Identifier: GPL-3.0-or-later */
#include "config/hook_keys.h"

#define JOBS_DEFAULT 8
#define JOBS_MAX 256

static bool read_jobs(void *field, const char *value, char **problem_r)
{
	uint64_t jobs;
	if (!config_value_number(value, 1, JOBS_MAX, &jobs, problem_r))
		return false;
	*(uint32_t *)field = (uint32_t)jobs;
	return true;
}

static const struct config_key global_keys[] = {
	{ "jobs", read_jobs, offsetof(struct config_global, jobs), false },
	{ .name = NULL },
};

const struct config_keys config_global_keys = {
	.of = "[global]",
	.parts = { { global_keys, 0 },
		   { config_hook_keys, offsetof(struct config_global, hooks) } },
};

struct config_global config_global_default(void)
{
	return (struct config_global){ .hooks = config_hooks_default(), .jobs = JOBS_DEFAULT };
}
