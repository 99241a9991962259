/* Access tokens of OAuth 2.0: kept, and renewed. SPDX-License-Identifier: GPL-3.0-or-later */
#include "credential/oauth.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/text.h"
#include "credential/client_secret.h"
#include "credential/grant.h"
#include "credential/issued.h"
#include "credential/token_store.h"

struct renewal {
	const struct config_account *account;
	unsigned int timeout_seconds;
	const atomic_bool *cancel;
};

static int64_t now_seconds(void)
{
	return clock_real_ns() / 1000000000;
}

/* --- What is kept --- */

static int refuse_without_login(const struct config_account *account, const char *why,
				struct error *error)
{
	return error_set(error, ERROR_LOGIN, SCOPE_ACCOUNT,
			 "account %s %s: run \"navette login %s\"", account->name, why,
			 account->name);
}

/* What is kept, if it is of the client that the configuration names. */
static int read_token(const struct config_account *account, struct token *token_r,
		      struct error *error)
{
	bool found;
	if (token_store_read(account, token_r, &found, error) != 0)
		return -1;
	if (!found)
		return refuse_without_login(account, "is not logged in", error);
	if (strcmp(token_r->client_id, account->oauth.client_id) == 0)
		return 0;
	token_release(token_r);
	return refuse_without_login(account, "is logged in for another client-id", error);
}

/* --- Renewing --- */

static int ask_for_token(const struct renewal *renewal, struct token *token, struct error *error)
{
	struct grant_client client = { .account = renewal->account,
				       .token_url = token->token_url,
				       .timeout_seconds = renewal->timeout_seconds,
				       .cancel = renewal->cancel };
	struct grant_answer answer;
	char *secret = NULL;
	if (credential_client_secret(renewal->account, renewal->timeout_seconds, renewal->cancel,
				     &secret, error) != 0)
		return -1;
	client.secret = secret;
	int result = grant_refresh(&client, token->refresh, &answer, error);
	memory_free_secret(secret);
	if (result == 0 && answer.refusal.word)
		result = refusal_set_error(&answer.refusal, REFUSAL_OF_REFRESH,
					   renewal->account->name, error);
	else if (result == 0)
		result = issued_take(renewal->account, answer.json, now_seconds(), token, error);
	grant_answer_release(&answer);
	return result;
}

/* What was just given may be all that is valid: it is used even where it could not be kept. */
static void keep(const struct config_account *account, const struct token *token, int room)
{
	struct error error = ERROR_INITIAL;
	if (token_store_write(account, token, room, false, &error) != 0)
		log_line(LOG_WARNING,
			 "the new tokens of account %s could not be kept, so the next run "
			 "may need a new login: %s",
			 account->name, error.text);
}

static int renew(const struct renewal *renewal, struct token *token, struct error *error)
{
	int room;
	if (!token->refresh)
		return refuse_without_login(
			renewal->account,
			"has a token that has expired, and the provider gave none "
			"to renew it with",
			error);
	if (token_store_make_room(renewal->account, &room, error) != 0)
		return -1;
	if (ask_for_token(renewal, token, error) != 0) {
		token_store_give_up_room(renewal->account, room);
		return -1;
	}
	keep(renewal->account, token, room);
	return 0;
}

/* Under the lock: another run may have renewed it meanwhile. */
static int read_and_renew(const struct renewal *renewal, struct token *token_r, struct error *error)
{
	if (read_token(renewal->account, token_r, error) != 0)
		return -1;
	if (token_is_fresh(token_r, now_seconds()) || renew(renewal, token_r, error) == 0)
		return 0;
	token_release(token_r);
	return -1;
}

static int lock_and_renew(const struct renewal *renewal, struct token *token_r, struct error *error)
{
	int lock;
	if (token_store_lock(renewal->account, renewal->timeout_seconds, renewal->cancel, &lock,
			     error) != 0)
		return -1;
	int result = read_and_renew(renewal, token_r, error);
	token_store_unlock(lock);
	return result;
}

int credential_oauth_token(const struct config_account *account, unsigned int timeout_seconds,
			   const atomic_bool *cancel, char **token_r, struct error *error)
{
	const struct renewal renewal = { .account = account,
					 .timeout_seconds = timeout_seconds,
					 .cancel = cancel };
	struct token token;
	if (read_token(account, &token, error) != 0)
		return -1;
	if (!token_is_fresh(&token, now_seconds())) {
		token_release(&token);
		if (lock_and_renew(&renewal, &token, error) != 0)
			return -1;
	}
	*token_r = memory_text(token.access);
	token_release(&token);
	return 0;
}

/* --- A refused token --- */

static void void_token(const struct config_account *account, const char *refused)
{
	struct token token;
	struct error ignored = ERROR_INITIAL; /* what comes next finds it too */
	int room;
	if (read_token(account, &token, &ignored) != 0)
		return;
	/* Another run may have a new one already. */
	if (strcmp(token.access, refused) == 0 && token.refresh &&
	    token_store_make_room(account, &room, &ignored) == 0) {
		token.expires = 1;
		keep(account, &token, room);
	}
	token_release(&token);
}

void credential_oauth_refused(const struct config_account *account, const char *token)
{
	struct error ignored = ERROR_INITIAL;
	int lock;
	if (token_store_lock(account, account->timeout, NULL, &lock, &ignored) != 0)
		return;
	void_token(account, token);
	token_store_unlock(lock);
}

/* --- What can be told --- */

/* "59 minutes"; the caller owns it. */
static char *duration(int64_t seconds)
{
	static const struct {
		int64_t seconds;
		const char *one, *many;
	} units[] = { { 86400, "day", "days" },
		      { 3600, "hour", "hours" },
		      { 60, "minute", "minutes" },
		      { 1, "second", "seconds" } };
	size_t i = 0;
	while (i < 3 && seconds < 2 * units[i].seconds)
		i++;
	uint64_t count = (uint64_t)(seconds > 0 ? seconds / units[i].seconds : 0);
	return memory_format("%llu %s", (unsigned long long)count,
			     text_plural(count, units[i].one, units[i].many));
}

static char *describe(const struct token *token, int64_t now)
{
	int64_t left = token->expires - now;
	char *time = duration(left);
	char *life = token->expires == 0
			     ? memory_text("is good for a time that the provider does not "
					   "tell")
		     : left > 0 ? memory_format("is good for %s more", time)
				: memory_text("has expired");
	char *text =
		memory_format("the token%s%s %s and %s", token->user ? " of " : "",
			      token->user ? token->user : "", life,
			      token->refresh ? "can be renewed"
					     : "cannot be renewed: a new login will be needed");
	free(life);
	free(time);
	return text;
}

char *credential_oauth_describe(const struct config_account *account, bool *lasting_r)
{
	struct token token;
	struct error ignored = ERROR_INITIAL; /* asking for the token tells it */
	*lasting_r = false;
	if (read_token(account, &token, &ignored) != 0)
		return NULL;
	char *text = describe(&token, now_seconds());
	*lasting_r = token.refresh != NULL;
	token_release(&token);
	return text;
}

const char *credential_oauth_libraries(void)
{
	return "libcurl " NAVETTE_LIBCURL ", jansson " NAVETTE_JANSSON;
}
