/* Runs at regular times. SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/init/init.h"

extern char **environ;

/* Whether systemctl --user did it; what it says goes nowhere when QUIET. */
static bool systemctl(const char *verb, const char *option, bool quiet)
{
	char *arguments[] = { "systemctl",    "--user",        (char *)verb,
			      (char *)option, "navette.timer", NULL };
	posix_spawn_file_actions_t actions;
	pid_t process;
	int status = -1;
	if (posix_spawn_file_actions_init(&actions) != 0)
		return false;
	bool good = !quiet || (posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO,
								"/dev/null", O_WRONLY, 0) == 0 &&
			       posix_spawn_file_actions_addopen(&actions, STDERR_FILENO,
								"/dev/null", O_WRONLY, 0) == 0);
	good = good && posix_spawnp(&process, "systemctl", &actions, NULL, arguments, environ) == 0;
	(void)posix_spawn_file_actions_destroy(&actions);
	while (good && waitpid(process, &status, 0) < 0)
		good = errno == EINTR;
	return good && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static void tell_way(void)
{
	interview_say("To have it run by itself: systemctl --user enable --now navette.timer, or a "
		      "line of cron; see docs/timers.md.");
}

void init_offer_timer(struct init *init)
{
	bool usual = !init->options->config; /* the unit reads the default file */
	bool wanted = init->options->timer;
	if (!usual || (!wanted && init->interview.silent))
		return;
	if (!wanted && (init->interview.ended || !systemctl("cat", "--no-pager", true))) {
		tell_way();
		return;
	}
	if (!wanted)
		wanted = interview_confirm(&init->interview,
					   "Have systemd run it every few minutes?", false);
	if (!wanted)
		return;
	if (systemctl("enable", "--now", false))
		interview_say("The timer runs: systemctl --user list-timers shows when.");
	else
		tell_way();
}
