/* A command of the user's around a run. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_CLI_HOOK_PROCESS_H
#define NAVETTE_CLI_HOOK_PROCESS_H

#include <stdatomic.h>

#include "base/text.h"

struct cli_hook {
	const char *whose;    /* for sentences */
	const char *key;      /* behind which it stands */
	const char *command;  /* NULL: there is none */
	unsigned int timeout; /* seconds */
};

/* Runs it and waits for it: by /bin/sh, in a process group of its own, with nothing to read, and
 * what it prints goes to stderr. In its environment is what TOLD says besides, as "NAME=VALUE". One
 * that fails, or takes longer than its timeout and is ended, is warned of and harms nothing. So is
 * one that CANCEL (may be NULL) ends. */
void cli_hook_run(const struct cli_hook *hook, const struct text_list *told,
		  const atomic_bool *cancel);

#endif
