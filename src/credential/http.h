/* One question to a provider of tokens, by HTTPS. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_CREDENTIAL_HTTP_H
#define NAVETTE_CREDENTIAL_HTTP_H

#include <stdatomic.h>
#include <stdbool.h>

#include "base/buffer.h"
#include "base/error.h"

/* An answer that is longer makes no sense. */
#define HTTP_BODY_MAX (256u * 1024u)

struct http_question {
	const char *url;   /* https, or http on this computer */
	const char *form;  /* posted as application/x-www-form-urlencoded; NULL: a GET; a secret */
	const char *proxy; /* through which to ask; NULL: what the environment says (https_proxy) */
	unsigned int timeout_seconds; /* for all of it */
	const atomic_bool *cancel;    /* may be NULL */
	/* The answer counts although nobody waits for it: once the question is out, it is waited
	 * for some seconds after CANCEL. */
	bool answer_counts;
};

struct http_answer {
	long status;
	struct buffer body; /* a secret */
};

/* Asks; follows no redirection. Any status is an answer. Errors: ERROR_TEMPORARY where it cannot be
 * reached, breaks off or answers too much; ERROR_FAILED where its certificate is not right, before
 * anything was sent; ERROR_CONFIG without libcurl; all SCOPE_ACCOUNT. http_answer_release() ends
 * the answer in either case. Returns 0 or -1. */
int http_ask(const struct http_question *question, struct http_answer *answer_r,
	     struct error *error);
void http_answer_release(struct http_answer *answer);

#endif
