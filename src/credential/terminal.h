/* The user at the terminal. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_CREDENTIAL_TERMINAL_H
#define NAVETTE_CREDENTIAL_TERMINAL_H

#include <stdatomic.h>
#include <stdbool.h>

#include "base/error.h"

/* Takes the terminal, if there is one and this program is in its foreground: only then somebody is
 * there. One thread at a time has it. -1: nobody is there. terminal_return() ends it. */
int terminal_take(void);
/* Whether somebody has it now: then nobody else should draw there. */
bool terminal_is_taken(void);
/* Puts this program into the foreground again. */
void terminal_return(int terminal);
/* In a child that leads its own process group, before it becomes a command: puts that group into
 * the foreground, so that it may ask something. Async-signal-safe; all signals must be blocked. */
void terminal_enter(int terminal);

/* Asks for a secret, which is not shown while it is typed, as *secret_r, to be released with
 * memory_free_secret(). Without a terminal it is ERROR_CONFIG, without an
 * answer ERROR_FAILED, when cancelled ERROR_TEMPORARY; SCOPE_ACCOUNT. Returns 0 or -1. */
int terminal_ask(const char *question, const char *account, const atomic_bool *cancel,
		 char **secret_r, struct error *error);

#endif
