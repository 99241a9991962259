/* The keys of an [account] section. Internal to config. SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef NAVETTE_CONFIG_KEYS_H
#define NAVETTE_CONFIG_KEYS_H

#include "config/config.h"

/* Sets the key NAME of ACCOUNT. When it cannot, *problem_r is a text of the caller's that says why
 * (without file and line). */
bool config_key_set(struct config_account *account, const char *name, const char *value,
		    char **problem_r);
/* The name of the key of that number, from 0 on; NULL past the last. */
const char *config_key_name(size_t index);
/* The number of a key, below 32; -1 when it is unknown. */
int config_key_index(const char *name);
/* Whether its value is a list, which may go on over several lines. */
bool config_key_is_list(const char *name);

/* The defaults, before any key is read. */
void config_account_begin(struct config_account *account, const char *name, unsigned int line);
/* What the keys leave to be completed and checked at the section's end. */
bool config_account_finish(struct config_account *account, char **problem_r);
void config_account_release(struct config_account *account);

#endif
