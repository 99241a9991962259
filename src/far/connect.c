/* From an account to a logged-in session. SPDX-License-Identifier: GPL-3.0-or-later */
#include "far/connect.h"

#include <stdlib.h>

#include "base/memory.h"
#include "credential/password.h"

void connector_begin(struct connector *connector, const struct config_account *account,
		     const atomic_bool *cancel)
{
	*connector = (struct connector){ .account = account,
					 .cancel = cancel,
					 .tls_memory = imap_tls_memory_create(),
					 .rate = imap_rate_create(account->limits.rate_in,
								  account->limits.rate_out) };
}

static enum imap_tls tls_of(enum config_tls tls)
{
	switch (tls) {
	case CONFIG_TLS_STARTTLS:
		return IMAP_TLS_STARTTLS;
	case CONFIG_TLS_NONE:
		return IMAP_TLS_NONE;
	case CONFIG_TLS_IMPLICIT:
		break;
	}
	return IMAP_TLS_IMPLICIT;
}

static const char *mechanism_of(enum config_auth auth)
{
	switch (auth) {
	case CONFIG_AUTH_PLAIN:
		return "PLAIN";
	case CONFIG_AUTH_LOGIN:
		return "LOGIN";
	case CONFIG_AUTH_SCRAM_SHA_1:
		return "SCRAM-SHA-1";
	case CONFIG_AUTH_SCRAM_SHA_1_PLUS:
		return "SCRAM-SHA-1-PLUS";
	case CONFIG_AUTH_SCRAM_SHA_256:
		return "SCRAM-SHA-256";
	case CONFIG_AUTH_SCRAM_SHA_256_PLUS:
		return "SCRAM-SHA-256-PLUS";
	case CONFIG_AUTH_CRAM_MD5:
		return "CRAM-MD5";
	case CONFIG_AUTH_DIGEST_MD5:
		return "DIGEST-MD5";
	case CONFIG_AUTH_GSSAPI:
		return "GSSAPI";
	case CONFIG_AUTH_EXTERNAL:
		return "EXTERNAL";
	case CONFIG_AUTH_XOAUTH2:
		return "XOAUTH2";
	case CONFIG_AUTH_OAUTHBEARER:
		return "OAUTHBEARER";
	case CONFIG_AUTH_OAUTH2:
	case CONFIG_AUTH_AUTO:
		break;
	}
	return NULL;
}

static enum imap_secret kind_of(enum config_auth auth)
{
	if (auth == CONFIG_AUTH_GSSAPI)
		return IMAP_SECRET_TICKET;
	if (auth == CONFIG_AUTH_EXTERNAL)
		return IMAP_SECRET_CERTIFICATE;
	return config_auth_takes_token(auth) ? IMAP_SECRET_TOKEN : IMAP_SECRET_PASSWORD;
}

static int need_passphrase(struct connector *connector, struct error *error)
{
	if (!connector->account->tls_key_command || connector->passphrase)
		return 0;
	return credential_account_passphrase(connector->account, connector->cancel,
					     &connector->passphrase, error);
}

int connector_need_password(struct connector *connector, struct error *error)
{
	const struct config_account *account = connector->account;
	if (need_passphrase(connector, error) != 0)
		return -1;
	/* No second copy of a secret. */
	if (!connector->password)
		connector->password = account->password;
	if (connector->password || config_account_secret(account) == CONFIG_SECRET_NONE)
		return 0;
	if (credential_account_password(account, account->timeout, connector->cancel,
					&connector->answer, error) != 0)
		return -1;
	connector->password = connector->answer;
	connector->asked++;
	return 0;
}

void connector_forget_password(struct connector *connector, unsigned int asked)
{
	/* Who typed it in is not asked again because a connection broke. */
	if (connector->answer && connector->asked == asked &&
	    config_account_secret(connector->account) != CONFIG_SECRET_PASSWORD_ASK)
		connector_end(connector);
}

void connector_refuse_password(struct connector *connector, unsigned int asked)
{
	if (connector->answer && connector->asked == asked) {
		credential_account_refused(connector->account, connector->answer);
		connector_end(connector);
	}
}

struct connector connector_copy(const struct connector *connector)
{
	struct connector copy = *connector;
	if (connector->answer)
		copy.password = copy.answer = memory_text(connector->answer);
	return copy;
}

int connector_open(const struct connector *connector, size_t number, bool *refused_r,
		   struct imap_session **session_r, struct error *error)
{
	const struct config_account *account = connector->account;
	char *label = memory_format("%s %zu", account->name, number + 1);
	char *anew = account->oauth.provider == CONFIG_OAUTH_NONE
			     ? NULL
			     : memory_format("navette login %s", account->name);
	const struct imap_login login = {
		.endpoint = { .host = account->host,
			      .port = account->port,
			      .tls = tls_of(account->tls),
			      .tls_ca = account->tls_ca,
			      .tls_fingerprint = account->tls_fingerprint,
			      .tls_key_fingerprint = account->tls_key_fingerprint,
			      .tls_1_3 = account->tls_1_3,
			      .tls_name = account->tls_name,
			      .tls_cert = account->tls_cert,
			      .tls_key = account->tls_key,
			      .tls_passphrase = connector->passphrase,
			      .tls_memory = connector->tls_memory,
			      .rate = connector->rate,
			      .proxy = account->proxy,
			      .tunnel = account->tunnel,
			      .timeout = account->timeout,
			      .cancel = connector->cancel },
		.user = account->user,
		.password = connector->password,
		.kind = kind_of(account->auth),
		.login_command = anew,
		.mechanism = mechanism_of(account->auth),
		.disabled = &account->disable_extensions,
		.refused_r = refused_r,
		.label = label,
	};
	int result = imap_session_open(&login, session_r, error);
	free(anew);
	free(label);
	return result;
}

void connector_end(struct connector *connector)
{
	memory_free_secret(connector->answer);
	connector->answer = NULL;
	connector->password = NULL;
}

void connector_release(struct connector *connector)
{
	connector_end(connector);
	memory_free_secret(connector->passphrase);
	connector->passphrase = NULL;
	imap_tls_memory_destroy(&connector->tls_memory);
	imap_rate_destroy(&connector->rate);
}
