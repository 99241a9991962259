/* Reading a directory by its descriptor. SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "maildir-place.h"
#include "maildir/private.h"

TestSuite(maildir_stream, .init = place_make, .fini = place_remove);

Test(maildir_stream, gives_all_names_but_those_of_the_directory_and_its_parent)
{
	struct error error = ERROR_INITIAL;
	const struct dirent *entry;
	size_t count = 0;
	place_write_text("a", "x");
	place_write_text(".b", "x");
	int directory = open(place_path(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *stream = maildir_stream_open(directory, place_path(), "", &error);
	cr_assert_not_null(stream, "%s", error.text);
	while (maildir_stream_next(stream, place_path(), "", &entry, &error) == 0 && entry) {
		cr_assert(strcmp(entry->d_name, "a") == 0 || strcmp(entry->d_name, ".b") == 0);
		count++;
	}
	cr_assert_eq(count, 2);
	cr_assert_eq(closedir(stream) + close(directory), 0);
}

Test(maildir_stream, an_error_is_not_the_end)
{
	struct error error = ERROR_INITIAL;
	const struct dirent *entry;
	int directory = open(place_path(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int other = open("/dev/null", O_RDONLY | O_CLOEXEC);
	DIR *stream = maildir_stream_open(directory, place_path(), "cur", &error);
	cr_assert_not_null(stream, "%s", error.text);
	/* From now on the kernel says that this is no directory. */
	cr_assert_eq(dup2(other, dirfd(stream)), dirfd(stream));
	cr_assert_eq(maildir_stream_next(stream, place_path(), "cur", &entry, &error), -1);
	cr_assert_eq(error.scope, SCOPE_FOLDER);
	cr_assert_not_null(strstr(error.text, place_path()), "%s", error.text);
	cr_assert_not_null(strstr(error.text, "/cur: "), "%s", error.text);
	cr_assert_eq(closedir(stream) + close(other) + close(directory), 0);
}

Test(maildir_stream, what_is_no_directory_is_an_error)
{
	struct error error = ERROR_INITIAL;
	cr_assert_null(maildir_stream_open(-1, "/path", "", &error));
	cr_assert_not_null(strstr(error.text, "/path: "), "%s", error.text);
}
