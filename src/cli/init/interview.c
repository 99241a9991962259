/* Questions. SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/init/interview.h"

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/memory.h"
#include "base/text.h"

#define WIDTH_MAX 80u
#define WIDTH_MIN 20u
#define TRIES_MAX 5 /* of an answer that makes no sense: what comes is perhaps no person's */
#define ANSWER_MAX 4096

/* --- Saying --- */

static unsigned int terminal_width(void)
{
	struct winsize size;
	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0)
		return WIDTH_MAX;
	return size.ws_col > WIDTH_MAX   ? WIDTH_MAX
	       : size.ws_col < WIDTH_MIN ? WIDTH_MIN
					 : size.ws_col;
}

/* Prints TEXT word by word. A word that is wider than the terminal breaks where that does. */
static void print_broken(const char *text)
{
	size_t width = terminal_width() - 1; /* some terminals break a line that just fits */
	size_t column = 0;
	while (*text != '\0') {
		size_t length = strcspn(text, " ");
		if (column > 0 && column + 1 + length > width) {
			(void)putchar('\n');
			column = 0;
		}
		column += (size_t)printf("%s%.*s", column > 0 ? " " : "", (int)length, text);
		text += length;
		text += strspn(text, " ");
	}
}

__attribute__((format(printf, 1, 0))) static char *format_text(const char *format,
							       va_list arguments)
{
	char *text = NULL;
	int length = vasprintf(&text, format, arguments);
	if (length < 0)
		memory_fail();
	char *printable = text_printable(text, (size_t)length);
	free(text);
	return printable;
}

void interview_say(const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	char *text = format_text(format, arguments);
	va_end(arguments);
	print_broken(text);
	(void)putchar('\n');
	(void)fflush(stdout); /* what could not be written shows at the end of the programme */
	free(text);
}

/* --- Reading --- */

/* Waits in pieces, so that a signal that came just before is noticed too. */
static bool await_input(const struct interview *interview)
{
	struct pollfd input = { .fd = STDIN_FILENO, .events = POLLIN };
	for (;;) {
		if (interview->cancel && atomic_load(interview->cancel))
			return false;
		int ready = poll(&input, 1, 500);
		if (ready > 0)
			return true;
		if (ready < 0 && errno != EINTR)
			return false;
	}
}

/* A line without its end and the white space around it. Byte by byte, so that what follows stays
 * for whoever reads on. NULL: there is none. The caller wipes it where it is a secret. */
static char *read_line(struct interview *interview)
{
	struct buffer line = BUFFER_INITIAL;
	char byte = '\0';
	bool any = false;
	buffer_make_secret(&line);
	while (byte != '\n' && await_input(interview) && read(STDIN_FILENO, &byte, 1) == 1) {
		any = true;
		if (byte != '\n' && line.length < ANSWER_MAX)
			buffer_add_byte(&line, byte);
	}
	const char *start = buffer_text(&line);
	start += strspn(start, " \t\r");
	size_t length = strlen(start);
	while (length > 0 && strchr(" \t\r", start[length - 1]))
		length--;
	char *answer =
		any && (byte == '\n' || length > 0) ? memory_text_length(start, length) : NULL;
	buffer_release(&line);
	if (!answer)
		interview->ended = true;
	return answer;
}

static void prompt(const char *question, const char *default_answer)
{
	char *text = default_answer ? memory_format("%s [%s]:", question, default_answer)
				    : memory_format("%s:", question);
	char *printable = text_printable(text, strlen(text));
	print_broken(printable);
	(void)putchar(' ');
	(void)fflush(stdout);
	free(printable);
	free(text);
}

char *interview_ask(struct interview *interview, const char *question, const char *default_answer)
{
	if (interview->silent)
		return default_answer ? memory_text(default_answer) : NULL;
	for (int tried = 0; tried < TRIES_MAX && !interview->ended; tried++) {
		prompt(question, default_answer);
		char *answer = read_line(interview);
		if (!answer)
			(void)putchar('\n');
		if (answer && *answer == '\0' && default_answer) {
			free(answer);
			return memory_text(default_answer);
		}
		if (answer && *answer != '\0')
			return answer;
		free(answer);
	}
	interview->ended = true;
	return NULL;
}

char *interview_ask_secret(struct interview *interview, const char *question)
{
	struct termios shown;
	struct termios hidden;
	if (interview->silent)
		return NULL;
	bool terminal = tcgetattr(STDIN_FILENO, &shown) == 0;
	if (terminal) {
		hidden = shown;
		hidden.c_lflag &= (tcflag_t)~ECHO;
		/* Before the question: who answers at once would see it, or be lost. */
		terminal = tcsetattr(STDIN_FILENO, TCSAFLUSH, &hidden) == 0;
	}
	prompt(question, NULL);
	char *answer = read_line(interview);
	if (terminal)
		(void)tcsetattr(STDIN_FILENO, TCSADRAIN, &shown); /* as before */
	(void)putchar('\n');
	return answer;
}

int interview_choose(struct interview *interview, const char *question, const char *const *choices,
		     size_t count, size_t default_choice)
{
	char number[24];
	(void)snprintf(number, sizeof number, "%zu", default_choice + 1);
	if (interview->silent)
		return (int)default_choice;
	interview_say("%s", question);
	for (size_t i = 0; i < count; i++)
		interview_say("%zu. %s", i + 1, choices[i]);
	for (int tried = 0; tried < TRIES_MAX; tried++) {
		uint64_t chosen = 0;
		char *answer = interview_ask(interview, "Number", number);
		if (!answer)
			return -1;
		bool good = text_parse_number(answer, count, &chosen) && chosen > 0;
		free(answer);
		if (good)
			return (int)chosen - 1;
		interview_say("A number from 1 to %zu is needed.", count);
	}
	interview->ended = true;
	return -1;
}

bool interview_confirm(struct interview *interview, const char *question, bool default_answer)
{
	for (int tried = 0; tried < TRIES_MAX; tried++) {
		char *answer = interview_ask(interview, question, default_answer ? "yes" : "no");
		if (!answer)
			break;
		bool yes = text_starts_with_ignoring_case("yes", answer);
		bool no = text_starts_with_ignoring_case("no", answer);
		free(answer);
		if (yes || no)
			return yes;
		interview_say("Yes or no is needed.");
	}
	return default_answer;
}
