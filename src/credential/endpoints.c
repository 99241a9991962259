/* Where a provider gives tokens. SPDX-License-Identifier: GPL-3.0-or-later */
#include "credential/endpoints.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"
#include "credential/form.h"
#include "credential/http.h"
#include "credential/json.h"

/* --- Providers by name --- */

/* With the scopes that let it tell who signed in. Without access_type no refresh token is given,
 * and without prompt none on a repeated login. The device grant does not take the scope of mail. */
static struct endpoints google(void)
{
	return (struct endpoints){
		.authorize = memory_text("https://accounts.google.com/o/oauth2/v2/auth"),
		.token = memory_text("https://oauth2.googleapis.com/token"),
		.revoke = memory_text("https://oauth2.googleapis.com/revoke"),
		.issuer = memory_text("https://accounts.google.com"),
		.scope = memory_text("https://mail.google.com/ openid email"),
		.extra = "access_type=offline&prompt=consent",
		.redirect_host = "127.0.0.1",
	};
}

/* It matches a redirection to "localhost" whatever the port is, and one to an address does not. */
static struct endpoints microsoft(const struct config_oauth *oauth)
{
	const char *tenant = oauth->tenant ? oauth->tenant : "common";
	static const char base[] = "https://login.microsoftonline.com/%s/oauth2/v2.0/%s";
	return (struct endpoints){
		.authorize = memory_format(base, tenant, "authorize"),
		.token = memory_format(base, tenant, "token"),
		.device = memory_format(base, tenant, "devicecode"),
		.scope = memory_text("https://outlook.office.com/IMAP.AccessAsUser.All "
				     "offline_access openid profile email"),
		.extra = "",
		.redirect_host = "localhost",
	};
}

static struct endpoints yahoo(void)
{
	return (struct endpoints){
		.authorize = memory_text("https://api.login.yahoo.com/oauth2/request_auth"),
		.token = memory_text("https://api.login.yahoo.com/oauth2/get_token"),
		.scope = memory_text("mail-w"),
		.extra = "",
		.redirect_host = "localhost",
	};
}

static char *copy(const char *text)
{
	return text ? memory_text(text) : NULL;
}

static struct endpoints custom(const struct config_oauth *oauth)
{
	return (struct endpoints){
		.authorize = copy(oauth->authorize_url),
		.token = copy(oauth->token_url),
		.device = copy(oauth->device_url),
		.issuer = copy(oauth->issuer),
		.extra = "",
		.redirect_host = "127.0.0.1",
	};
}

/* A refresh token is given to those who ask the user each time (OpenID Connect Core section 11). */
static bool wants_consent(const struct config_oauth *oauth)
{
	static const char word[] = "offline_access";
	const char *found = oauth->scope ? strstr(oauth->scope, word) : NULL;
	return oauth->provider == CONFIG_OAUTH_CUSTOM && found &&
	       (found == oauth->scope || found[-1] == ' ') && strchr(" ", found[sizeof word - 1]);
}

struct endpoints endpoints_of(const struct config_oauth *oauth)
{
	struct endpoints endpoints = oauth->provider == CONFIG_OAUTH_GOOGLE      ? google()
				     : oauth->provider == CONFIG_OAUTH_MICROSOFT ? microsoft(oauth)
				     : oauth->provider == CONFIG_OAUTH_YAHOO     ? yahoo()
										 : custom(oauth);
	if (oauth->scope) {
		free(endpoints.scope);
		endpoints.scope = memory_text(oauth->scope);
	}
	if (wants_consent(oauth))
		endpoints.extra = "prompt=consent";
	return endpoints;
}

void endpoints_release(struct endpoints *endpoints)
{
	free(endpoints->authorize);
	free(endpoints->device);
	free(endpoints->token);
	free(endpoints->revoke);
	free(endpoints->issuer);
	free(endpoints->scope);
	*endpoints = (struct endpoints){ .extra = "" };
}

/* --- Discovery --- */

/* RFC 8414 section 3.1: the well-known part goes between the host and the path of the issuer. */
static char *metadata_url(const char *issuer)
{
	static const char well_known[] = "/.well-known/oauth-authorization-server";
	const char *host = strstr(issuer, "://") + 3;
	size_t length = (size_t)(host - issuer) + strcspn(host, "/");
	const char *path = issuer + length;
	size_t path_length = strlen(path);
	if (path_length > 0 && path[path_length - 1] == '/')
		path_length--;
	return memory_format("%.*s%s%.*s", (int)length, issuer, well_known, (int)path_length, path);
}

/* OpenID Connect Discovery 1.0 section 4: behind the path. */
static char *openid_url(const char *issuer)
{
	size_t length = strlen(issuer);
	if (length > 0 && issuer[length - 1] == '/')
		length--;
	return memory_format("%.*s/.well-known/openid-configuration", (int)length, issuer);
}

/* Takes URL. *json_r: what it says, or NULL. */
static int ask(char *url, const char *proxy, unsigned int timeout_seconds,
	       const atomic_bool *cancel, struct credential_json **json_r, struct error *error)
{
	const struct http_question question = {
		.url = url, .proxy = proxy, .timeout_seconds = timeout_seconds, .cancel = cancel
	};
	struct http_answer answer;
	*json_r = NULL;
	int result = http_ask(&question, &answer, error);
	if (result == 0 && answer.status == 200)
		*json_r = credential_json_read(buffer_text(&answer.body), answer.body.length);
	http_answer_release(&answer);
	free(url);
	return result;
}

static bool is_safe(const char *url)
{
	return text_starts_with(url, "https://") || config_address_is_loopback(url);
}

/* Nothing that a login would fail for. */
static void take_revocation(const struct credential_json *json, struct endpoints *endpoints)
{
	const char *url = credential_json_text(json, "revocation_endpoint");
	if (url && is_safe(url) && !endpoints->revoke)
		endpoints->revoke = memory_text(url);
}

/* Takes the address of that name where the configuration has none. */
static int take(const struct credential_json *json, const char *name, char **place,
		struct error *error)
{
	const char *value = credential_json_text(json, name);
	if (*place || !value)
		return 0;
	if (!is_safe(value))
		return error_set(error, ERROR_FAILED, SCOPE_ACCOUNT,
				 "the issuer names as its %s %s, which is no address that begins "
				 "with https://",
				 name, value);
	*place = memory_text(value);
	return 0;
}

static int take_all(const struct config_account *account, const struct credential_json *json,
		    struct endpoints *endpoints, struct error *error)
{
	const char *issuer = account->oauth.issuer;
	const char *said = credential_json_text(json, "issuer");
	if (!said || strcmp(said, issuer) != 0) /* RFC 8414 section 3.3 */
		return error_set(
			error, ERROR_CONFIG, SCOPE_ACCOUNT,
			"the issuer of account %s calls itself %s, not %s; if that is right, "
			"write so behind issuer",
			account->name, said ? said : "nothing", issuer);
	endpoints->issuer_is_told =
		credential_json_flag(json, "authorization_response_iss_parameter_supported");
	if (take(json, "authorization_endpoint", &endpoints->authorize, error) != 0 ||
	    take(json, "token_endpoint", &endpoints->token, error) != 0 ||
	    take(json, "device_authorization_endpoint", &endpoints->device, error) != 0)
		return -1;
	take_revocation(json, endpoints);
	if (endpoints->token)
		return 0;
	return error_set(error, ERROR_CONFIG, SCOPE_ACCOUNT,
			 "the issuer %s does not say where it gives tokens: write token-url",
			 issuer);
}

int endpoints_discover(const struct config_account *account, unsigned int timeout_seconds,
		       const atomic_bool *cancel, struct endpoints *endpoints, struct error *error)
{
	const char *issuer = account->oauth.issuer;
	struct credential_json *json;
	if (!issuer)
		return 0;
	if (ask(metadata_url(issuer), account->proxy, timeout_seconds, cancel, &json, error) != 0 ||
	    (!json &&
	     ask(openid_url(issuer), account->proxy, timeout_seconds, cancel, &json, error) != 0))
		return -1;
	if (!json)
		return error_set(error, ERROR_TEMPORARY, SCOPE_ACCOUNT,
				 "the issuer %s of account %s does not describe itself (RFC 8414); "
				 "check issuer, or write token-url and authorize-url",
				 issuer, account->name);
	int result = take_all(account, json, endpoints, error);
	credential_json_release(&json);
	return result;
}
