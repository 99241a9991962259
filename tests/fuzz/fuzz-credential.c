/* Fuzz target: what providers of tokens, browsers and files of passwords say. The first byte picks
 * which. SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "credential/authorization.h"
#include "credential/issued.h"
#include "credential/netrc.h"
#include "credential/refusal.h"
#include "credential/token.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

/* A request that was read has a target that is one. */
static void read_request(const char *bytes, size_t size)
{
	const struct config_oauth google = { .provider = CONFIG_OAUTH_GOOGLE };
	const struct authorization authorization = { .state = "S", .verifier = "V" };
	struct endpoints endpoints = endpoints_of(&google);
	char *target = NULL;
	if (authorization_request_read(bytes, size, &target) > 0) {
		if (*target != '/' || strpbrk(target, " \r\n"))
			abort();
		struct authorization_result result = authorization_read(
			&authorization, &endpoints, "http://127.0.0.1:1", target);
		/* Nothing is believed without the state. */
		if (result.answer == AUTHORIZATION_GIVEN && !strstr(target, "S") &&
		    !strstr(target, "%53"))
			abort();
		authorization_result_release(&result);
	}
	memory_free_secret(target);
	endpoints_release(&endpoints);
}

/* What is taken as a token can be sent and kept. */
static void read_answer(const char *bytes, size_t size)
{
	char name[] = "work";
	char id[] = "id";
	char url[] = "https://x";
	const struct config_account account = { .name = name };
	struct token token = { .client_id = NULL };
	struct error error = ERROR_INITIAL;
	struct credential_json *json = credential_json_read(bytes, size);
	char *lacking = NULL;
	bool matches;
	if (!json)
		return;
	free(issued_user(json, "me@example.org", &matches));
	(void)issued_grants(json, "a https://x/b", &lacking);
	free(lacking);
	if (issued_take(&account, json, 1000, &token, &error) == 0) {
		struct token again;
		token.client_id = memory_text(id);
		token.token_url = memory_text(url);
		char *text = token_print(&token);
		if (!token_read(text, strlen(text), &again) ||
		    strcmp(again.access, token.access) != 0)
			abort();
		token_release(&again);
		memory_free_secret(text);
	}
	token_release(&token);
	const char *word = credential_json_text(json, "error");
	if (word) {
		struct refusal refusal =
			refusal_create(word, credential_json_text(json, "error_description"),
				       credential_json_number(json, "error_codes", 0));
		if (refusal_set_error(&refusal, REFUSAL_OF_REFRESH, name, &error) != -1 ||
		    error.kind == ERROR_NONE)
			abort();
		refusal_release(&refusal);
	}
	credential_json_release(&json);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	const struct netrc_wanted wanted = { .host = "h", .port = 993, .user = "u" };
	struct token token;
	if (size == 0)
		return 0;
	const char *text = (const char *)bytes + 1;
	size_t length = size - 1;
	switch (bytes[0]) {
	case 'r':
		read_request(text, length);
		break;
	case 'a':
		read_answer(text, length);
		break;
	case 'n':
		memory_free_secret(netrc_find(text, length, &wanted));
		break;
	default:
		(void)token_read(text, length, &token);
		token_release(&token);
		break;
	}
	return 0;
}
