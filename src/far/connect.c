/* From an account to a logged-in session. SPDX-License-Identifier: GPL-3.0-or-later */
#include "far/connect.h"

#include <stdlib.h>

#include "base/memory.h"
#include "credential/password.h"

void connector_begin(struct connector *connector, const struct config_account *account,
		     const atomic_bool *cancel)
{
	*connector = (struct connector){ .account = account, .cancel = cancel };
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

int connector_need_password(struct connector *connector, struct error *error)
{
	const struct config_account *account = connector->account;
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
			      .tunnel = account->tunnel,
			      .timeout = account->timeout,
			      .cancel = connector->cancel },
		.user = account->user,
		.password = connector->password,
		.kind = config_auth_takes_token(account->auth) ? IMAP_SECRET_TOKEN
							       : IMAP_SECRET_PASSWORD,
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
