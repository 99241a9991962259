/* The keys of commands around a run. SPDX-License-Identifier: GPL-3.0-or-later */
#include "config/hook_keys.h"

#include <stdlib.h>

#define TIMEOUT_DEFAULT 600
#define INTERVAL_DEFAULT 5

#define MEMBER(name) offsetof(struct config_hooks, name)

const struct config_key config_hook_keys[] = {
	{ "pre-sync", config_read_text, MEMBER(pre_sync), false },
	{ "post-sync", config_read_text, MEMBER(post_sync), false },
	{ "post-new", config_read_text, MEMBER(post_new), false },
	{ "hook-timeout", config_read_duration, MEMBER(timeout), false },
	{ "hook-interval", config_read_duration, MEMBER(interval), false },
	{ .name = NULL },
};

struct config_hooks config_hooks_default(void)
{
	return (struct config_hooks){ .timeout = TIMEOUT_DEFAULT, .interval = INTERVAL_DEFAULT };
}

void config_hooks_release(struct config_hooks *hooks)
{
	free(hooks->pre_sync);
	free(hooks->post_sync);
	free(hooks->post_new);
	*hooks = (struct config_hooks){ .timeout = 0 };
}
