/* Secrets that come back. SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "imap/secrets.h"

static void expect(const struct imap_secrets *secrets, const char *text, const char *wanted)
{
	char *shown = imap_secrets_printable(secrets, text, strlen(text));

	cr_expect_str_eq(shown, wanted, "“%s” became “%s”", text, shown);
	free(shown);
}

Test(secrets, are_struck_out_in_every_encoding)
{
	struct imap_secrets secrets = { 0 };
	const char *blob = "AHJlYWRlcgBzZXNhbS40NzEx";

	imap_secrets_add_password(&secrets, "Ses\"am\\4711");
	imap_secrets_add(&secrets, blob, strlen(blob));
	expect(&secrets, "bad: LOGIN reader Ses\"am\\4711", "bad: LOGIN reader ***");
	expect(&secrets, "bad: LOGIN \"reader\" \"Ses\\\"am\\\\4711\" here",
	       "bad: LOGIN \"reader\" \"***\" here");
	expect(&secrets, "LOGIN READER SES\"AM\\4711?", "LOGIN READER ***?");
	expect(&secrets, "[AHJlYWRlcgBzZXNhbS40NzEx]", "[***]");
	expect(&secrets, "nothing of it", "nothing of it");
	imap_secrets_release(&secrets);
}

Test(secrets, are_struck_out_where_they_are_cut)
{
	struct imap_secrets secrets = { 0 };

	imap_secrets_add_password(&secrets, "correct-horse-battery");
	expect(&secrets, "LOGIN reader correct-hor", "LOGIN reader ***");
	expect(&secrets, "...horse-battery is no password", "...*** is no password");
	expect(&secrets, "twice: correct-horse-batterycorrect-horse-battery", "twice: ******");
	imap_secrets_release(&secrets);
}

Test(secrets, that_are_short_are_words)
{
	struct imap_secrets secrets = { 0 };

	imap_secrets_add_password(&secrets, "no");
	imap_secrets_add_password(&secrets, "");
	expect(&secrets, "I cannot say no, not now: \"no\"", "I cannot say ***, not now: \"***\"");
	expect(&secrets, "", "");
	imap_secrets_release(&secrets);
}

Test(secrets, may_be_none)
{
	expect(NULL, "LOGIN a b", "LOGIN a b");
}
