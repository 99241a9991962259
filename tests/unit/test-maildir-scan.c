/* Listing a Maildir while readers rename in it. SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/memory.h"
#include "maildir-place.h"
#include "maildir/name.h"
#include "maildir/scan.h"
#include "random.h"

TestSuite(maildir_scan, .init = place_make, .fini = place_remove);

static int collect(void *context, const struct maildir_entry *entry, struct error *error)
{
	(void)error;
	text_list_adopt(context,
			memory_format("%s/%s", maildir_place_name(entry->place), entry->name));
	return 0;
}

static int compare_texts(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* What a scan reports, sorted, each followed by a space; the caller owns it. */
static char *scan_all(const struct maildir *maildir, bool *stable_r)
{
	struct error error = ERROR_INITIAL;
	struct text_list names = { .items = NULL };
	char *all = memory_text("");
	cr_assert_eq(maildir_scan(maildir, collect, &names, stable_r, NULL, &error), 0, "%s",
		     error.text);
	if (names.count > 0)
		qsort(names.items, names.count, sizeof *names.items, compare_texts);
	for (size_t i = 0; i < names.count; i++) {
		char *longer = memory_format("%s%s ", all, names.items[i]);
		free(all);
		all = longer;
	}
	text_list_release(&names);
	return all;
}

static void make_old(void)
{
	place_set_time("m/cur", 1000000000, 1);
	place_set_time("m/new", 1000000000, 2);
}

static void make_link(const char *target, const char *name)
{
	char *path = place_join(name);
	cr_assert_eq(symlink(target, path), 0, "%s", path);
	free(path);
}

Test(maildir_scan, empty)
{
	bool stable;
	struct maildir *maildir = place_maildir("m");
	make_old();
	char *all = scan_all(maildir, &stable);
	cr_assert_str_eq(all, "");
	cr_assert(stable);
	free(all);
	maildir_close(&maildir);
}

Test(maildir_scan, reports_regular_files_and_links_to_them_only)
{
	bool stable;
	struct maildir *maildir = place_maildir("m");
	char *fifo = place_join("m/cur/fifo");
	char *directory = place_join("m/cur/directory");

	place_write_text("m/new/a", "x");
	place_write_text("m/cur/a:2,", "x");
	place_write_text("m/cur/empty:2,S", "");
	place_write_text("m/cur/ sp ace", "x");
	place_write_text("m/cur/\xff\x01", "x");
	place_write_text("m/cur/.hidden", "x");
	place_write_text("m/cur/a:2,~", "x");
	place_write_text("m/cur/#a:2,#", "x");
	place_write_text("m/cur/new\nline", "x");
	place_write_text("m/tmp/t", "x");
	place_write_text("elsewhere", "x");
	cr_assert_eq(mkfifo(fifo, 0600) + mkdir(directory, 0700), 0);
	make_link("../../elsewhere", "m/cur/link:2,S");
	make_link("directory", "m/cur/link-to-directory");
	make_link("fifo", "m/cur/link-to-fifo");
	make_old();
	char *all = scan_all(maildir, &stable);
	cr_assert_str_eq(
		all,
		"cur/ sp ace cur/a:2, cur/empty:2,S cur/link:2,S cur/new\nline cur/\xff\x01 new/a ",
		"%s", all);
	cr_assert(stable);
	free(all);
	free(directory);
	free(fifo);
	maildir_close(&maildir);
}

Test(maildir_scan, names_of_full_length)
{
	bool stable;
	char name[256];
	struct maildir *maildir = place_maildir("m");
	memset(name, 'x', 255);
	name[255] = '\0';
	char *path = memory_format("m/cur/%s", name);
	char *expected = memory_format("cur/%s ", name);
	place_write_text(path, "x");
	char *all = scan_all(maildir, &stable);
	cr_assert_str_eq(all, expected);
	free(all);
	free(expected);
	free(path);
	maildir_close(&maildir);
}

/* The message behind it is not removed but out of reach, so nothing is proved. */
Test(maildir_scan, a_link_that_leads_nowhere_proves_nothing)
{
	bool stable;
	struct maildir *maildir = place_maildir("m");
	place_write_text("m/cur/a:2,", "x");
	make_link("/nowhere/at/all", "m/cur/b:2,");
	make_old();
	char *all = scan_all(maildir, &stable);
	cr_assert_str_eq(all, "cur/a:2, ");
	cr_assert(!stable);
	free(all);
	maildir_close(&maildir);
}

Test(maildir_scan, a_directory_that_was_just_changed_is_not_stable)
{
	bool stable;
	struct timespec now;
	struct maildir *maildir = place_maildir("m");
	make_old();
	cr_assert_eq(clock_gettime(CLOCK_REALTIME, &now), 0);
	/* An hour ahead: "now", however slow the test is. */
	place_set_time("m/cur", now.tv_sec + 3600, 1);
	free(scan_all(maildir, &stable));
	cr_assert(!stable);
	make_old();
	place_set_time("m/new", now.tv_sec + 3600, 1);
	free(scan_all(maildir, &stable));
	cr_assert(!stable);
	make_old();
	free(scan_all(maildir, &stable));
	cr_assert(stable);
	maildir_close(&maildir);
}

static int rename_while_scanned(void *context, const struct maildir_entry *entry,
				struct error *error)
{
	unsigned int *calls = context;
	(void)entry;
	(void)error;
	if ((*calls)++ == 0) {
		char *from = place_join("m/cur/a:2,");
		char *to = place_join("m/cur/a:2,S");
		cr_assert_eq(rename(from, to), 0);
		free(to);
		free(from);
	}
	return 0;
}

Test(maildir_scan, a_rename_meanwhile_is_not_stable)
{
	bool stable;
	unsigned int calls = 0;
	struct error error = ERROR_INITIAL;
	struct maildir *maildir = place_maildir("m");
	place_write_text("m/new/first", "x");
	place_write_text("m/cur/a:2,", "x");
	make_old();
	cr_assert_eq(maildir_scan(maildir, rename_while_scanned, &calls, &stable, NULL, &error), 0);
	cr_assert_geq(calls, 2);
	cr_assert(!stable);
	maildir_close(&maildir);
}

static int stop(void *context, const struct maildir_entry *entry, struct error *error)
{
	unsigned int *calls = context;
	(*calls)++;
	return error_set(error, ERROR_FAILED, SCOPE_MESSAGE, "stopped at %s", entry->name);
}

Test(maildir_scan, stops_when_told)
{
	bool stable;
	unsigned int calls = 0;
	struct error error = ERROR_INITIAL;
	struct maildir *maildir = place_maildir("m");
	place_write_text("m/new/a", "x");
	place_write_text("m/cur/b", "x");
	cr_assert_eq(maildir_scan(maildir, stop, &calls, &stable, NULL, &error), -1);
	cr_assert_eq(calls, 1);
	cr_assert_str_eq(error.text, "stopped at a");
	maildir_close(&maildir);
}

/* A directory that is no more reads as an error, not as empty. */
Test(maildir_scan, a_removed_directory_is_an_error)
{
	bool stable;
	struct error error = ERROR_INITIAL;
	struct text_list names = { .items = NULL };
	struct maildir *maildir = place_maildir("m");
	char *cur = place_join("m/cur");
	make_old();
	cr_assert_eq(rmdir(cur), 0);
	cr_assert_eq(maildir_scan(maildir, collect, &names, &stable, NULL, &error), -1);
	cr_assert_eq(error.scope, SCOPE_FOLDER);
	cr_assert_not_null(strstr(error.text, cur), "%s", error.text);
	text_list_release(&names);
	free(cur);
	maildir_close(&maildir);
}

Test(maildir_scan, two_scans_do_not_disturb_each_other)
{
	bool stable;
	struct maildir *maildir = place_maildir("m");
	place_write_text("m/cur/a:2,", "x");
	for (unsigned int i = 0; i < 3; i++) {
		char *all = scan_all(maildir, &stable);
		cr_assert_str_eq(all, "cur/a:2, ");
		free(all);
	}
	maildir_close(&maildir);
}

/* --- A reader that renames --- */

#define FILES 300u
#define BURSTS 40u
#define SCANS_MAX 200000u

struct renamer {
	atomic_bool done;
	char *cur; /* the directory */
	char *new;
};

static void pause_us(uint32_t microseconds)
{
	const struct timespec pause = { .tv_nsec = (long)microseconds * 1000 };
	(void)nanosleep(&pause, NULL);
}

/* Sets and removes \Seen, as a reader does, and takes messages out of new/. */
static void rename_one(const struct renamer *renamer, uint32_t file, bool *seen)
{
	char *with = memory_format("%s/%u:2,S", renamer->cur, file);
	char *without =
		memory_format("%s/%u:2,", file % 10 == 0 ? renamer->new : renamer->cur, file);
	cr_assert_eq(*seen ? rename(with, without) : rename(without, with), 0);
	*seen = !*seen;
	free(without);
	free(with);
}

static void *rename_for_a_while(void *context)
{
	struct renamer *renamer = context;
	static bool seen[FILES];
	struct random random = { .state = 20261123 };
	for (unsigned int burst = 0; burst < BURSTS; burst++) {
		uint32_t count = 1 + random_below(&random, 200);
		for (uint32_t i = 0; i < count; i++) {
			uint32_t file = random_below(&random, FILES);
			rename_one(renamer, file, &seen[file]);
		}
		pause_us(random_below(&random, 80000));
	}
	atomic_store(&renamer->done, true);
	return NULL;
}

static int count_entry(void *context, const struct maildir_entry *entry, struct error *error)
{
	unsigned int *seen = context;
	struct maildir_name name;
	uint64_t file;
	(void)error;
	maildir_name_parse(entry->name, &name);
	char *number = memory_text_length(name.base, name.base_length);
	cr_assert(text_parse_number(number, FILES - 1, &file), "%s", entry->name);
	free(number);
	seen[file]++;
	return 0;
}

static bool every_file_once(const unsigned int *seen)
{
	for (unsigned int i = 0; i < FILES; i++) {
		if (seen[i] != 1)
			return false;
	}
	return true;
}

Test(maildir_scan, a_stable_scan_has_every_message_once_whatever_readers_do)
{
	struct error error = ERROR_INITIAL;
	struct renamer renamer = { .cur = place_join("m/cur"), .new = place_join("m/new") };
	struct maildir *maildir = place_maildir("m");
	pthread_t thread;
	unsigned int stable_count = 0;
	unsigned int disturbed_count = 0;

	for (unsigned int i = 0; i < FILES; i++) {
		char *path = memory_format("m/%s/%u:2,", i % 10 == 0 ? "new" : "cur", i);
		place_write_text(path, "x");
		free(path);
	}
	cr_assert_eq(pthread_create(&thread, NULL, rename_for_a_while, &renamer), 0);
	for (unsigned int i = 0; i < SCANS_MAX && !atomic_load(&renamer.done); i++) {
		unsigned int seen[FILES] = { 0 };
		bool stable = true;
		int result = maildir_scan(maildir, count_entry, seen, &stable, NULL, &error);
		cr_assert_eq(result, 0, "%s", error.text);
		stable_count += stable;
		disturbed_count += !stable;
		cr_assert(!stable || every_file_once(seen), "after %u scans", i);
	}
	cr_assert_eq(pthread_join(thread, NULL), 0);
	cr_assert_gt(disturbed_count, 0);
	if (stable_count == 0)
		cr_skip("the file system's stamps are too coarse for pauses this short");
	free(renamer.new);
	free(renamer.cur);
	maildir_close(&maildir);
}

/* --- Until it will do --- */

struct repeated {
	struct buffer calls;
	int disturbed; /* so many scans, still */
	int enough_after;
	bool fails;
};

static int begin_scan(void *context, struct error *error)
{
	struct repeated *repeated = context;
	(void)error;
	buffer_add_text(&repeated->calls, "begin ");
	return 0;
}

static int see_one(void *context, const struct maildir_entry *entry, struct error *error)
{
	struct repeated *repeated = context;
	buffer_add_format(&repeated->calls, "%s ", entry->name);
	if (repeated->disturbed > 0)
		place_set_time("m/cur", 1000000000, 100 + repeated->disturbed--);
	return repeated->fails ? error_set(error, ERROR_FAILED, SCOPE_FOLDER, "seen enough") : 0;
}

static int see_copy(void *context, const struct maildir_entry *entry, struct error *error)
{
	struct repeated *repeated = context;
	(void)error;
	buffer_add_format(&repeated->calls, "copy:%s ", entry->name);
	return 0;
}

static int end_scan(void *context, bool stable, const struct maildir_fingerprint *fingerprint,
		    bool *enough_r, struct error *error)
{
	struct repeated *repeated = context;
	cr_assert_eq(*enough_r, stable);
	if (!repeated->fails)
		cr_assert_neq(fingerprint->inode[0], 0);
	buffer_add_text(&repeated->calls, stable ? "stable " : "disturbed ");
	*enough_r = --repeated->enough_after == 0;
	return repeated->fails ? error_set(error, ERROR_FAILED, SCOPE_FOLDER, "later") : 0;
}

static void check_repeated(struct repeated *repeated, bool with_end, int result, bool enough,
			   const char *calls)
{
	struct error error = ERROR_INITIAL;
	struct maildir *maildir = place_maildir("m");
	const struct maildir_scanner scanner = { .context = repeated,
						 .begin = with_end ? begin_scan : NULL,
						 .see = see_one,
						 .see_editors = with_end ? see_copy : NULL,
						 .end = with_end ? end_scan : NULL };
	bool enough_r = !enough;
	place_write_text("m/cur/a", "x");
	place_write_text("m/new/a~", "x");
	make_old();
	cr_assert_eq(maildir_scan_stable(maildir, &scanner, &enough_r, &error), result);
	cr_assert_str_eq(buffer_text(&repeated->calls), calls);
	cr_assert_eq(enough_r, enough);
	if (result != 0)
		cr_assert_str_eq(error.text, "seen enough");
	buffer_release(&repeated->calls);
	maildir_close(&maildir);
}

Test(maildir_scan, is_repeated_until_nobody_disturbs_it)
{
	check_repeated(&(struct repeated){ .disturbed = 2 }, false, 0, true, "a a a ");
}

Test(maildir_scan, is_repeated_until_what_was_seen_will_do)
{
	check_repeated(&(struct repeated){ .disturbed = 1, .enough_after = 3 }, true, 0, true,
		       "begin copy:a~ a disturbed begin copy:a~ a stable begin copy:a~ a stable ");
}

Test(maildir_scan, is_not_repeated_for_ever)
{
	check_repeated(&(struct repeated){ .disturbed = 100 }, false, 0, false, "a a a a a a a a ");
}

/* An end comes for each begin, and the first failure is the one that is told. */
Test(maildir_scan, is_not_repeated_after_a_failure)
{
	check_repeated(&(struct repeated){ .fails = true }, true, -1, false,
		       "begin copy:a~ a disturbed ");
}
