/* What is said on stderr. SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/log.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/text.h"

#define WARNINGS_KEPT 64u

/* The one mutable global below cli: everything that is said goes to the one stderr. */
static struct {
	pthread_mutex_t lock;
	enum log_level level;
	bool priorities;
	void (*before)(void *context);
	void (*after)(void *context);
	void *context;
	char *warnings[WARNINGS_KEPT]; /* said last, owned, in a ring; NULL: none yet */
	size_t next_warning;
} log_state = { .lock = PTHREAD_MUTEX_INITIALIZER, .level = LOG_NOTICE };

void log_set_level(enum log_level level)
{
	log_state.level = level;
	for (size_t i = 0; i < WARNINGS_KEPT; i++) {
		free(log_state.warnings[i]);
		log_state.warnings[i] = NULL;
	}
}

/* The journal says which stream it reads, as DEVICE:INODE (systemd.exec(5)); stderr may be another
 * by now. */
void log_detect_journal(void)
{
	const char *stream = getenv("JOURNAL_STREAM");
	struct stat status;
	char own[64];
	if (!stream || fstat(STDERR_FILENO, &status) != 0)
		return;
	(void)snprintf(own, sizeof own, "%ju:%ju", (uintmax_t)status.st_dev,
		       (uintmax_t)status.st_ino);
	log_state.priorities = strcmp(stream, own) == 0;
}

bool log_shows(enum log_level level)
{
	return level <= log_state.level;
}

/* Whether it is one of the warnings said last; under the lock. A server that slips does so in every
 * response, and again in every round. */
static bool is_repeated(enum log_level level, const char *text)
{
	if (level != LOG_WARNING)
		return false;
	for (size_t i = 0; i < WARNINGS_KEPT; i++) {
		if (log_state.warnings[i] && strcmp(log_state.warnings[i], text) == 0)
			return true;
	}
	free(log_state.warnings[log_state.next_warning]);
	log_state.warnings[log_state.next_warning] = memory_text(text);
	log_state.next_warning = (log_state.next_warning + 1) % WARNINGS_KEPT;
	return false;
}

static const char *priority_of(enum log_level level)
{
	static const char *const priorities[] = { [LOG_ERROR] = "<3>",
						  [LOG_WARNING] = "<4>",
						  [LOG_NOTICE] = "<5>",
						  [LOG_VERBOSE] = "<6>",
						  [LOG_WIRE] = "<7>" };
	return log_state.priorities ? priorities[level] : "";
}

static void say(enum log_level level, const char *text)
{
	if (log_state.before)
		log_state.before(log_state.context);
	(void)fprintf(stderr, "%snavette: %s\n", priority_of(level), text);
	if (log_state.after)
		log_state.after(log_state.context);
}

void log_line(enum log_level level, const char *format, ...)
{
	if (!log_shows(level))
		return;
	char *text = NULL;
	va_list arguments;
	va_start(arguments, format);
	int length = vasprintf(&text, format, arguments);
	va_end(arguments);
	if (length < 0)
		return;
	char *printable = text_printable(text, strlen(text));
	(void)pthread_mutex_lock(&log_state.lock);
	if (!is_repeated(level, printable))
		say(level, printable);
	(void)pthread_mutex_unlock(&log_state.lock);
	free(printable);
	free(text);
}

void log_set_hooks(void (*before)(void *context), void (*after)(void *context), void *context)
{
	(void)pthread_mutex_lock(&log_state.lock);
	log_state.before = before;
	log_state.after = after;
	log_state.context = context;
	(void)pthread_mutex_unlock(&log_state.lock);
}
