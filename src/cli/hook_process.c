/* A command of the user's around a run. SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/hook_process.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"

#define LOOK_MS 20
#define GRACE_MS 2000 /* between asking it to end and ending it */

extern char **environ;

/* --- Its environment --- */

/* Ours, and what the hook is told; NULL-terminated. */
static void make_environment(const struct text_list *told, struct text_list *variables)
{
	for (char **entry = environ; *entry; entry++)
		text_list_add(variables, *entry);
	for (size_t i = 0; i < told->count; i++)
		text_list_add(variables, told->items[i]);
	text_list_adopt(variables, NULL);
}

/* --- Running it --- */

static int prepare(posix_spawn_file_actions_t *actions, posix_spawnattr_t *attributes)
{
	sigset_t defaults;
	(void)sigemptyset(&defaults); /* cannot fail */
	(void)sigaddset(&defaults, SIGPIPE);
	(void)sigaddset(&defaults, SIGXFSZ);
	int failure =
		posix_spawn_file_actions_addopen(actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
	if (failure == 0) /* what is printed there is for programs */
		failure = posix_spawn_file_actions_adddup2(actions, STDERR_FILENO, STDOUT_FILENO);
	if (failure == 0)
		failure = posix_spawnattr_setflags(attributes,
						   POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF);
	if (failure == 0)
		failure = posix_spawnattr_setsigdefault(attributes, &defaults);
	return failure != 0 ? failure : posix_spawnattr_setpgroup(attributes, 0);
}

/* 0, or an errno. */
static int start(const char *command, char *const *environment, pid_t *process_r)
{
	char *arguments[] = { "sh", "-c", (char *)command, NULL };
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	int failure = posix_spawn_file_actions_init(&actions);
	if (failure != 0)
		return failure;
	failure = posix_spawnattr_init(&attributes);
	if (failure == 0) {
		failure = prepare(&actions, &attributes);
		if (failure == 0)
			failure = posix_spawn(process_r, "/bin/sh", &actions, &attributes,
					      arguments, environment);
		(void)posix_spawnattr_destroy(&attributes);
	}
	(void)posix_spawn_file_actions_destroy(&actions);
	return failure;
}

/* Whether it ended within MILLISECONDS, and before CANCEL (may be NULL). It stays to be waited for,
 * so that its number is nobody else's yet. */
static bool await(pid_t process, int64_t milliseconds, const atomic_bool *cancel)
{
	int64_t end = clock_monotonic_ms() + milliseconds;
	for (;;) {
		siginfo_t ended = { .si_pid = 0 };
		int result = waitid(P_PID, (id_t)process, &ended, WEXITED | WNOHANG | WNOWAIT);
		if ((result == 0 && ended.si_pid == process) || (result != 0 && errno != EINTR))
			return true;
		if (clock_monotonic_ms() >= end || (cancel && atomic_load(cancel)))
			return false;
		(void)clock_sleep(LOOK_MS, cancel);
	}
}

static int reap(pid_t process)
{
	int status = 0;
	while (waitpid(process, &status, 0) < 0 && errno == EINTR)
		continue;
	return status;
}

/* Ends it with all that it started. */
static void end(pid_t process)
{
	(void)kill(-process, SIGTERM); /* it may be gone by itself */
	(void)await(process, GRACE_MS, NULL);
	(void)kill(-process, SIGKILL); /* likewise */
	(void)reap(process);           /* how it ended is known */
}

static void warn(const struct cli_hook *hook, const char *what)
{
	log_line(LOG_WARNING, "%s: %s %s; the mail is as the run left it", hook->whose, hook->key,
		 what);
}

static void tell_status(const struct cli_hook *hook, int status)
{
	char what[64];
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return;
	if (WIFEXITED(status))
		(void)snprintf(what, sizeof what, "ended with status %d", WEXITSTATUS(status));
	else
		(void)snprintf(what, sizeof what, "was ended by signal %d", WTERMSIG(status));
	warn(hook, what);
}

void cli_hook_run(const struct cli_hook *hook, const struct text_list *told,
		  const atomic_bool *cancel)
{
	struct text_list variables = { .items = NULL };
	pid_t process;
	if (!hook->command || (cancel && atomic_load(cancel)))
		return;
	make_environment(told, &variables);
	int failure = start(hook->command, variables.items, &process);
	text_list_release(&variables);
	if (failure != 0) {
		warn(hook, "cannot be run");
	} else if (await(process, (int64_t)hook->timeout * 1000, cancel)) {
		tell_status(hook, reap(process));
	} else {
		end(process);
		if (!(cancel && atomic_load(cancel)))
			warn(hook, "took longer than hook-timeout and was ended");
	}
}
