/* Running a command that prints a secret. SPDX-License-Identifier: GPL-3.0-or-later */
#include "credential/command.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/clock.h"
#include "base/memory.h"
#include "base/text.h"
#include "credential/terminal.h"

#define OUTPUT_MAX 65536  /* of either stream; what comes after is read and thrown away */
#define COMPLAINT_MAX 400 /* bytes of its stderr that are shown */
#define POLL_MS 50

/* How the command came to its end. */
enum ending {
	ENDING_BY_ITSELF, /* its status says how */
	ENDING_DEADLINE,  /* it still runs */
	ENDING_CANCELLED, /* it still runs, and nobody waits for it any more */
	ENDING_STOPPED    /* it stopped to ask on a terminal, which it does not have */
};

/* The command while it runs. */
struct command {
	const struct credential_command *wish;
	pid_t process;
	int terminal;       /* that it may ask on; -1: nobody is there */
	int status;         /* as of waitpid() */
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
static _Noreturn void become(const char *text, int terminal, int output, int errors)
{
	sigset_t signals;
	int nothing = open("/dev/null", O_RDONLY);
	(void)setpgid(0, 0);
	(void)sigfillset(&signals);
	(void)sigprocmask(SIG_SETMASK, &signals, NULL);
	if (terminal >= 0)
		terminal_enter(terminal);
	if (nothing < 0 || dup2(nothing, STDIN_FILENO) < 0 || dup2(output, STDOUT_FILENO) < 0 ||
	    dup2(errors, STDERR_FILENO) < 0)
		_exit(126);
	if (nothing > STDERR_FILENO)
		(void)close(nothing);
	/* What this programme ignores or blocks is not the command's concern. */
	(void)signal(SIGPIPE, SIG_DFL);
	(void)signal(SIGXFSZ, SIG_DFL);
	(void)sigemptyset(&signals);
	(void)sigprocmask(SIG_SETMASK, &signals, NULL);
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
		become(command->wish->text, command->terminal, output[1], errors[1]);
	close_pipe(&output[1]);
	close_pipe(&errors[1]);
	command->output = output[0];
	command->errors = errors[0];
	if (command->process > 0)
		return 0;
	return error_set_errno(error, ERROR_TEMPORARY, SCOPE_ACCOUNT, reason,
			       "cannot run the %s of account %s", command->wish->key,
			       command->wish->account);
}

/* Takes what is there, closes at the end of the stream. */
static void take(int *descriptor, struct buffer *buffer)
{
	char bytes[4096];
	ssize_t got = read(*descriptor, bytes, sizeof bytes);
	if (got > 0 && buffer->length + (size_t)got <= OUTPUT_MAX)
		buffer_add(buffer, bytes, (size_t)got);
	else if (got == 0 || (got < 0 && errno != EINTR && errno != EAGAIN))
		close_pipe(descriptor);
	memory_wipe(bytes, sizeof bytes);
}

/* Waits at most MILLISECONDS and takes what the command says meanwhile. False: nothing came. */
static bool listen_for(struct command *command, int milliseconds)
{
	struct pollfd polled[2] = { { .fd = command->output, .events = POLLIN },
				    { .fd = command->errors, .events = POLLIN } };
	int ready = poll(polled, 2, milliseconds);
	if (ready > 0 && polled[0].revents)
		take(&command->output, &command->printed);
	if (ready > 0 && polled[1].revents)
		take(&command->errors, &command->complaint);
	return ready > 0 || (ready < 0 && errno == EINTR);
}

/* Whether the command ended or stopped; its status is known then. */
static bool has_changed(struct command *command)
{
	pid_t process = waitpid(command->process, &command->status, WNOHANG | WUNTRACED);
	if (process < 0 && errno == ECHILD) {
		/* Whoever started this programme ignores SIGCHLD: no status is to be had. What the
		 * command printed decides alone. */
		command->status = 0;
		return true;
	}
	return process == command->process;
}

static bool is_cancelled(const struct command *command)
{
	return command->wish->cancel && atomic_load(command->wish->cancel);
}

static enum ending run_until(struct command *command, int64_t deadline)
{
	while (clock_monotonic_ms() < deadline) {
		if (is_cancelled(command))
			return ENDING_CANCELLED;
		if (!has_changed(command)) {
			(void)listen_for(command, POLL_MS);
			continue;
		}
		if (WIFSTOPPED(command->status))
			return ENDING_STOPPED;
		/* A child left in the background may hold the pipes open for ever: only what is
		 * there by now counts. */
		while (listen_for(command, 0) && clock_monotonic_ms() < deadline)
			;
		return ENDING_BY_ITSELF;
	}
	return ENDING_DEADLINE;
}

static void end(struct command *command, enum ending ending)
{
	if (ending != ENDING_BY_ITSELF) {
		(void)kill(-command->process, SIGKILL);
		(void)kill(command->process, SIGKILL); /* it may not have had its group yet */
		(void)waitpid(command->process, &command->status, 0);
	}
	close_pipe(&command->output);
	close_pipe(&command->errors);
	if (command->terminal >= 0)
		terminal_return(command->terminal);
}

/* Who has the terminal also gets what is typed to end us. */
static bool was_interrupted(const struct command *command)
{
	return command->terminal >= 0 && WIFSIGNALED(command->status) &&
	       WTERMSIG(command->status) == SIGINT;
}

/* What it said on stderr, in one line; the caller owns it. */
static char *complaint_of(const struct command *command)
{
	struct buffer line = BUFFER_INITIAL;
	const char *rest = buffer_text(&command->complaint);
	while (*rest && line.length < COMPLAINT_MAX) {
		size_t length = strcspn(rest, "\r\n");
		if (length > 0 && line.length > 0)
			buffer_add_text(&line, "; ");
		buffer_add(&line, rest, length);
		rest += length + strspn(rest + length, "\r\n");
	}
	if (line.length > COMPLAINT_MAX) {
		line.length = COMPLAINT_MAX;
		line.bytes[line.length] = '\0';
	}
	return buffer_take(&line);
}

static int refuse(const struct command *command, enum error_kind kind, const char *what,
		  struct error *error)
{
	char *said = complaint_of(command);
	int result = error_set(error, kind, SCOPE_ACCOUNT, "the %s of account %s %s%s%s",
			       command->wish->key, command->wish->account, what,
			       *said ? "; it said: " : "", said);
	free(said);
	return result;
}

static int judge(const struct command *command, enum ending ending, struct error *error)
{
	unsigned int timeout_seconds = command->wish->timeout_seconds;
	char what[100];
	enum error_kind kind = ERROR_FAILED; /* the configuration may be right all the same */
	if (ending == ENDING_CANCELLED || (ending == ENDING_BY_ITSELF && was_interrupted(command)))
		return error_set(error, ERROR_TEMPORARY, SCOPE_ACCOUNT,
				 "stopped by a signal, and with it the %s of account %s; run again",
				 command->wish->key, command->wish->account);
	if (ending == ENDING_STOPPED)
		return refuse(command, ERROR_CONFIG,
			      "wants to ask something on the terminal, which it cannot have: "
			      "let it use an agent or a window",
			      error);
	if (ending == ENDING_DEADLINE)
		(void)snprintf(what, sizeof what, "did not end within %u %s and was stopped",
			       timeout_seconds, text_plural(timeout_seconds, "second", "seconds"));
	else if (WIFSIGNALED(command->status))
		(void)snprintf(what, sizeof what, "was ended by signal %d",
			       WTERMSIG(command->status));
	else if (WEXITSTATUS(command->status) != 0) {
		if (WEXITSTATUS(command->status) == 127 || WEXITSTATUS(command->status) == 126)
			kind = ERROR_CONFIG; /* the shell's words for: there is no such command */
		(void)snprintf(what, sizeof what, "failed with exit status %d",
			       WEXITSTATUS(command->status));
	} else if (strcspn(buffer_text(&command->printed), "\r\n") == 0)
		(void)snprintf(what, sizeof what, "printed no %s in its first line",
			       command->wish->wanted);
	else
		return 0;
	return refuse(command, kind, what, error);
}

int credential_command_run(const struct credential_command *wish, char **line_r,
			   struct error *error)
{
	struct command command = {
		.wish = wish, .terminal = terminal_take(), .output = -1, .errors = -1
	};
	enum ending ending = ENDING_BY_ITSELF;
	int64_t deadline = clock_monotonic_ms() + (int64_t)wish->timeout_seconds * 1000;
	buffer_make_secret(&command.printed);
	int result = start(&command, error);
	if (result == 0)
		ending = run_until(&command, deadline);
	end(&command, ending);
	if (result == 0)
		result = judge(&command, ending, error);
	if (result == 0) {
		const char *text = buffer_text(&command.printed);
		*line_r = memory_text_length(text, strcspn(text, "\r\n"));
	}
	buffer_release(&command.printed);
	buffer_release(&command.complaint);
	return result;
}
