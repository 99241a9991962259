/* Errors as values: what happened, how far the damage reaches, how the run shall end.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_BASE_ERROR_H
#define NAVETTE_BASE_ERROR_H

#include <limits.h>
#include <stdarg.h>
#include <stdbool.h>

/* What kind of failure it is; decides the exit status of the programme. */
enum error_kind {
	ERROR_NONE = 0,
	ERROR_FAILED,    /* something failed, the rest can go on: exit status 1 */
	ERROR_CONFIG,    /* usage or configuration: exit status 2 */
	ERROR_TEMPORARY, /* network or server busy, try again later: exit status 3 */
	ERROR_SAFETY,    /* refused because it could lose mail: exit status 4 */
	ERROR_LOGIN      /* nothing but a new `navette login` helps: exit status 1 */
};

/* How far the damage reaches: what the caller has to give up. Ordered, the wider the larger. */
enum error_scope {
	SCOPE_MESSAGE,    /* this message only; go on with the next */
	SCOPE_FOLDER,     /* this folder only; go on with the next */
	SCOPE_CONNECTION, /* this connection is unusable; the account may be tried on a new one */
	SCOPE_ACCOUNT     /* nothing of this account can go on */
};

/* The longest text an error can carry, in bytes with its NUL; longer ones are cut at a character.
 */
#define ERROR_TEXT_SIZE 1024

/* One error. Needs no clean-up and may be copied. Untouched by functions that succeed. */
struct error {
	enum error_kind kind;
	enum error_scope scope;
	/* Milliseconds after which another try in this run may fare better; 0: nothing says so. */
	unsigned int pause_ms;
	char text[ERROR_TEXT_SIZE]; /* a full sentence for the user: what, where, what to do */
};

/* As a pause: nobody waits so long, so the run ends with it, and the text says when to try again.
 */
#define ERROR_PAUSE_NOT_IN_THIS_RUN UINT_MAX

#define ERROR_INITIAL                                                  \
	{                                                              \
		.kind = ERROR_NONE, .scope = SCOPE_MESSAGE, .text = "" \
	}

/* Sets *error (which may be NULL: the error is dropped) and returns -1, so that a function can
 * `return error_set(...)`. It has no pause. Control bytes in the result are shown as \xNN. */
int error_set(struct error *error, enum error_kind kind, enum error_scope scope, const char *format,
	      ...) __attribute__((format(printf, 4, 5)));

/* Like error_set(), with ": strerror(errno_value)" appended. ENOSPC, EDQUOT, EMFILE, ENFILE and
 * EINTR keep the kind given. */
int error_set_errno(struct error *error, enum error_kind kind, enum error_scope scope,
		    int errno_value, const char *format, ...) __attribute__((format(printf, 5, 6)));

/* Puts context in front of the text: "CONTEXT: TEXT". Returns -1. */
int error_prefix(struct error *error, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Says that another try in this run may fare better, not before PAUSE_MS (1 or more). Returns -1.
 */
int error_set_pause(struct error *error, unsigned int pause_ms);

/* Widens the scope to at least SCOPE. Returns -1. */
int error_widen(struct error *error, enum error_scope scope);

/* Which of two kinds a whole run ends with: configuration before safety before a new login
 * before failure before what may pass by itself, so that the graver is never hidden by the lighter
 * beside it. */
enum error_kind error_worse(enum error_kind a, enum error_kind b);

/* Back to no error. */
void error_clear(struct error *error);

#endif
