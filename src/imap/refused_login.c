/* A refused login made into a sentence that says the way on. SPDX-License-Identifier:
 * GPL-3.0-or-later */
#include "imap/session_internal.h"

/* Providers that take an account's own password from no mail program, but one that was made for it.
 * All lower case. */
static const char *const app_password_words[] = { "application-specific password",
						  "app-specific password", "app password", NULL };
#define APP_PASSWORD_ADVICE                                                                      \
	"; the server wants a password that was made for this program alone: make one (Google: " \
	"https://myaccount.google.com/apppasswords; elsewhere in the security settings of the "  \
	"account) and use it in place of the account's own"

#define OAUTH_ADVICE                                                                                \
	"; the server offers OAuth 2.0 (XOAUTH2 or OAUTHBEARER) and may take no password of the "   \
	"account itself. Make an app password in the account's security settings, where there are " \
	"such; where there are none, as with Outlook.com and Exchange Online, let a program log "   \
	"in by OAuth 2.0 that gives navette a plain login, such as email-oauth2-proxy"

static bool wants_oauth(const struct imap_session *session)
{
	return text_list_holds(&session->capabilities, "AUTH=XOAUTH2") ||
	       text_list_holds(&session->capabilities, "AUTH=OAUTHBEARER");
}

const char *imap_login_oauth_advice(const struct imap_session *session)
{
	return wants_oauth(session) ? OAUTH_ADVICE : "";
}

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

int imap_login_refuse(const struct imap_session *session, const struct imap_login *login,
		      const struct imap_command *command, struct error *error)
{
	enum imap_code_type code = command->code.type;
	const char *words = command->words[0] != '\0' ? command->words : "it gave no reason";

	if (code != IMAP_CODE_AUTHENTICATIONFAILED && code != IMAP_CODE_AUTHORIZATIONFAILED &&
	    imap_refusal_is_temporary(code, words))
		return refuse_for_now(session, login, words, error);
	if (login->refused_r != NULL)
		*login->refused_r = true;
	return error_set(error, ERROR_FAILED, SCOPE_ACCOUNT,
			 "%s refused the login of %s: %s; check user and password%s",
			 session->server, login->user, words, advice_of(session, words));
}
