/* Having it run by itself: as things happen, or at regular times. SPDX-License-Identifier:
 * GPL-3.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/init/init.h"

extern char **environ;

#define TIMER "navette.timer"
#define WATCH "navette-watch.service"

/* Whether systemctl --user did it; what it says goes nowhere when QUIET. */
static bool systemctl(const char *verb, const char *option, const char *unit, bool quiet)
{
	char *arguments[] = { "systemctl",    "--user",     (char *)verb,
			      (char *)option, (char *)unit, NULL };
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
	interview_say("To have it run by itself: systemctl --user enable --now " WATCH ", or " TIMER
		      " for a run every few minutes, or a line of cron; see "
		      "docs/timers.md.");
}

/* What the user wants of the two: its unit, or NULL. */
static const char *ask(struct init *init)
{
	if (init->options->watch)
		return WATCH;
	if (init->options->timer)
		return TIMER;
	if (interview_confirm(&init->interview,
			      "Have systemd keep both sides the same as things happen?", false))
		return WATCH;
	if (interview_confirm(&init->interview, "Or have it run every few minutes?", false))
		return TIMER;
	return NULL;
}

void init_offer_timer(struct init *init)
{
	bool usual = !init->options->config; /* the units read the default file */
	bool said = init->options->timer || init->options->watch;
	if (!usual || (!said && init->interview.silent))
		return;
	if (!said && (init->interview.ended || !systemctl("cat", "--no-pager", TIMER, true))) {
		tell_way();
		return;
	}
	const char *unit = ask(init);
	if (!unit)
		return;
	if (!systemctl("enable", "--now", unit, false))
		tell_way();
	else if (strcmp(unit, WATCH) == 0)
		interview_say("It watches: systemctl --user status " WATCH " shows how it is.");
	else
		interview_say("The timer runs: systemctl --user list-timers shows when.");
}
