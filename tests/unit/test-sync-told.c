/* What inotify told of files, and when that is enough to know a folder by.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <stdio.h>

#include "sync/observe/told.h"

static struct told *told;
static unsigned int reads;
static const struct maildir_fingerprint before = { .inode = { 1, 2 }, .change_ns = { 10, 20 } };

static void see_read(void *context)
{
	(void)context;
	reads++;
}

static void begin(void)
{
	told = told_create(see_read, NULL);
	told_watch_begin(told);
	told_watch(told, "INBOX");
	told_watch_end(told, true);
}

static void end(void)
{
	told_destroy(&told);
}

TestSuite(sync_told, .init = begin, .fini = end);

static void settle(uint64_t names, uint64_t contents, bool listed)
{
	const struct told_settling settling = {
		.now = before, .names = names, .contents = contents, .listed = listed
	};
	told_settle(told, "INBOX", &settling);
}

static void settle_now(bool listed)
{
	uint64_t moment = told_moment(told);
	settle(moment, moment, listed);
}

static void tell(enum maildir_place place, const char *name, enum maildir_event event)
{
	told_file(told, "INBOX", place, name, event);
}

/* How many names explain it; -1: it is in doubt. */
static int take(struct maildir_fingerprint now)
{
	struct told_names names;
	bool sure = told_take(told, "INBOX", &now, &names);
	int count = sure ? (int)names.count : -1;
	told_names_release(&names);
	return count;
}

static struct maildir_fingerprint changed(enum maildir_place place)
{
	struct maildir_fingerprint now = before;
	now.change_ns[place] += 5;
	return now;
}

Test(sync_told, nothing_is_known_at_first)
{
	cr_expect_eq(take(before), -1);
	settle_now(true);
	cr_expect_eq(take(before), 0);
	cr_expect_gt(reads, 0, "what there is to read counts");
	told_doubt(told, "INBOX");
	cr_expect_eq(take(before), -1);
	settle_now(true);
	told_doubt(told, NULL);
	cr_expect_eq(take(before), -1);
}

Test(sync_told, names_explain_their_directory)
{
	settle_now(true);
	cr_expect_eq(take(changed(MAILDIR_CUR)), -1, "nobody told why");
	tell(MAILDIR_NEW, "a", MAILDIR_EVENT_CAME);
	cr_expect_eq(take(changed(MAILDIR_NEW)), 1);
	cr_expect_eq(take(changed(MAILDIR_CUR)), -1, "that is the other one");
	tell(MAILDIR_CUR, "b", MAILDIR_EVENT_WRITTEN);
	cr_expect_eq(take(changed(MAILDIR_CUR)), -1, "that does not show in it");
	tell(MAILDIR_CUR, "b", MAILDIR_EVENT_GONE);
	cr_expect_eq(take(changed(MAILDIR_CUR)), 2);
	struct maildir_fingerprint other = changed(MAILDIR_CUR);
	other.inode[MAILDIR_CUR]++;
	cr_expect_eq(take(other), -1, "another directory");
}

Test(sync_told, what_comes_after_the_moment_stays)
{
	tell(MAILDIR_CUR, "a", MAILDIR_EVENT_CAME);
	uint64_t moment = told_moment(told);
	tell(MAILDIR_CUR, "b", MAILDIR_EVENT_CAME);
	settle(moment, moment, true);
	cr_expect_eq(take(before), 1);
	moment = told_moment(told);
	told_doubt(told, "INBOX");
	settle(moment, moment, true);
	cr_expect_eq(take(before), -1, "it was doubted since");
}

/* Names can be compared without a look into the files. */
Test(sync_told, what_was_written_waits_for_a_look)
{
	settle_now(true);
	uint64_t looked = told_moment(told);
	tell(MAILDIR_CUR, "a", MAILDIR_EVENT_CAME);
	tell(MAILDIR_CUR, "b", MAILDIR_EVENT_CAME);
	tell(MAILDIR_CUR, "b", MAILDIR_EVENT_WRITTEN);
	settle(told_moment(told), looked, false);
	cr_expect_eq(take(before), 1);
	settle_now(false);
	cr_expect_eq(take(before), 0);
}

Test(sync_told, only_what_is_watched_is_known)
{
	settle_now(true);
	told_watch_begin(told);
	told_watch(told, "INBOX");
	told_watch_end(told, false);
	cr_expect_eq(take(before), -1, "not all is told");
	told_watch_begin(told);
	told_watch(told, "INBOX");
	told_watch_end(told, true);
	cr_expect_eq(take(before), 0);
	told_watch_begin(told);
	told_watch_end(told, true);
	cr_expect_eq(take(before), -1, "it is not watched");
	settle_now(true);
	cr_expect_eq(take(before), -1);
}

Test(sync_told, too_many_names_are_a_doubt)
{
	char name[32];
	settle_now(true);
	for (int i = 0; i < TOLD_NAMES_MAX; i++) {
		(void)snprintf(name, sizeof name, "%d", i);
		tell(MAILDIR_CUR, name, MAILDIR_EVENT_CAME);
		tell(MAILDIR_CUR, name, MAILDIR_EVENT_CAME);
	}
	cr_expect_eq(take(changed(MAILDIR_CUR)), TOLD_NAMES_MAX);
	tell(MAILDIR_CUR, "another", MAILDIR_EVENT_CAME);
	cr_expect_eq(take(changed(MAILDIR_CUR)), -1);
	settle_now(true);
	cr_expect_eq(take(before), 0);
}

Test(sync_told, of_editors_copies_a_listing_knows)
{
	struct told_names names;
	settle_now(false);
	cr_expect(told_take(told, "INBOX", &before, &names) && !names.lists_all);
	settle_now(true);
	cr_expect(told_take(told, "INBOX", &before, &names) && names.lists_all);
	settle_now(false);
	cr_expect(told_take(told, "INBOX", &before, &names) && names.lists_all, "since then");
	tell(MAILDIR_CUR, "a:2,S~", MAILDIR_EVENT_CAME);
	settle_now(true);
	cr_expect(told_take(told, "INBOX", &before, &names) && !names.lists_all);
}

Test(sync_told, without_a_watch_nothing_is_told)
{
	struct told_names names;
	const struct told_settling settling = { .now = before };
	cr_expect_eq(told_moment(NULL), 0);
	cr_expect_not(told_take(NULL, "INBOX", &before, &names));
	told_settle(NULL, "INBOX", &settling);
	told_doubt(NULL, NULL);
}
