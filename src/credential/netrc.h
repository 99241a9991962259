/* Passwords from a file as ~/.netrc and ~/.authinfo are. SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef NAVETTE_CREDENTIAL_NETRC_H
#define NAVETTE_CREDENTIAL_NETRC_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

/* Whose password. HOST is the name in the configuration, without regard to case. */
struct netrc_wanted {
	const char *host;
	uint16_t port;
	const char *user;
};

/* The password of the first entry of TEXT, LENGTH bytes, that is for WANTED: "machine HOST [login
 * USER] [port PORT] password PASSWORD", in any order but the first, or "default ..." (ftp(1), the
 * Emacs auth-source manual). A port is a number or "imap" or "imaps"; an entry without a login, or
 * without a port, is for all. Words may be in double quotes, with backslashes. The caller's, to be
 * released with memory_free_secret(); NULL: there is none. */
char *netrc_find(const char *text, size_t length, const struct netrc_wanted *wanted);

/* The same of the file PATH, which nobody else may be able to read. *password_r NULL is no success:
 * it is ERROR_CONFIG, as is a file that is not there; SCOPE_ACCOUNT. Returns 0 or -1. */
int netrc_read(const char *path, const struct netrc_wanted *wanted, char **password_r,
	       struct error *error);

#endif
