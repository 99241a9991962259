/* Removing a Maildir. SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "maildir-place.h"
#include "maildir/folder.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

TestSuite(maildir_remove, .init = place_make, .fini = place_remove);

static void make(const char *name)
{
	struct maildir *maildir = place_maildir(name);
	maildir_close(&maildir);
}

static int remove_one(const char *name, struct error *error)
{
	char *path = place_join(name);
	int result = maildir_remove(path, error);
	free(path);
	return result;
}

Test(maildir_remove, empty)
{
	struct error error = ERROR_INITIAL;
	make("m");
	cr_assert_eq(remove_one("m", &error), 0, "%s", error.text);
	cr_assert(!place_has("m"));
	cr_assert_eq(remove_one("m", &error), 0, "%s", error.text);
}

Test(maildir_remove, with_index_files_and_what_was_never_delivered)
{
	static const char *const files[] = { "m/dovecot.index.log", "m/dovecot-uidlist",
					     "m/.uidvalidity",      "m/.mh_sequences",
					     "m/courierimapuiddb",  "m/maildirfolder",
					     "m/.mbsyncstate",      "m/tmp/navette.1",
					     "m/tmp/other" };
	struct error error = ERROR_INITIAL;
	make("m");
	for (size_t i = 0; i < COUNT(files); i++)
		place_write_text(files[i], "x");
	cr_assert_eq(remove_one("m", &error), 0, "%s", error.text);
	cr_assert(!place_has("m"));
}

/* Whatever it is: it could be mail. */
Test(maildir_remove, refuses_when_a_file_is_left)
{
	static const char *const files[] = { "m/cur/a:2,S", "m/new/a", "m/cur/.hidden",
					     "m/new/new\nline" };
	for (size_t i = 0; i < COUNT(files); i++) {
		struct error error = ERROR_INITIAL;
		make("m");
		place_write_text(files[i], "x");
		place_write_text("m/dovecot-uidlist", "x");
		cr_assert_eq(remove_one("m", &error), -1);
		cr_assert_eq(error.kind, ERROR_SAFETY);
		cr_assert_not_null(strstr(error.text, place_path()), "%s", error.text);
		cr_assert(place_has(files[i]));
		cr_assert(place_has("m/dovecot-uidlist"));
		cr_assert(place_has("m/tmp"));
		place_remove();
		place_make();
	}
}

Test(maildir_remove, leaves_subfolders_and_foreign_files)
{
	struct error error = ERROR_INITIAL;
	make("m");
	make("m/sub");
	place_write_text("m/sub/cur/a:2,", "x");
	place_write_text("m/dovecot-uidlist", "x");
	cr_assert_eq(remove_one("m", &error), 0, "%s", error.text);
	char *list = place_list("m");
	cr_assert_str_eq(list, "sub ");
	cr_assert(place_has("m/sub/cur/a:2,"));
	free(list);

	make("n");
	place_write_text("n/notes", "x");
	cr_assert_eq(remove_one("n", &error), 0, "%s", error.text);
	list = place_list("n");
	cr_assert_str_eq(list, "notes ");
	free(list);
}

Test(maildir_remove, refuses_a_damaged_one)
{
	struct error error = ERROR_INITIAL;
	char *cur = place_join("m/cur");
	make("m");
	cr_assert_eq(rmdir(cur), 0);
	cr_assert_eq(remove_one("m", &error), -1);
	cr_assert_eq(error.kind, ERROR_SAFETY);
	cr_assert(place_has("m/new"));
	free(cur);
}

Test(maildir_remove, tells_what_cannot_be_removed)
{
	struct error error = ERROR_INITIAL;
	char *directory = place_join("m/tmp/directory");
	make("m");
	cr_assert_eq(mkdir(directory, 0700), 0);
	cr_assert_eq(remove_one("m", &error), -1);
	cr_assert_not_null(strstr(error.text, "/m/tmp"), "%s", error.text);
	cr_assert(place_has("m/cur"));
	free(directory);
}
