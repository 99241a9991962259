/* Finding, renaming and removing the files of messages. SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"
#include "mail/flags.h"
#include "maildir-place.h"
#include "maildir/message.h"
#include "maildir/name.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

TestSuite(maildir_message, .init = place_make, .fini = place_remove);

/* "new/a" as a location; NAME stays the caller's. */
static struct maildir_location at(const char *path)
{
	return (struct maildir_location){ .place = path[0] == 'n' ? MAILDIR_NEW : MAILDIR_CUR,
					  .name = (char *)(path + 4) };
}

static void put(const char *path)
{
	char *name = memory_format("m/%s", path);
	place_write_text(name, path);
	free(name);
}

static bool has(const char *path)
{
	char *name = memory_format("m/%s", path);
	bool found = place_has(name);
	free(name);
	return found;
}

static void assert_at(const struct maildir_location *location, const char *path)
{
	struct maildir_location expected = at(path);
	cr_assert_eq(location->place, expected.place, "%s", path);
	cr_assert_str_eq(location->name, expected.name);
}

/* --- Flags --- */

Test(maildir_message, set_flags)
{
	static const struct {
		const char *from;
		uint32_t flags;
		uint32_t managed;
		const char *to;
	} cases[] = {
		{ "cur/a:2,", FLAG_SEEN, UINT32_MAX, "cur/a:2,S" },
		{ "cur/a:2,S", 0, UINT32_MAX, "cur/a:2," },
		{ "cur/a:2,Sb", FLAG_FLAGGED, FLAGS_SYSTEM, "cur/a:2,Fb" },
		{ "cur/a:2,SX", FLAG_FLAGGED, FLAGS_SYSTEM, "cur/a:2,FX" },
		{ "cur/a:2,:2,S", FLAG_SEEN | FLAG_FLAGGED, UINT32_MAX, "cur/a:2,FS" },
		/* Nothing to do: not even an ugly name is changed. */
		{ "cur/a:2,SF", FLAG_SEEN | FLAG_FLAGGED, UINT32_MAX, "cur/a:2,SF" },
		{ "cur/a", 0, UINT32_MAX, "cur/a" },
		{ "cur/a:2,b", 0, FLAGS_SYSTEM, "cur/a:2,b" },
		/* Out of new/ with the first change, or when it is seen. */
		{ "new/a", 0, UINT32_MAX, "new/a" },
		{ "new/a:2,", 0, UINT32_MAX, "new/a:2," },
		{ "new/a:2,F", FLAG_FLAGGED, UINT32_MAX, "new/a:2,F" },
		{ "new/a", FLAG_FLAGGED, UINT32_MAX, "cur/a:2,F" },
		{ "new/a:2,F", 0, UINT32_MAX, "cur/a:2," },
		{ "new/a", FLAG_SEEN, UINT32_MAX, "cur/a:2,S" },
		{ "new/a:2,S", FLAG_SEEN, UINT32_MAX, "cur/a:2,S" },
	};
	struct maildir *maildir = place_maildir("m");
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct error error = ERROR_INITIAL;
		struct maildir_location from = at(cases[i].from);
		struct maildir_location to;
		put(cases[i].from);
		cr_assert_eq(maildir_message_set_flags(maildir, &from, cases[i].flags,
						       cases[i].managed, &to, &error),
			     MAILDIR_MESSAGE_OK, "%s", error.text);
		assert_at(&to, cases[i].to);
		cr_assert(has(cases[i].to), "%s", cases[i].to);
		cr_assert(strcmp(cases[i].from, cases[i].to) == 0 || !has(cases[i].from));
		free(to.name);
		to = at(cases[i].to);
		cr_assert_eq(maildir_message_remove(maildir, &to, &error), MAILDIR_MESSAGE_OK);
	}
	maildir_close(&maildir);
}

Test(maildir_message, set_flags_never_overwrites)
{
	struct error error = ERROR_INITIAL;
	struct maildir *maildir = place_maildir("m");
	struct maildir_location from = at("new/a");
	struct maildir_location to = { .name = NULL };
	size_t length;

	put("new/a");
	put("cur/a:2,S");
	cr_assert_eq(maildir_message_set_flags(maildir, &from, FLAG_SEEN, UINT32_MAX, &to, &error),
		     MAILDIR_MESSAGE_ERROR);
	cr_assert_null(to.name);
	cr_assert_eq(error.scope, SCOPE_MESSAGE);
	cr_assert_not_null(strstr(error.text, "/m/new/a to cur/a:2,S: "), "%s", error.text);
	char *kept = place_read("m/new/a", &length);
	char *other = place_read("m/cur/a:2,S", &length);
	cr_assert_str_eq(kept, "new/a");
	cr_assert_str_eq(other, "cur/a:2,S");
	free(other);
	free(kept);
	maildir_close(&maildir);
}

/* 255 bytes are all that a name can have. */
Test(maildir_message, set_flags_names_the_file_whose_name_gets_too_long)
{
	struct error error = ERROR_INITIAL;
	struct maildir *maildir = place_maildir("m");
	struct maildir_location to = { .name = NULL };
	char path[4 + 255 + 1] = "cur/";

	memset(path + 4, 'x', 252);
	memcpy(path + 4 + 251, ":2,S", 5);
	put(path);
	struct maildir_location from = at(path);
	cr_assert_eq(maildir_message_set_flags(maildir, &from, FLAG_SEEN | FLAG_FLAGGED, UINT32_MAX,
					       &to, &error),
		     MAILDIR_MESSAGE_ERROR);
	cr_assert_null(to.name);
	cr_assert_eq(error.scope, SCOPE_MESSAGE);
	cr_assert_not_null(strstr(error.text, path), "%s", error.text);
	cr_assert_not_null(strstr(error.text, "too long"), "%s", error.text);
	cr_assert(has(path));
	/* One fewer is no trouble. */
	cr_assert_eq(maildir_message_set_flags(maildir, &from, 0, UINT32_MAX, &to, &error),
		     MAILDIR_MESSAGE_OK);
	cr_assert_eq(strlen(to.name), 254);
	free(to.name);
	maildir_close(&maildir);
}

Test(maildir_message, gone_is_no_error)
{
	struct error error = ERROR_INITIAL;
	struct maildir *maildir = place_maildir("m");
	struct maildir_location from = at("cur/a:2,");
	struct maildir_location to;

	cr_assert_eq(maildir_message_set_flags(maildir, &from, FLAG_SEEN, UINT32_MAX, &to, &error),
		     MAILDIR_MESSAGE_GONE);
	/* A file of the wanted name makes no difference. */
	put("cur/a:2,S");
	cr_assert_eq(maildir_message_set_flags(maildir, &from, FLAG_SEEN, UINT32_MAX, &to, &error),
		     MAILDIR_MESSAGE_GONE);
	cr_assert_eq(maildir_message_rename_unique(maildir, &from, &to, &error),
		     MAILDIR_MESSAGE_GONE);
	cr_assert_eq(maildir_message_remove(maildir, &from, &error), MAILDIR_MESSAGE_GONE);
	cr_assert_eq(error.kind, ERROR_NONE);
	cr_assert(has("cur/a:2,S"));
	maildir_close(&maildir);
}

/* --- A new base name --- */

Test(maildir_message, rename_unique_keeps_flags_and_place)
{
	static const char *const cases[][2] = { { "cur/a:2,SF", ":2,SF" },
						{ "cur/a,S=3:2,", ":2," },
						{ "cur/a:2,:2,S", ":2,:2,S" },
						{ "new/a", "" },
						{ "new/a:2,", ":2," } };
	struct maildir *maildir = place_maildir("m");
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct error error = ERROR_INITIAL;
		struct maildir_location from = at(cases[i][0]);
		struct maildir_location to;
		struct maildir_name name;
		put(cases[i][0]);
		cr_assert_eq(maildir_message_rename_unique(maildir, &from, &to, &error),
			     MAILDIR_MESSAGE_OK, "%s", error.text);
		cr_assert_eq(to.place, from.place);
		maildir_name_parse(to.name, &name);
		cr_assert_str_eq(to.name + name.base_length, cases[i][1]);
		cr_assert(!has(cases[i][0]));
		cr_assert_eq(maildir_message_remove(maildir, &to, &error), MAILDIR_MESSAGE_OK);
		free(to.name);
	}
	maildir_close(&maildir);
}

/* --- Finding --- */

Test(maildir_message, find_follows_renames)
{
	static const char *const cases[][2] = {
		/* where it is, what was known */
		{ "cur/a:2,S", "a:2," },   { "cur/a:2,S", "a" },  { "new/a", "a:2,S" },
		{ "new/a:2,", "a" },       { "cur/a:", "a:2,S" }, { "cur/a:2,:2,S", "a:2,F" },
		{ "cur/a:2,Sb", "a:2,Sb" }
	};
	struct maildir *maildir = place_maildir("m");
	put("cur/ab:2,");
	put("cur/b:2,");
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct error error = ERROR_INITIAL;
		struct maildir_location found;
		put(cases[i][0]);
		cr_assert_eq(maildir_message_find(maildir, cases[i][1], &found, &error),
			     MAILDIR_MESSAGE_OK, "%s", cases[i][0]);
		assert_at(&found, cases[i][0]);
		cr_assert_eq(maildir_message_remove(maildir, &found, &error), MAILDIR_MESSAGE_OK);
		free(found.name);
	}
	maildir_close(&maildir);
}

Test(maildir_message, find_finds_nothing_else)
{
	struct error error = ERROR_INITIAL;
	struct maildir_location found;
	struct maildir *maildir = place_maildir("m");
	put("cur/ab:2,");
	put("cur/A:2,");
	put("tmp/a");
	cr_assert_eq(maildir_message_find(maildir, "a:2,S", &found, &error), MAILDIR_MESSAGE_GONE);
	cr_assert_eq(maildir_message_find(maildir, "", &found, &error), MAILDIR_MESSAGE_GONE);
	cr_assert_eq(error.kind, ERROR_NONE);
	maildir_close(&maildir);
}

Test(maildir_message, find_tells_when_it_cannot_look)
{
	struct error error = ERROR_INITIAL;
	struct maildir_location found;
	struct maildir *maildir = place_maildir("m");
	char *cur = place_join("m/cur");
	cr_assert_eq(rmdir(cur), 0);
	cr_assert_eq(maildir_message_find(maildir, "a", &found, &error), MAILDIR_MESSAGE_ERROR);
	cr_assert_not_null(strstr(error.text, cur), "%s", error.text);
	free(cur);
	maildir_close(&maildir);
}

/* --- Removing --- */

Test(maildir_message, remove_tells_why_not)
{
	struct error error = ERROR_INITIAL;
	struct maildir *maildir = place_maildir("m");
	struct maildir_location location = at("cur/directory");
	char *path = place_join("m/cur/directory");
	cr_assert_eq(mkdir(path, 0700), 0);
	cr_assert_eq(maildir_message_remove(maildir, &location, &error), MAILDIR_MESSAGE_ERROR);
	cr_assert_eq(error.scope, SCOPE_MESSAGE);
	cr_assert_not_null(strstr(error.text, path), "%s", error.text);
	free(path);
	maildir_close(&maildir);
}
