/* Passwords in ~/.netrc and ~/.authinfo. SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <string.h>

#include "base/memory.h"
#include "credential/netrc.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

Test(credential_netrc, the_first_entry_that_is_for_it)
{
	static const struct {
		const char *text, *password; /* for me at imap.example.org, port 993 */
	} cases[] = {
		{ "machine imap.example.org login me password s3", "s3" },
		{ "machine IMAP.Example.org\n\tlogin me\n\tpassword s3\n", "s3" },
		{ "machine imap.example.org password s3 login me", "s3" },
		{ "machine imap.example.org password s3", "s3" },
		{ "machine imap.example.org login you password no\n"
		  "machine imap.example.org login me password s3\n",
		  "s3" },
		{ "machine imap.example.org login me port imap password no\n"
		  "machine imap.example.org login me port imaps password s3\n",
		  "s3" },
		{ "machine imap.example.org login me port 993 password s3", "s3" },
		{ "machine imap.example.org login me port 99x password no", NULL },
		{ "machine else login me password no default login me password s3", "s3" },
		{ "default login you password no", NULL },
		{ "machine imap.example.org login me password \"a b\\\"c\\\\\"", "a b\"c\\" },
		{ "machine imap.example.org login me password \"open", "open" },
		{ "# machine imap.example.org login me password no\n"
		  "machine imap.example.org login me password s3#4",
		  "s3#4" },
		{ "macdef init\nmachine imap.example.org login me password no\n\n"
		  "machine imap.example.org login me account x password s3",
		  "s3" },
		{ "macdef init\nmachine imap.example.org login me password no\n", NULL },
		{ "machine imap.example.org login me password machine", "machine" },
		{ "machine imap.example.org login me", NULL },
		{ "machine imap.example.org login me password", NULL },
		{ "machine", NULL },
		{ "password s3", NULL },
		{ "", NULL },
	};
	const struct netrc_wanted wanted = { .host = "imap.example.org",
					     .port = 993,
					     .user = "me" };
	for (size_t i = 0; i < COUNT(cases); i++) {
		char *password = netrc_find(cases[i].text, strlen(cases[i].text), &wanted);
		if (cases[i].password) {
			cr_assert_not_null(password, "%s", cases[i].text);
			cr_expect_str_eq(password, cases[i].password, "%s", cases[i].text);
		} else {
			cr_expect_null(password, "%s", cases[i].text);
		}
		memory_free_secret(password);
	}
}
