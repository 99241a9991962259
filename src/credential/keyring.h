/* The desktop's keyring (the Secret Service of freedesktop.org). SPDX-License-Identifier:
 * GPL-3.0-or-later */
#ifndef NAVETTE_CREDENTIAL_KEYRING_H
#define NAVETTE_CREDENTIAL_KEYRING_H

#include <stdbool.h>

#include "base/error.h"

/* By what an item is found. Unused attributes have a NULL name. Texts are borrowed. */
#define KEYRING_ATTRIBUTES_MAX 8
struct keyring_item {
	struct {
		const char *name, *value;
	} attributes[KEYRING_ATTRIBUTES_MAX];
};

/* Errors of all: ERROR_FAILED, SCOPE_ACCOUNT, for a keyring that is not there or is locked;
 * ERROR_CONFIG without libsecret. Each returns 0 or -1. */

/* *secret_r: of the newest item with these attributes, to be released with memory_free_secret();
 * NULL: there is none. ASKING: the user may be asked to open the keyring. */
int keyring_read(const struct keyring_item *item, bool asking, char **secret_r,
		 struct error *error);
/* Replaces what had the same attributes. */
int keyring_write(const struct keyring_item *item, const char *label, const char *secret,
		  bool asking, struct error *error);
int keyring_remove(const struct keyring_item *item, bool *had_r, struct error *error);
/* "libsecret 0.20.5", or NULL: this program was built without. */
const char *keyring_library(void);

#endif
