/* Paths of any length. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_BASE_PATH_H
#define NAVETTE_BASE_PATH_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

/* "A/B"; the caller owns it. */
char *path_join(const char *directory, const char *name);

/* Takes slashes away that mean nothing, in place: all but one of several together, and the last,
 * but not that of "/". One directory so has one spelling, in messages and where paths are compared.
 */
void path_tidy(char *path);

/* Expands a leading ~ or ~user and every $NAME or ${NAME}; an unset variable or unknown user is an
 * error (ERROR_CONFIG). The result is tidy. *expanded_r is the caller's. Returns 0 or -1. */
int path_expand(const char *path, char **expanded_r, struct error *error);

/* Creates PATH and its missing parents with mode 0700. An existing directory is fine. Every
 * directory that was made, and its parent, is fsynced. Returns 0 or -1 (ERROR_FAILED,
 * SCOPE_FOLDER). */
int path_make_directories(const char *path, struct error *error);

/* Makes the entries of a directory durable. One that cannot be synced, by its file system's word,
 * is no error. Returns 0 or -1 (ERROR_FAILED, SCOPE_FOLDER). */
int path_sync_directory(const char *path, struct error *error);

/* How many bytes its user may still write to the file system of PATH. False where that cannot be
 * known. */
bool path_free_bytes(const char *path, uint64_t *bytes_r);

/* The XDG base directories with their fall-backs: "$XDG_CONFIG_HOME/navette" and
 * "$XDG_STATE_HOME/navette". The caller owns the result. */
char *path_config_directory(void);
char *path_state_directory(void);

#endif
