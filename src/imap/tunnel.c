/* Connecting through a command. SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "imap/transport.h"

#define END_WAIT_MS 2000 /* for the command to end by itself */
#define END_STEP_MS 20

/* In the child; only async-signal-safe calls. */
static _Noreturn void become(const char *command, int socket)
{
	(void)setpgid(0, 0);
	if (dup2(socket, STDIN_FILENO) < 0 || dup2(socket, STDOUT_FILENO) < 0)
		_exit(126);
	(void)signal(SIGPIPE, SIG_DFL);
	(void)execl("/bin/sh", "sh", "-c", command, (char *)NULL);
	_exit(127);
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

static bool wait_for_end(pid_t process, int wait_ms)
{
	for (int waited = 0; waited <= wait_ms; waited += END_STEP_MS) {
		const struct timespec step = { .tv_nsec = END_STEP_MS * 1000000L };
		int status;
		pid_t ended = waitpid(process, &status, WNOHANG);
		if (ended == process || (ended < 0 && errno == ECHILD))
			return true;
		(void)nanosleep(&step, NULL);
	}
	return false;
}

void transport_end_tunnel(struct imap_stream *stream)
{
	if (stream->tunnel <= 0)
		return;
	if (!wait_for_end(stream->tunnel, END_WAIT_MS)) {
		int status;
		(void)kill(-stream->tunnel, SIGKILL);
		(void)waitpid(stream->tunnel, &status, 0);
	}
	stream->tunnel = 0;
}
