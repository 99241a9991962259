/* A file that is made as a whole, or not at all, and never in the place of another.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_CLI_INIT_NEW_FILE_H
#define NAVETTE_CLI_INIT_NEW_FILE_H

#include "base/buffer.h"
#include "base/error.h"

struct new_file {
	char *path;      /* where it is to be in the end */
	char *temporary; /* beside it; NULL: nothing was written yet */
};

/* For PATH, whose directory is made where it is missing. ERROR_CONFIG where something stands there
 * already. Returns 0 or -1; release in any case. */
int new_file_begin(struct new_file *file, const char *path, struct error *error);
/* Writes TEXT beside it, with mode 0600, in place of what was written before. Returns 0 or -1. */
int new_file_write(struct new_file *file, const struct buffer *text, struct error *error);
/* Gives it its name, durably. Returns 0 or -1. */
int new_file_publish(struct new_file *file, struct error *error);
/* Removes what was not published. */
void new_file_end(struct new_file *file);

#endif
