/* The lock that keeps two runs from working on one account.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/path.h"
#include "state/private.h"

#define POLL_MS 200

static int open_lock(struct state *state, struct error *error)
{
	char *path = path_join(state->directory, STATE_LOCK_FILE);
	state->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	int result = 0;
	if (state->lock < 0)
		result = error_set_errno(error, ERROR_FAILED, SCOPE_ACCOUNT, errno,
					 "cannot open the lock %s", path);
	free(path);
	return result;
}

static void sleep_ms(long ms)
{
	struct timespec pause = { .tv_nsec = ms * 1000000L };
	(void)nanosleep(&pause, NULL); /* waking early only means asking again */
}

static struct flock whole_file(void)
{
	return (struct flock){ .l_type = F_WRLCK, .l_whence = SEEK_SET };
}

/* Who holds the lock. False when nobody does. */
static bool find_holder(int descriptor, pid_t *pid_r)
{
	struct flock lock = whole_file();
	if (fcntl(descriptor, F_GETLK, &lock) != 0)
		lock.l_pid = 0; /* held, by whom we cannot know */
	else if (lock.l_type == F_UNLCK)
		return false;
	*pid_r = lock.l_pid;
	return true;
}

static int report_held(const struct state *state, pid_t pid, struct error *error)
{
	char who[40] = "another navette";
	if (pid > 0) /* else it is in another container or on another machine */
		(void)snprintf(who, sizeof who, "another navette (process %ld)", (long)pid);
	return error_set(error, ERROR_TEMPORARY, SCOPE_ACCOUNT,
			 "%s is working on this account and holds the lock in %s; run again when "
			 "it is done, or wait for it with --wait SECONDS",
			 who, state->directory);
}

/* Classic record locks, because they tell who holds them and die with the process. They do not
 * exclude a second state_open() in the same process, and closing any descriptor of the file gives
 * them up: state.h says that a process opens a directory once. */
int state_lock(struct state *state, unsigned int wait_seconds, struct error *error)
{
	int64_t give_up = clock_monotonic_ms() + (int64_t)wait_seconds * 1000;
	if (open_lock(state, error) != 0)
		return -1;
	for (;;) {
		struct flock lock = whole_file();
		pid_t holder = 0;
		if (fcntl(state->lock, F_SETLK, &lock) == 0)
			return 0;
		if (errno == EINTR)
			continue;
		if (errno != EACCES && errno != EAGAIN)
			return error_set_errno(error, ERROR_FAILED, SCOPE_ACCOUNT, errno,
					       "cannot lock %s/" STATE_LOCK_FILE, state->directory);
		if (clock_monotonic_ms() < give_up)
			sleep_ms(POLL_MS);
		else if (find_holder(state->lock, &holder))
			return report_held(state, holder, error);
	}
}

bool state_is_held(const char *directory, int64_t *process_r)
{
	char *path = path_join(directory, STATE_LOCK_FILE);
	int descriptor = open(path, O_RDONLY | O_CLOEXEC);
	pid_t holder = 0;
	free(path);
	*process_r = 0;
	if (descriptor < 0)
		return false; /* no run was ever here, or its state says why it cannot be read */
	bool held = find_holder(descriptor, &holder);
	(void)close(descriptor); /* nothing was written through it */
	*process_r = holder > 0 ? holder : 0;
	return held;
}
