/* What a login has given, and is kept. SPDX-License-Identifier: GPL-3.0-or-later */
#include "credential/token.h"

#include <stdlib.h>

#include "base/memory.h"
#include "credential/json.h"

#define FORMAT 1       /* of what is kept */
#define SPARE_MAX 60   /* seconds before its end in which a token is not used any more ... */
#define SPARE_SHARE 10 /* ... but no more than this part of its life */

static char *text_of(const struct credential_json *json, const char *name)
{
	const char *text = credential_json_text(json, name);
	return text ? memory_text(text) : NULL;
}

bool token_read(const char *text, size_t length, struct token *token_r)
{
	struct credential_json *json = credential_json_read(text, length);
	*token_r = (struct token){ .access = NULL };
	if (!json)
		return false;
	bool good = credential_json_number(json, "version", 0) == FORMAT;
	if (good)
		*token_r = (struct token){
			.access = text_of(json, "access_token"),
			.refresh = text_of(json, "refresh_token"),
			.client_id = text_of(json, "client_id"),
			.token_url = text_of(json, "token_url"),
			.user = text_of(json, "user"),
			.obtained = credential_json_number(json, "obtained", 0),
			.expires = credential_json_number(json, "expires", 0),
			.logged_in = credential_json_number(json, "logged_in", 0),
		};
	credential_json_release(&json);
	return good && token_r->access && token_r->client_id && token_r->token_url;
}

char *token_print(const struct token *token)
{
	struct credential_json *json = credential_json_create();
	credential_json_set_number(json, "version", FORMAT);
	credential_json_set_text(json, "access_token", token->access);
	credential_json_set_text(json, "refresh_token", token->refresh);
	credential_json_set_text(json, "client_id", token->client_id);
	credential_json_set_text(json, "token_url", token->token_url);
	credential_json_set_text(json, "user", token->user);
	credential_json_set_number(json, "obtained", token->obtained);
	credential_json_set_number(json, "expires", token->expires);
	credential_json_set_number(json, "logged_in", token->logged_in);
	char *printed = credential_json_print(json);
	credential_json_release(&json);
	return printed;
}

bool token_is_fresh(const struct token *token, int64_t now)
{
	int64_t spare = (token->expires - token->obtained) / SPARE_SHARE;
	if (token->expires == 0)
		return true; /* until the server does not take it */
	if (spare > SPARE_MAX)
		spare = SPARE_MAX;
	return now >= token->obtained - SPARE_MAX && now < token->expires - spare;
}

void token_release(struct token *token)
{
	memory_free_secret(token->access);
	memory_free_secret(token->refresh);
	free(token->client_id);
	free(token->token_url);
	free(token->user);
	*token = (struct token){ .access = NULL };
}
