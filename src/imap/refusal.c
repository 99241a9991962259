/* A server's NO or BAD made into a sentence. SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>
#include <strings.h>

#include "base/memory.h"
#include "imap/session_internal.h"

/* What a response code says about a refusal (RFC 9051 section 7.1, RFC 5530). */
struct meaning {
	enum imap_code_type code;
	enum error_kind kind;
	enum error_scope scope; /* at least */
	bool passes;            /* another try in this run may fare better */
	const char *advice;     /* after the server's words, or "" */
};

static const struct meaning meanings[] = {
	{ IMAP_CODE_UNAVAILABLE, ERROR_TEMPORARY, SCOPE_MESSAGE, true, "; try again later" },
	{ IMAP_CODE_INUSE, ERROR_TEMPORARY, SCOPE_MESSAGE, true,
	  "; another program is using it, try again later" },
	{ IMAP_CODE_LIMIT, ERROR_TEMPORARY, SCOPE_MESSAGE, false, "; it is a limit of the server" },
	{ IMAP_CODE_OVERQUOTA, ERROR_TEMPORARY, SCOPE_FOLDER, false,
	  "; the quota is used up, make room on the server" },
	{ IMAP_CODE_NOPERM, ERROR_FAILED, SCOPE_FOLDER, false,
	  "; the account has no right to do that" },
	{ IMAP_CODE_NONEXISTENT, ERROR_FAILED, SCOPE_FOLDER, false,
	  "; it does not exist any more" },
	{ IMAP_CODE_TRYCREATE, ERROR_FAILED, SCOPE_FOLDER, false, "; the mailbox does not exist" },
	{ IMAP_CODE_TOOBIG, ERROR_FAILED, SCOPE_MESSAGE, false,
	  "; the message is larger than the server takes" },
};

/* Words about how much one account may transfer or ask in a time. Gmail gives them the code of a
 * full mailbox; others none, or LIMIT. All lower case. */
static const char *const traffic_words[] = { "bandwidth limit", "command or bandwidth",
					     "rate limit", NULL };
#define TRAFFIC_ADVICE                                                                             \
	"; it is a limit on what one account may transfer or ask in a time, not on the mail that " \
	"it holds: run again in an hour, or, if it is one on a day (Gmail: 2500 MB), tomorrow"

/* Words of servers that are busy but have no code for it: too many connections, or throttling. All
 * lower case. */
static const char *const busy_words[] = {
	"throttled", "suggested backoff",  "backoff time",
	"too many",  "server unavailable", "authenticated but not connected",
	"try again", "temporarily",        NULL
};

/* Words that mean the whole account has to pause, or needs another connection. */
static const char *const pause_words[] = { "throttled", "suggested backoff", "backoff time",
					   "authenticated but not connected", NULL };
/* Exchange lets somebody in and then gives no mailbox, for reasons that only the user knows. */
static const char *const not_connected_words[] = { "authenticated but not connected", NULL };
#define NOT_CONNECTED_ADVICE                                                                 \
	"; IMAP may be switched off for this mailbox, the token or password may be that of " \
	"another account than user, or there are too many connections: use fewer (connections)"

/* Words of a BYE that would have come whatever was asked. All lower case. */
static const char *const leave_words[] = { "expired", "shutting down", "shutdown",    "inactiv",
					   "idle",    "timeout",       "timed out",   "logout",
					   "logging", "logged out",    "maintenance", "killed",
					   "limit",   "restart",       NULL };

/* In front of the number, in Exchange's "Request is throttled. Suggested Backoff Time: 299961
 * milliseconds". */
#define BACKOFF_WORDS "backoff time:"
/* Where nothing says how long: any time will do. */
#define SOME_PAUSE_MS 1

/* Where WORDS stand in TEXT, or NULL. */
static const char *find_words(const char *text, const char *words)
{
	size_t length = strlen(words);

	for (; *text != '\0'; text++)
		if (strncasecmp(text, words, length) == 0)
			return text;
	return NULL;
}

char *imap_refusal_words(const char *text)
{
	size_t length = strlen(text);

	while (length > 0 && strchr(" .,:;", text[length - 1]) != NULL)
		length--;
	return memory_text_length(text, length);
}

bool imap_words_hold_any(const char *text, const char *const *words)
{
	for (; *words != NULL; words++)
		if (find_words(text, *words) != NULL)
			return true;
	return false;
}

static const struct meaning *find_meaning(enum imap_code_type code)
{
	for (size_t i = 0; i < sizeof meanings / sizeof meanings[0]; i++)
		if (meanings[i].code == code)
			return &meanings[i];
	return NULL;
}

bool imap_refusal_is_temporary(enum imap_code_type code, const char *words)
{
	const struct meaning *meaning = find_meaning(code);

	if (imap_words_hold_any(words, traffic_words))
		return true;
	if (meaning != NULL)
		return meaning->kind == ERROR_TEMPORARY;
	return imap_words_hold_any(words, busy_words);
}

bool imap_bye_is_to_client(const char *words)
{
	return imap_words_hold_any(words, busy_words) ||
	       imap_words_hold_any(words, traffic_words) || imap_words_hold_any(words, leave_words);
}

const char *imap_refusal_traffic_advice(const char *words)
{
	return imap_words_hold_any(words, traffic_words) ? TRAFFIC_ADVICE : "";
}

/* Nobody waits for a time that makes no sense. */
unsigned int imap_refusal_pause_ms(const char *words)
{
	const char *place = find_words(words, BACKOFF_WORDS);
	uint64_t pause = 0;

	if (imap_words_hold_any(words, traffic_words))
		return ERROR_PAUSE_NOT_IN_THIS_RUN;
	if (place == NULL)
		return SOME_PAUSE_MS;
	for (place += strlen(BACKOFF_WORDS); *place == ' '; place++)
		;
	for (; *place >= '0' && *place <= '9' && pause < ERROR_PAUSE_NOT_IN_THIS_RUN; place++)
		pause = pause * 10 + (uint64_t)(*place - '0');
	if (find_words(place, "milli") == NULL && find_words(place, "ms") == NULL)
		pause *= 1000;
	if (pause > ERROR_PAUSE_NOT_IN_THIS_RUN)
		return ERROR_PAUSE_NOT_IN_THIS_RUN;
	return pause > 0 ? (unsigned int)pause : SOME_PAUSE_MS;
}

int imap_refusal_set_traffic(struct error *error, const char *purpose, const char *words)
{
	(void)error_set(error, ERROR_TEMPORARY, SCOPE_ACCOUNT, /* always -1 */
			"the server refused to %s: %s" TRAFFIC_ADVICE, purpose, words);
	return error_set_pause(error, ERROR_PAUSE_NOT_IN_THIS_RUN);
}

static bool may_pass(const struct meaning *meaning, const char *words)
{
	return imap_words_hold_any(words, pause_words) ||
	       (meaning != NULL ? meaning->passes : imap_words_hold_any(words, busy_words));
}

int imap_refusal_set(struct error *error, const char *purpose, enum error_scope scope,
		     enum imap_code_type code, const char *words)
{
	const struct meaning *meaning = find_meaning(code);
	enum error_kind kind =
		imap_refusal_is_temporary(code, words) ? ERROR_TEMPORARY : ERROR_FAILED;
	const char *advice = meaning != NULL ? meaning->advice : "";

	if (imap_words_hold_any(words, not_connected_words))
		advice = NOT_CONNECTED_ADVICE;
	if (imap_words_hold_any(words, traffic_words))
		return imap_refusal_set_traffic(error, purpose, words);
	if (meaning != NULL && meaning->scope > scope)
		scope = meaning->scope;
	if (imap_words_hold_any(words, pause_words) && scope < SCOPE_CONNECTION)
		scope = SCOPE_CONNECTION;
	(void)error_set(error, kind, scope, "the server refused to %s: %s%s", purpose,
			words[0] != '\0' ? words : "it gave no reason", advice);
	return may_pass(meaning, words) ? error_set_pause(error, imap_refusal_pause_ms(words)) : -1;
}
