/* From an account to a logged-in session. Internal to sync. SPDX-License-Identifier:
 * GPL-3.0-or-later */
#ifndef NAVETTE_SYNC_CONNECT_H
#define NAVETTE_SYNC_CONNECT_H

#include "config/config.h"
#include "imap/session.h"

/* Makes sessions of one account; asks for the password once. */
struct connector {
	const struct config_account *account;
	const atomic_bool *cancel;
	const char *password; /* a secret; NULL until it is needed; the account's or the next */
	char *answer;         /* of its password-command, or NULL */
};

void connector_begin(struct connector *connector, const struct config_account *account,
		     const atomic_bool *cancel);
/* Asks for the password, if that was not done yet. Returns 0 or -1. */
int connector_need_password(struct connector *connector, struct error *error);
/* Opens a session, after connector_need_password(). NUMBER (from 0) tells it from the account's
 * others. May be called by several threads. Returns 0 or -1. */
int connector_open(const struct connector *connector, size_t number,
		   struct imap_session **session_r, struct error *error);
/* Wipes the password. */
void connector_end(struct connector *connector);

/* Says whose state a directory holds: "user@host", or the tunnel. The caller owns it. */
char *connector_account_key(const struct config_account *account);
/* Where the account's state is. The caller owns it. */
char *connector_state_directory(const struct config_account *account);

#endif
