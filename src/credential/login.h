/* navette login: the one time that the user is asked. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_CREDENTIAL_LOGIN_H
#define NAVETTE_CREDENTIAL_LOGIN_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "config/config.h"

enum credential_login_way {
	CREDENTIAL_LOGIN_BROWSER, /* the browser comes back to this computer, or an address is
				     pasted */
	CREDENTIAL_LOGIN_PASTE,   /* an address is pasted */
	CREDENTIAL_LOGIN_DEVICE   /* a code is entered on another device (RFC 8628) */
};

/* What the user is to do. Texts are borrowed. */
struct credential_login_step {
	const char *url;  /* to open in a browser */
	const char *code; /* to enter there; NULL: none */
	bool paste;       /* the address that the browser ends on can be given to the input ... */
	bool comes_back;  /* ... but need not, where the browser is on this computer */
	uint16_t port;    /* on which it comes back; 0: it does not */
};

struct credential_login {
	enum credential_login_way way;
	uint16_t port; /* for the browser to come back to; 0: any */
	int input;     /* where an address may be pasted; -1: nowhere */
	void (*show)(void *context, const struct credential_login_step *step);
	void *context;
	const atomic_bool *cancel; /* may be NULL */
};

struct credential_login_result {
	char *user;      /* who signed in, the caller's; NULL: the provider does not say */
	int64_t expires; /* when the token is to be renewed; 0: not known */
	bool lasting;    /* it can be renewed */
};

/* Gets tokens for ACCOUNT, whose user is there and is told what to do, and keeps them in place of
 * what was kept. Whoever signed in must be the account's user, where the provider says who it was,
 * and what is granted must be what was asked for; else nothing is changed. All errors are of
 * SCOPE_ACCOUNT and have a sentence. Returns 0 or -1. */
int credential_login(const struct config_account *account, const struct credential_login *login,
		     struct credential_login_result *result_r, struct error *error);

struct credential_forgotten {
	bool had;     /* there was something */
	bool revoked; /* and the provider has revoked it */
};

/* Asks the provider to revoke what is kept for ACCOUNT, where it has an address for that (RFC
 * 7009), and removes it, whatever the provider says to that (a warning is logged). Returns 0 or -1.
 */
int credential_forget(const struct config_account *account,
		      struct credential_forgotten *forgotten_r, struct error *error);

#endif
