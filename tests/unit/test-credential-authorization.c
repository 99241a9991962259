/* The authorization request and what comes back. SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "credential/authorization.h"
#include "credential/form.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

static const struct config_oauth google = { .provider = CONFIG_OAUTH_GOOGLE };

Test(credential_authorization, challenge_is_that_of_the_rfc)
{
	char challenge[AUTHORIZATION_RANDOM_SIZE];
	/* RFC 7636 appendix B */
	authorization_challenge("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk", challenge);
	cr_expect_str_eq(challenge, "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
}

Test(credential_authorization, each_attempt_is_another)
{
	struct authorization one;
	struct authorization two;
	authorization_begin(&one);
	authorization_begin(&two);
	cr_expect_eq(strlen(one.verifier), 43);
	cr_expect_eq(strspn(one.verifier, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
					  "0123456789-_"),
		     43);
	cr_expect_str_neq(one.verifier, two.verifier);
	cr_expect_str_neq(one.state, two.state);
	cr_expect_str_neq(one.state, one.verifier);
}

Test(credential_authorization, url_has_what_the_provider_wants)
{
	struct authorization authorization = { .state = "STATE",
					       .verifier =
						       "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOE"
						       "jXk" };
	struct endpoints endpoints = endpoints_of(&google);
	char *url = authorization_url(&authorization, &endpoints, "id", "http://127.0.0.1:5",
				      "me+x@example.org");
	cr_expect_str_eq(
		url, "https://accounts.google.com/o/oauth2/v2/auth?response_type=code&client_id=id"
		     "&redirect_uri=http%3A%2F%2F127.0.0.1%3A5"
		     "&scope=https%3A%2F%2Fmail.google.com%2F%20openid%20email&state=STATE"
		     "&code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
		     "&code_challenge_method=S256&login_hint=me%2Bx%40example.org"
		     "&access_type=offline&prompt=consent");
	free(url);
	endpoints_release(&endpoints);
}

Test(credential_authorization, an_address_may_have_a_query_of_its_own)
{
	char address[] = "https://login.example.org/auth?realm=a";
	struct config_oauth oauth = { .provider = CONFIG_OAUTH_CUSTOM, .authorize_url = address };
	struct authorization authorization;
	struct endpoints endpoints = endpoints_of(&oauth);
	authorization_begin(&authorization);
	char *url = authorization_url(&authorization, &endpoints, "id", "http://127.0.0.1", "me");
	cr_expect(strstr(url, "/auth?realm=a&response_type=code&client_id=id&"));
	cr_expect_null(strstr(url, "login_hint"));
	cr_expect_null(strstr(url, "scope"));
	free(url);
	endpoints_release(&endpoints);
}

Test(credential_authorization, microsoft_has_a_tenant)
{
	char tenant[] = "example.org";
	struct config_oauth oauth = { .provider = CONFIG_OAUTH_MICROSOFT, .tenant = tenant };
	struct endpoints endpoints = endpoints_of(&oauth);
	cr_expect_str_eq(endpoints.token,
			 "https://login.microsoftonline.com/example.org/oauth2/v2.0/token");
	cr_expect_str_eq(endpoints.redirect_host, "localhost");
	cr_expect(strstr(endpoints.scope, "offline_access"));
	endpoints_release(&endpoints);
}

/* What the browser brings, for a login at Google whose state is "S". */
Test(credential_authorization, answers)
{
	static const struct {
		const char *redirect, *target;
		enum authorization_answer answer;
		const char *code;
	} cases[] = {
		{ "http://127.0.0.1:5", "/?code=c%2F1&state=S", AUTHORIZATION_GIVEN, "c/1" },
		{ "http://127.0.0.1:5", "http://127.0.0.1:5/?code=c&state=S&scope=x+y",
		  AUTHORIZATION_GIVEN, "c" },
		{ "http://127.0.0.1:5", "http://127.0.0.1:5?state=S&code=c", AUTHORIZATION_GIVEN,
		  "c" },
		{ "http://127.0.0.1:5", "/?code=c&state=S#_=_", AUTHORIZATION_GIVEN, "c" },
		{ "http://127.0.0.1:5", "/?code=c&state=S&iss=https%3A%2F%2Faccounts.google.com",
		  AUTHORIZATION_GIVEN, "c" },
		{ "http://127.0.0.1:5", "/?code=c&state=S&iss=https%3A%2F%2Felse.example",
		  AUTHORIZATION_WRONG, NULL },
		{ "http://127.0.0.1:5", "/?code=c&state=s", AUTHORIZATION_WRONG, NULL },
		{ "http://127.0.0.1:5", "/?code=c", AUTHORIZATION_WRONG, NULL },
		{ "http://127.0.0.1:5", "/?code=c&code=d&state=S", AUTHORIZATION_WRONG, NULL },
		{ "http://127.0.0.1:5", "/?code=c%0A&state=S", AUTHORIZATION_WRONG, NULL },
		{ "http://127.0.0.1:5", "/?code=c%4&state=S", AUTHORIZATION_WRONG, NULL },
		{ "http://127.0.0.1:5", "/?code=c%zz&state=S", AUTHORIZATION_WRONG, NULL },
		{ "http://127.0.0.1:5", "/?error=access_denied&state=S", AUTHORIZATION_REFUSED,
		  NULL },
		{ "http://127.0.0.1:5", "/?error=access_denied", AUTHORIZATION_WRONG, NULL },
		{ "http://127.0.0.1:5", "/?state=S", AUTHORIZATION_FOREIGN, NULL },
		{ "http://127.0.0.1:5", "/?code=&state=S", AUTHORIZATION_GIVEN, "" },
		{ "http://127.0.0.1:5", "/x?code=c&state=S", AUTHORIZATION_FOREIGN, NULL },
		{ "http://127.0.0.1:5", "/", AUTHORIZATION_FOREIGN, NULL },
		{ "http://127.0.0.1:5", "", AUTHORIZATION_FOREIGN, NULL },
		{ "http://127.0.0.1:5/a", "/a?code=c&state=S", AUTHORIZATION_GIVEN, "c" },
		{ "http://127.0.0.1:5/a", "/a/?code=c&state=S", AUTHORIZATION_FOREIGN, NULL },
		{ "http://127.0.0.1:5/a", "/?code=c&state=S", AUTHORIZATION_FOREIGN, NULL },
	};
	struct endpoints endpoints = endpoints_of(&google);
	const struct authorization authorization = { .state = "S", .verifier = "V" };
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct authorization_result result = authorization_read(
			&authorization, &endpoints, cases[i].redirect, cases[i].target);
		cr_expect_eq(result.answer, cases[i].answer, "%s", cases[i].target);
		if (cases[i].code)
			cr_expect_str_eq(result.code, cases[i].code);
		else
			cr_expect_null(result.code, "%s", cases[i].target);
		authorization_result_release(&result);
	}
	endpoints_release(&endpoints);
}

Test(credential_authorization, requests_at_every_cut)
{
	static const char request[] = "GET /?code=c HTTP/1.1\r\nHost: localhost\r\n\r\n";
	size_t length = sizeof request - 1;
	char *target = NULL;
	for (size_t i = 1; i < length; i++)
		cr_expect_eq(authorization_request_read(request, i, &target), 0, "%zu", i);
	cr_assert_eq(authorization_request_read(request, length, &target), 1);
	cr_expect_str_eq(target, "/?code=c");
	memory_free_secret(target);
}

Test(credential_authorization, no_requests)
{
	static const char *const cases[] = {
		"POST / HTTP/1.1\r\n\r\n",
		"GET / HTTP/2\r\n\r\n",
		"GET /\r\n\r\n",
		"GET  HTTP/1.1\r\n\r\n",
		"GET http://x/ HTTP/1.1\r\n\r\n",
		"\r\n\r\n",
		"\x16\x03\x01",
		"GET /?code=a\nb HTTP/1.1\r\n\r\n",
		"GET /?code=\xc3\xa9 HTTP/1.1\r\n\r\n",
	};
	for (size_t i = 0; i < COUNT(cases); i++) {
		char *target = NULL;
		cr_expect_eq(authorization_request_read(cases[i], strlen(cases[i]), &target), -1,
			     "%zu", i);
	}
}

Test(credential_form, what_is_added_is_read_again)
{
	struct buffer form = BUFFER_INITIAL;
	char *name;
	char *value;
	bool good = true;
	form_add(&form, "a b", "c&d=e+%\xc3\xa9/~");
	form_add(&form, "nothing", NULL);
	form_add(&form, "empty", "");
	cr_expect_str_eq(buffer_text(&form), "a%20b=c%26d%3De%2B%25%C3%A9%2F~&empty=");
	const char *rest = buffer_text(&form);
	cr_assert(form_next(&rest, &name, &value, &good));
	cr_expect_str_eq(name, "a b");
	cr_expect_str_eq(value, "c&d=e+%\xc3\xa9/~");
	free(name);
	free(value);
	cr_assert(form_next(&rest, &name, &value, &good));
	cr_expect_str_eq(value, "");
	free(name);
	free(value);
	cr_expect_not(form_next(&rest, &name, &value, &good));
	cr_expect(good);
	buffer_release(&form);
}
