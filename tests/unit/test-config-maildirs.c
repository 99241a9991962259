/* Accounts keep off each other's Maildirs. SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/path.h"
#include "config/maildirs.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

static int check(char *one, char *other, struct error *error)
{
	char path[] = "FILE";
	char first[] = "first";
	char second[] = "second";
	struct config_account accounts[] = { { .name = first, .line = 3, .maildir = one },
					     { .name = second, .line = 9, .maildir = other } };
	struct config config = { .path = path, .accounts = accounts, .account_count = 2 };
	return config_check_maildirs(&config, error);
}

Test(config_maildirs, by_name)
{
	static const struct {
		const char *one;
		const char *other;
		bool apart;
	} cases[] = {
		{ "/no/mail/a", "/no/mail/b", true },    { "/no/mail/a", "/no/mail/ab", true },
		{ "/no/mail/a", "/no/mail/a", false },   { "/no/mail/a", "/no/mail/a/b", false },
		{ "/no/mail", "/no/mail/a", false },     { "/", "/no/mail", false },
		{ "/no/mail/./a", "/no/mail/a", false }, { "/no//mail", "/no/mail", false },
	};
	for (size_t i = 0; i < COUNT(cases); i++) {
		for (int swapped = 0; swapped < 2; swapped++) {
			struct error error = ERROR_INITIAL;
			char *one = memory_text(swapped ? cases[i].other : cases[i].one);
			char *other = memory_text(swapped ? cases[i].one : cases[i].other);
			int result = check(one, other, &error);
			cr_assert_eq(result, cases[i].apart ? 0 : -1, "%s, %s", one, other);
			if (!cases[i].apart) {
				cr_assert_eq(error.kind, ERROR_CONFIG);
				cr_assert_eq(strncmp(error.text, "FILE:9: ", 8), 0, "%s",
					     error.text);
			}
			free(one);
			free(other);
		}
	}
}

Test(config_maildirs, by_way_of_links)
{
	const char *base = getenv("TMPDIR");
	char *place = path_join(base ? base : "/tmp", "navette-test-XXXXXX");
	cr_assert_not_null(mkdtemp(place));
	char *mail = path_join(place, "mail");
	char *link = path_join(place, "link");
	char *below = path_join(link, "new/deep");
	char *around = path_join(mail, "../mail");
	struct error error = ERROR_INITIAL;

	cr_assert_eq(mkdir(mail, 0700), 0);
	cr_assert_eq(symlink("mail", link), 0);
	cr_assert_eq(check(mail, link, &error), -1);
	cr_assert_eq(check(mail, below, &error), -1);
	cr_assert_eq(check(mail, around, &error), -1);
	cr_assert_eq(unlink(link) + rmdir(mail) + rmdir(place), 0);
	free(around);
	free(below);
	free(link);
	free(mail);
	free(place);
}
