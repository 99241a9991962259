/* What a signal does to a command that talks to a server. SPDX-License-Identifier:
 * GPL-3.0-or-later */
#include "cli/signals.h"

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>

static atomic_bool cancelled;

static void cancel(int number)
{
	atomic_store(&cancelled, true);
	(void)signal(number, SIG_DFL);
}

const atomic_bool *cli_signals_catch(void)
{
	static const int numbers[] = { SIGINT, SIGTERM, SIGHUP };
	const struct sigaction action = { .sa_handler = cancel };
	for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
		struct sigaction before;
		/* What the parent ignores stays ignored: nohup, a background job of a shell. Both
		 * fail only for unknown numbers. */
		if (sigaction(numbers[i], NULL, &before) == 0 && before.sa_handler != SIG_IGN)
			(void)sigaction(numbers[i], &action, NULL);
	}
	(void)signal(SIGPIPE, SIG_IGN);
	/* A file that is longer than the user's limit is then an error of that file. */
	(void)signal(SIGXFSZ, SIG_IGN);
	return &cancelled;
}
