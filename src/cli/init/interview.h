/* Questions on a terminal, or wherever answers come from. SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef NAVETTE_CLI_INIT_INTERVIEW_H
#define NAVETTE_CLI_INIT_INTERVIEW_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

struct interview {
	bool silent;               /* nothing is asked: each answer is the default */
	const atomic_bool *cancel; /* set by a signal: the question under way has no answer */
	bool ended;                /* the answers ended, or were cancelled */
};

/* A paragraph, broken at the terminal's width (80 columns at most, and where it has none). What a
 * terminal would obey is made visible. */
void interview_say(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Asks, with DEFAULT (may be NULL: an answer is needed) in brackets. The caller owns the answer.
 * NULL: there is none, and `ended` is set, or nothing is asked and there is no default. */
char *interview_ask(struct interview *interview, const char *question, const char *default_answer);
/* The same without showing what is typed; no default. A secret. */
char *interview_ask_secret(struct interview *interview, const char *question);
/* Shows numbered CHOICES and asks for one. Returns its index, or -1 as above. */
int interview_choose(struct interview *interview, const char *question, const char *const *choices,
		     size_t count, size_t default_choice);
/* Yes or no; DEFAULT when there is no answer. */
bool interview_confirm(struct interview *interview, const char *question, bool default_answer);

#endif
