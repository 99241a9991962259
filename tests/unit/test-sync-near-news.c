/* What the watched Maildirs told, and which of it the base does not know. SPDX-License-Identifier:
 * GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <stdio.h>

#include "state-fixture.h"
#include "sync/live/near_news.h"

TestSuite(sync_near_news, .fini = fixture_end);

static struct state *state;
static struct near_news news;

static int put(struct state_transaction *transaction, void *context, struct error *error)
{
	const struct state_message *message = context;
	struct state_folder folder = { .name = NULL };
	cr_assert_gt(state_folder_get(transaction, "INBOX", &folder, error), 0);
	int result = state_message_put(transaction, folder.id, message, error);
	state_folder_release(&folder);
	return result;
}

/* A message of INBOX with the file NAME in that place. */
static void record(uint32_t uid, enum maildir_place place, const char *name, size_t base_length,
		   enum state_absence absent)
{
	char ignored[64];
	struct state_message message = fixture_message(uid, ignored, sizeof ignored);
	message.name = name;
	message.base_length = base_length;
	message.place = (uint8_t)place;
	message.absent = absent;
	fixture_write(state, put, &message);
}

static void begin(void)
{
	state = fixture_open(STATE_READ_WRITE);
	(void)fixture_folder(state, "INBOX");
}

static void tell(const char *folder, enum maildir_place place, const char *name,
		 enum maildir_event event)
{
	const struct maildir_news takes = near_news_takes(&news);
	takes.file(takes.context, folder, place, name, event);
}

/* How many folders are left to be looked at. */
static size_t left(void)
{
	struct state_transaction *transaction = fixture_read(state);
	near_news_drop_known(&news, transaction);
	state_read_end(&transaction);
	size_t count = news.count;
	near_news_release(&news);
	return count;
}

static void end(void)
{
	state_close(&state);
}

Test(sync_near_news, what_the_base_says_is_no_news)
{
	begin();
	record(1, MAILDIR_CUR, "a:2,S", 1, STATE_ABSENT_NOWHERE);
	tell("INBOX", MAILDIR_NEW, "a", MAILDIR_EVENT_CAME);
	tell("INBOX", MAILDIR_NEW, "a", MAILDIR_EVENT_GONE);
	tell("INBOX", MAILDIR_CUR, "a:2,S", MAILDIR_EVENT_CAME);
	tell("INBOX", MAILDIR_CUR, "b:2,", MAILDIR_EVENT_CAME);
	tell("INBOX", MAILDIR_CUR, "b:2,", MAILDIR_EVENT_GONE);
	cr_assert_eq(left(), 0, "one that is as in the base, and one that came and went");
	record(2, MAILDIR_CUR, "c:2,S", 1, STATE_ABSENT_NEAR);
	tell("INBOX", MAILDIR_CUR, "c:2,S", MAILDIR_EVENT_GONE);
	cr_assert_eq(left(), 0, "the base knows that it is gone");
	end();
}

Test(sync_near_news, what_a_user_did_is_news)
{
	begin();
	record(1, MAILDIR_CUR, "a:2,S", 1, STATE_ABSENT_NOWHERE);
	tell("INBOX", MAILDIR_CUR, "b:2,", MAILDIR_EVENT_CAME);
	cr_assert_eq(left(), 1, "a new file");
	tell("INBOX", MAILDIR_CUR, "a:2,S", MAILDIR_EVENT_GONE);
	cr_assert_eq(left(), 1, "one that is removed");
	tell("INBOX", MAILDIR_CUR, "a:2,S", MAILDIR_EVENT_GONE);
	tell("INBOX", MAILDIR_CUR, "a:2,FS", MAILDIR_EVENT_CAME);
	cr_assert_eq(left(), 1, "other flags");
	tell("INBOX", MAILDIR_NEW, "a:2,S", MAILDIR_EVENT_CAME);
	cr_assert_eq(left(), 1, "another place");
	tell("INBOX", MAILDIR_CUR, "a:2,S", MAILDIR_EVENT_WRITTEN);
	cr_assert_eq(left(), 1, "other bytes");
	tell("Other", MAILDIR_CUR, "a:2,S", MAILDIR_EVENT_GONE);
	cr_assert_eq(left(), 1, "a folder that the base does not have");
	end();
}

/* Our rename, and that of a reader right after it: the last name counts. */
Test(sync_near_news, what_comes_after_our_own_change_is_news)
{
	begin();
	record(1, MAILDIR_CUR, "a:2,S", 1, STATE_ABSENT_NOWHERE);
	tell("INBOX", MAILDIR_CUR, "a:2,", MAILDIR_EVENT_GONE);
	tell("INBOX", MAILDIR_CUR, "a:2,S", MAILDIR_EVENT_CAME);
	tell("INBOX", MAILDIR_CUR, "a:2,S", MAILDIR_EVENT_GONE);
	tell("INBOX", MAILDIR_CUR, "a:2,RS", MAILDIR_EVENT_CAME);
	cr_assert_eq(left(), 1);
	end();
}

/* The halves of a rename may come in any order where two directories are concerned. */
Test(sync_near_news, the_old_name_takes_nothing_from_the_new_one)
{
	begin();
	record(1, MAILDIR_CUR, "a:2,S", 1, STATE_ABSENT_NOWHERE);
	tell("INBOX", MAILDIR_CUR, "a:2,S", MAILDIR_EVENT_CAME);
	tell("INBOX", MAILDIR_NEW, "a", MAILDIR_EVENT_GONE);
	cr_assert_eq(left(), 0);
	end();
}

Test(sync_near_news, of_too_many_files_the_folder_is_looked_at)
{
	char name[32];
	begin();
	for (int i = 0; i <= NEAR_NEWS_FILES_MAX; i++) {
		(void)snprintf(name, sizeof name, "%d:2,", i);
		tell("INBOX", MAILDIR_CUR, name, MAILDIR_EVENT_CAME);
		tell("INBOX", MAILDIR_CUR, name, MAILDIR_EVENT_GONE);
	}
	cr_assert(news.folders[0].any);
	cr_assert_eq(news.folders[0].count, 0, "memory is bounded");
	cr_assert_eq(left(), 1);
	end();
}

Test(sync_near_news, gives_each_folder_once)
{
	struct text_list folders = { .items = NULL };
	const struct maildir_news takes = near_news_takes(&news);
	cr_assert(near_news_is_empty(&news));
	tell("a", MAILDIR_CUR, "1", MAILDIR_EVENT_CAME);
	tell("b", MAILDIR_CUR, "2", MAILDIR_EVENT_CAME);
	tell("a", MAILDIR_CUR, "3", MAILDIR_EVENT_CAME);
	text_list_add(&folders, "b");
	near_news_take(&news, &folders);
	cr_assert_eq(folders.count, 2);
	cr_assert(near_news_is_empty(&news));
	takes.tree(takes.context);
	cr_assert_not(near_news_is_empty(&news));
	near_news_release(&news);
	takes.all(takes.context);
	cr_assert(news.all && !near_news_is_empty(&news));
	text_list_release(&folders);
}
