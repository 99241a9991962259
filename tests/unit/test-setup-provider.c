/* The table of providers. SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "setup/discover.h"
#include "setup/provider.h"
#include "setup/server.h"

static const char *name_of(const struct provider *provider)
{
	return provider ? provider->name : "none";
}

Test(setup_provider, is_found_by_the_domain_of_an_address)
{
	static const char *const cases[][2] = {
		{ "gmail.com", "Gmail / Google Workspace" },
		{ "GMAIL.COM", "Gmail / Google Workspace" },
		{ "outlook.de", "Outlook.com (consumers)" },
		{ "outlook.com.br", "Outlook.com (consumers)" },
		{ "yahoo.co.uk", "Yahoo" },
		{ "yahoo.co.jp", "Yahoo Japan" },
		{ "company.awsapps.com", "Amazon WorkMail" },
		{ "yahoo.", "none" },
		{ "yahoo.example.org", "none" },
		{ "yahoo.a.b.c", "none" },
		{ "notgmail.com", "none" },
		{ "example.org", "none" },
		{ "", "none" },
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		cr_assert_str_eq(name_of(provider_of_domain(cases[i][0])), cases[i][1], "%s: %s",
				 cases[i][0], name_of(provider_of_domain(cases[i][0])));
}

Test(setup_provider, is_found_by_who_takes_a_domains_mail)
{
	cr_assert_str_eq(name_of(provider_of_exchanger("ASPMX.L.google.com")),
			 "Gmail / Google Workspace");
	cr_assert_str_eq(name_of(provider_of_exchanger("google.com")), "Gmail / Google Workspace");
	cr_assert_str_eq(name_of(provider_of_exchanger("example-org.mail.protection.outlook.com")),
			 "Exchange Online / Microsoft 365");
	cr_assert_null(provider_of_exchanger("notgoogle.com"));
	cr_assert_null(provider_of_exchanger("mx.example.org"));
	cr_assert_str_eq(name_of(provider_of_host("IMAP.gmail.com")), "Gmail / Google Workspace");
	cr_assert_null(provider_of_host("imap.example.org"));
}

/* What init writes of it must be what a configuration takes. */
Test(setup_provider, rows_are_whole)
{
	size_t count = 0;
	for (const struct provider *row = provider_table; row->name; row++, count++) {
		cr_assert_not_null(row->domains, "%s", row->name);
		cr_assert(*row->domains != '\0' || row->exchangers || row->host, "%s", row->name);
		cr_assert_neq(row->secrets, 0, "%s", row->name);
		if (row->secrets & PROVIDER_NOTHING)
			cr_assert(!row->host && row->first, "%s", row->name);
		if (!row->host)
			continue;
		cr_assert_null(strpbrk(row->host, " :/"), "%s", row->name);
		cr_assert(row->port != 0 && row->tls != CONFIG_TLS_NONE, "%s", row->name);
	}
	cr_assert_geq(count, 89);
}

Test(setup_provider, addresses_are_taken_apart)
{
	char *local = mail_address_local_part("me+x@example.org");
	cr_assert_str_eq(local, "me+x");
	free(local);
	cr_assert_str_eq(mail_address_domain("me@example.org"), "example.org");
	static const char *const bad[] = { "", "me", "@example.org", "me@", "a b@c", "<a@b>" };
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		cr_assert_null(mail_address_domain(bad[i]), "%s", bad[i]);
}

Test(setup_provider, guesses_and_strangers)
{
	static const char *const expected[DISCOVERY_GUESSES] = { "imap.example.org",
								 "mail.example.org",
								 "example.org" };
	for (size_t i = 0; i < DISCOVERY_GUESSES; i++) {
		char *guess = discovery_guess("example.org", i);
		cr_assert_str_eq(guess, expected[i]);
		free(guess);
	}
	cr_assert(discovery_is_within("imap.Example.org", "example.org"));
	cr_assert(discovery_is_within("example.org", "example.org"));
	cr_assert_not(discovery_is_within("notexample.org", "example.org"));
	cr_assert_not(discovery_is_within("example.net", "example.org"));
	cr_assert_not(discovery_is_within("org", "example.org"));
}
