/* Logging in by a browser: the authorization code grant (RFC 6749 section 4.1, RFC 8252).
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "credential/grant.h"
#include "credential/login_ways.h"

#define WAIT_SECONDS (15 * 60) /* for the user */

const char *login_user(const struct config_account *account)
{
	return account->oauth.user ? account->oauth.user : account->user;
}

/* The port in an address of loopback; 0: it has none. */
static uint16_t port_in(const char *url)
{
	const char *host = url + sizeof "http://" - 1;
	const char *end = host + (*host == '[' ? strcspn(host, "]") : strcspn(host, ":/?"));
	end += *end == ']' ? 1 : 0;
	unsigned long port = *end == ':' ? strtoul(end + 1, NULL, 10) : 0;
	return port <= UINT16_MAX ? (uint16_t)port : 0;
}

/* URL with PORT in it. The caller owns it. */
static char *with_port(const char *url, uint16_t port)
{
	const char *host = url + sizeof "http://" - 1;
	const char *end = host + (*host == '[' ? strcspn(host, "]") : strcspn(host, ":/?"));
	end += *end == ']' ? 1 : 0;
	const char *rest = end + (*end == ':' ? strcspn(end, "/?") : 0);
	return memory_format("%.*s:%u%s", (int)(end - url), url, (unsigned int)port, rest);
}

/* Where the browser is to come back to, listening there where that is this computer. */
static int prepare_redirect(struct login_attempt *attempt, uint16_t *port_r, char **url_r,
			    struct error *error)
{
	const char *configured = attempt->account->oauth.redirect_url;
	bool here = !configured || config_address_is_loopback(configured);
	char *local = memory_format("http://%s", attempt->endpoints.redirect_host);
	const char *url = configured ? configured : local;
	uint16_t port = attempt->login->port ? attempt->login->port
			: here && configured ? port_in(configured)
					     : 0;
	int result = 0;
	*port_r = 0;
	if (here && attempt->login->way == CREDENTIAL_LOGIN_BROWSER)
		result = redirect_listen(port, &attempt->redirect, &port, error);
	if (attempt->redirect)
		*port_r = port;
	if (result == 0)
		*url_r = here && port > 0 ? with_port(url, port) : memory_text(url);
	free(local);
	return result;
}

static int redeem(const struct login_attempt *attempt, const struct authorization *authorization,
		  const char *redirect_url, const char *code, struct credential_json **json_r,
		  struct error *error)
{
	const struct grant_client client = { .account = attempt->account,
					     .token_url = attempt->endpoints.token,
					     .secret = attempt->secret,
					     .timeout_seconds = attempt->account->timeout,
					     .cancel = attempt->login->cancel };
	struct grant_answer answer;
	int result =
		grant_redeem(&client, code, authorization->verifier, redirect_url, &answer, error);
	if (result == 0 && answer.refusal.word) {
		result = refusal_set_error(&answer.refusal, REFUSAL_OF_LOGIN,
					   attempt->account->name, error);
	} else if (result == 0) {
		*json_r = answer.json;
		answer.json = NULL;
	}
	grant_answer_release(&answer);
	return result;
}

static int refuse_answer(const struct login_attempt *attempt,
			 const struct authorization_result *result, struct error *error)
{
	struct refusal refusal = refusal_create(result->word, result->words, 0);
	int refused = refusal_set_error(&refusal, REFUSAL_OF_LOGIN, attempt->account->name, error);
	refusal_release(&refusal);
	return refused;
}

static void show(const struct login_attempt *attempt, const struct authorization *authorization,
		 const char *redirect_url, uint16_t port)
{
	const struct credential_login *login = attempt->login;
	char *url = authorization_url(authorization, &attempt->endpoints,
				      attempt->account->oauth.client_id, redirect_url,
				      login_user(attempt->account));
	const struct credential_login_step step = { .url = url,
						    .paste = login->input >= 0,
						    .comes_back = attempt->redirect != NULL,
						    .port = port };
	login->show(login->context, &step);
	free(url);
}

static int authorize(struct login_attempt *attempt, const struct authorization *authorization,
		     const char *redirect_url, struct credential_json **json_r, struct error *error)
{
	struct authorization_result result;
	const struct redirect_wait wait = { .authorization = authorization,
					    .endpoints = &attempt->endpoints,
					    .redirect_url = redirect_url,
					    .input = attempt->login->input,
					    .timeout_seconds = WAIT_SECONDS,
					    .cancel = attempt->login->cancel };
	if (redirect_wait(attempt->redirect, &wait, &result, error) != 0)
		return -1;
	int done =
		result.answer == AUTHORIZATION_GIVEN
			? redeem(attempt, authorization, redirect_url, result.code, json_r, error)
			: refuse_answer(attempt, &result, error);
	authorization_result_release(&result);
	return done;
}

int login_by_browser(struct login_attempt *attempt, struct credential_json **json_r,
		     struct error *error)
{
	struct authorization authorization;
	char *redirect_url;
	uint16_t port;
	if (!attempt->endpoints.authorize)
		return error_set(
			error, ERROR_CONFIG, SCOPE_ACCOUNT,
			"the provider of account %s has no address for a login by a browser: "
			"use --device, or write authorize-url",
			attempt->account->name);
	if (prepare_redirect(attempt, &port, &redirect_url, error) != 0)
		return -1;
	authorization_begin(&authorization);
	show(attempt, &authorization, redirect_url, port);
	int result = authorize(attempt, &authorization, redirect_url, json_r, error);
	memory_wipe(&authorization, sizeof authorization);
	free(redirect_url);
	return result;
}
