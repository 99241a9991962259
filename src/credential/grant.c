/* The grants of OAuth 2.0. SPDX-License-Identifier: GPL-3.0-or-later */
#include "credential/grant.h"

#include <stdlib.h>

#include "base/buffer.h"
#include "credential/form.h"
#include "credential/http.h"

void grant_answer_release(struct grant_answer *answer)
{
	credential_json_release(&answer->json);
	refusal_release(&answer->refusal);
}

/* A captive portal answers everything with a page of its own; a server in trouble with another. */
static int refuse_nonsense(const struct grant_client *client, const char *url, long status,
			   struct error *error)
{
	char *host = form_host(url);
	if (status == 429 || status >= 500)
		(void)error_set(
			error, ERROR_TEMPORARY, SCOPE_ACCOUNT, /* always -1 */
			"the provider of account %s, %s, has trouble of its own (HTTP status "
			"%ld); try again later",
			client->account->name, host, status);
	else
		(void)error_set(
			error, ERROR_TEMPORARY, SCOPE_ACCOUNT, /* always -1 */
			"what %s answered account %s is no answer about tokens (HTTP status "
			"%ld): the network may want a login of its own first; else check the "
			"keys about oauth",
			host, client->account->name, status);
	free(host);
	return -1;
}

static int judge(const struct grant_client *client, const char *url,
		 const struct http_answer *answer, struct grant_answer *answer_r,
		 struct error *error)
{
	struct credential_json *json =
		credential_json_read(buffer_text(&answer->body), answer->body.length);
	const char *word = json ? credential_json_text(json, "error") : NULL;
	if (!json || (!word && answer->status != 200)) {
		credential_json_release(&json);
		return refuse_nonsense(client, url, answer->status, error);
	}
	answer_r->json = json;
	if (word)
		answer_r->refusal =
			refusal_create(word, credential_json_text(json, "error_description"),
				       credential_json_number(json, "error_codes", 0));
	return 0;
}

/* FORM is wiped. */
static int ask(const struct grant_client *client, const char *url, struct buffer *form,
	       bool answer_counts, struct grant_answer *answer_r, struct error *error)
{
	struct http_answer answer;
	*answer_r = (struct grant_answer){ .json = NULL };
	form_add(form, "client_id", client->account->oauth.client_id);
	form_add(form, "client_secret", client->secret);
	const struct http_question question = { .url = url,
						.form = buffer_text(form),
						.proxy = client->account->proxy,
						.timeout_seconds = client->timeout_seconds,
						.cancel = client->cancel,
						.answer_counts = answer_counts };
	int result = http_ask(&question, &answer, error);
	if (result == 0)
		result = judge(client, url, &answer, answer_r, error);
	http_answer_release(&answer);
	buffer_release(form);
	return result;
}

static struct buffer begin(const char *grant_type)
{
	struct buffer form = BUFFER_INITIAL;
	buffer_make_secret(&form);
	form_add(&form, "grant_type", grant_type);
	return form;
}

int grant_redeem(const struct grant_client *client, const char *code, const char *verifier,
		 const char *redirect_url, struct grant_answer *answer_r, struct error *error)
{
	struct buffer form = begin("authorization_code");
	form_add(&form, "code", code);
	form_add(&form, "code_verifier", verifier);
	form_add(&form, "redirect_uri", redirect_url);
	return ask(client, client->token_url, &form, false, answer_r, error);
}

int grant_refresh(const struct grant_client *client, const char *refresh_token,
		  struct grant_answer *answer_r, struct error *error)
{
	struct buffer form = begin("refresh_token");
	form_add(&form, "refresh_token", refresh_token);
	return ask(client, client->token_url, &form, true, answer_r, error);
}

int grant_ask_device(const struct grant_client *client, const char *device_url, const char *scope,
		     struct grant_answer *answer_r, struct error *error)
{
	struct buffer form = BUFFER_INITIAL;
	form_add(&form, "scope", scope);
	return ask(client, device_url, &form, false, answer_r, error);
}

int grant_poll_device(const struct grant_client *client, const char *device_code,
		      struct grant_answer *answer_r, struct error *error)
{
	struct buffer form = begin("urn:ietf:params:oauth:grant-type:device_code");
	form_add(&form, "device_code", device_code);
	return ask(client, client->token_url, &form, false, answer_r, error);
}

/* A token that the provider does not know is void too (RFC 7009 section 2.2), and the body says
 * nothing. */
int grant_revoke(const struct grant_client *client, const char *revoke_url, const char *token,
		 struct error *error)
{
	struct buffer form = BUFFER_INITIAL;
	struct http_answer answer;
	buffer_make_secret(&form);
	form_add(&form, "token", token);
	form_add(&form, "client_id", client->account->oauth.client_id);
	form_add(&form, "client_secret", client->secret);
	const struct http_question question = { .url = revoke_url,
						.form = buffer_text(&form),
						.proxy = client->account->proxy,
						.timeout_seconds = client->timeout_seconds,
						.cancel = client->cancel };
	int result = http_ask(&question, &answer, error);
	if (result == 0 && answer.status != 200) {
		char *host = form_host(revoke_url);
		result = error_set(error, ERROR_FAILED, SCOPE_ACCOUNT,
				   "%s did not revoke the tokens (HTTP status %ld)", host,
				   answer.status);
		free(host);
	}
	http_answer_release(&answer);
	buffer_release(&form);
	return result;
}
