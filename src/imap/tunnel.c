/* Connecting through a command. SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "imap/transport.h"

#define END_WAIT_MS 1000 /* for the command to end by itself, and again for SIGTERM */
#define END_STEP_MS 20
#define EXIT_NOT_FOUND 127      /* what the shell returns for a command that is not there */
#define EXIT_NOT_EXECUTABLE 126 /* or cannot be run (POSIX XCU 2.8.2) */

/* In the child; only async-signal-safe calls. */
static _Noreturn void become(const char *command, int socket)
{
	sigset_t none;
	(void)sigemptyset(&none);
	/* A group of its own: so that Ctrl-C is ours to handle, and all of it can be ended. */
	(void)setpgid(0, 0);
	/* dup2() leaves FD_CLOEXEC set where both are the same: when we had no standard input. */
	if (dup2(socket, STDIN_FILENO) < 0 || dup2(socket, STDOUT_FILENO) < 0 ||
	    fcntl(STDIN_FILENO, F_SETFD, 0) != 0 || fcntl(STDOUT_FILENO, F_SETFD, 0) != 0)
		_exit(EXIT_NOT_EXECUTABLE);
	(void)signal(SIGPIPE, SIG_DFL);
	(void)signal(SIGXFSZ, SIG_DFL);
	(void)sigprocmask(SIG_SETMASK, &none, NULL); /* the thread's may block some */
	(void)execl("/bin/sh", "sh", "-c", command, (char *)NULL);
	_exit(EXIT_NOT_FOUND);
}

/* A socket pair and not pipes: so that writing to a command that ended is an error and no signal.
 */
int transport_connect_tunnel(struct imap_stream *stream, struct error *error)
{
	int sockets[2];
	pid_t process = -1;
	int reason = 0;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets) != 0)
		return error_set_errno(error, ERROR_TEMPORARY, SCOPE_ACCOUNT, errno,
				       "cannot start the tunnel");
	if (fcntl(sockets[0], F_SETFL, O_NONBLOCK) == 0)
		process = fork();
	reason = errno;
	if (process == 0)
		become(stream->endpoint.tunnel, sockets[1]);
	(void)close(sockets[1]);
	if (process < 0) {
		(void)close(sockets[0]);
		return error_set_errno(error, ERROR_TEMPORARY, SCOPE_ACCOUNT, reason,
				       "cannot start the tunnel");
	}
	stream->socket = sockets[0];
	stream->tunnel = process;
	return 0;
}

/* Whether the command has ended, after at most WAIT_MS; then *status_r is as of waitpid(2). */
static bool wait_for_end(struct imap_stream *stream, int wait_ms, int *status_r)
{
	const struct timespec step = { .tv_nsec = END_STEP_MS * 1000000L };
	*status_r = 0; /* also when somebody else has waited for it */
	for (int waited = 0; waited <= wait_ms; waited += END_STEP_MS) {
		pid_t ended = waitpid(stream->tunnel, status_r, WNOHANG);
		if (ended == stream->tunnel || (ended < 0 && errno == ECHILD)) {
			stream->tunnel = 0;
			return true;
		}
		(void)nanosleep(&step, NULL);
	}
	return false;
}

bool transport_explain_tunnel(struct imap_stream *stream, struct error *error)
{
	int status;
	if (stream->tunnel <= 0 || stream->heard || !wait_for_end(stream, END_WAIT_MS, &status) ||
	    status == 0)
		return false;
	int code = WIFEXITED(status) ? WEXITSTATUS(status) : 0;
	if (code == EXIT_NOT_FOUND || code == EXIT_NOT_EXECUTABLE)
		(void)error_set(error, ERROR_CONFIG, SCOPE_ACCOUNT,
				"the command of `tunnel` cannot be run (exit status %d); check it",
				code);
	else if (code != 0)
		(void)error_set(error, ERROR_TEMPORARY, SCOPE_ACCOUNT,
				"the command of `tunnel` ended with exit status %d before the "
				"server said anything; run it by hand to see why",
				code);
	else
		(void)error_set(error, ERROR_TEMPORARY, SCOPE_ACCOUNT,
				"the command of `tunnel` was ended by signal %d before the server "
				"said anything",
				WTERMSIG(status));
	return true;
}

static void signal_group(pid_t leader, int number)
{
	if (kill(-leader, number) != 0) /* it could not become a group */
		(void)kill(leader, number);
}

void transport_end_tunnel(struct imap_stream *stream)
{
	int status;
	if (stream->tunnel <= 0 || wait_for_end(stream, END_WAIT_MS, &status))
		return;
	signal_group(stream->tunnel, SIGTERM);
	if (wait_for_end(stream, END_WAIT_MS, &status))
		return;
	signal_group(stream->tunnel, SIGKILL);
	while (waitpid(stream->tunnel, &status, 0) < 0 && errno == EINTR)
		continue;
	stream->tunnel = 0;
}
