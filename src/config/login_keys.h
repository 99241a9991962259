/* The keys of an [account] section about how it logs in, as far as they stand in files of their
 * own. Internal to config. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_CONFIG_LOGIN_KEYS_H
#define NAVETTE_CONFIG_LOGIN_KEYS_H

#include "config/keys.h"

extern const struct config_key config_oauth_keys[];  /* of struct config_oauth */
extern const struct config_key config_secret_keys[]; /* of struct config_account */
extern const struct config_key config_tls_keys[];    /* of struct config_account */

/* What is wrong with how the connection is made and protected, likewise. */
char *config_tls_problem(const struct config_account *account);
void config_tls_release(struct config_account *account);
/* What is wrong with where the account's secret comes from, or NULL; the caller owns it. Completes
 * auth. */
char *config_secret_problem(struct config_account *account);
void config_secret_release(struct config_account *account);

/* What is wrong with them together, or NULL; the caller owns it. */
char *config_oauth_problem(const struct config_oauth *oauth);
/* The IMAP server of a provider's mailboxes; NULL: it is not known. */
const char *config_oauth_host(enum config_oauth_provider provider);
void config_oauth_release(struct config_oauth *oauth);

#endif
