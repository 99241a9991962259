/* From an account to a logged-in session. Internal to far. SPDX-License-Identifier:
 * GPL-3.0-or-later */
#ifndef NAVETTE_FAR_CONNECT_H
#define NAVETTE_FAR_CONNECT_H

#include "config/config.h"
#include "imap/rate.h"
#include "imap/session.h"
#include "imap/tls_memory.h"

/* Makes sessions of one account. The password is asked for before the first login, and again before
 * one that follows the end of a session: it may be a token that is valid for an hour. */
struct connector {
	const struct config_account *account;
	const atomic_bool *cancel;
	const char *password; /* a secret; NULL until it is needed; the account's or the next */
	char *answer;         /* of a command, or a token that is kept, or NULL */
	unsigned int asked;   /* how often it was asked for */
	/* Of the account, and borrowed by copies: */
	char *passphrase; /* of the key of its certificate; NULL until it is needed */
	struct imap_tls_memory *tls_memory;
	struct imap_rate *rate; /* or NULL */
};

void connector_begin(struct connector *connector, const struct config_account *account,
		     const atomic_bool *cancel);
/* Asks for the password, if there is none at hand. Returns 0 or -1. */
int connector_need_password(struct connector *connector, struct error *error);
/* What the command said the ASKED-th time is not to be used any more. */
void connector_forget_password(struct connector *connector, unsigned int asked);
/* The same, and the server did not take it: it is not given again. */
void connector_refuse_password(struct connector *connector, unsigned int asked);
/* A copy with a secret of its own, for a thread that opens a session; connector_end() ends it. */
struct connector connector_copy(const struct connector *connector);
/* Opens a session, after connector_need_password(). NUMBER (from 0) tells it from the account's
 * others. *refused_r (may be NULL) becomes true when the server refused user and password. Returns
 * 0 or -1. */
int connector_open(const struct connector *connector, size_t number, bool *refused_r,
		   struct imap_session **session_r, struct error *error);
/* Wipes the password. */
void connector_end(struct connector *connector);
/* Ends what connector_begin() began, when no session is left. */
void connector_release(struct connector *connector);

#endif
