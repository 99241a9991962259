/* What providers give, and refuse. SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"
#include "credential/issued.h"
#include "credential/refusal.h"
#include "credential/token.h"
#include "credential/token_file.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define NOW 1000000

static struct credential_json *json_of(const char *text)
{
	struct credential_json *json = credential_json_read(text, strlen(text));
	cr_assert_not_null(json, "%s", text);
	return json;
}

static int take(const char *text, struct token *token, struct error *error)
{
	char name[] = "work";
	const struct config_account account = { .name = name };
	struct credential_json *json = json_of(text);
	int result = issued_take(&account, json, NOW, token, error);
	credential_json_release(&json);
	return result;
}

/* --- What is given --- */

Test(credential_issued, a_refresh_token_stays_until_another_comes)
{
	struct token token = { .access = NULL };
	struct error error = ERROR_INITIAL;
	cr_assert_eq(take("{\"access_token\":\"a1\",\"refresh_token\":\"r1\",\"expires_in\":3600,"
			  "\"token_type\":\"Bearer\"}",
			  &token, &error),
		     0);
	cr_expect_str_eq(token.refresh, "r1");
	cr_expect_eq(token.expires, NOW + 3600);
	cr_assert_eq(take("{\"access_token\":\"a2\",\"refresh_token\":null,\"expires_in\":\"60\"}",
			  &token, &error),
		     0);
	cr_expect_str_eq(token.access, "a2");
	cr_expect_str_eq(token.refresh, "r1");
	cr_expect_eq(token.expires, NOW + 60);
	cr_assert_eq(take("{\"access_token\":\"a3\",\"refresh_token\":\"\"}", &token, &error), 0);
	cr_expect_str_eq(token.refresh, "r1");
	cr_expect_eq(token.expires, 0);
	cr_assert_eq(take("{\"access_token\":\"a4\",\"refresh_token\":\"r2\"}", &token, &error), 0);
	cr_expect_str_eq(token.refresh, "r2");
	token_release(&token);
}

Test(credential_issued, what_is_no_token_changes_nothing)
{
	static const char *const cases[] = {
		"{}",
		"{\"refresh_token\":\"r2\"}",
		"{\"access_token\":7}",
		"{\"access_token\":\"\"}",
		"{\"access_token\":\"with space\"}",
		"{\"access_token\":\"line\\r\\nend\"}",
		"{\"access_token\":\"a\",\"token_type\":\"mac\"}",
	};
	char access[] = "a1";
	char refresh[] = "r1";
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct token token = { .access = access, .refresh = refresh };
		struct error error = ERROR_INITIAL;
		cr_expect_eq(take(cases[i], &token, &error), -1, "%s", cases[i]);
		cr_expect_eq(error.kind, ERROR_TEMPORARY);
		cr_expect_eq(token.refresh, refresh);
		cr_expect_eq(token.access, access);
	}
}

Test(credential_issued, a_life_without_end_ends)
{
	struct token token = { .access = NULL };
	struct error error = ERROR_INITIAL;
	cr_assert_eq(
		take("{\"access_token\":\"a\",\"expires_in\":9223372036854775807}", &token, &error),
		0);
	cr_expect_gt(token.expires, NOW);
	cr_expect_lt(token.expires, NOW + (int64_t)20 * 365 * 86400);
	cr_assert_eq(take("{\"access_token\":\"a\",\"expires_in\":-5}", &token, &error), 0);
	cr_expect_eq(token.expires, 0);
	token_release(&token);
}

Test(credential_issued, scopes)
{
	static const struct {
		const char *asked, *answer, *lacking;
	} cases[] = {
		{ "a b", "{}", NULL },
		{ "a b", "{\"scope\":\"b c a\"}", NULL },
		{ "a b", "{\"scope\":\"a\"}", "b" },
		{ "openid a offline_access", "{\"scope\":\"A\"}", NULL },
		{ "https://mail.google.com/ openid email",
		  "{\"scope\":\"openid https://www.googleapis.com/auth/userinfo.email\"}",
		  "https://mail.google.com/" },
		{ "https://outlook.office.com/IMAP.AccessAsUser.All",
		  "{\"scope\":\"https://outlook.office365.com/IMAP.AccessAsUser.All\"}", NULL },
		{ NULL, "{\"scope\":\"a\"}", NULL },
	};
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct credential_json *json = json_of(cases[i].answer);
		char *lacking = NULL;
		cr_expect_eq(issued_grants(json, cases[i].asked, &lacking), !cases[i].lacking,
			     "%zu", i);
		if (cases[i].lacking)
			cr_expect_str_eq(lacking, cases[i].lacking);
		free(lacking);
		credential_json_release(&json);
	}
}

Test(credential_issued, who_signed_in)
{
	static const struct {
		const char *token, *user, *said;
		bool matches;
	} cases[] = {
		/* {"email":"me@example.org"}, of which base64url needs padding */
		{ "x.eyJlbWFpbCI6Im1lQGV4YW1wbGUub3JnIn0.y", "me@example.org", "me@example.org",
		  true },
		{ "x.eyJlbWFpbCI6Im1lQGV4YW1wbGUub3JnIn0.y", "ME@EXAMPLE.ORG", "me@example.org",
		  true },
		{ "x.eyJlbWFpbCI6Im1lQGV4YW1wbGUub3JnIn0.y", "me", "me@example.org", true },
		{ "x.eyJlbWFpbCI6Im1lQGV4YW1wbGUub3JnIn0.y", "m", "me@example.org", false },
		{ "x.eyJlbWFpbCI6Im1lQGV4YW1wbGUub3JnIn0.y", "me@example.com", "me@example.org",
		  false },
		/* {"preferred_username":"a@b","email":"c@d"} */
		{ "x.eyJwcmVmZXJyZWRfdXNlcm5hbWUiOiJhQGIiLCJlbWFpbCI6ImNAZCJ9.y", "a@b", "a@b",
		  true },
		{ "x.eyJwcmVmZXJyZWRfdXNlcm5hbWUiOiJhQGIiLCJlbWFpbCI6ImNAZCJ9.y", "e@f", "c@d",
		  false },
		{ "x.e30.y", "me", NULL, false },
		{ "x.!!.y", "me", NULL, false },
		{ "x..y", "me", NULL, false },
		{ "x", "me", NULL, false },
	};
	for (size_t i = 0; i < COUNT(cases); i++) {
		bool matches = true;
		struct credential_json *json = credential_json_create();
		credential_json_set_text(json, "id_token", cases[i].token);
		char *said = issued_user(json, cases[i].user, &matches);
		cr_expect_eq(matches, cases[i].matches, "%zu", i);
		if (cases[i].said)
			cr_expect_str_eq(said, cases[i].said, "%zu", i);
		else
			cr_expect_null(said, "%zu", i);
		free(said);
		credential_json_release(&json);
	}
}

/* --- What is kept --- */

Test(credential_token, printed_and_read)
{
	char access[] = "a\"1";
	char refresh[] = "r";
	char client[] = "id";
	char url[] = "https://x/token";
	const struct token token = { .access = access,
				     .refresh = refresh,
				     .client_id = client,
				     .token_url = url,
				     .obtained = 5,
				     .expires = 7,
				     .logged_in = 3 };
	struct token again;
	char *text = token_print(&token);
	cr_assert(token_read(text, strlen(text), &again));
	cr_expect_str_eq(again.access, access);
	cr_expect_str_eq(again.refresh, refresh);
	cr_expect_str_eq(again.token_url, url);
	cr_expect_null(again.user);
	cr_expect_eq(again.expires, 7);
	cr_expect_eq(again.logged_in, 3);
	token_release(&again);
	/* Cut anywhere it is none. */
	for (size_t length = 0; length < strlen(text); length++) {
		cr_expect_not(token_read(text, length, &again), "%zu", length);
		token_release(&again);
	}
	free(text);
}

Test(credential_token, of_another_format)
{
	static const char *const cases[] = {
		"{\"version\":2,\"access_token\":\"a\",\"client_id\":\"c\",\"token_url\":\"t\"}",
		"{\"access_token\":\"a\",\"client_id\":\"c\",\"token_url\":\"t\"}",
		"{\"version\":1,\"client_id\":\"c\",\"token_url\":\"t\"}",
		"[]",
		"",
	};
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct token token;
		cr_expect_not(token_read(cases[i], strlen(cases[i]), &token), "%s", cases[i]);
		token_release(&token);
	}
}

Test(credential_token, fresh)
{
	static const struct {
		int64_t obtained, expires, now;
		bool fresh;
	} cases[] = {
		{ 1000, 4600, 1000, true },  { 1000, 4600, 4539, true },
		{ 1000, 4600, 4540, false }, { 1000, 4600, 9999, false },
		{ 1000, 4600, 940, true },   { 1000, 4600, 939, false },
		{ 1000, 1010, 1008, true },  { 1000, 1010, 1009, false },
		{ 1000, 0, 999999, true },   { 1000, 1, 1000, false },
	};
	for (size_t i = 0; i < COUNT(cases); i++) {
		const struct token token = { .obtained = cases[i].obtained,
					     .expires = cases[i].expires };
		cr_expect_eq(token_is_fresh(&token, cases[i].now), cases[i].fresh, "%zu", i);
	}
}

Test(credential_token_file, replaced_and_removed)
{
	char directory[] = "/tmp/navette-token-XXXXXX";
	char path[64];
	struct error error = ERROR_INITIAL;
	struct stat status;
	bool found;
	int room;
	cr_assert_not_null(mkdtemp(directory));
	(void)snprintf(path, sizeof path, "%s/work", directory);
	for (int i = 0; i < 2; i++) {
		struct buffer text = BUFFER_INITIAL;
		cr_assert_eq(token_file_make_room(path, &room, &error), 0, "%s", error.text);
		cr_assert_eq(token_file_read(path, &text, &found, &error), 0);
		cr_expect_eq(found, i > 0);
		cr_assert_eq(token_file_write(path, room, i ? "b" : "long", &error), 0, "%s",
			     error.text);
		cr_assert_eq(token_file_read(path, &text, &found, &error), 0);
		cr_expect(found);
		cr_expect_str_eq(buffer_text(&text), i ? "longb" : "long"); /* added to */
		cr_assert_eq(stat(path, &status), 0);
		cr_expect_eq(status.st_mode & 0777, 0600);
		cr_expect_eq(status.st_size, i ? 1 : 4);
		buffer_release(&text);
	}
	cr_assert_eq(token_file_remove(path, &found, &error), 0);
	cr_expect(found);
	cr_assert_eq(token_file_remove(path, &found, &error), 0);
	cr_expect_not(found);
	cr_assert_eq(rmdir(directory), 0);
}

Test(credential_token_file, what_others_can_read_is_refused)
{
	char directory[] = "/tmp/navette-token-XXXXXX";
	char path[64];
	char link[70];
	struct buffer text = BUFFER_INITIAL;
	bool found;
	int room;
	cr_assert_not_null(mkdtemp(directory));
	(void)snprintf(path, sizeof path, "%s/work", directory);
	(void)snprintf(link, sizeof link, "%s/link", directory);
	cr_assert_eq(token_file_make_room(path, &room, NULL), 0);
	cr_assert_eq(token_file_write(path, room, "t", NULL), 0);
	cr_assert_eq(symlink(path, link), 0);
	static const mode_t modes[] = { 0640, 0604, 0620, 0601 };
	for (size_t i = 0; i < COUNT(modes); i++) {
		struct error error = ERROR_INITIAL;
		cr_assert_eq(chmod(path, modes[i]), 0);
		cr_expect_eq(token_file_read(path, &text, &found, &error), -1);
		cr_expect(strstr(error.text, "others can read the tokens in"));
	}
	cr_assert_eq(chmod(path, 0600), 0);
	cr_expect_eq(token_file_read(link, &text, &found, NULL), -1);
	cr_expect_eq(token_file_read(directory, &text, &found, NULL), -1);
	cr_expect_eq(text.length, 0);
	(void)unlink(path);
	(void)unlink(link);
	(void)rmdir(directory);
}

/* --- What is refused --- */

Test(credential_refusal, one_sentence_each)
{
	static const struct {
		const char *word, *words;
		int64_t number;
		enum refusal_of of;
		enum error_kind kind;
		const char *text;
	} cases[] = {
		{ "invalid_grant", NULL, 0, REFUSAL_OF_REFRESH, ERROR_LOGIN,
		  "the provider gives account work no token: the login is not valid any more: it was "
		  "revoked, was not used for too long, or the password was changed; run \"navette "
		  "login work\"" },
		{ "invalid_grant", NULL, 0, REFUSAL_OF_LOGIN, ERROR_FAILED,
		  "\"navette login work\" again" },
		{ "invalid_grant", "AADSTS700082: The refresh token has expired", 0,
		  REFUSAL_OF_REFRESH, ERROR_LOGIN,
		  "no token (AADSTS700082): the login was not used for too long; run \"navette login "
		  "work\"" },
		{ "invalid_grant", NULL, 50173, REFUSAL_OF_REFRESH, ERROR_LOGIN,
		  "password was changed" },
		{ "invalid_grant", NULL, 53003, REFUSAL_OF_REFRESH, ERROR_FAILED,
		  "Conditional Access" },
		{ "unauthorized_client", NULL, 700016, REFUSAL_OF_LOGIN, ERROR_CONFIG,
		  "check client-id and tenant" },
		{ "invalid_client", NULL, 0, REFUSAL_OF_REFRESH, ERROR_CONFIG,
		  "client-secret-command" },
		{ "invalid_client", NULL, 7000218, REFUSAL_OF_REFRESH, ERROR_CONFIG,
		  "allow public client flows" },
		{ "invalid_scope", NULL, 0, REFUSAL_OF_LOGIN, ERROR_CONFIG, "check scope" },
		{ "temporarily_unavailable", NULL, 0, REFUSAL_OF_REFRESH, ERROR_TEMPORARY,
		  "it is busy; try again later" },
		{ "odd", "AADSTS1: x", 0, REFUSAL_OF_REFRESH, ERROR_LOGIN,
		  "no token: odd (AADSTS1: x);" },
		/* What may be a secret that it repeats is not shown, nor what it says to the
		   terminal. */
		{ "odd", "token rt.0123456789012345678901234567890123456789 is\x1b[2J bad\nmore", 0,
		  REFUSAL_OF_LOGIN, ERROR_FAILED, "(token *** is\\x1B[2J bad);" },
	};
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct refusal refusal =
			refusal_create(cases[i].word, cases[i].words, cases[i].number);
		struct error error = ERROR_INITIAL;
		cr_expect_eq(refusal_set_error(&refusal, cases[i].of, "work", &error), -1);
		cr_expect_eq(error.kind, cases[i].kind, "%zu", i);
		cr_expect(strstr(error.text, cases[i].text), "%s", error.text);
		refusal_release(&refusal);
	}
}
