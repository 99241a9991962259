/* The password of an account. SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/clock.h"
#include "base/memory.h"
#include "config/config.h"

#define OUTPUT_MAX 65536 /* of either stream: more is no password and no message */
#define POLL_MS 50

/* The command while it runs. */
struct command {
	const struct config_account *account;
	pid_t process;
	int output, errors; /* its stdout and stderr; -1 when closed */
	struct buffer printed, complaint;
};

static void close_pipe(int *descriptor)
{
	if (*descriptor >= 0)
		(void)close(*descriptor);
	*descriptor = -1;
}

/* In the child: never returns. Only async-signal-safe calls. */
static _Noreturn void become(const char *text, int output, int errors)
{
	int nothing = open("/dev/null", O_RDONLY);
	(void)setpgid(0, 0);
	if (nothing < 0 || dup2(nothing, STDIN_FILENO) < 0 || dup2(output, STDOUT_FILENO) < 0 ||
	    dup2(errors, STDERR_FILENO) < 0)
		_exit(126);
	(void)signal(SIGPIPE, SIG_DFL);
	(void)execl("/bin/sh", "sh", "-c", text, (char *)NULL);
	_exit(127);
}

static int start(struct command *command, struct error *error)
{
	int output[2] = { -1, -1 };
	int errors[2] = { -1, -1 };
	if (pipe2(output, O_CLOEXEC) == 0 && pipe2(errors, O_CLOEXEC) == 0)
		command->process = fork();
	else
		command->process = -1;
	int reason = errno;
	if (command->process == 0)
		become(command->account->password_command, output[1], errors[1]);
	close_pipe(&output[1]);
	close_pipe(&errors[1]);
	command->output = output[0];
	command->errors = errors[0];
	if (command->process > 0)
		return 0;
	return error_set_errno(error, ERROR_TEMPORARY, SCOPE_ACCOUNT, reason,
			       "cannot run the password-command");
}

/* Takes what is there; closes at the end of the stream or when it is too much. */
static void take(int *descriptor, struct buffer *buffer)
{
	char bytes[4096];
	ssize_t got = read(*descriptor, bytes, sizeof bytes);
	if (got > 0 && buffer->length + (size_t)got <= OUTPUT_MAX)
		buffer_add(buffer, bytes, (size_t)got);
	else if (got >= 0 || (errno != EINTR && errno != EAGAIN))
		close_pipe(descriptor);
	memory_wipe(bytes, sizeof bytes);
}

/* False: it still runs at the deadline. *status_r is as of waitpid(). */
static bool run_until(struct command *command, int64_t deadline, int *status_r)
{
	bool ended = false;
	while (!ended || command->output >= 0 || command->errors >= 0) {
		struct pollfd polled[2] = { { .fd = command->output, .events = POLLIN },
					    { .fd = command->errors, .events = POLLIN } };
		if (!ended && waitpid(command->process, status_r, WNOHANG) == command->process)
			ended = true;
		/* A child that it left in the background may hold the pipes open for ever. */
		int ready = poll(polled, 2, ended ? 0 : POLL_MS);
		if (ready > 0 && polled[0].revents)
			take(&command->output, &command->printed);
		if (ready > 0 && polled[1].revents)
			take(&command->errors, &command->complaint);
		if (ended && ready <= 0)
			return true;
		if (!ended && clock_monotonic_ms() > deadline)
			return false;
	}
	return true;
}

static void end(struct command *command, bool ended)
{
	if (!ended) {
		int status;
		(void)kill(-command->process, SIGKILL);
		(void)kill(command->process, SIGKILL);
		(void)waitpid(command->process, &status, 0);
	}
	close_pipe(&command->output);
	close_pipe(&command->errors);
}

static int refuse(const struct command *command, const char *what, struct error *error)
{
	const char *said = buffer_text(&command->complaint);
	int length = (int)strcspn(said, "\r\n");
	return error_set(error, ERROR_CONFIG, SCOPE_ACCOUNT,
			 "the password-command of account %s %s%s%.*s", command->account->name,
			 what, length > 0 ? "; it said: " : "", length > 400 ? 400 : length, said);
}

static int judge(const struct command *command, int status, struct error *error)
{
	char what[64];
	if (WIFSIGNALED(status)) {
		(void)snprintf(what, sizeof what, "was ended by signal %d", WTERMSIG(status));
		return refuse(command, what, error);
	}
	if (WEXITSTATUS(status) != 0) {
		(void)snprintf(what, sizeof what, "failed with exit status %d",
			       WEXITSTATUS(status));
		return refuse(command, what, error);
	}
	if (strcspn(buffer_text(&command->printed), "\r\n") == 0)
		return refuse(command, "printed no password", error);
	return 0;
}

static int run_command(const struct config_account *account, unsigned int timeout_seconds,
		       char **secret_r, struct error *error)
{
	struct command command = { .account = account, .output = -1, .errors = -1 };
	int status = 0;
	int64_t deadline = clock_monotonic_ms() + (int64_t)timeout_seconds * 1000;
	int result = start(&command, error);
	if (result == 0) {
		bool ended = run_until(&command, deadline, &status);
		end(&command, ended);
		result = ended ? judge(&command, status, error)
			       : refuse(&command, "did not end in time and was stopped", error);
	} else {
		end(&command, true);
	}
	if (result == 0) {
		const char *text = buffer_text(&command.printed);
		*secret_r = memory_text_length(text, strcspn(text, "\r\n"));
	}
	buffer_wipe(&command.printed);
	buffer_release(&command.printed);
	buffer_release(&command.complaint);
	return result;
}

int config_account_password(const struct config_account *account, unsigned int timeout_seconds,
			    char **secret_r, struct error *error)
{
	if (account->password) {
		*secret_r = memory_text(account->password);
		return 0;
	}
	if (account->password_command)
		return run_command(account, timeout_seconds, secret_r, error);
	return error_set(error, ERROR_CONFIG, SCOPE_ACCOUNT,
			 "account %s has neither password-command nor password", account->name);
}
