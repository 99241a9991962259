/* Logins by a token: what is sent, and what a refusal means. SPDX-License-Identifier:
 * GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <gsasl.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "imap/sasl.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])
#define TOKEN "ya29.a0-_~+/bc=="

static const char *const bearers[] = { "XOAUTH2", "OAUTHBEARER" };

static struct imap_sasl *start(const char *mechanism, const char *user, const char *host)
{
	const struct imap_sasl_login login = {
		.mechanism = mechanism, .user = user, .secret = TOKEN, .host = host, .port = 993
	};
	struct imap_sasl *sasl = NULL;
	struct error error = ERROR_INITIAL;
	cr_assert_eq(imap_sasl_start(&login, &sasl, &error), 0, "%s", error.text);
	return sasl;
}

static char *step(struct imap_sasl *sasl, const char *challenge)
{
	char *response = NULL;
	bool done = false;
	struct error error = ERROR_INITIAL;
	cr_assert_eq(imap_sasl_step(sasl, challenge, &response, &done, &error), 0, "%s",
		     error.text);
	cr_assert(done);
	return response;
}

/* The first response, decoded. */
static char *first(struct imap_sasl *sasl)
{
	char *response = step(sasl, "");
	char *decoded = NULL;
	size_t length = 0;
	cr_assert_eq(gsasl_base64_from(response, strlen(response), &decoded, &length), GSASL_OK);
	char *copy = memory_text_length(decoded, length);
	gsasl_free(decoded);
	memory_free_secret(response);
	return copy;
}

Test(imap_sasl_token, chosen_only_for_a_token)
{
	static const struct {
		const char *offered[4];
		const char *expected;
	} cases[] = {
		{ { "AUTH=PLAIN", "AUTH=XOAUTH2", "AUTH=OAUTHBEARER" }, "OAUTHBEARER" },
		{ { "AUTH=PLAIN", "AUTH=XOAUTH2" }, "XOAUTH2" },
		{ { "AUTH=PLAIN", "AUTH=SCRAM-SHA-256", "XOAUTH2" }, NULL },
	};
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct text_list capabilities = { .items = NULL };
		for (size_t k = 0; cases[i].offered[k]; k++)
			text_list_add(&capabilities, cases[i].offered[k]);
		const char *chosen = imap_sasl_choose(&capabilities, IMAP_SECRET_TOKEN, true);
		cr_expect_eq(chosen == NULL, cases[i].expected == NULL, "case %zu", i);
		if (chosen && cases[i].expected)
			cr_expect_str_eq(chosen, cases[i].expected, "case %zu", i);
		text_list_release(&capabilities);
	}
}

Test(imap_sasl_token, xoauth2_is_as_google_says)
{
	struct imap_sasl *sasl = start("XOAUTH2", "me,you=us@example.org", "imap.example.org");
	char *sent = first(sasl);
	cr_expect_str_eq(sent, "user=me,you=us@example.org\001auth=Bearer " TOKEN "\001\001");
	memory_free_secret(sent);
	imap_sasl_end(&sasl);
}

/* The example of RFC 7628 section 4.1, and what stands for "=" and "," (RFC 5801 section 4). */
Test(imap_sasl_token, oauthbearer_is_as_the_rfc_says)
{
	static const struct {
		const char *user, *host, *expected;
	} cases[] = {
		{ "user@example.com", "server.example.com",
		  "n,a=user@example.com,\001host=server.example.com\001port=993\001auth=Bearer " TOKEN
		  "\001\001" },
		{ "me,you=us", NULL, "n,a=me=2Cyou=3Dus,\001auth=Bearer " TOKEN "\001\001" },
	};
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct imap_sasl *sasl = start("OAUTHBEARER", cases[i].user, cases[i].host);
		char *sent = first(sasl);
		cr_expect_str_eq(sent, cases[i].expected);
		memory_free_secret(sent);
		imap_sasl_end(&sasl);
	}
}

/* RFC 7628 section 3.2.3: %x01, whose base64 is AQ==; Google's way is an empty line. */
Test(imap_sasl_token, a_refusal_is_answered)
{
	static const char google[] =
		"eyJzdGF0dXMiOiI0MDEiLCJzY2hlbWVzIjoiYmVhcmVyIG1hYyIsInNjb3BlIjoiaHR0cHM6Ly9tYWls"
		"Lmdvb2dsZS5jb20vIn0K";
	static const char *const challenges[] = { google, "", "*", "AA==" };
	for (size_t i = 0; i < COUNT(challenges) * COUNT(bearers); i++) {
		const char *challenge = challenges[i / COUNT(bearers)];
		struct imap_sasl *sasl = start(bearers[i % COUNT(bearers)], "me", NULL);
		struct error error = ERROR_INITIAL;
		char *response = NULL;
		bool done;
		memory_free_secret(step(sasl, "go ahead"));
		cr_expect(imap_sasl_hears_refusal(sasl));
		cr_expect_null(imap_sasl_refusal(sasl));
		char *last = step(sasl, challenge);
		cr_expect_str_eq(last, i % COUNT(bearers) == 0 ? "" : "AQ==");
		cr_expect_not(imap_sasl_hears_refusal(sasl));
		cr_expect_eq(imap_sasl_refusal(sasl)->fault,
			     challenge == google ? IMAP_TOKEN_INVALID : IMAP_TOKEN_UNTOLD);
		cr_expect_str_eq(imap_sasl_refusal(sasl)->scope,
				 challenge == google ? "https://mail.google.com/" : "");
		cr_expect_eq(imap_sasl_step(sasl, challenge, &response, &done, &error), -1);
		cr_expect_null(strstr(error.text, TOKEN));
		memory_free_secret(last);
		imap_sasl_end(&sasl);
	}
}

/* A program that prints JSON, a header or nothing, and a user that would break the form. */
Test(imap_sasl_token, what_is_no_token_is_not_sent)
{
	static const char *const cases[][2] = {
		{ "me", "{\"access_token\":\"x\"}" },
		{ "me", "Bearer x" },
		{ "me", "" },
		{ "me", "x\001auth=y" },
		{ "me", "t\xc3\xb6ken" },
		{ "m\001e", "x" },
	};
	for (size_t i = 0; i < COUNT(cases) * COUNT(bearers); i++) {
		const struct imap_sasl_login login = { .mechanism = bearers[i % COUNT(bearers)],
						       .user = cases[i / COUNT(bearers)][0],
						       .secret = cases[i / COUNT(bearers)][1] };
		struct imap_sasl *sasl = NULL;
		struct error error = ERROR_INITIAL;
		cr_expect_eq(imap_sasl_start(&login, &sasl, &error), -1, "case %zu", i);
		cr_expect_eq(error.kind, ERROR_CONFIG);
		cr_expect_eq(error.scope, SCOPE_ACCOUNT);
		cr_expect_null(strstr(error.text, "access_token"));
		cr_expect_null(sasl);
	}
}

/* --- What a refusal means --- */

Test(imap_sasl_token, faults)
{
	static const struct {
		const char *json;
		enum imap_token_fault fault;
		const char *scope, *words;
	} cases[] = {
		{ "{\"status\":\"invalid_token\"}", IMAP_TOKEN_INVALID, "", "" },
		{ " { \"scope\" : \"a b\" , \"status\" : 401 } ", IMAP_TOKEN_INVALID, "a b", "" },
		{ "{\"status\":\"invalid_token\",\"error_description\":\"The token expired.\"}",
		  IMAP_TOKEN_EXPIRED, "", "The token expired." },
		{ "{\"error\":\"insufficient_scope\",\"scope\":\"imap\"}", IMAP_TOKEN_SCOPE, "imap",
		  "" },
		{ "{\"status\":\"400\"}", IMAP_TOKEN_REQUEST, "", "" },
		{ "{\"status\":\"503\"}", IMAP_TOKEN_BUSY, "", "" },
		{ "{\"x\":{\"status\":[\"400\",{}]},\"status\":\"403\"}", IMAP_TOKEN_SCOPE, "",
		  "" },
		{ "{\"a\":\"}\\\"\\u0041\\\\\",\"status\":\"401\"}", IMAP_TOKEN_INVALID, "", "" },
		{ "{\"message\":\"say \\\"no\\\"\\n\\u00e9\"}", IMAP_TOKEN_UNTOLD, "",
		  "say \"no\" ?" },
		{ "{}", IMAP_TOKEN_UNTOLD, "", "" },
		{ "[\"status\",\"401\"]", IMAP_TOKEN_UNTOLD, "", "" },
		{ "{\"status\":\"401", IMAP_TOKEN_UNTOLD, "", "" },
		{ "{\"status\":\"401\\", IMAP_TOKEN_UNTOLD, "", "" },
		{ "{\"status\":\"401\\u0", IMAP_TOKEN_UNTOLD, "", "" },
		{ "{\"status\":401", IMAP_TOKEN_UNTOLD, "", "" },
		{ "{\"status\"", IMAP_TOKEN_UNTOLD, "", "" },
		{ "{,}", IMAP_TOKEN_UNTOLD, "", "" },
		{ "", IMAP_TOKEN_UNTOLD, "", "" },
	};
	for (size_t i = 0; i < COUNT(cases); i++) {
		/* Exactly as long as it is, so that a sanitizer sees a byte too many. */
		size_t length = strlen(cases[i].json);
		char *copy = memory_allocate(length);
		memcpy(copy, cases[i].json, length);
		struct imap_token_refusal refusal = imap_token_refusal_read(copy, length);
		cr_expect_eq(refusal.fault, cases[i].fault, "case %zu", i);
		cr_expect_str_eq(refusal.scope, cases[i].scope, "case %zu", i);
		cr_expect_str_eq(refusal.words, cases[i].words, "case %zu", i);
		imap_token_refusal_release(&refusal);
		free(copy);
	}
}

Test(imap_sasl_token, words_of_a_tagged_reply)
{
	cr_expect_eq(imap_token_fault_of_words("Session invalidated - AccessTokenExpired"),
		     IMAP_TOKEN_EXPIRED);
	cr_expect_eq(imap_token_fault_of_words("AUTHENTICATE failed."), IMAP_TOKEN_UNTOLD);
}
