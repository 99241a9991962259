/* The keys of an [account] section about who logs in, and with what secret.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "config/login_keys.h"
#include "config/values.h"

#define ATTRIBUTES_MAX 8

/* --- Values --- */

static bool read_auth(void *field, const char *value, char **problem_r)
{
	static const struct config_choice choices[] = {
		{ "auto", CONFIG_AUTH_AUTO },
		{ "plain", CONFIG_AUTH_PLAIN },
		{ "login", CONFIG_AUTH_LOGIN },
		{ "scram-sha-1", CONFIG_AUTH_SCRAM_SHA_1 },
		{ "scram-sha-1-plus", CONFIG_AUTH_SCRAM_SHA_1_PLUS },
		{ "scram-sha-256", CONFIG_AUTH_SCRAM_SHA_256 },
		{ "scram-sha-256-plus", CONFIG_AUTH_SCRAM_SHA_256_PLUS },
		{ "cram-md5", CONFIG_AUTH_CRAM_MD5 },
		{ "digest-md5", CONFIG_AUTH_DIGEST_MD5 },
		{ "gssapi", CONFIG_AUTH_GSSAPI },
		{ "external", CONFIG_AUTH_EXTERNAL },
		{ "oauth2", CONFIG_AUTH_OAUTH2 },
		{ "xoauth2", CONFIG_AUTH_XOAUTH2 },
		{ "oauthbearer", CONFIG_AUTH_OAUTHBEARER },
		{ NULL, 0 }
	};
	int number;
	if (!config_value_choice(choices, value, &number, problem_r))
		return false;
	*(enum config_auth *)field = (enum config_auth)number;
	return true;
}

/* A name in a directory of systemd's. */
static bool read_credential(void *field, const char *value, char **problem_r)
{
	if (!strchr(value, '/') && strcmp(value, ".") != 0 && strcmp(value, "..") != 0)
		return config_read_text(field, value, problem_r);
	*problem_r =
		memory_format("must be the name of a credential of the unit, not \"%s\"", value);
	return false;
}

static bool read_attributes(void *field, const char *value, char **problem_r)
{
	struct text_list *list = field;
	char *word;
	while (config_next_word(&value, &word))
		text_list_adopt(list, word);
	if (list->count > 0 && list->count % 2 == 0 && list->count <= (size_t)2 * ATTRIBUTES_MAX)
		return true;
	*problem_r = memory_format("takes up to %d attributes with their values, such as \"service "
				   "imap.example.org user me\"",
				   ATTRIBUTES_MAX);
	return false;
}

/* --- The table --- */

#define MEMBER(name) offsetof(struct config_account, name)

const struct config_key config_secret_keys[] = {
	{ "user", config_read_text, MEMBER(user), false },
	{ "user-command", config_read_text, MEMBER(user_command), false },
	{ "password", config_read_text, MEMBER(password), false },
	{ "password-command", config_read_text, MEMBER(password_command), false },
	{ "password-credential", read_credential, MEMBER(password_credential), false },
	{ "password-keyring", read_attributes, MEMBER(password_keyring), false },
	{ "password-netrc", config_read_path, MEMBER(password_netrc), false },
	{ "token-command", config_read_text, MEMBER(token_command), false },
	{ "auth", read_auth, MEMBER(auth), false },
	{ .name = NULL },
};

/* --- Where the secret comes from --- */

static bool has_source(const struct config_account *account, enum config_secret secret)
{
	switch (secret) {
	case CONFIG_SECRET_PASSWORD:
		return account->password != NULL;
	case CONFIG_SECRET_PASSWORD_COMMAND:
		return account->password_command != NULL;
	case CONFIG_SECRET_PASSWORD_CREDENTIAL:
		return account->password_credential != NULL;
	case CONFIG_SECRET_PASSWORD_KEYRING:
		return account->password_keyring.count > 0;
	case CONFIG_SECRET_PASSWORD_NETRC:
		return account->password_netrc != NULL;
	case CONFIG_SECRET_PASSWORD_ASK:
		return account->password_ask;
	case CONFIG_SECRET_TOKEN_COMMAND:
		return account->token_command != NULL;
	case CONFIG_SECRET_OAUTH:
		return account->oauth.provider != CONFIG_OAUTH_NONE;
	case CONFIG_SECRET_NONE:
		break;
	}
	return false;
}

/* The first source after AFTER. */
static enum config_secret next_source(const struct config_account *account, int after)
{
	for (int i = after + 1; i <= CONFIG_SECRET_OAUTH; i++) {
		if (has_source(account, (enum config_secret)i))
			return (enum config_secret)i;
	}
	return CONFIG_SECRET_NONE;
}

enum config_secret config_account_secret(const struct config_account *account)
{
	return next_source(account, CONFIG_SECRET_NONE);
}

const char *config_secret_key(enum config_secret secret)
{
	static const char *const keys[] = {
		[CONFIG_SECRET_PASSWORD] = "password",
		[CONFIG_SECRET_PASSWORD_COMMAND] = "password-command",
		[CONFIG_SECRET_PASSWORD_CREDENTIAL] = "password-credential",
		[CONFIG_SECRET_PASSWORD_KEYRING] = "password-keyring",
		[CONFIG_SECRET_PASSWORD_NETRC] = "password-netrc",
		[CONFIG_SECRET_PASSWORD_ASK] = "password",
		[CONFIG_SECRET_TOKEN_COMMAND] = "token-command",
		[CONFIG_SECRET_OAUTH] = "oauth",
	};
	return keys[secret];
}

bool config_auth_takes_token(enum config_auth auth)
{
	return auth == CONFIG_AUTH_OAUTH2 || auth == CONFIG_AUTH_XOAUTH2 ||
	       auth == CONFIG_AUTH_OAUTHBEARER;
}

bool config_auth_takes_no_secret(enum config_auth auth)
{
	return auth == CONFIG_AUTH_GSSAPI || auth == CONFIG_AUTH_EXTERNAL;
}

/* --- The section's end --- */

static bool is_token(enum config_secret secret)
{
	return secret == CONFIG_SECRET_TOKEN_COMMAND || secret == CONFIG_SECRET_OAUTH;
}

/* "password = ask" is no secret. */
static void take_ask(struct config_account *account)
{
	if (!account->password || strcmp(account->password, "ask") != 0)
		return;
	memory_free_secret(account->password);
	account->password = NULL;
	account->password_ask = true;
}

static char *problem_of_token_login(enum config_secret secret)
{
	if (secret != CONFIG_SECRET_NONE)
		return memory_format("logs in by OAuth 2.0, which takes a token and no password: "
				     "write oauth or token-command in place of %s",
				     config_secret_key(secret));
	return memory_text(
		"logs in by OAuth 2.0 and has no token-command and no oauth: add "
		"\"token-command = ...\", which prints an access token, or \"oauth = ...\", "
		"for navette login");
}

char *config_secret_problem(struct config_account *account)
{
	take_ask(account);
	enum config_secret secret = config_account_secret(account);
	enum config_secret other = next_source(account, (int)secret);
	if (secret != CONFIG_SECRET_NONE && other != CONFIG_SECRET_NONE)
		return memory_format("has both %s and %s; keep one", config_secret_key(secret),
				     config_secret_key(other));
	if (account->user && account->user_command)
		return memory_text("has both user and user-command; keep one");
	if (is_token(secret) && account->auth == CONFIG_AUTH_AUTO)
		account->auth = CONFIG_AUTH_OAUTH2;
	if (is_token(secret) && !config_auth_takes_token(account->auth))
		return memory_format("has %s, but auth takes a password: remove auth, or write "
				     "auth = oauth2",
				     config_secret_key(secret));
	if (config_auth_takes_no_secret(account->auth))
		return secret == CONFIG_SECRET_NONE
			       ? config_oauth_problem(&account->oauth)
			       : memory_format("has %s, but auth = %s takes none; keep one",
					       config_secret_key(secret),
					       account->auth == CONFIG_AUTH_GSSAPI ? "gssapi"
										   : "external");
	if (config_auth_takes_token(account->auth) && !is_token(secret))
		return problem_of_token_login(secret);
	if ((account->user || account->user_command) && secret == CONFIG_SECRET_NONE &&
	    !account->tunnel)
		return memory_text("has neither password-command nor password");
	return config_oauth_problem(&account->oauth);
}

void config_secret_release(struct config_account *account)
{
	free(account->user);
	free(account->user_command);
	memory_free_secret(account->password);
	free(account->password_command);
	free(account->password_credential);
	text_list_release(&account->password_keyring);
	free(account->password_netrc);
	free(account->token_command);
}
