/* In place of keyring.c, where there is no libsecret. SPDX-License-Identifier: GPL-3.0-or-later */
#include <stddef.h>

#include "credential/keyring.h"

static int refuse(struct error *error)
{
	return error_set(error, ERROR_CONFIG, SCOPE_ACCOUNT,
			 "this navette was built without libsecret, so it cannot use the desktop's "
			 "keyring: build it with the Debian package libsecret-1-dev, or keep the "
			 "secret elsewhere (see navette.conf(5))");
}

int keyring_read(const struct keyring_item *item, bool asking, char **secret_r, struct error *error)
{
	(void)item;
	(void)asking;
	(void)secret_r;
	return refuse(error);
}

int keyring_write(const struct keyring_item *item, const char *label, const char *secret,
		  bool asking, struct error *error)
{
	(void)item;
	(void)label;
	(void)secret;
	(void)asking;
	return refuse(error);
}

int keyring_remove(const struct keyring_item *item, bool *had_r, struct error *error)
{
	(void)item;
	(void)had_r;
	return refuse(error);
}

const char *keyring_library(void)
{
	return NULL;
}
