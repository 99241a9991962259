/* The ways to log in. Internal to login.c. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_CREDENTIAL_LOGIN_WAYS_H
#define NAVETTE_CREDENTIAL_LOGIN_WAYS_H

#include "credential/endpoints.h"
#include "credential/json.h"
#include "credential/login.h"
#include "credential/redirect.h"

/* One login under way. */
struct login_attempt {
	const struct config_account *account;
	const struct credential_login *login;
	struct endpoints endpoints;
	char *secret;              /* of the client; may be NULL */
	struct redirect *redirect; /* with a browser that waits for the end; may be NULL */
};

/* Whose tokens are wanted; NULL: the configuration does not say. */
const char *login_user(const struct config_account *account);

/* Each gives what the token endpoint gave, as *json_r. Returns 0 or -1. */
int login_by_browser(struct login_attempt *attempt, struct credential_json **json_r,
		     struct error *error); /* login_browser.c */
int login_by_device(const struct login_attempt *attempt, struct credential_json **json_r,
		    struct error *error); /* login_device.c */

#endif
