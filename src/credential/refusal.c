/* What a provider of tokens says when it gives none, as a sentence. SPDX-License-Identifier:
 * GPL-3.0-or-later */
#include "credential/refusal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/memory.h"
#include "base/text.h"

#define WORDS_MAX 200u
#define WORD_MAX 24u /* longer ones may be a part of a secret */

static const char aadsts[] = "AADSTS";

struct refusal refusal_create(const char *word, const char *words, int64_t number)
{
	const char *code = words ? strstr(words, aadsts) : NULL;
	if (number == 0 && code)
		number = strtoll(code + strlen(aadsts), NULL, 10);
	return (struct refusal){ .word = word ? memory_text(word) : NULL,
				 .words = words ? memory_text(words) : NULL,
				 .number = number };
}

void refusal_release(struct refusal *refusal)
{
	free(refusal->word);
	free(refusal->words);
	*refusal = (struct refusal){ .word = NULL };
}

/* --- What they mean --- */

/* What the user can do about it. */
enum remedy {
	REMEDY_TOLD,  /* the sentence says so */
	REMEDY_LOGIN, /* log in anew */
	REMEDY_WAIT
};

struct meaning {
	const char *sentence;
	enum error_kind kind;
	enum remedy remedy;
};

/* Numbers of Microsoft's; its documentation says to go by them. */
static const struct {
	int64_t number;
	struct meaning meaning;
} numbers[] = {
	{ 65001,
	  { "nobody has consented to what the client-id wants to do", ERROR_LOGIN, REMEDY_LOGIN } },
	{ 65004, { "the user declined", ERROR_LOGIN, REMEDY_LOGIN } },
	{ 90094,
	  { "an administrator of the organization has to allow the application of client-id first",
	    ERROR_FAILED, REMEDY_TOLD } },
	{ 700016,
	  { "the tenant does not know the client-id: check client-id and tenant", ERROR_CONFIG,
	    REMEDY_TOLD } },
	{ 50194,
	  { "the application of client-id is for one tenant alone: add \"tenant = ...\" with its id",
	    ERROR_CONFIG, REMEDY_TOLD } },
	{ 9002332,
	  { "the application of client-id is for organizations alone: use another client-id, or "
	    "tenant = organizations",
	    ERROR_CONFIG, REMEDY_TOLD } },
	{ 7000218,
	  { "the application is confidential: switch on \"allow public client flows\" in its "
	    "registration, or add client-secret-command",
	    ERROR_CONFIG, REMEDY_TOLD } },
	{ 700025,
	  { "the application is public and has no secret: remove client-secret-command",
	    ERROR_CONFIG, REMEDY_TOLD } },
	{ 7000215, { "the secret of client-secret-command is wrong", ERROR_CONFIG, REMEDY_TOLD } },
	{ 7000222,
	  { "the secret of client-secret-command has expired: make a new one", ERROR_CONFIG,
	    REMEDY_TOLD } },
	{ 700022,
	  { "scope names several services; name that of IMAP alone", ERROR_CONFIG, REMEDY_TOLD } },
	{ 50011,
	  { "the address of redirection is not registered: add http://localhost to the \"mobile and "
	    "desktop\" platform of the application",
	    ERROR_CONFIG, REMEDY_TOLD } },
	{ 50126, { "user or password was wrong", ERROR_LOGIN, REMEDY_LOGIN } },
	{ 50074, { "a second factor is wanted", ERROR_LOGIN, REMEDY_LOGIN } },
	{ 50076, { "a second factor is wanted", ERROR_LOGIN, REMEDY_LOGIN } },
	{ 50079, { "a second factor has to be set up", ERROR_LOGIN, REMEDY_LOGIN } },
	{ 53003,
	  { "a policy of the organization (Conditional Access) bars this login; its administrator "
	    "alone can allow it",
	    ERROR_FAILED, REMEDY_TOLD } },
	{ 530032,
	  { "a policy of the organization bars this login; its administrator alone can allow it",
	    ERROR_FAILED, REMEDY_TOLD } },
	{ 50105,
	  { "the user is not assigned to the application; an administrator has to do that",
	    ERROR_FAILED, REMEDY_TOLD } },
	{ 50020,
	  { "this kind of account does not belong to the tenant: check user and tenant",
	    ERROR_CONFIG, REMEDY_TOLD } },
	{ 50034,
	  { "the tenant has no such user: check user and tenant", ERROR_CONFIG, REMEDY_TOLD } },
	{ 500208,
	  { "this kind of account does not belong to the tenant: check user and tenant",
	    ERROR_CONFIG, REMEDY_TOLD } },
	{ 50173, { "the password was changed, or the login revoked", ERROR_LOGIN, REMEDY_LOGIN } },
	{ 700082, { "the login was not used for too long", ERROR_LOGIN, REMEDY_LOGIN } },
	{ 70043,
	  { "a policy of the organization wants a new login from time to time", ERROR_LOGIN,
	    REMEDY_LOGIN } },
	{ 70000, { "the login is not valid any more", ERROR_LOGIN, REMEDY_LOGIN } },
	{ 54005, { "the code was used before", ERROR_LOGIN, REMEDY_LOGIN } },
};

/* The words of the RFCs. */
static const struct {
	const char *word;
	struct meaning meaning;
} words[] = {
	{ "invalid_grant",
	  { "the login is not valid any more: it was revoked, was not used for too long, or the "
	    "password was changed",
	    ERROR_LOGIN, REMEDY_LOGIN } },
	{ "invalid_client",
	  { "it does not know the client-id, or not its secret: check client-id and "
	    "client-secret-command",
	    ERROR_CONFIG, REMEDY_TOLD } },
	{ "unauthorized_client",
	  { "the client-id may not log in this way: check its registration", ERROR_CONFIG,
	    REMEDY_TOLD } },
	{ "unsupported_grant_type",
	  { "it does not let programs log in this way: check its registration, or log in another way "
	    "(see navette login in navette(1))",
	    ERROR_CONFIG, REMEDY_TOLD } },
	{ "invalid_scope",
	  { "it does not give the scope: check scope; for device codes some providers (Google) give "
	    "no mail at all",
	    ERROR_CONFIG, REMEDY_TOLD } },
	{ "redirect_uri_mismatch",
	  { "the address of redirection is not registered for the client-id: register the kind of "
	    "client that docs/providers.md says",
	    ERROR_CONFIG, REMEDY_TOLD } },
	{ "access_denied", { "access was denied", ERROR_LOGIN, REMEDY_LOGIN } },
	{ "authorization_declined", { "access was denied", ERROR_LOGIN, REMEDY_LOGIN } },
	{ "expired_token", { "the code was not entered in time", ERROR_LOGIN, REMEDY_LOGIN } },
	{ "bad_verification_code", { "the code is not known", ERROR_LOGIN, REMEDY_LOGIN } },
	{ "interaction_required", { "it wants to see the user", ERROR_LOGIN, REMEDY_LOGIN } },
	{ "consent_required", { "it wants the user's consent", ERROR_LOGIN, REMEDY_LOGIN } },
	{ "login_required", { "it wants to see the user", ERROR_LOGIN, REMEDY_LOGIN } },
	{ "admin_policy_enforced",
	  { "an administrator of the organization has to allow the application of client-id first",
	    ERROR_FAILED, REMEDY_TOLD } },
	{ "org_internal",
	  { "the application of client-id is for one organization alone: use another client-id",
	    ERROR_CONFIG, REMEDY_TOLD } },
	{ "temporarily_unavailable", { "it is busy", ERROR_TEMPORARY, REMEDY_WAIT } },
	{ "server_error", { "it has trouble of its own", ERROR_TEMPORARY, REMEDY_WAIT } },
	{ "slow_down", { "it is asked too often", ERROR_TEMPORARY, REMEDY_WAIT } },
	{ "rate_limit_exceeded", { "it is asked too often", ERROR_TEMPORARY, REMEDY_WAIT } },
};

static const struct meaning *meaning_of(const struct refusal *refusal)
{
	for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
		if (refusal->number == numbers[i].number)
			return &numbers[i].meaning;
	}
	for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
		if (strcmp(refusal->word, words[i].word) == 0)
			return &words[i].meaning;
	}
	return NULL;
}

/* --- The sentence --- */

/* A provider's words, short, and without what may be a secret that it repeats. */
static char *harmless(const char *text)
{
	struct buffer line = BUFFER_INITIAL;
	char *shown = text_printable(text, strcspn(text, "\r\n"));
	const char *rest = shown;
	while (*rest && line.length < WORDS_MAX) {
		size_t length = strcspn(rest, " ");
		if (length > WORD_MAX)
			buffer_add_text(&line, "***");
		else
			buffer_add(&line, rest, length);
		rest += length;
		if (*rest)
			buffer_add_byte(&line, *rest++);
	}
	free(shown);
	return buffer_take(&line);
}

static int set_unknown(const struct refusal *refusal, enum refusal_of of, const char *account,
		       struct error *error)
{
	char *word = harmless(refusal->word);
	char *said = harmless(refusal->words ? refusal->words : "");
	(void)error_set(
		error, of == REFUSAL_OF_REFRESH ? ERROR_LOGIN : ERROR_FAILED, /* always -1 */
		SCOPE_ACCOUNT,
		"the provider gives account %s no token: %s%s%s%s; check the keys about oauth, "
		"and run \"navette login %s\"",
		account, word, *said ? " (" : "", said, *said ? ")" : "", account);
	free(word);
	free(said);
	return -1;
}

int refusal_set_error(const struct refusal *refusal, enum refusal_of of, const char *account,
		      struct error *error)
{
	const struct meaning *meaning = meaning_of(refusal);
	char detail[60] = "";
	if (!meaning)
		return set_unknown(refusal, of, account, error);
	enum error_kind kind = meaning->kind;
	if (of == REFUSAL_OF_LOGIN && kind == ERROR_LOGIN)
		kind = ERROR_FAILED;
	if (refusal->number > 0)
		(void)snprintf(detail, sizeof detail, " (AADSTS%lld)", (long long)refusal->number);
	if (meaning->remedy == REMEDY_LOGIN)
		return error_set(
			error, kind, SCOPE_ACCOUNT,
			"the provider gives account %s no token%s: %s; run \"navette login "
			"%s\"%s",
			account, detail, meaning->sentence, account,
			of == REFUSAL_OF_LOGIN ? " again" : "");
	return error_set(error, kind, SCOPE_ACCOUNT,
			 "the provider gives account %s no token%s: %s%s", account, detail,
			 meaning->sentence,
			 meaning->remedy == REMEDY_WAIT ? "; try again later" : "");
}
