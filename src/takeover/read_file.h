/* A whole file as text. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_TAKEOVER_READ_FILE_H
#define NAVETTE_TAKEOVER_READ_FILE_H

#include <stddef.h>

#include "base/error.h"

/* Up to 1 GiB. *text_r is the caller's. 1 read, 0 there is no such file, -1 error. */
int read_file(const char *path, char **text_r, struct error *error);
/* The same of any bytes. */
int read_file_bytes(const char *path, char **bytes_r, size_t *length_r, struct error *error);

#endif
