/* The user at the terminal. SPDX-License-Identifier: GPL-3.0-or-later */
#include "credential/terminal.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/memory.h"

#define POLL_MS 100
#define ANSWER_MAX 4096u

static pthread_mutex_t taken = PTHREAD_MUTEX_INITIALIZER;
static atomic_bool is_taken;

bool terminal_is_taken(void)
{
	return atomic_load(&is_taken);
}

int terminal_take(void)
{
	(void)pthread_mutex_lock(&taken);
	int terminal = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
	if (terminal >= 0 && tcgetpgrp(terminal) == getpgrp()) {
		atomic_store(&is_taken, true);
		return terminal;
	}
	if (terminal >= 0)
		(void)close(terminal); /* nothing was written to it */
	(void)pthread_mutex_unlock(&taken);
	return -1;
}

void terminal_return(int terminal)
{
	sigset_t stops;
	sigset_t before;
	/* Who is in the background is stopped when it does this. */
	(void)sigemptyset(&stops);
	(void)sigaddset(&stops, SIGTTOU);
	(void)pthread_sigmask(SIG_BLOCK, &stops, &before);
	(void)tcsetpgrp(terminal, getpgrp()); /* a terminal that is gone needs nobody */
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	(void)close(terminal); /* what was shown was seen or not */
	atomic_store(&is_taken, false);
	(void)pthread_mutex_unlock(&taken);
}

void terminal_enter(int terminal)
{
	(void)tcsetpgrp(terminal, getpid()); /* else it is stopped when it asks, and that is told */
}

/* False: nothing more will come. */
static bool read_some(int terminal, struct buffer *line)
{
	char bytes[256];
	ssize_t got = read(terminal, bytes, sizeof bytes);
	if (got > 0)
		buffer_add(line, bytes, (size_t)got);
	memory_wipe(bytes, sizeof bytes);
	return got > 0 || (got < 0 && (errno == EINTR || errno == EAGAIN));
}

/* Until the line's end, or ANSWER_MAX. False: cancelled. */
static bool read_line(int terminal, const atomic_bool *cancel, struct buffer *line)
{
	struct pollfd polled = { .fd = terminal, .events = POLLIN };
	while (!strpbrk(buffer_text(line), "\r\n") && line->length < ANSWER_MAX) {
		if (cancel && atomic_load(cancel))
			return false;
		if (poll(&polled, 1, POLL_MS) > 0 && !read_some(terminal, line))
			return true;
	}
	return true;
}

static void say(int terminal, const char *text)
{
	(void)!write(terminal, text, strlen(text)); /* the answer tells whether it was seen */
}

static int ask(int terminal, const char *question, const char *account, const atomic_bool *cancel,
	       char **secret_r, struct error *error)
{
	struct termios before;
	struct buffer line = BUFFER_INITIAL;
	if (tcgetattr(terminal, &before) != 0)
		return error_set_errno(error, ERROR_CONFIG, SCOPE_ACCOUNT, errno,
				       "cannot ask for the password of account %s", account);
	struct termios hidden = before;
	hidden.c_lflag &= ~(tcflag_t)(ECHO | ECHOE | ECHOK | ECHONL);
	hidden.c_lflag |= ICANON | ISIG;
	buffer_make_secret(&line);
	(void)tcsetattr(terminal, TCSAFLUSH,
			&hidden); /* a terminal that shows all the same is seen */
	say(terminal, question);
	bool done = read_line(terminal, cancel, &line);
	(void)tcsetattr(terminal, TCSAFLUSH, &before);
	say(terminal, "\n");
	size_t length = strcspn(buffer_text(&line), "\r\n");
	int result = 0;
	if (!done)
		result = error_set(error, ERROR_TEMPORARY, SCOPE_ACCOUNT,
				   "stopped by a signal; run again");
	else if (length == 0)
		result = error_set(error, ERROR_FAILED, SCOPE_ACCOUNT,
				   "no password was given for account %s", account);
	else
		*secret_r = memory_text_length(buffer_text(&line), length);
	buffer_release(&line);
	return result;
}

int terminal_ask(const char *question, const char *account, const atomic_bool *cancel,
		 char **secret_r, struct error *error)
{
	int terminal = terminal_take();
	if (terminal < 0)
		return error_set(
			error, ERROR_CONFIG, SCOPE_ACCOUNT,
			"the password of account %s is to be asked for (password = ask), and "
			"there is no terminal to ask on: use password-command or another "
			"source for runs without one",
			account);
	int result = ask(terminal, question, account, cancel, secret_r, error);
	terminal_return(terminal);
	return result;
}
