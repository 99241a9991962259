/* A file that holds one secret. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_CREDENTIAL_TOKEN_FILE_H
#define NAVETTE_CREDENTIAL_TOKEN_FILE_H

#include <stdbool.h>

#include "base/buffer.h"
#include "base/error.h"

/* PATH is the file's; a name beside it, with ":new" behind, is used to replace it. Errors are
 * ERROR_FAILED, SCOPE_ACCOUNT. Each returns 0 or -1. */

/* Adds the content to TEXT, a secret; *found_r false: there is no file. One that belongs to another
 * user, that others can read or write, or that is no file, is an error. */
int token_file_read(const char *path, struct buffer *text, bool *found_r, struct error *error);
/* Makes the new file, empty, with room for what is to be written. *room_r is its descriptor. */
int token_file_make_room(const char *path, int *room_r, struct error *error);
/* For what is not going to be written. */
void token_file_give_up_room(const char *path, int room);
/* Replaces PATH by TEXT, mode 0600, in ROOM, which is closed: its bytes are made durable, it is
 * renamed, its name is made durable. */
int token_file_write(const char *path, int room, const char *text, struct error *error);
int token_file_remove(const char *path, bool *had_r, struct error *error);

#endif
