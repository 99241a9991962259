/* The values of keys. SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/memory.h"
#include "config/keys.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* Sets one key of an account as new; the problem, or NULL, is the caller's. */
static char *set(struct config_account *account, const char *name, const char *value)
{
	char *problem = NULL;
	bool good;
	config_account_begin(account, "a", 1);
	good = config_key_set(&config_account_keys, account, name, value, &problem);
	cr_assert_eq(good, problem == NULL);
	return problem;
}

static void assert_good(struct config_account *account, const char *name, const char *value)
{
	char *problem = set(account, name, value);
	cr_assert_null(problem, "%s = %s: %s", name, value, problem);
}

static void assert_bad(const char *name, const char *value, const char *expected)
{
	struct config_account account;
	char *problem = set(&account, name, value);
	cr_assert_not_null(problem, "%s = %s was taken", name, value);
	cr_assert_not_null(strstr(problem, expected), "\"%s\" lacks \"%s\"", problem, expected);
	free(problem);
	config_account_release(&account);
}

static const struct config_keys *const sections[] = { &config_account_keys, &config_channel_keys,
						      &config_global_keys };

Test(config_keys, tables_have_each_key_once)
{
	for (size_t i = 0; i < COUNT(sections); i++) {
		size_t count = 0;
		for (const char *name; (name = config_key_name(sections[i], count)) != NULL;
		     count++)
			cr_assert_eq(config_key_index(sections[i], name), (int)count);
		cr_assert_geq(count, 4);
		cr_assert_leq(count, CONFIG_KEYS_MAX);
		cr_assert_eq(config_key_index(sections[i], "Create"), -1);
		cr_assert_not(config_key_is_list(sections[i], "create"));
		cr_assert_not(config_key_is_list(sections[i], "colour"));
	}
	cr_assert(config_key_is_list(&config_account_keys, "disable-extensions"));
	cr_assert(config_key_is_list(&config_channel_keys, "folders"));
}

/* The manual page lies beside the sources. */
Test(config_keys, manual_page_has_every_key)
{
	struct buffer page = BUFFER_INITIAL;
	char piece[4096];
	size_t got;
	FILE *file = fopen(SOURCE_DIRECTORY "/docs/man/navette.conf.5", "r");
	cr_assert_not_null(file);
	while ((got = fread(piece, 1, sizeof piece, file)) > 0)
		buffer_add(&page, piece, got);
	(void)fclose(file);
	for (size_t i = 0; i < COUNT(sections); i++) {
		const char *name;
		for (size_t j = 0; (name = config_key_name(sections[i], j)) != NULL; j++) {
			struct buffer item = BUFFER_INITIAL;
			buffer_add_format(&item, "\n.It Ic %s ", name);
			cr_assert_not_null(strstr(buffer_text(&page), buffer_text(&item)), "%s",
					   name);
			buffer_release(&item);
		}
	}
	buffer_release(&page);
}

Test(config_keys, unknown_keys)
{
	assert_bad("poll", "9s", "must be 10s or more");
	assert_bad("poll", "2h", "must be a time such as");
	assert_bad("keep-alive", "30m", "must be 29m or less");
	assert_bad("watch", "!", "has a ! with no pattern behind it");
	assert_bad("pasword", "x", "did you mean password?");
	/* Words of mbsync and OfflineIMAP; the nearest ones here would mislead. */
	assert_bad("Pass", "x", "`password-command`");
	assert_bad("PassCmd", "x", "`password-command = ...`, without a +");
	assert_bad("remotepasseval", "x", "`password-command = ...`: a command");
	assert_bad("server", "x", "the server is `host`");
	assert_bad("username", "x", "the user is `user`");
	assert_bad("ssl", "yes", "write `tls = implicit`");
	assert_bad("Patterns", "*", "[channel ACCOUNT/NAME], as `folders");
	assert_bad("cert", "x", "`tls-ca`");
	assert_bad("InfoDelimiter", ";", "`separator = ;`");
	assert_bad("path", "x", "the local tree is `maildir`");
	assert_bad("nametrans", "x", "`as`");
	assert_bad("Host", "x", "did you mean host?");
	assert_bad("quux", "x", "navette.conf(5)");
}

Test(config_keys, host)
{
	static const char *const good[] = {
		"imap.example.org", "localhost", "192.0.2.1",
		"2001:db8::1",      "::1",       "m\xc3\xbcll.example"
	};
	for (size_t i = 0; i < COUNT(good); i++) {
		struct config_account account;
		assert_good(&account, "host", good[i]);
		cr_assert_str_eq(account.host, good[i]);
		config_account_release(&account);
	}
	assert_bad("host", "imap.example.org:993", "host = imap.example.org and port = 993");
	assert_bad("host", "imaps://imap.example.org", "bare name");
	assert_bad("host", "imap.example.org/", "bare name");
	assert_bad("host", "a.example b.example", "one server");
	assert_bad("host", "\"a.example\"", "one server");
	assert_bad("host", "", "is empty");
}

Test(config_keys, numbers)
{
	struct config_account account;
	assert_good(&account, "port", "1");
	cr_assert_eq(account.port, 1);
	config_account_release(&account);
	assert_good(&account, "port", "65535");
	cr_assert_eq(account.port, 65535);
	config_account_release(&account);
	assert_good(&account, "connections", "32");
	cr_assert_eq(account.connections, 32);
	config_account_release(&account);
	assert_bad("port", "0", "a number from 1 to 65535, not \"0\"");
	assert_bad("port", "65536", "from 1 to 65535");
	assert_bad("port", "imaps", "from 1 to 65535");
	assert_bad("port", "", "from 1 to 65535");
	assert_bad("connections", "0", "from 1 to 32");
	assert_bad("connections", "33", "from 1 to 32");
}

Test(config_keys, times)
{
	static const struct {
		const char *value;
		unsigned int seconds;
	} good[] = { { "1", 1 },     { "90", 90 },    { "30s", 30 },    { "2m", 120 },
		     { "1h", 3600 }, { "60m", 3600 }, { "3600s", 3600 } };
	static const char *const bad[] = {
		"",   "0",  "0s",   "s",   "m",   "3601", "61m",
		"2h", "-1", "1.5m", "1 m", "1ms", "1M",   "99999999999999999999s"
	};
	for (size_t i = 0; i < COUNT(good); i++) {
		struct config_account account;
		assert_good(&account, "timeout", good[i].value);
		cr_assert_eq(account.timeout, good[i].seconds, "%s", good[i].value);
		config_account_release(&account);
	}
	for (size_t i = 0; i < COUNT(bad); i++)
		assert_bad("timeout", bad[i], "a time such as 30s or 2m");
}

Test(config_keys, words)
{
	static const struct {
		const char *name;
		const char *value;
		size_t offset;
		int number;
	} good[] = {
		{ "tls", "implicit", offsetof(struct config_account, tls), CONFIG_TLS_IMPLICIT },
		{ "tls", "starttls", offsetof(struct config_account, tls), CONFIG_TLS_STARTTLS },
		{ "tls", "none", offsetof(struct config_account, tls), CONFIG_TLS_NONE },
		{ "auth", "auto", offsetof(struct config_account, auth), CONFIG_AUTH_AUTO },
		{ "auth", "plain", offsetof(struct config_account, auth), CONFIG_AUTH_PLAIN },
		{ "auth", "login", offsetof(struct config_account, auth), CONFIG_AUTH_LOGIN },
		{ "auth", "scram-sha-1", offsetof(struct config_account, auth),
		  CONFIG_AUTH_SCRAM_SHA_1 },
		{ "auth", "scram-sha-1-plus", offsetof(struct config_account, auth),
		  CONFIG_AUTH_SCRAM_SHA_1_PLUS },
		{ "auth", "scram-sha-256", offsetof(struct config_account, auth),
		  CONFIG_AUTH_SCRAM_SHA_256 },
		{ "auth", "scram-sha-256-plus", offsetof(struct config_account, auth),
		  CONFIG_AUTH_SCRAM_SHA_256_PLUS },
		{ "auth", "oauth2", offsetof(struct config_account, auth), CONFIG_AUTH_OAUTH2 },
		{ "auth", "xoauth2", offsetof(struct config_account, auth), CONFIG_AUTH_XOAUTH2 },
		{ "auth", "oauthbearer", offsetof(struct config_account, auth),
		  CONFIG_AUTH_OAUTHBEARER },
		{ "create", "near", offsetof(struct config_account, rules.create),
		  CONFIG_SIDE_NEAR },
		{ "create", "none", offsetof(struct config_account, rules.create),
		  CONFIG_SIDES_NONE },
		{ "remove", "far", offsetof(struct config_account, rules.remove), CONFIG_SIDE_FAR },
		{ "remove", "both", offsetof(struct config_account, rules.remove),
		  CONFIG_SIDES_BOTH },
	};
	for (size_t i = 0; i < COUNT(good); i++) {
		struct config_account account;
		unsigned int number;
		assert_good(&account, good[i].name, good[i].value);
		memcpy(&number, (const char *)&account + good[i].offset, sizeof number);
		cr_assert_eq((int)number, good[i].number, "%s = %s", good[i].name, good[i].value);
		config_account_release(&account);
	}
	assert_bad("tls", "start-tls", "did you mean starttls? (implicit | starttls | none)");
	assert_bad("tls", "yes", "it is one of implicit | starttls | none");
	assert_bad("auth", "PLAIN", "did you mean plain?");
	assert_bad("auth", "scram-sha256", "did you mean scram-sha-256?");
	assert_bad("create", "", "it is one of near | far | both | none");
}

Test(config_keys, paths)
{
	static const char *const cases[][2] = {
		{ "/srv/mail", "/srv/mail" },
		{ "~/Mail//", "/home/me/Mail" },
		{ "~", "/home/me" },
		{ "$MAILS/work", "/srv/work" },
		{ "/", "/" },
		{ "///", "/" },
	};
	cr_assert_eq(setenv("HOME", "/home/me", 1), 0);
	cr_assert_eq(setenv("MAILS", "/srv", 1), 0);
	(void)unsetenv("NO_SUCH_VARIABLE");
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct config_account account;
		assert_good(&account, "maildir", cases[i][0]);
		cr_assert_str_eq(account.maildir, cases[i][1]);
		config_account_release(&account);
		assert_good(&account, "tls-ca", cases[i][0]);
		cr_assert_str_eq(account.tls_ca, cases[i][1]);
		config_account_release(&account);
	}
	assert_bad("maildir", "Mail", "must be a whole path, from / or ~ on, not \"Mail\"");
	assert_bad("maildir", "", "whole path");
	assert_bad("maildir", "$NO_SUCH_VARIABLE/x", "NO_SUCH_VARIABLE is not set");
	assert_bad("tls-ca", "~no-such-user-here/x", "~no-such-user-here");
}

Test(config_keys, fingerprint)
{
	static const char plain[] =
		"00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";
	static const char *const good[] = {
		"00112233445566778899aabbccddeeff00112233445566778899AABBCCDDEEFF",
		"00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF:00:11:22:33:44:55:66:77:88:99:aa:bb:cc:"
		"dd:ee:ff",
	};
	for (size_t i = 0; i < COUNT(good); i++) {
		struct config_account account;
		assert_good(&account, "tls-fingerprint", good[i]);
		cr_assert_str_eq(account.tls_fingerprint, plain);
		config_account_release(&account);
	}
	struct config_account several;
	char *two = memory_format("%s, %s", good[0], good[1]);
	assert_good(&several, "tls-key-fingerprint", two);
	cr_assert_eq(strlen(several.tls_key_fingerprint), 129);
	config_account_release(&several);
	free(two);
	assert_bad("tls-fingerprint", "", "64 hex digits");
	assert_bad("tls-fingerprint", plain + 1, "64 hex digits");
	assert_bad("tls-fingerprint",
		   "x0112233445566778899aabbccddeeff00112233445566778899aabbccddeeff",
		   "64 hex digits");
}

Test(config_keys, max_delete)
{
	static const struct {
		const char *value;
		uint32_t count;
		uint32_t percent;
	} good[] = { { "100", 100, 0 },      { "30%", 0, 30 },
		     { "100 30%", 100, 30 }, { "30%, 100", 100, 30 },
		     { "0", 0, 0 },          { "0%", 0, 0 },
		     { "100%", 0, 100 },     { "none", UINT32_MAX, 100 } };
	static const char *const bad[] = { "",        "%",  "101%", "100 100",    "10% 20%",  "all",
					   "none 10", "-1", "10 %", "4294967295", "10 20% 30" };
	for (size_t i = 0; i < COUNT(good); i++) {
		struct config_account account;
		assert_good(&account, "max-delete", good[i].value);
		cr_assert_eq(account.rules.max_delete.count, good[i].count, "%s", good[i].value);
		cr_assert_eq(account.rules.max_delete.percent, good[i].percent, "%s",
			     good[i].value);
		config_account_release(&account);
	}
	for (size_t i = 0; i < COUNT(bad); i++)
		assert_bad("max-delete", bad[i], "must be a number (100), a share (30%), both");
}

Test(config_keys, window)
{
	static const struct {
		const char *age;
		uint32_t days;
		const char *size;
		uint64_t bytes;
	} good[] = { { "1d", 1, "1", 1 },
		     { "90d", 90, "500K", 500 * 1024 },
		     { "12w", 84, "10M", 10 * 1024 * 1024 },
		     { "2y", 731, "3G", UINT64_C(3) * 1024 * 1024 * 1024 },
		     { "none", 0, "none", 0 },
		     { "100y", 36525, "4294967294", UINT32_MAX - 1 } };
	static const char *const bad_ages[] = {
		"", "90", "0d", "-1d", "1.5y", "d", "90 d", "3m", "101y", "2Y", "99999999999999999d"
	};
	static const char *const bad_sizes[] = { "",    "0",    "0M",         "-1",
						 "10m", "10MB", "4G",         "10 M",
						 "M",   "1.5M", "4294967295", "99999999999G" };
	for (size_t i = 0; i < COUNT(good); i++) {
		struct config_account account;
		assert_good(&account, "max-age", good[i].age);
		cr_assert_eq(account.rules.window.max_age_days, good[i].days, "%s", good[i].age);
		config_account_release(&account);
		assert_good(&account, "max-size", good[i].size);
		cr_assert_eq(account.rules.window.max_size, good[i].bytes, "%s", good[i].size);
		config_account_release(&account);
	}
	for (size_t i = 0; i < COUNT(bad_ages); i++)
		assert_bad("max-age", bad_ages[i], "must be a number of days (90d)");
	for (size_t i = 0; i < COUNT(bad_sizes); i++)
		assert_bad("max-size", bad_sizes[i], "must be a number of bytes");
}

Test(config_keys, rate)
{
	static const struct {
		const char *value;
		uint64_t in, out;
	} good[] = { { "2M", 2 << 20, 2 << 20 }, { "2M 500K", 2 << 20, 500 << 10 },
		     { "1024", 1024, 1024 },     { "none", 0, 0 },
		     { "none, 1K", 0, 1024 },    { "1G none", 1 << 30, 0 } };
	static const char *const bad[] = {
		"",   "0",    "1023",     "1k",          "2m",
		"-1", "2M/s", "1M 1M 1M", "1M 1M 1M 1M", "2000000000000"
	};
	for (size_t i = 0; i < COUNT(good); i++) {
		struct config_account account;
		assert_good(&account, "rate", good[i].value);
		cr_assert_eq(account.limits.rate_in, good[i].in, "%s", good[i].value);
		cr_assert_eq(account.limits.rate_out, good[i].out, "%s", good[i].value);
		config_account_release(&account);
	}
	for (size_t i = 0; i < COUNT(bad); i++)
		assert_bad("rate", bad[i], "must be bytes a second");
}

Test(config_keys, window_of_messages)
{
	static const char *const bad[] = { "", "0", "-1", "5k", "4294967296" };
	struct config_account account;
	assert_good(&account, "max-messages", "500");
	cr_assert_eq(account.rules.window.max_messages, 500);
	config_account_release(&account);
	for (size_t i = 0; i < COUNT(bad); i++)
		assert_bad("max-messages", bad[i], "must be a number from 1 on");
	assert_good(&account, "keep", "flagged, unseen");
	cr_assert(account.rules.window.keep.unseen && account.rules.window.keep.flagged);
	config_account_release(&account);
	assert_good(&account, "keep", "none");
	cr_assert_not(account.rules.window.keep.unseen || account.rules.window.keep.flagged);
	config_account_release(&account);
	assert_bad("keep", "unseen flaged", "did you mean flagged?");
	assert_bad("keep", "", "is empty");
}

Test(config_keys, extensions)
{
	struct config_account account;
	assert_good(&account, "disable-extensions", "");
	cr_assert_eq(account.disable_extensions.count, 0);
	config_account_release(&account);
	assert_good(&account, "disable-extensions", " utf8=accept,,literal+ , LITERAL- ");
	cr_assert_eq(account.disable_extensions.count, 3);
	cr_assert(text_list_holds(&account.disable_extensions, "UTF8=ACCEPT"));
	cr_assert(text_list_holds(&account.disable_extensions, "LITERAL+"));
	config_account_release(&account);
	assert_bad("disable-extensions", "MOVE =", "not \"=\"");
	assert_bad("disable-extensions", "MO\"VE", "names of IMAP extensions");
}

/* Sets the keys, finishes; the problem, or NULL, is the caller's. */
Test(config_keys, tags)
{
	struct config_account account;
	assert_good(&account, "keywords", "notmuch");
	cr_expect_eq(account.rules.keywords, CONFIG_KEYWORDS_NOTMUCH);
	config_account_release(&account);
	/* What file names carry has its tag already. */
	assert_good(&account, "tag-map", "$Work:job \\Flagged:flagged, $forwarded:passed a:b:c");
	cr_assert_eq(account.tags.map.count, 2);
	cr_expect_str_eq(account.tags.map.items[0], "$Work:job");
	cr_expect_str_eq(account.tags.map.items[1], "a:b:c");
	config_account_release(&account);
	assert_good(&account, "tags-ignore", "inbox, later");
	cr_expect_eq(account.tags.ignore.count, 2);
	config_account_release(&account);
	assert_good(&account, "tag-prefix", "imap/");
	cr_expect_str_eq(account.tags.prefix, "imap/");
	config_account_release(&account);
	assert_bad("tag-map", "spam", "takes pairs of a keyword and a tag");
	assert_bad("tag-map", ":spam", "takes pairs of a keyword and a tag");
	assert_bad("tag-map", "$Junk:", "takes pairs of a keyword and a tag");
	assert_bad("tag-map", "\\Flagged:star", "file names carry that flag");
	assert_bad("tag-map", "$Forwarded:sent", "file names carry that flag");
	assert_bad("tag-map", "a(b:x", "is no keyword");
	assert_bad("tag-map", "$Junk:spam $JUNK:other", "twice");
	assert_bad("tag-map", "$Junk:spam other:Spam", "twice");
}

static char *finish(struct config_account *account, const char *const keys[][2], size_t count)
{
	char *problem = NULL;
	config_account_begin(account, "a", 1);
	for (size_t i = 0; i < count && keys[i][0]; i++)
		cr_assert(config_key_set(&config_account_keys, account, keys[i][0], keys[i][1],
					 &problem));
	cr_assert_eq(config_account_finish(account, &problem), problem == NULL);
	return problem;
}

Test(config_keys, account_is_completed)
{
	static const struct {
		const char *keys[5][2];
		uint16_t port;
	} cases[] = {
		{ { { "maildir", "/m" }, { "host", "h" }, { "user", "u" }, { "password", "p" } },
		  993 },
		{ { { "maildir", "/m" },
		    { "host", "h" },
		    { "user", "u" },
		    { "password", "p" },
		    { "tls", "starttls" } },
		  143 },
		{ { { "maildir", "/m" },
		    { "host", "h" },
		    { "user", "u" },
		    { "password", "p" },
		    { "tls", "none" } },
		  143 },
		{ { { "maildir", "/m" },
		    { "host", "h" },
		    { "user", "u" },
		    { "password", "p" },
		    { "port", "14300" } },
		  14300 },
		{ { { "maildir", "/m" }, { "tunnel", "cat" } }, 993 },
		{ { { "maildir", "/m" }, { "tunnel", "cat" }, { "user", "u" } }, 993 },
	};
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct config_account account;
		char *problem = finish(&account, cases[i].keys, 5);
		cr_assert_null(problem, "%s", problem);
		cr_assert_eq(account.port, cases[i].port);
		config_account_release(&account);
	}
}

/* "bücher.example", where there is libidn2 (libcurl and the C library bring it). */
Test(config_keys, host_beyond_ascii)
{
	static const char *const keys[5][2] = { { "maildir", "/m" },
						{ "host", "b\xc3\xbc"
							  "cher.Example" },
						{ "tls-name", "imap.example" },
						{ "user", "u" },
						{ "password", "p" } };
	struct config_account account;
	char *problem = finish(&account, keys, 5);
	cr_assert_null(problem, "%s", problem);
	cr_expect_str_eq(account.host, "xn--bcher-kva.example");
	cr_expect_str_eq(account.tls_name, "imap.example");
	config_account_release(&account);
}

Test(config_keys, logins_without_a_secret)
{
	static const struct {
		const char *keys[6][2];
		const char *problem; /* NULL: none */
	} cases[] = {
		{ { { "auth", "gssapi" } }, NULL },
		{ { { "auth", "gssapi" }, { "password", "p" } }, "auth = gssapi takes none" },
		{ { { "auth", "external" }, { "tls-cert", "/c" } }, NULL },
		{ { { "auth", "external" }, { "tls-cert", "pkcs11:token=x" } }, NULL },
		{ { { "auth", "external" } }, "no tls-cert" },
		{ { { "password", "ask" } }, NULL },
		{ { { "oauth", "google" }, { "client-id", "x" } }, NULL },
		{ { { "oauth", "google" } }, "no client-id" },
		{ { { "oauth", "google" }, { "client-id", "x" }, { "tenant", "t" } },
		  "tenant, which is for oauth = microsoft" },
		{ { { "oauth", "google" }, { "client-id", "x" }, { "issuer", "https://x" } },
		  "for oauth = custom alone" },
		{ { { "oauth", "custom" }, { "client-id", "x" } }, "does not say where" },
		{ { { "oauth", "custom" }, { "client-id", "x" }, { "token-url", "https://x" } },
		  "does not say where" },
		{ { { "oauth", "custom" },
		    { "client-id", "x" },
		    { "token-url", "https://x/t" },
		    { "device-url", "https://x/d" } },
		  NULL },
		{ { { "password", "p" }, { "client-id", "x" } }, "has client-id and no oauth" },
		{ { { "password", "p" }, { "token-store", "keyring" } },
		  "has token-store and no oauth" },
		{ { { "password", "p" }, { "oauth", "google" } }, "has both password and oauth" },
		{ { { "oauth", "google" }, { "client-id", "x" }, { "auth", "plain" } },
		  "has oauth, but auth takes a password" },
	};
	for (size_t i = 0; i < COUNT(cases); i++) {
		const char *keys[9][2] = { { "maildir", "/m" }, { "host", "h" }, { "user", "u" } };
		size_t count = 3;
		for (size_t j = 0; j < COUNT(cases[i].keys) && cases[i].keys[j][0]; j++) {
			keys[count][0] = cases[i].keys[j][0];
			keys[count++][1] = cases[i].keys[j][1];
		}
		struct config_account account;
		char *problem = finish(&account, keys, count);
		cr_expect_eq(problem == NULL, cases[i].problem == NULL, "%zu: %s", i, problem);
		if (problem && cases[i].problem)
			cr_expect_not_null(strstr(problem, cases[i].problem), "%s", problem);
		free(problem);
		config_account_release(&account);
	}
}

Test(config_keys, addresses)
{
	static const char *const good[] = { "https://x", "https://x.example/a?b=c",
					    "http://127.0.0.1:5/x", "http://localhost",
					    "http://[::1]:5/" };
	static const char *const bad[] = { "",
					   "http://x",
					   "http://localhost.evil.example",
					   "http://127.0.0.1.evil",
					   "https://",
					   "https://user@x",
					   "https://x#y",
					   "https://x y",
					   "ftp://x",
					   "http://127.0.0.1@evil.example" };
	for (size_t i = 0; i < COUNT(good); i++) {
		struct config_account account;
		assert_good(&account, "token-url", good[i]);
		config_account_release(&account);
	}
	for (size_t i = 0; i < COUNT(bad); i++)
		assert_bad("token-url", bad[i], "must be an address that begins with https://");
	assert_bad("client-id", "me@example.org", "must be the id of a registered application");
	assert_bad("tenant", "a/b", "must be common, organizations");
}

Test(config_keys, account_lacks_something)
{
	static const struct {
		const char *keys[6][2];
		const char *problem;
	} cases[] = {
		{ { { "host", "h" }, { "user", "u" }, { "password", "p" } }, "has no maildir" },
		{ { { "maildir", "/m" }, { "user", "u" }, { "password", "p" } }, "has no host" },
		{ { { "maildir", "/m" }, { "host", "h" }, { "password", "p" } }, "has no user" },
		{ { { "maildir", "/m" }, { "host", "h" }, { "user", "u" } },
		  "has neither password-command" },
		{ { { "maildir", "/m" },
		    { "host", "h" },
		    { "user", "u" },
		    { "password", "p" },
		    { "password-command", "c" } },
		  "has both password and password-command" },
		{ { { "maildir", "/m" },
		    { "host", "h" },
		    { "user", "u" },
		    { "password-command", "c" },
		    { "token-command", "t" } },
		  "has both password-command and token-command" },
		{ { { "maildir", "/m" },
		    { "host", "h" },
		    { "user", "u" },
		    { "token-command", "t" },
		    { "auth", "login" } },
		  "has token-command, but auth takes a password" },
		{ { { "maildir", "/m" },
		    { "host", "h" },
		    { "user", "u" },
		    { "auth", "oauthbearer" } },
		  "has no token-command" },
		{ { { "maildir", "/m" },
		    { "host", "h" },
		    { "user", "u" },
		    { "password", "p" },
		    { "tls", "none" },
		    { "tls-ca", "/ca" } },
		  "tls-ca would never be looked at" },
	};
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct config_account account;
		char *problem = finish(&account, cases[i].keys, 6);
		cr_assert_not_null(problem);
		cr_assert_not_null(strstr(problem, cases[i].problem), "%s", problem);
		free(problem);
		config_account_release(&account);
	}
}
