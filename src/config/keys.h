/* Tables of the keys that a section may hold. Internal to config. SPDX-License-Identifier:
 * GPL-3.0-or-later */
#ifndef NAVETTE_CONFIG_KEYS_H
#define NAVETTE_CONFIG_KEYS_H

#include <stddef.h>

#include "config/config.h"
#include "config/values.h"

struct config_key {
	const char *name;
	config_value_function *read;
	size_t offset; /* of the member that it reads into */
	bool is_list;  /* its value may go on over several lines, each of which is read in turn */
};

/* A section's keys: its own, and those of the rules in it. Each part ends with a NULL name; OFFSET
 * is where the structure that its keys read into stands in the section's. */
#define CONFIG_KEY_PARTS 9
struct config_keys {
	const char *of; /* "an account" */
	struct {
		const struct config_key *keys;
		size_t offset;
	} parts[CONFIG_KEY_PARTS];
};

extern const struct config_keys config_account_keys; /* of struct config_account */
extern const struct config_keys config_channel_keys; /* of struct config_channel */
extern const struct config_keys config_global_keys;  /* of struct config_global */

/* No section has more. */
#define CONFIG_KEYS_MAX 128

/* Sets the key NAME of SECTION. When it cannot, *problem_r is a text of the caller's that says why
 * (without file and line). */
bool config_key_set(const struct config_keys *keys, void *section, const char *name,
		    const char *value, char **problem_r);
/* The name of the key of that number, from 0 on; NULL past the last. */
const char *config_key_name(const struct config_keys *keys, size_t index);
/* The number of a key, below CONFIG_KEYS_MAX; -1 when it is unknown. */
int config_key_index(const struct config_keys *keys, const char *name);
bool config_key_is_list(const struct config_keys *keys, const char *name);

/* The defaults, before any key is read. */
struct config_global config_global_default(void);
void config_account_begin(struct config_account *account, const char *name, unsigned int line);
/* What the keys leave to be completed and checked at the section's end. */
bool config_account_finish(struct config_account *account, char **problem_r);
void config_account_release(struct config_account *account);

/* The same of a channel. NAME holds the account's; its rules are the account's until its keys say
 * otherwise. */
void config_channel_begin(struct config_channel *channel, const char *name, unsigned int line,
			  const struct config_rules *rules);
bool config_channel_finish(struct config_channel *channel, char **problem_r);
void config_channel_release(struct config_channel *channel);
/* Room for one more, at the end of the account's; earlier ones may move. */
struct config_channel *config_account_add_channel(struct config_account *account);
/* When the whole file is read: an account without channels gets one for all folders. */
void config_account_complete_channels(struct config_account *account);

#endif
