/* Files of the user's that hold secrets. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_CREDENTIAL_SECRET_FILE_H
#define NAVETTE_CREDENTIAL_SECRET_FILE_H

#include "base/buffer.h"
#include "base/error.h"

/* Adds the content of PATH, which the configuration names behind KEY, to TEXT. One that is not
 * there, that others than its owner can read, that is nobody's of this user and root, or that is
 * very long, is ERROR_CONFIG, SCOPE_ACCOUNT. Returns 0 or -1. */
int secret_file_read(const char *path, const char *key, struct buffer *text, struct error *error);

/* The first line of the credential NAME that systemd gave (systemd.exec(5), LoadCredential=), as
 * *secret_r, to be released with memory_free_secret(). Errors as above. */
int secret_file_credential(const char *name, const char *account, char **secret_r,
			   struct error *error);

#endif
