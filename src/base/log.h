/* What is said on stderr. Thread-safe: one call is one line, never torn.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_BASE_LOG_H
#define NAVETTE_BASE_LOG_H

#include <stdbool.h>
#include <stddef.h>

enum log_level {
	LOG_ERROR,   /* always shown */
	LOG_WARNING, /* shown unless -q */
	LOG_NOTICE,  /* shown unless -q: summaries */
	LOG_VERBOSE, /* -v: each operation */
	LOG_WIRE     /* -vv: the protocol, secrets struck out */
};

/* The most talkative level shown; LOG_NOTICE at start. Set once, before threads exist. */
void log_set_level(enum log_level level);
bool log_shows(enum log_level level);

/* Where systemd's journal reads stderr, each line begins with its priority from here on ("<3>" to
 * "<7>", sd-daemon(3)). Called once, before threads exist. */
void log_detect_journal(void);

/* Prints "navette: TEXT\n" on stderr when LEVEL is shown. As printable as text_printable()
 * makes it. A warning that was said already, and not too many others ago, is not said again. */
void log_line(enum log_level level, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* A function called around every line, so that a progress display can clear and redraw itself:
 * before(context) and after(context) run under the log's lock. NULLs remove it. */
void log_set_hooks(void (*before)(void *context), void (*after)(void *context), void *context);

#endif
