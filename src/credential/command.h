/* Running a command that prints a secret. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_CREDENTIAL_COMMAND_H
#define NAVETTE_CREDENTIAL_COMMAND_H

#include <stdatomic.h>
#include <stdbool.h>

#include "base/error.h"

/* Which command, for what. Texts are borrowed. */
struct credential_command {
	const char *key;     /* that it stands behind: "password-command" */
	const char *text;    /* what /bin/sh -c gets */
	const char *wanted;  /* what its first line is: "password" */
	const char *account; /* for sentences */
	unsigned int timeout_seconds;
	const atomic_bool *cancel; /* may be NULL */
};

/* The first line (without its line end) of what the command prints. It runs with stdin from
 * /dev/null, its stdout and stderr captured, in its own process group, which has the terminal where
 * there is one; that whole group is killed
 * after the timeout, or as soon as CANCEL becomes true, which is ERROR_TEMPORARY. A failing,
 * hanging or silent command is an error (SCOPE_ACCOUNT; ERROR_FAILED, or ERROR_CONFIG where there
 * is no such command or it wants a terminal where there is none) that names its exit status or
 * signal and what it printed on stderr. *line_r is the caller's, to be released with
 * memory_free_secret(). Returns 0 or -1. */
int credential_command_run(const struct credential_command *command, char **line_r,
			   struct error *error);

#endif
