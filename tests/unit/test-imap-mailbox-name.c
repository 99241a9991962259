/* Mailbox names and folder names. SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"
#include "imap/mailbox_name.h"
#include "mail/folder_name.h"
#include "random.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

static char inbox_dot[] = "INBOX.";
static char inbox_slash[] = "inbox/";
static char mail_slash[] = "mail/";

static const struct imap_naming slash = { .delimiter = '/' };
static const struct imap_naming dot = { .delimiter = '.' };
static const struct imap_naming flat = { .delimiter = '\0' };
static const struct imap_naming below = { .delimiter = '.', .prefix = inbox_dot };
static const struct imap_naming below_slash = { .delimiter = '/', .prefix = inbox_slash };
static const struct imap_naming home = { .delimiter = '/', .prefix = mail_slash };
static const struct imap_naming utf8 = { .delimiter = '/', .utf8 = true };

/* NULL when it cannot be a folder. */
static char *to_folder(const char *mailbox, const struct imap_naming *naming)
{
	struct error error = ERROR_INITIAL;
	char *folder = NULL;

	if (imap_mailbox_to_folder(mailbox, naming->delimiter, naming, &folder, &error) == 0) {
		cr_expect(folder_name_is_valid(folder), "%s", folder);
		return folder;
	}
	cr_expect_eq(error.kind, ERROR_FAILED);
	cr_expect_eq(error.scope, SCOPE_FOLDER);
	return NULL;
}

static char *to_mailbox(const char *folder, const struct imap_naming *naming)
{
	struct error error = ERROR_INITIAL;
	char *mailbox = NULL;

	if (imap_folder_to_mailbox(folder, naming, &mailbox, &error) == 0)
		return mailbox;
	cr_expect_eq(error.kind, ERROR_FAILED);
	cr_expect_eq(error.scope, SCOPE_FOLDER);
	cr_expect_not_null(strstr(error.text, "the server cannot have a mailbox"));
	return NULL;
}

static void expect_text(const char *got, const char *expected, const char *what)
{
	if (expected == NULL)
		cr_expect_null(got, "%s: %s", what, got);
	else
		cr_expect(got != NULL && strcmp(got, expected) == 0, "%s: %s, not %s", what,
			  got != NULL ? got : "nothing", expected);
}

Test(imap_mailbox_name, shows_how_names_are_written)
{
	static const struct {
		const char *mailbox;
		enum imap_spelling spelling;
		const char *respelt;
	} cases[] = {
		{ "", IMAP_SPELLING_EITHER, "" },
		{ "Lists/a b", IMAP_SPELLING_EITHER, "Lists/a b" },
		{ "Entw&APw-rfe", IMAP_SPELLING_UTF7, "Entwürfe" },
		{ "a/&AOQ-/b", IMAP_SPELLING_UTF7, "a/ä/b" },
		{ "a&-b", IMAP_SPELLING_UTF7, "a&b" },
		{ "Entwürfe", IMAP_SPELLING_UTF8, "Entwürfe" },
		{ "Entwürfe&-", IMAP_SPELLING_UTF8, "Entwürfe&-" },
		{ "Entw\xfcrfe", IMAP_SPELLING_UTF8, "Entw\xfcrfe" },
		{ "a&b", IMAP_SPELLING_UTF8, "a&b" },
		{ "x/&AGE-", IMAP_SPELLING_UTF8, "x/&AGE-" }, /* an encoder writes "a" */
	};
	for (size_t i = 0; i < COUNT(cases); i++) {
		char *respelt = imap_mailbox_respell(cases[i].mailbox);
		cr_expect_eq(imap_mailbox_spelling(cases[i].mailbox), cases[i].spelling, "%s",
			     cases[i].mailbox);
		expect_text(respelt, cases[i].respelt, cases[i].mailbox);
		free(respelt);
	}
}

Test(imap_mailbox_name, names_folders)
{
	static const struct {
		const char *mailbox;
		const struct imap_naming *naming;
		const char *folder;
	} cases[] = {
		{ "INBOX", &slash, "INBOX" },
		{ "iNbOx", &slash, "INBOX" },
		{ "inbox/a", &slash, "INBOX/a" },
		{ "a/inbox", &slash, "a/inbox" },
		{ "INBOXES", &slash, "INBOXES" },
		{ "a/b/c", &slash, "a/b/c" },
		{ "a.b", &slash, "a.b" },
		{ "a.b/c", &dot, "a/b%2Fc" },
		{ "a/b.c", &flat, "a%2Fb.c" },
		{ "Entw&APw-rfe", &slash, "Entwürfe" },
		{ "a&-b", &slash, "a&b" },
		{ "a&-b", &utf8, "a&-b" },         /* quirk E04 */
		{ "Entwürfe", &utf8, "Entwürfe" }, /* quirk E04 */
		{ "a\xff", &utf8, "a%FF" },
		/* What is no modified UTF-7 stays as it is (quirks E01, E02). */
		{ "INBOX.Entwürfe", &dot, "INBOX/Entwürfe" },
		{ "Entw\xfcrfe", &slash, "Entw%FCrfe" },
		{ "&BBAEMQQyACYEMwQ0BDU-", &slash, "&BBAEMQQyACYEMwQ0BDU-" },
		{ "a&b", &slash, "a&b" },
		{ "x/&AGE-", &slash, "x/&AGE-" },
		/* The prefix of the personal namespace. */
		{ "INBOX.a.b", &below, "a/b" },
		{ "inbox.a", &below, "a" },
		{ "INBOX", &below, "INBOX" },
		{ "INBOX.INBOX", &below, "INBOX/INBOX" },
		{ "INBOX.inbox", &below, "INBOX/inbox" },
		{ "INBOX.INBOX.a", &below, "INBOX/a" },
		{ "INBOX.INBOXES", &below, "INBOXES" },
		{ "INBOX.", &below, NULL },
		{ "Public.a", &below, "Public/a" },
		{ "INBOX/a", &below_slash, "a" },
		{ "mail/a", &home, "a" },
		{ "Mail/a", &home, "Mail/a" },
		{ "mail/INBOX", &home, "mail/INBOX" },
		{ "mail", &home, "mail" },
		/* Nothing leaves the Maildir's root, nothing is a Maildir's own (quirk E03). */
		{ "..", &slash, "%2E." },
		{ "a/../b", &slash, "a/%2E./b" },
		{ ".", &slash, "%2E" },
		{ ".hidden", &slash, "%2Ehidden" },
		{ "../../etc/passwd", &slash, "%2E./%2E./etc/passwd" },
		{ "cur", &slash, "%63ur" },
		{ "new/tmp", &slash, "%6Eew/%74mp" },
		{ "a\nb\x01", &slash, "a%0Ab%01" },
		{ "&AAoADQ-", &slash, "%0A%0D" },
		{ "100%", &slash, "100%" },
		{ "a%2Fb", &slash, "a%252Fb" },
		{ "a ", &slash, "a " },
		{ "a\\b\"c", &slash, "a\\b\"c" },
		{ "[Gmail]/All Mail", &slash, "[Gmail]/All Mail" },
		{ "Subfolder()", &slash, "Subfolder()" },
		/* No folder at all. */
		{ "", &slash, NULL },
		{ "/", &slash, NULL },
		{ "/a", &slash, NULL },
		{ "a//b", &slash, NULL },
		{ "a/", &slash, NULL },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		char *folder = to_folder(cases[i].mailbox, cases[i].naming);

		expect_text(folder, cases[i].folder, cases[i].mailbox);
		free(folder);
	}
}

Test(imap_mailbox_name, splits_at_the_delimiter_of_the_listing)
{
	char *folder = NULL;

	cr_expect_eq(imap_mailbox_to_folder("#news.a/b", '.', &slash, &folder, NULL), 0);
	expect_text(folder, "#news/a%2Fb", "#news.a/b");
	free(folder);
	cr_expect_eq(imap_mailbox_to_folder("a/b", '\0', &slash, &folder, NULL), 0);
	expect_text(folder, "a%2Fb", "a/b");
	free(folder);
}

Test(imap_mailbox_name, names_mailboxes)
{
	static const struct {
		const char *folder;
		const struct imap_naming *naming;
		const char *mailbox;
	} cases[] = {
		{ "INBOX", &slash, "INBOX" },
		{ "INBOX", &below, "INBOX" },
		{ "INBOX", &flat, "INBOX" },
		{ "a/b", &slash, "a/b" },
		{ "a/b", &dot, "a.b" },
		{ "a/b", &below, "INBOX.a.b" },
		{ "a/b", &home, "mail/a/b" },
		{ "INBOX/a", &below, "INBOX.INBOX.a" },
		{ "INBOX/a", &slash, "INBOX/a" },
		{ "Entwürfe", &slash, "Entw&APw-rfe" },
		{ "Entwürfe", &utf8, "Entwürfe" },
		{ "a&b", &slash, "a&-b" },
		{ "a&b", &utf8, "a&b" },
		{ "a%2Fb", &dot, "a/b" },
		{ "%2E.", &slash, ".." },
		{ "a", &flat, "a" },
		/* What the server cannot have. */
		{ "a.b", &dot, NULL },
		{ "a.b", &below, NULL },
		{ "a%2Fb", &slash, NULL },
		{ "a/b", &flat, NULL },
		{ "%2E.", &dot, NULL },
		{ "a%FF", &slash, NULL },
		{ "a%FF", &utf8, NULL },
		{ "a%00b", &slash, NULL },
		{ "a%0D%0Ab", &utf8, NULL },
		{ "a%09", &slash, NULL },
		/* No folder's name. */
		{ "", &slash, NULL },
		{ "a//b", &slash, NULL },
		{ "..", &slash, NULL },
		{ "inbox", &slash, NULL },
		{ "cur", &slash, NULL },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		char *mailbox = to_mailbox(cases[i].folder, cases[i].naming);

		expect_text(mailbox, cases[i].mailbox, cases[i].folder);
		free(mailbox);
	}
}

/* Where the encoding itself brings in the delimiter. */
Test(imap_mailbox_name, minds_odd_delimiters)
{
	static const char delimiters[] = "-&,+A\\^";

	for (size_t i = 0; i < sizeof delimiters - 1; i++) {
		struct imap_naming naming = { .delimiter = delimiters[i] };
		char *mailbox = to_mailbox("x/Entwürfe", &naming);

		if (strchr("-&A", delimiters[i]) != NULL)
			expect_text(mailbox, NULL, "x/Entwürfe");
		else
			cr_expect_not_null(mailbox, "%c", delimiters[i]);
		free(mailbox);
	}
}

/* --- Limits --- */

static char *repeat(const char *text, size_t count)
{
	struct buffer out = BUFFER_INITIAL;

	for (size_t i = 0; i < count; i++)
		buffer_add_text(&out, text);
	return buffer_take(&out);
}

Test(imap_mailbox_name, refuses_what_is_too_much)
{
	static const struct {
		const char *text;
		size_t count;
		bool possible;
	} cases[] = {
		{ "a", 255, true },      { "a", 256, false },    { "a", 300, false },
		{ "\xff", 85, true },    { "\xff", 86, false },  { "a", 10000000, false },
		{ "/", 10000, false },   { "a/", 10000, false }, { "&", 300, false },
		{ "&APw-", 200, false }, { "\x01", 86, false },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		char *mailbox = repeat(cases[i].text, cases[i].count);
		char *folder = to_folder(mailbox, &slash);

		cr_expect_eq(folder != NULL, cases[i].possible, "%s %zu times", cases[i].text,
			     cases[i].count);
		free(folder);
		free(mailbox);
	}
}

Test(imap_mailbox_name, bounds_the_depth)
{
	for (size_t depth = FOLDER_DEPTH_MAX; depth <= 10000; depth += 9900) {
		char *slashes = repeat("a/", depth - 1);
		char *mailbox = memory_format("%sb", slashes);
		char *folder = to_folder(mailbox, &slash);

		cr_expect_eq(folder != NULL, depth <= FOLDER_DEPTH_MAX, "%zu", depth);
		free(folder);
		free(mailbox);
		free(slashes);
	}
}

/* --- Properties --- */

static char *random_name(struct random *random)
{
	static const char *const parts[] = { "a",    "INBOX", "inbox", "/",    "/",  ".", "..",
					     "&",    "-",     "APw",   "ü",    "日", "%", "%2F",
					     "\xff", "\x01",  "cur",   "mail", " ",  "~", "\\" };
	struct buffer name = BUFFER_INITIAL;

	for (uint32_t i = random_below(random, 7) + 1; i > 0; i--)
		buffer_add_text(&name, parts[random_below(random, COUNT(parts))]);
	return buffer_take(&name);
}

static const struct imap_naming *random_naming(struct random *random)
{
	static const struct imap_naming *const namings[] = { &slash,       &dot,  &flat, &below,
							     &below_slash, &home, &utf8 };

	return namings[random_below(random, COUNT(namings))];
}

/* A mailbox made for a folder shows as that folder: else it would be made again in every run. */
Test(imap_mailbox_name, a_mailbox_comes_back_as_its_folder)
{
	struct random random = { .state = 99 };
	unsigned int made = 0;

	for (unsigned int round = 0; round < 50000; round++) {
		const struct imap_naming *naming = random_naming(&random);
		char *name = random_name(&random);
		struct error ignored = ERROR_INITIAL;
		char *mailbox = NULL;
		char *folder;

		if (imap_folder_to_mailbox(name, naming, &mailbox, &ignored) == 0) {
			made++;
			folder = to_folder(mailbox, naming);
			expect_text(folder, name, mailbox);
			free(folder);
			free(mailbox);
		}
		free(name);
	}
	cr_expect_gt(made, 5000);
}

/* Whatever a server calls its mailboxes, the folder is safe, and its own mailbox is one too. */
Test(imap_mailbox_name, every_mailbox_has_a_safe_folder)
{
	struct random random = { .state = 77 };
	unsigned int made = 0;

	for (unsigned int round = 0; round < 50000; round++) {
		const struct imap_naming *naming = random_naming(&random);
		char *name = random_name(&random);
		char *folder = to_folder(name, naming); /* checks that it is valid */

		made += folder != NULL;
		free(folder);
		free(name);
	}
	cr_expect_gt(made, 10000);
}
