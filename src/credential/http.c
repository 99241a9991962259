/* One question to a provider of tokens, by libcurl. SPDX-License-Identifier: GPL-3.0-or-later */
#include "credential/http.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/curl_library.h"
#include "base/memory.h"
#include "config/config.h"
#include "credential/form.h"

/* How long an answer that counts is waited for when the run is to end. */
#define CANCELLED_WAIT_MS 10000

/* --- While it runs --- */

struct asking {
	const struct curl_functions *curl;
	const struct http_question *question;
	struct http_answer *answer;
	bool too_long;
	int64_t cancelled_at; /* 0: it is not */
};

static size_t take_body(char *bytes, size_t size, size_t count, void *context)
{
	struct asking *asking = context;
	size_t length = size * count;
	if (asking->answer->body.length + length > HTTP_BODY_MAX) {
		asking->too_long = true;
		return 0;
	}
	buffer_add(&asking->answer->body, bytes, length);
	return length;
}

/* Not 0: it is broken off. */
static int see_progress(void *context, curl_off_t down_total, curl_off_t down, curl_off_t up_total,
			curl_off_t up)
{
	struct asking *asking = context;
	const struct http_question *question = asking->question;
	(void)down_total;
	(void)down;
	(void)up_total;
	if (!question->cancel || !atomic_load(question->cancel))
		return 0;
	if (asking->cancelled_at == 0)
		asking->cancelled_at = clock_monotonic_ms();
	return !question->answer_counts || up == 0 ||
	       clock_monotonic_ms() - asking->cancelled_at > CANCELLED_WAIT_MS;
}

/* --- Asking --- */

static void set_up_tls(const struct curl_functions *curl, CURL *handle)
{
	/* As OpenSSL finds the roots for the IMAP server. */
	const char *roots = getenv("SSL_CERT_FILE");
	(void)curl->easy_setopt(handle, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	if (roots && *roots)
		(void)curl->easy_setopt(handle, CURLOPT_CAINFO, roots);
}

/* Options that libcurl knows are always taken. */
static void set_up(CURL *handle, struct asking *asking, struct curl_slist *headers, char *words)
{
	const struct curl_functions *curl = asking->curl;
	const struct http_question *question = asking->question;
	bool local = config_address_is_loopback(question->url);
	(void)curl->easy_setopt(handle, CURLOPT_URL, question->url);
	(void)curl->easy_setopt(handle, CURLOPT_PROTOCOLS,
				(long)(local ? CURLPROTO_HTTP : CURLPROTO_HTTPS));
	if (question->proxy && !local)
		(void)curl->easy_setopt(handle, CURLOPT_PROXY, question->proxy);
	if (question->proxy || local)
		(void)curl->easy_setopt(handle, CURLOPT_NOPROXY, local ? "*" : "");
	if (question->form) {
		(void)curl->easy_setopt(handle, CURLOPT_POSTFIELDSIZE,
					(long)strlen(question->form));
		(void)curl->easy_setopt(handle, CURLOPT_POSTFIELDS, question->form);
	}
	(void)curl->easy_setopt(handle, CURLOPT_HTTPHEADER, headers);
	(void)curl->easy_setopt(handle, CURLOPT_USERAGENT, "navette/" PACKAGE_VERSION);
	(void)curl->easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
	(void)curl->easy_setopt(handle, CURLOPT_TIMEOUT, (long)question->timeout_seconds);
	(void)curl->easy_setopt(handle, CURLOPT_WRITEFUNCTION, take_body);
	(void)curl->easy_setopt(handle, CURLOPT_WRITEDATA, asking);
	(void)curl->easy_setopt(handle, CURLOPT_NOPROGRESS, 0L);
	(void)curl->easy_setopt(handle, CURLOPT_XFERINFOFUNCTION, see_progress);
	(void)curl->easy_setopt(handle, CURLOPT_XFERINFODATA, asking);
	(void)curl->easy_setopt(handle, CURLOPT_ERRORBUFFER, words);
	set_up_tls(curl, handle);
}

static int fail(const struct asking *asking, CURLcode code, const char *words, struct error *error)
{
	char *host = form_host(asking->question->url);
	const char *why = *words ? words : asking->curl->easy_strerror(code);
	if (code == CURLE_OUT_OF_MEMORY)
		memory_fail();
	if (code == CURLE_PEER_FAILED_VERIFICATION || code == CURLE_SSL_CONNECT_ERROR)
		(void)error_set(error, ERROR_FAILED, SCOPE_ACCOUNT, /* always -1 */
				"no trustworthy connection could be made with the provider of "
				"tokens, %s, so nothing was sent to it: %s",
				host, why);
	else if (code == CURLE_ABORTED_BY_CALLBACK)
		(void)error_set(error, ERROR_TEMPORARY, SCOPE_ACCOUNT,
				"stopped by a signal while %s was asked for a token; run again",
				host);
	else if (asking->too_long)
		(void)error_set(error, ERROR_TEMPORARY, SCOPE_ACCOUNT,
				"%s answered with more than %u kB, which is no answer about tokens",
				host, HTTP_BODY_MAX / 1024);
	else
		(void)error_set(error, ERROR_TEMPORARY, SCOPE_ACCOUNT,
				"the provider of tokens, %s, could not be asked: %s; check the "
				"network, and try again",
				host, why);
	free(host);
	return -1;
}

int http_ask(const struct http_question *question, struct http_answer *answer_r,
	     struct error *error)
{
	struct asking asking = { .question = question, .answer = answer_r };
	char words[CURL_ERROR_SIZE] = "";
	*answer_r = (struct http_answer){ .body = BUFFER_INITIAL };
	buffer_make_secret(&answer_r->body);
	const struct curl_functions *curl = curl_library_load(error);
	if (!curl)
		return -1;
	CURL *handle = curl->easy_init();
	struct curl_slist *headers = curl->slist_append(NULL, "Accept: application/json");
	if (!handle || !headers)
		memory_fail();
	asking.curl = curl;
	set_up(handle, &asking, headers, words);
	CURLcode code = curl->easy_perform(handle);
	if (code == CURLE_OK)
		(void)curl->easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &answer_r->status);
	int result = code == CURLE_OK ? 0 : fail(&asking, code, words, error);
	curl->easy_cleanup(handle);
	curl->slist_free_all(headers);
	return result;
}

void http_answer_release(struct http_answer *answer)
{
	buffer_release(&answer->body);
}
