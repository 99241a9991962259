/* A server's NO or BAD made into a sentence. SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>
#include <strings.h>

#include "imap/session_internal.h"

/* What a response code says about a refusal (RFC 9051 section 7.1, RFC 5530). */
struct meaning {
	enum imap_code_type code;
	enum error_kind kind;
	enum error_scope scope; /* at least */
	const char *advice;     /* after the server's words, or "" */
};

static const struct meaning meanings[] = {
	{ IMAP_CODE_UNAVAILABLE, ERROR_TEMPORARY, SCOPE_MESSAGE, "; try again later" },
	{ IMAP_CODE_INUSE, ERROR_TEMPORARY, SCOPE_MESSAGE,
	  "; another program is using it, try again later" },
	{ IMAP_CODE_LIMIT, ERROR_TEMPORARY, SCOPE_MESSAGE, "; it is a limit of the server" },
	{ IMAP_CODE_OVERQUOTA, ERROR_TEMPORARY, SCOPE_FOLDER,
	  "; the quota is used up, make room on the server" },
	{ IMAP_CODE_NOPERM, ERROR_FAILED, SCOPE_FOLDER, "; the account has no right to do that" },
	{ IMAP_CODE_NONEXISTENT, ERROR_FAILED, SCOPE_FOLDER, "; it does not exist any more" },
	{ IMAP_CODE_TRYCREATE, ERROR_FAILED, SCOPE_FOLDER, "; the mailbox does not exist" },
	{ IMAP_CODE_TOOBIG, ERROR_FAILED, SCOPE_MESSAGE,
	  "; the message is larger than the server takes" },
};

/* Words of servers that are busy but have no code for it (quirks D07, D08). All lower case. */
static const char *const busy_words[] = {
	"throttled", "suggested backoff",  "backoff time",
	"too many",  "server unavailable", "authenticated but not connected",
	"try again", "temporarily",        NULL
};

/* Words that mean the whole account has to pause. */
static const char *const pause_words[] = { "throttled", "suggested backoff", "backoff time", NULL };

static bool holds_any(const char *text, const char *const *words)
{
	for (; *words != NULL; words++) {
		size_t length = strlen(*words);

		for (const char *at = text; *at != '\0'; at++)
			if (strncasecmp(at, *words, length) == 0)
				return true;
	}
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

	if (meaning != NULL)
		return meaning->kind == ERROR_TEMPORARY;
	return holds_any(words, busy_words);
}

int imap_refusal_set(struct error *error, const char *purpose, enum error_scope scope,
		     enum imap_code_type code, const char *words)
{
	const struct meaning *meaning = find_meaning(code);
	enum error_kind kind =
		imap_refusal_is_temporary(code, words) ? ERROR_TEMPORARY : ERROR_FAILED;
	const char *advice = meaning != NULL ? meaning->advice : "";

	if (meaning != NULL && meaning->scope > scope)
		scope = meaning->scope;
	if (holds_any(words, pause_words))
		scope = SCOPE_ACCOUNT;
	if (words[0] == '\0')
		words = "it gave no reason";
	return error_set(error, kind, scope, "the server refused to %s: %s%s", purpose, words,
			 advice);
}
