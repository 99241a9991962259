/* What a signal does to a command that talks to a server. SPDX-License-Identifier:
 * GPL-3.0-or-later */
#include "cli/signals.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <unistd.h>

static atomic_bool cancelled;
static atomic_uint kept;
static int wake = -1; /* an eventfd; set before any signal is caught */

static void cancel(int number)
{
	atomic_store(&cancelled, true);
	(void)signal(number, SIG_DFL);
}

static void handle(int number, const struct sigaction *action)
{
	struct sigaction before;
	/* What the parent ignores stays ignored: nohup, a background job of a shell. Both fail only
	 * for unknown numbers. */
	if (sigaction(number, NULL, &before) == 0 && before.sa_handler != SIG_IGN)
		(void)sigaction(number, action, NULL);
}

static void ignore_harmless(void)
{
	(void)signal(SIGPIPE, SIG_IGN);
	/* A file that is longer than the user's limit is then an error of that file. */
	(void)signal(SIGXFSZ, SIG_IGN);
}

const atomic_bool *cli_signals_catch(void)
{
	static const int numbers[] = { SIGINT, SIGTERM, SIGHUP };
	const struct sigaction action = { .sa_handler = cancel };
	for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
		handle(numbers[i], &action);
	ignore_harmless();
	return &cancelled;
}

static unsigned int meaning_of(int number)
{
	switch (number) {
	case SIGHUP:
		return CLI_SIGNAL_RELOAD;
	case SIGUSR1:
		return CLI_SIGNAL_LOOK;
	case SIGCONT:
		return CLI_SIGNAL_GO_ON;
	default:
		return CLI_SIGNAL_STOP;
	}
}

static void keep(int number)
{
	const uint64_t one = 1;
	int before = errno;
	unsigned int meaning = meaning_of(number);
	(void)atomic_fetch_or(&kept, meaning);
	(void)!write(wake, &one, sizeof one); /* fails only when it is awake */
	if (meaning == CLI_SIGNAL_STOP)
		(void)signal(number, SIG_DFL);
	errno = before;
}

int cli_signals_keep(void)
{
	static const int numbers[] = { SIGINT, SIGTERM, SIGHUP, SIGUSR1, SIGCONT };
	const struct sigaction action = { .sa_handler = keep, .sa_flags = SA_RESTART };
	if (wake < 0)
		wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	for (size_t i = 0; wake >= 0 && i < sizeof numbers / sizeof *numbers; i++)
		handle(numbers[i], &action);
	ignore_harmless();
	return wake;
}

unsigned int cli_signals_take(void)
{
	uint64_t ignored;
	(void)!read(wake, &ignored, sizeof ignored); /* it may be empty */
	return atomic_exchange(&kept, 0);
}
