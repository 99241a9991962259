/* Login mechanisms, against GNU SASL's own server side. SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <criterion/criterion.h>
#include <gsasl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "imap/sasl.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

/* --- Choosing --- */

Test(imap_sasl, chooses_the_best_that_is_offered)
{
	static const struct {
		const char *offered[5];
		const char *expected;
		bool can_bind;
	} cases[] = {
		{ { "AUTH=PLAIN", "AUTH=SCRAM-SHA-1", "AUTH=SCRAM-SHA-256" }, "SCRAM-SHA-256" },
		{ { "AUTH=PLAIN", "AUTH=SCRAM-SHA-1", "AUTH=CRAM-MD5" }, "SCRAM-SHA-1" },
		{ { "IMAP4REV1", "AUTH=LOGIN", "AUTH=PLAIN" }, "PLAIN" },
		{ { "AUTH=SCRAM-SHA-256-PLUS", "AUTH=PLAIN" }, "PLAIN" },
		{ { "AUTH=SCRAM-SHA-256-PLUS", "AUTH=XOAUTH2", "AUTH=CRAM-MD5" }, NULL },
		{ { "AUTH=SCRAM-SHA-256", "AUTH=SCRAM-SHA-1-PLUS", "AUTH=SCRAM-SHA-256-PLUS" },
		  "SCRAM-SHA-256-PLUS",
		  true },
		{ { "AUTH=SCRAM-SHA-256", "AUTH=SCRAM-SHA-1-PLUS", "AUTH=SCRAM-SHA-256-PLUS" },
		  "SCRAM-SHA-256",
		  false },
		{ { "AUTH=PLAIN", "AUTH=SCRAM-SHA-256", "AUTH=SCRAM-SHA-1-PLUS" },
		  "SCRAM-SHA-1-PLUS",
		  true },
		{ { "AUTH=PLAIN", "AUTH=SCRAM-SHA-1" }, "SCRAM-SHA-1", true },
		{ { "PLAIN", "SCRAM-SHA-1", "AUTH", "AUTH=" }, NULL },
		{ { NULL }, NULL },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct text_list capabilities = { .items = NULL };

		for (size_t k = 0; cases[i].offered[k] != NULL; k++)
			text_list_add(&capabilities, cases[i].offered[k]);
		const char *chosen =
			imap_sasl_choose(&capabilities, IMAP_SECRET_PASSWORD, cases[i].can_bind);

		if (cases[i].expected == NULL)
			cr_expect_null(chosen, "case %zu", i);
		else
			cr_expect_str_eq(chosen, cases[i].expected, "case %zu", i);
		text_list_release(&capabilities);
	}
}

/* --- Helpers --- */

static struct imap_sasl *start(const char *mechanism, const char *user, const char *password)
{
	const struct imap_sasl_login login = {
		.mechanism = mechanism, .user = user, .secret = password, .host = "mail.example.org"
	};
	struct imap_sasl *sasl = NULL;
	struct error error = ERROR_INITIAL;

	cr_assert_eq(imap_sasl_start(&login, &sasl, &error), 0, "%s", error.text);
	return sasl;
}

static char *encode(const char *bytes, size_t length)
{
	char *encoded = NULL;

	cr_assert_eq(gsasl_base64_to(bytes, length, &encoded, NULL), GSASL_OK);
	return encoded;
}

static char *decode(const char *text)
{
	char *decoded = NULL;
	char *copy;
	size_t length = 0;

	cr_assert_eq(gsasl_base64_from(text, strlen(text), &decoded, &length), GSASL_OK);
	copy = memory_text_length(decoded, length);
	gsasl_free(decoded);
	return copy;
}

/* The step must fail; what it says. */
static struct error fail_step(struct imap_sasl *sasl, const char *challenge)
{
	struct error error = ERROR_INITIAL;
	char *response = NULL;
	bool done = false;

	cr_assert_eq(imap_sasl_step(sasl, challenge, &response, &done, &error), -1,
		     "not refused: %s", challenge);
	cr_expect_null(response);
	cr_expect_not(done);
	cr_expect_eq(error.scope, SCOPE_ACCOUNT);
	cr_expect_neq(error.text[0], '\0');
	return error;
}

static char *step(struct imap_sasl *sasl, const char *challenge, bool done_expected)
{
	struct error error = ERROR_INITIAL;
	char *response = NULL;
	bool done = !done_expected;

	cr_assert_eq(imap_sasl_step(sasl, challenge, &response, &done, &error), 0, "%s",
		     error.text);
	cr_expect_eq(done, done_expected, "after %s", challenge);
	return response;
}

/* --- PLAIN (RFC 4616) --- */

Test(imap_sasl, plain_says_all_at_once)
{
	static const char expected[] = "\0me\0s3\\ \"c\xc3\xbc";
	struct imap_sasl *sasl = start("PLAIN", "me", "s3\\ \"c\xc3\xbc");
	char *wanted = encode(expected, sizeof expected - 1);
	char *response = step(sasl, "", true);

	cr_expect_str_eq(response, wanted);
	(void)fail_step(sasl, "");
	memory_free_secret(response);
	gsasl_free(wanted);
	imap_sasl_end(&sasl);
	cr_expect_null(sasl);
	imap_sasl_end(&sasl);
}

/* Some servers put words behind the "+" that should stand alone. */
Test(imap_sasl, first_challenge_is_not_looked_at)
{
	struct imap_sasl *sasl = start("PLAIN", "me", "secret");
	char *response = step(sasl, "go ahead, please", true);

	cr_expect_str_eq(response, "AG1lAHNlY3JldA==");
	memory_free_secret(response);
	imap_sasl_end(&sasl);
}

/* --- SCRAM (RFC 5802, RFC 7677) --- */

#define PASSWORD "pencil"

/* The server's side knows one password for all. */
static int tell_password(Gsasl *library, Gsasl_session *session, Gsasl_property property)
{
	(void)library;
	if (property != GSASL_PASSWORD)
		return GSASL_NO_CALLBACK;
	return gsasl_property_set(session, property, PASSWORD);
}

struct server {
	Gsasl *library;
	Gsasl_session *session;
};

static struct server start_server(const char *mechanism)
{
	struct server server;

	cr_assert_eq(gsasl_init(&server.library), GSASL_OK);
	gsasl_callback_set(server.library, tell_password);
	cr_assert_eq(gsasl_server_start(server.library, mechanism, &server.session), GSASL_OK);
	return server;
}

static void end_server(struct server *server)
{
	gsasl_finish(server->session);
	gsasl_done(server->library);
}

/* The server's answer to a response, which is freed; its code in *code_r. */
static char *answer(struct server *server, char *response, int *code_r)
{
	char *challenge = NULL;
	char *copy;

	*code_r = gsasl_step64(server->session, response, &challenge);
	copy = memory_text(challenge ? challenge : "");
	gsasl_free(challenge);
	memory_free_secret(response);
	return copy;
}

static const char *const scrams[] = { "SCRAM-SHA-1", "SCRAM-SHA-256" };

/* Runs to where the client has been sent the server's last message, which is returned. */
static char *run_to_proof(struct imap_sasl *sasl, struct server *server)
{
	int code;
	char *challenge = answer(server, step(sasl, "", false), &code);
	char *proof;

	cr_assert_eq(code, GSASL_NEEDS_MORE);
	proof = step(sasl, challenge, false);
	free(challenge);
	challenge = answer(server, proof, &code);
	cr_assert_eq(code, GSASL_OK, "%s", gsasl_strerror(code));
	return challenge;
}

Test(imap_sasl, scram_logs_in)
{
	static const char *const users[] = { "me", "a,b=c", "j\xc3\xbcrgen@example.org" };

	for (size_t i = 0; i < COUNT(scrams) * COUNT(users); i++) {
		struct imap_sasl *sasl =
			start(scrams[i % COUNT(scrams)], users[i / COUNT(scrams)], PASSWORD);
		struct server server = start_server(scrams[i % COUNT(scrams)]);
		char *last = run_to_proof(sasl, &server);
		char *response = step(sasl, last, true);

		cr_expect_str_eq(response, "");
		cr_expect_str_eq(gsasl_property_fast(server.session, GSASL_AUTHID),
				 users[i / COUNT(scrams)]);
		(void)fail_step(sasl, last);
		memory_free_secret(response);
		free(last);
		end_server(&server);
		imap_sasl_end(&sasl);
	}
}

Test(imap_sasl, scram_never_shows_the_password)
{
	struct imap_sasl *sasl = start("SCRAM-SHA-256", "me", PASSWORD);
	struct server server = start_server("SCRAM-SHA-256");
	int code;
	char *response = step(sasl, "", false);
	char *text = decode(response);
	char *challenge;

	cr_expect_null(strstr(text, PASSWORD));
	cr_expect_eq(text[0], 'n', "no channel binding: %s", text);
	free(text);
	challenge = answer(&server, response, &code);
	response = step(sasl, challenge, false);
	text = decode(response);
	cr_expect_null(strstr(text, PASSWORD));
	free(text);
	free(challenge);
	memory_free_secret(response);
	end_server(&server);
	imap_sasl_end(&sasl);
}

Test(imap_sasl, scram_with_a_wrong_password_is_refused_by_the_server)
{
	struct imap_sasl *sasl = start("SCRAM-SHA-256", "me", "pencil ");
	struct server server = start_server("SCRAM-SHA-256");
	int code;
	char *challenge = answer(&server, step(sasl, "", false), &code);
	char *proof = step(sasl, challenge, false);

	free(challenge);
	free(answer(&server, proof, &code));
	cr_expect_eq(code, GSASL_AUTHENTICATION_ERROR);
	end_server(&server);
	imap_sasl_end(&sasl);
}

/* The server's side is bound to BINDING, as it sees the connection. */
static struct server start_bound_server(const char *mechanism,
					const struct imap_channel_binding *binding)
{
	struct server server = start_server(mechanism);
	char *text = encode((const char *)binding->bytes, binding->length);

	cr_assert_eq(gsasl_property_set(
			     server.session,
			     binding->exporter ? GSASL_CB_TLS_EXPORTER : GSASL_CB_TLS_UNIQUE, text),
		     GSASL_OK);
	gsasl_free(text);
	return server;
}

/* The login by PLUS over a connection that both sides see as these; its code on the server. */
static int log_in_bound(const char *mechanism, const struct imap_channel_binding *near,
			const struct imap_channel_binding *far)
{
	const struct imap_sasl_login login = { .mechanism = mechanism,
					       .user = "me",
					       .secret = PASSWORD,
					       .host = "here",
					       .binding = near };
	struct error error = ERROR_INITIAL;
	struct imap_sasl *sasl = NULL;
	struct server server = start_bound_server(mechanism, far);
	int code;
	char *challenge;

	cr_assert(imap_sasl_needs_binding(mechanism));
	cr_assert_eq(imap_sasl_start(&login, &sasl, &error), 0, "%s", error.text);
	challenge = answer(&server, step(sasl, "", false), &code);
	if (code == GSASL_NEEDS_MORE) {
		char *proof = step(sasl, challenge, false);

		free(challenge);
		challenge = answer(&server, proof, &code);
	}
	if (code == GSASL_OK)
		memory_free_secret(step(sasl, challenge, true));
	free(challenge);
	end_server(&server);
	imap_sasl_end(&sasl);
	return code;
}

Test(imap_sasl, scram_is_bound_to_the_connection)
{
	static const char *const names[] = { "SCRAM-SHA-1-PLUS", "SCRAM-SHA-256-PLUS" };

	for (size_t i = 0; i < COUNT(names) * 2; i++) {
		struct imap_channel_binding here = { .exporter = i / 2 == 0,
						     .bytes = "of this connection",
						     .length = 18 };
		struct imap_channel_binding elsewhere = here;

		elsewhere.bytes[17] ^= 1;
		cr_expect_eq(log_in_bound(names[i % 2], &here, &here), GSASL_OK, "%zu", i);
		cr_expect_eq(log_in_bound(names[i % 2], &here, &elsewhere),
			     GSASL_AUTHENTICATION_ERROR, "%zu", i);
	}
	cr_expect_not(imap_sasl_needs_binding("SCRAM-SHA-256"));
	cr_expect_not(imap_sasl_needs_binding("-PLUS"));
}

Test(imap_sasl, scram_plus_without_a_binding_is_an_error)
{
	struct imap_sasl *sasl = start("SCRAM-SHA-256-PLUS", "me", PASSWORD);
	struct error error = fail_step(sasl, "");

	cr_expect_not_null(strstr(error.text, "needs channel binding"), "%s", error.text);
	imap_sasl_end(&sasl);
}

Test(imap_sasl, scram_plus_whose_binding_the_server_does_not_take_says_the_way_on)
{
	static const char *const said[] = { "e=channel-bindings-dont-match",
					    "e=channel-binding-not-supported",
					    "e=unsupported-channel-binding-type,x=y" };
	const struct imap_channel_binding binding = { .bytes = "of this connection", .length = 18 };
	const struct imap_sasl_login login = { .mechanism = "SCRAM-SHA-256-PLUS",
					       .user = "me",
					       .secret = PASSWORD,
					       .host = "here",
					       .binding = &binding };

	for (size_t i = 0; i < COUNT(said); i++) {
		struct error error = ERROR_INITIAL;
		struct imap_sasl *sasl = NULL;
		char *challenge = encode(said[i], strlen(said[i]));

		cr_assert_eq(imap_sasl_start(&login, &sasl, &error), 0, "%s", error.text);
		cr_expect(imap_sasl_is_bound(sasl));
		memory_free_secret(step(sasl, "", false));
		error = fail_step(sasl, challenge);
		cr_expect_not_null(strstr(error.text, "channel-binding"), "%s", error.text);
		cr_expect_not_null(strstr(error.text, "auth = scram-sha-256 "), "%s", error.text);
		gsasl_free(challenge);
		imap_sasl_end(&sasl);
	}
}

/* Somebody who took the server's place, and guesses. */
Test(imap_sasl, scram_wants_proof_of_the_server)
{
	for (size_t i = 0; i < COUNT(scrams); i++) {
		struct imap_sasl *sasl = start(scrams[i], "me", PASSWORD);
		struct server server = start_server(scrams[i]);
		char *last = run_to_proof(sasl, &server);
		char *text = decode(last);
		char *forged;
		struct error error;

		cr_assert_eq(strncmp(text, "v=", 2), 0, "%s", text);
		text[2] = text[2] == 'A' ? 'B' : 'A';
		forged = encode(text, strlen(text));
		error = fail_step(sasl, forged);
		cr_expect_eq(error.kind, ERROR_FAILED);
		cr_expect_not_null(strstr(error.text, "could not prove"), "%s", error.text);
		gsasl_free(forged);
		free(text);
		free(last);
		end_server(&server);
		imap_sasl_end(&sasl);
	}
}

/* The first message of a server: BEFORE, the client's nonce, AFTER. What the client says of it, the
 * caller's; NULL: it goes on. */
static char *try_first(const char *mechanism, const char *before, const char *after)
{
	struct imap_sasl *sasl = start(mechanism, "me", PASSWORD);
	char *first = step(sasl, "", false);
	char *text = decode(first);
	const char *nonce = strstr(text, ",r=");
	struct error error = ERROR_INITIAL;
	char *message;
	char *challenge;
	char *response = NULL;
	bool done = false;
	int result;

	cr_assert_not_null(nonce);
	message = memory_format("%s%s%s", before, nonce + 3, after);
	challenge = encode(message, strlen(message));
	result = imap_sasl_step(sasl, challenge, &response, &done, &error);
	cr_expect_eq(result == 0, error.kind == ERROR_NONE);
	memory_free_secret(response);
	gsasl_free(challenge);
	free(message);
	free(text);
	memory_free_secret(first);
	imap_sasl_end(&sasl);
	return result == 0 ? NULL : memory_text(error.text);
}

Test(imap_sasl, scram_bounds_the_rounds_of_hashing)
{
	static const struct {
		const char *after;
		const char *words; /* NULL: the client goes on */
	} cases[] = {
		{ "x,s=c2FsdA==,i=4096", NULL },
		{ "x,s=c2FsdA==,i=100000", NULL },
		{ "x,s=c2FsdA==,i=4095", "iteration count of only 4095," },
		{ "x,s=c2FsdA==,i=1", "iteration count of only 1," },
		{ "x,s=c2FsdA==,i=0", "iteration count of only 0," },
		{ "x,s=c2FsdA==,i=5000001", "iteration count over 5000000," },
		{ "x,s=c2FsdA==,i=4294967295", "iteration count over 5000000," },
		{ "x,s=c2FsdA==,i=18446744073709551615", "iteration count over 5000000," },
		{ "x,s=c2FsdA==,i=99999999999999999999999", "iteration count over 5000000," },
		{ "x,s=c2FsdA==,i=4294967295,x=more", "iteration count over 5000000," },
		{ "x,s=c2FsdA==,i=00000000000000000000000005000001",
		  "iteration count over 5000000," },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		char *said = try_first("SCRAM-SHA-256", "r=", cases[i].after);

		if (cases[i].words == NULL)
			cr_expect_null(said, "case %zu: %s", i, said);
		else
			cr_expect(said != NULL && strstr(said, cases[i].words) != NULL,
				  "case %zu: %s", i, said ? said : "borne");
		free(said);
	}
}

Test(imap_sasl, scram_refuses_malformed_first_messages)
{
	static const char *const cases[][2] = {
		{ "r=", ",s=c2FsdA==" },
		{ "r=", ",i=4096" },
		{ "r=", "x,s=c2FsdA==,i=" },
		{ "r=", "x,s=c2FsdA==,i=-1" },
		{ "r=", "x,s=c2FsdA==,i=many" },
		{ "r=", "x,s=***,i=4096" },
		{ "r=another", "x,s=c2FsdA==,i=4096" },
		{ "s=", ",r=x,i=4096" },
		{ "e=", "" },
		{ "", "" },
		{ "m=ext,r=", "x,s=c2FsdA==,i=4096" },
	};

	for (size_t i = 0; i < COUNT(cases) * COUNT(scrams); i++) {
		const char *const *parts = cases[i / COUNT(scrams)];
		char *said = try_first(scrams[i % COUNT(scrams)], parts[0], parts[1]);

		cr_expect_not_null(said, "borne: %s...%s", parts[0], parts[1]);
		free(said);
	}
}

Test(imap_sasl, nonsense_is_an_error)
{
	static const char *const challenges[] = {
		"*", "====", "AA==", "Zm9v", "Zm9vYg", "\xff\xfe"
	};

	for (size_t i = 0; i < COUNT(challenges) * COUNT(scrams); i++) {
		struct imap_sasl *sasl = start(scrams[i % COUNT(scrams)], "me", PASSWORD);
		struct error error;

		memory_free_secret(step(sasl, "", false));
		error = fail_step(sasl, challenges[i / COUNT(scrams)]);
		cr_expect_null(strstr(error.text, PASSWORD));
		imap_sasl_end(&sasl);
	}
}

/* What RFC 4013 forbids: a control character, and what is no UTF-8. In the user, for libgsasl 2.2
 * loses the salt when it is in the password. */
Test(imap_sasl, scram_tells_of_characters_that_it_does_not_allow)
{
	static const char *const users[] = { "m\x07", "m\xff" };

	for (size_t i = 0; i < COUNT(users) * COUNT(scrams); i++) {
		struct imap_sasl *sasl =
			start(scrams[i % COUNT(scrams)], users[i / COUNT(scrams)], PASSWORD);
		struct error error = fail_step(sasl, "");

		cr_expect_eq(error.kind, ERROR_CONFIG);
		cr_expect_not_null(strstr(error.text, "characters"), "%s", error.text);
		cr_expect_null(strstr(error.text, PASSWORD));
		imap_sasl_end(&sasl);
	}
}

/* --- Starting --- */

Test(imap_sasl, unknown_mechanism_is_told)
{
	const struct imap_sasl_login login = { .mechanism = "XYZZY",
					       .user = "me",
					       .secret = "secret" };
	struct imap_sasl *sasl = NULL;
	struct error error = ERROR_INITIAL;

	cr_assert_eq(imap_sasl_start(&login, &sasl, &error), -1);
	cr_expect_null(sasl);
	cr_expect_eq(error.kind, ERROR_CONFIG);
	cr_expect_eq(error.scope, SCOPE_ACCOUNT);
	cr_expect_not_null(strstr(error.text, "XYZZY"));
	cr_expect_null(strstr(error.text, "secret"));
}

Test(imap_sasl, ending_nothing_is_allowed)
{
	struct imap_sasl *sasl = NULL;

	imap_sasl_end(NULL);
	imap_sasl_end(&sasl);
	cr_expect_null(sasl);
}
