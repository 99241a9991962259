/* A refused login made into a sentence that says the way on. SPDX-License-Identifier:
 * GPL-3.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "imap/sasl.h"
#include "imap/session_internal.h"

/* Providers that take an account's own password from no mail program, but one that was made for it.
 * All lower case. */
static const char *const app_password_words[] = { "application-specific password",
						  "app-specific password", "app password", NULL };
#define APP_PASSWORD_ADVICE                                                                      \
	"; the server wants a password that was made for this program alone: make one (Google: " \
	"https://myaccount.google.com/apppasswords; elsewhere in the security settings of the "  \
	"account) and use it in place of the account's own"

#define OAUTH_ADVICE                                                                              \
	"; the server offers OAuth 2.0 (XOAUTH2 or OAUTHBEARER) and may take no password of the " \
	"account itself: use oauth = ... and navette login (docs/providers.md), or, where there " \
	"are such, make an app password in the account's security settings"

/* The protocol is not for this account. All lower case. */
static const char *const imap_off_words[] = { "imap access is disabled",
					      "imap access is not allowed",
					      "imap is disabled",
					      "imap disabled",
					      "not enabled for imap",
					      "imap is not enabled",
					      "imap access not allowed",
					      "imap service is disabled",
					      "protocol disabled",
					      "protocol is disabled",
					      NULL };
#define IMAP_OFF_ADVICE                                                                          \
	"; IMAP is switched off for this account: switch it on in the settings of its webmail, " \
	"or ask the administrator, who may have switched it off for all"

/* Nobody gets in, with whatever password. All lower case. */
static const char *const locked_words[] = { "account is locked",
					    "account locked",
					    "account has been locked",
					    "is locked out",
					    "account is disabled",
					    "account disabled",
					    "account has been disabled",
					    "user disabled",
					    "user is disabled",
					    "suspended",
					    "account is blocked",
					    "account blocked",
					    "account has been blocked",
					    "password has expired",
					    "password expired",
					    "expired password",
					    NULL };
#define LOCKED_ADVICE                                                                              \
	"; the account itself is locked, or its password has expired: sign in at its webmail, "    \
	"which says why and how to open it, or ask its administrator; until then switch off what " \
	"runs by itself, for each further try may prolong it"

/* The provider wants to see the user once. All lower case. */
static const char *const web_login_words[] = { "web login required", "via your web browser",
					       "through your web browser",
					       "sign in using your browser", NULL };
#define WEB_LOGIN_ADVICE                                                                         \
	"; the provider takes this sign-in for a stranger's: sign in with a browser, from here " \
	"if that is possible, confirm there that it was you, and try again"

/* What is no matter of user and password, by the server's words. */
static const struct {
	const char *const *words;
	const char *advice;
} others[] = {
	{ imap_off_words, IMAP_OFF_ADVICE },
	{ locked_words, LOCKED_ADVICE },
	{ web_login_words, WEB_LOGIN_ADVICE },
};

/* NULL: none of them. */
static const char *other_advice(const char *words)
{
	for (size_t i = 0; i < sizeof others / sizeof *others; i++)
		if (imap_words_hold_any(words, others[i].words))
			return others[i].advice;
	return NULL;
}

static bool wants_oauth(const struct imap_session *session)
{
	return text_list_holds(&session->capabilities, "AUTH=XOAUTH2") ||
	       text_list_holds(&session->capabilities, "AUTH=OAUTHBEARER");
}

const char *imap_login_oauth_advice(const struct imap_session *session)
{
	return wants_oauth(session) ? OAUTH_ADVICE : "";
}

/* Never tried again without by ourselves: whoever stands between could cause just that. */
#define BINDING_ADVICE "; if both are right, " IMAP_BINDING_ADVICE

static const char *advice_of(const struct imap_session *session, const char *words)
{
	return imap_words_hold_any(words, app_password_words) ? APP_PASSWORD_ADVICE
							      : imap_login_oauth_advice(session);
}

/* The server is busy, or has a limit that passes. */
static int refuse_for_now(const struct imap_session *session, const struct imap_login *login,
			  const char *words, struct error *error)
{
	const char *advice = imap_refusal_traffic_advice(words);

	(void)error_set(error, ERROR_TEMPORARY, SCOPE_ACCOUNT, /* always -1 */
			"%s does not let %s in now: %s%s", session->server, login->user, words,
			advice[0] != '\0' ? advice : "; try again later");
	return error_set_pause(error, imap_refusal_pause_ms(words));
}

/* --- Tokens --- */

/* How to get a token that is renewed; the caller owns it. */
static char *advice_to_renew(const struct imap_login *login)
{
	if (login->login_command != NULL)
		return memory_format("run \"%s\"", login->login_command);
	return memory_text(
		"token-command has to renew it: run it by hand, and authorize its program "
		"anew where it cannot");
}

/* How to get another token; the caller owns it. */
static char *advice_to_authorize(const struct imap_login *login)
{
	if (login->login_command != NULL)
		return memory_format("run \"%s\"", login->login_command);
	return memory_text("authorize the program of token-command anew");
}

static char *scope_sentence(const struct imap_session *session, const struct imap_login *login,
			    const struct imap_token_refusal *refusal)
{
	char *advice = advice_to_authorize(login);
	const char *wanted = refusal != NULL ? refusal->scope : "";
	char *scope = imap_secrets_printable(&session->secrets, wanted, strlen(wanted));
	char *sentence =
		memory_format("the scope of the token lacks IMAP access; %s with the scope %s",
			      advice, *scope != '\0' ? scope : "that the provider has for IMAP");

	free(scope);
	free(advice);
	return sentence;
}

static char *renewal_sentence(const struct imap_login *login, enum imap_token_fault fault)
{
	char *advice = advice_to_renew(login);
	/* Many servers say no more of any token than that it is not valid. */
	char *sentence = fault == IMAP_TOKEN_EXPIRED
				 ? memory_format("the token has expired; %s", advice)
				 : memory_format("the token has expired, was revoked, or is none "
						 "for %s; %s",
						 login->user, advice);

	free(advice);
	return sentence;
}

static char *account_sentence(const struct imap_login *login)
{
	char *advice = advice_to_authorize(login);
	char *sentence =
		memory_format("the token may belong to another account than %s; %s, signed "
			      "in as that one",
			      login->user, advice);

	free(advice);
	return sentence;
}

static char *fault_sentence(const struct imap_session *session, const struct imap_login *login,
			    const struct imap_token_refusal *refusal, enum imap_token_fault fault)
{
	switch (fault) {
	case IMAP_TOKEN_EXPIRED:
	case IMAP_TOKEN_INVALID:
		return renewal_sentence(login, fault);
	case IMAP_TOKEN_SCOPE:
		return scope_sentence(session, login, refusal);
	case IMAP_TOKEN_REQUEST:
		return account_sentence(login);
	case IMAP_TOKEN_BUSY:
		return memory_text("the server cannot check tokens now; try again later");
	case IMAP_TOKEN_UNTOLD:
		break;
	}
	return memory_format("check that the token is still valid, that it belongs to %s, that its "
			     "scope allows IMAP, and that IMAP is switched on for this account",
			     login->user);
}

/* The words of the JSON, where they say more than those of the tagged reply. */
static char *words_of_refusal(const struct imap_session *session,
			      const struct imap_token_refusal *refusal)
{
	const char *text = refusal->words[0] != '\0' ? refusal->words : refusal->status;

	return imap_secrets_printable(&session->secrets, text, strlen(text));
}

/* A run has renewed the token before it says this. */
static enum error_kind kind_of_fault(const struct imap_login *login, enum imap_token_fault fault)
{
	if (fault == IMAP_TOKEN_BUSY)
		return ERROR_TEMPORARY;
	return login->login_command != NULL && fault != IMAP_TOKEN_UNTOLD ? ERROR_LOGIN
									  : ERROR_FAILED;
}

static int refuse_token(const struct imap_session *session, const struct imap_login *login,
			const char *words, const struct imap_token_refusal *refusal,
			struct error *error)
{
	enum imap_token_fault fault = imap_token_fault_of_words(words);
	bool has_words =
		refusal != NULL && (refusal->status[0] != '\0' || refusal->words[0] != '\0');
	char *more = has_words ? words_of_refusal(session, refusal) : NULL;
	char *sentence;

	if (fault == IMAP_TOKEN_UNTOLD && refusal != NULL)
		fault = refusal->fault;
	if (login->refused_r != NULL)
		*login->refused_r = fault != IMAP_TOKEN_BUSY;
	sentence = fault_sentence(session, login, refusal, fault);
	(void)error_set(error, kind_of_fault(login, fault), SCOPE_ACCOUNT,
			"%s refused the login of %s: %s%s%s%s; %s", session->server, login->user,
			words, has_words ? " (" : "", has_words ? more : "", has_words ? ")" : "",
			sentence); /* always -1 */
	free(sentence);
	free(more);
	return fault == IMAP_TOKEN_BUSY ? error_set_pause(error, 1) : -1;
}

/* --- The refusal --- */

/* A server may have no time for us, and say so instead of looking at what we sent. */
static bool is_for_now(enum imap_code_type code, const char *words,
		       const struct imap_token_refusal *refusal)
{
	return code != IMAP_CODE_AUTHENTICATIONFAILED && code != IMAP_CODE_AUTHORIZATIONFAILED &&
	       (refusal == NULL || refusal->fault == IMAP_TOKEN_UNTOLD) &&
	       imap_refusal_is_temporary(code, words);
}

int imap_login_refuse(const struct imap_session *session, const struct imap_login *login,
		      const struct imap_command *command, const struct imap_token_refusal *refusal,
		      bool bound, struct error *error)
{
	const char *words = command->words[0] != '\0' ? command->words : "it gave no reason";
	const char *other = other_advice(words);

	if (is_for_now(command->code.type, words, refusal))
		return refuse_for_now(session, login, words, error);
	if (other != NULL)
		return error_set(error, ERROR_FAILED, SCOPE_ACCOUNT,
				 "%s refused the login of %s: %s%s", session->server, login->user,
				 words, other);
	if (login->refused_r != NULL)
		*login->refused_r = true;
	if (login->kind == IMAP_SECRET_TOKEN)
		return refuse_token(session, login, words, refusal, error);
	if (login->kind == IMAP_SECRET_TICKET || login->kind == IMAP_SECRET_CERTIFICATE)
		return error_set(
			error, ERROR_FAILED, SCOPE_ACCOUNT,
			"%s refused the login of %s: %s; check user, and whether %s may log in "
			"as that",
			session->server, login->user, words,
			login->kind == IMAP_SECRET_TICKET ? "the principal that klist shows"
							  : "the certificate of tls-cert");
	return error_set(error, ERROR_FAILED, SCOPE_ACCOUNT,
			 "%s refused the login of %s: %s; check user and password%s%s",
			 session->server, login->user, words, advice_of(session, words),
			 bound ? BINDING_ADVICE : "");
}
