/* Paths. SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/path.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

Test(base_path, join)
{
	static const char *const cases[][3] = { { "a", "b", "a/b" },
						{ "a/", "b", "a/b" },
						{ "/", "b", "/b" },
						{ "/a/b", "c/d", "/a/b/c/d" } };
	for (size_t i = 0; i < COUNT(cases); i++) {
		char *path = path_join(cases[i][0], cases[i][1]);
		cr_assert_str_eq(path, cases[i][2]);
		free(path);
	}
}

Test(base_path, expand)
{
	static const char *const cases[][2] = {
		{ "/plain", "/plain" },
		{ "", "" },
		{ "~", "/home/me" },
		{ "~/Mail", "/home/me/Mail" },
		{ "/x/~/y", "/x/~/y" },
		{ "$MAILS/work", "/srv/mail/work" },
		{ "/a/${MAILS}b", "/a/srv/mailb" },
		{ "/a/$EMPTY/b", "/a/b" },
		{ "$HOME//Mail/", "/home/me/Mail" },
		{ "/cost/5$", "/cost/5$" },
		{ "/a$/b", "/a$/b" },
		{ "/a${b", "/a${b" },
		{ "/a${}", "/a${}" },
		{ "/a${MAILS", "/a${MAILS" },
		{ "/$TWICE", "/$MAILS" }, /* what comes out is not expanded again */
	};
	cr_assert_eq(setenv("HOME", "/home/me", 1), 0);
	cr_assert_eq(setenv("MAILS", "/srv/mail", 1), 0);
	cr_assert_eq(setenv("EMPTY", "", 1), 0);
	cr_assert_eq(setenv("TWICE", "$MAILS", 1), 0);
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct error error = ERROR_INITIAL;
		char *path = NULL;
		cr_assert_eq(path_expand(cases[i][0], &path, &error), 0, "%s", error.text);
		cr_assert_str_eq(path, cases[i][1], "%s gave %s", cases[i][0], path);
		free(path);
	}
}

Test(base_path, tidy)
{
	static const char *const cases[][2] = { { "", "" },        { "/", "/" },
						{ "//", "/" },     { "/a", "/a" },
						{ "/a/", "/a" },   { "//a///b//", "/a/b" },
						{ "a//b", "a/b" }, { "/a./.b", "/a./.b" } };
	for (size_t i = 0; i < COUNT(cases); i++) {
		char *path = memory_text(cases[i][0]);
		path_tidy(path);
		cr_assert_str_eq(path, cases[i][1], "%s gave %s", cases[i][0], path);
		free(path);
	}
}

/* A home that is written with a slash at its end is the same. */
Test(base_path, one_directory_has_one_spelling)
{
	cr_assert_eq(setenv("HOME", "/home/me/", 1), 0);
	cr_assert_eq(setenv("XDG_CONFIG_HOME", "/etc//me/", 1), 0);
	cr_assert_eq(unsetenv("XDG_STATE_HOME"), 0);
	struct error error = ERROR_INITIAL;
	char *mail;
	cr_assert_eq(path_expand("~/Mail", &mail, &error), 0, "%s", error.text);
	char *configuration = path_config_directory();
	char *state = path_state_directory();
	cr_assert_str_eq(mail, "/home/me/Mail");
	cr_assert_str_eq(configuration, "/etc/me/navette");
	cr_assert_str_eq(state, "/home/me/.local/state/navette");
	free(mail);
	free(configuration);
	free(state);
}

Test(base_path, expand_knows_users)
{
	const struct passwd *entry = getpwuid(getuid());
	if (!entry)
		cr_skip("the user who runs the tests has no entry in the user database");
	struct error error = ERROR_INITIAL;
	char *written = memory_format("~%s/Mail", entry->pw_name);
	char *expected = memory_format("%s/Mail", entry->pw_dir);
	char *path = NULL;
	cr_assert_eq(path_expand(written, &path, &error), 0, "%s", error.text);
	cr_assert_str_eq(path, expected);
	free(path);
	/* Without HOME the database is asked for one's own as well. */
	cr_assert_eq(unsetenv("HOME"), 0);
	cr_assert_eq(path_expand("~/Mail", &path, &error), 0, "%s", error.text);
	cr_assert_str_eq(path, expected);
	free(path);
	free(expected);
	free(written);
}

Test(base_path, expand_refuses_the_unknown)
{
	static const char *const cases[][2] = { { "~no-such-user-here/Mail", "no-such-user-here" },
						{ "/a/$NO_SUCH_VARIABLE/b", "NO_SUCH_VARIABLE" },
						{ "/a/${NO_SUCH_VARIABLE}", "NO_SUCH_VARIABLE" } };
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct error error = ERROR_INITIAL;
		char *path = NULL;
		cr_assert_eq(path_expand(cases[i][0], &path, &error), -1);
		cr_assert_null(path);
		cr_assert_eq(error.kind, ERROR_CONFIG);
		cr_assert_not_null(strstr(error.text, cases[i][1]), "%s", error.text);
	}
}

/* A new directory of the test's own; the caller owns the path. */
static char *make_place(void)
{
	const char *base = getenv("TMPDIR");
	char *place = path_join(base ? base : "/tmp", "navette-test-XXXXXX");
	cr_assert_not_null(mkdtemp(place));
	return place;
}

static void assert_directory(const char *path)
{
	struct stat status;
	cr_assert_eq(stat(path, &status), 0, "%s", path);
	cr_assert(S_ISDIR(status.st_mode));
	cr_assert_eq(status.st_mode & 07777, 0700, "%s", path);
}

Test(base_path, makes_directories_with_their_parents)
{
	char *place = make_place();
	char *one = path_join(place, "a");
	char *two = path_join(place, "a/b");
	char *three = path_join(place, "a/b/c//");
	struct error error = ERROR_INITIAL;

	cr_assert_eq(path_make_directories(three, &error), 0, "%s", error.text);
	assert_directory(one);
	assert_directory(two);
	assert_directory(three);
	cr_assert_eq(path_make_directories(three, &error), 0, "%s", error.text);
	cr_assert_eq(path_make_directories("/", &error), 0, "%s", error.text);
	cr_assert_eq(rmdir(three), 0);
	cr_assert_eq(rmdir(two), 0);
	cr_assert_eq(rmdir(one), 0);
	cr_assert_eq(rmdir(place), 0);
	free(three);
	free(two);
	free(one);
	free(place);
}

Test(base_path, makes_relative_directories)
{
	char *place = make_place();
	struct error error = ERROR_INITIAL;

	cr_assert_eq(chdir(place), 0);
	cr_assert_eq(path_make_directories("x/y", &error), 0, "%s", error.text);
	assert_directory("x/y");
	cr_assert_eq(path_make_directories("z", &error), 0, "%s", error.text);
	assert_directory("z");
	cr_assert_eq(rmdir("x/y") + rmdir("x") + rmdir("z"), 0);
	cr_assert_eq(chdir("/"), 0);
	cr_assert_eq(rmdir(place), 0);
	free(place);
}

Test(base_path, says_why_it_cannot_make_a_directory)
{
	char *place = make_place();
	char *file = path_join(place, "file");
	char *below = path_join(file, "directory");
	struct error error = ERROR_INITIAL;
	FILE *stream = fopen(file, "w");

	cr_assert_not_null(stream);
	(void)fclose(stream);
	cr_assert_eq(path_make_directories(file, &error), -1);
	cr_assert_eq(error.kind, ERROR_FAILED);
	cr_assert_eq(error.scope, SCOPE_FOLDER);
	cr_assert_not_null(strstr(error.text, file), "%s", error.text);
	cr_assert_eq(path_make_directories(below, &error), -1);
	cr_assert_eq(path_make_directories("", &error), -1);
	cr_assert_eq(unlink(file), 0);
	cr_assert_eq(rmdir(place), 0);
	free(below);
	free(file);
	free(place);
}

Test(base_path, base_directories)
{
	static const struct {
		const char *config;
		const char *state;
		const char *expected_config;
		const char *expected_state;
	} cases[] = {
		{ "/c", "/s", "/c/navette", "/s/navette" },
		{ NULL, NULL, "/home/me/.config/navette", "/home/me/.local/state/navette" },
		/* "All paths must be absolute; a relative one is to be ignored." */
		{ "c", "", "/home/me/.config/navette", "/home/me/.local/state/navette" },
	};
	cr_assert_eq(setenv("HOME", "/home/me", 1), 0);
	for (size_t i = 0; i < COUNT(cases); i++) {
		(void)unsetenv("XDG_CONFIG_HOME");
		(void)unsetenv("XDG_STATE_HOME");
		if (cases[i].config)
			cr_assert_eq(setenv("XDG_CONFIG_HOME", cases[i].config, 1), 0);
		if (cases[i].state)
			cr_assert_eq(setenv("XDG_STATE_HOME", cases[i].state, 1), 0);
		char *config = path_config_directory();
		char *state = path_state_directory();
		cr_assert_str_eq(config, cases[i].expected_config);
		cr_assert_str_eq(state, cases[i].expected_state);
		free(config);
		free(state);
	}
}
