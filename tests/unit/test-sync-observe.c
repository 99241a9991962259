/* What is observed of a folder: sums, lists, and what is asked of new messages.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/memory.h"
#include "far/implementation.h"
#include "mail/mailbox_attribute.h"
#include "sync/folder.h"
#include "sync/observe/content.h"
#include "sync/observe/far_new.h"
#include "sync/observe/far_sum.h"
#include "sync/observe/gather.h"
#include "sync/observe/other_names_private.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* UIDs as "1,3:5". The caller's. */
static struct uid_set uids_of(const char *text)
{
	struct uid_set uids = UID_SET_INITIAL;
	while (*text) {
		unsigned int first;
		unsigned int last;
		int length = 0;
		if (sscanf(text, "%u:%u%n", &first, &last, &length) < 2) {
			cr_assert_eq(sscanf(text, "%u%n", &first, &length), 1, "%s", text);
			last = first;
		}
		uid_set_add_range(&uids, first, last);
		text += length;
		text += *text == ',';
	}
	return uids;
}

/* --- New far messages --- */

Test(sync_observe, new_ones_are_listed_once_and_in_order)
{
	static const uint32_t told[] = { 7, 3, 9, 3, 5, 7 };
	struct far_new_list list = { .items = NULL };
	struct uid_set added = uids_of("3:7");
	cr_expect_null(far_new_list_find(&list, 3));
	for (size_t i = 0; i < COUNT(told); i++)
		far_new_list_add(&list, &(struct far_new){ .uid = told[i], .size = told[i] });
	far_new_list_settle(&list, &added);
	cr_assert_eq(list.count, 3);
	for (size_t i = 0; i < 3; i++)
		cr_expect_eq(list.items[i].uid, 3 + 2 * i);
	for (uint32_t uid = 2; uid < 10; uid++) {
		const struct far_new *found = far_new_list_find(&list, uid);
		cr_expect_eq(found != NULL, uid == 3 || uid == 5 || uid == 7, "%u", uid);
		cr_expect(!found || found->size == uid);
	}
	far_new_list_release(&list);
	cr_expect_eq(list.count, 0);
	uid_set_release(&added);
}

/* --- Whether what was told can be all --- */

/* A base of UIDs 1 to 9, of which the server lacks 8 and 9. */
static int by_uid(void *context, uint32_t uid, struct state_message *message_r, struct error *error)
{
	const uint32_t *failing = context;
	if (uid == *failing)
		return error_set(error, ERROR_FAILED, SCOPE_FOLDER, "it cannot be read");
	if (uid > 9)
		return 0;
	*message_r = (struct state_message){ .uid = uid,
					     .absent = uid >= 8 ? STATE_ABSENT_FAR
								: STATE_ABSENT_NOWHERE };
	return 1;
}

static const struct {
	uint32_t absent; /* that the base says to have */
	uint32_t withheld, uidnext;
	const char *removed, *added, *changed, *outside, *outside_removed;
	uint32_t messages;
} sums[] = {
	{ 2, 0, 0, "", "", "", "", "", 7 },        { 2, 0, 0, "1", "", "", "", "", 6 },
	{ 2, 0, 0, "1,8", "", "", "", "", 6 }, /* an old removal that is told again */
	{ 2, 0, 0, "1,20", "", "", "", "", 5 },    { 0, 0, 0, "1,8", "", "", "", "", 7 },
	{ 2, 0, 10, "", "10:11", "", "", "", 9 },  { 2, 1, 10, "", "10:11", "", "", "", 10 },
	{ 2, 1, 11, "", "10:11", "", "", "", 9 }, /* one of them is it that was withheld */
	{ 2, 0, 0, "", "", "8", "", "", 8 },       { 2, 0, 0, "", "", "1,8", "", "", 8 },
	{ 0, 0, 0, "", "", "8", "", "", 9 },       { 2, 0, 0, "", "", "", "20:22", "", 10 },
	{ 2, 0, 0, "", "", "", "20:22", "21", 9 },
};

static struct sync_folder folder_of_sum(size_t i)
{
	struct sync_folder folder = { .base = { .record = { .far_withheld = sums[i].withheld,
							    .uidnext = sums[i].uidnext },
						.outside = uids_of(sums[i].outside) },
				      .far = { .changes = {
						       .added = uids_of(sums[i].added),
						       .removed = uids_of(sums[i].removed),
						       .outside_removed =
							       uids_of(sums[i].outside_removed),
					       } } };
	struct uid_set changed = uids_of(sums[i].changed);
	folder.far.changes.changed = memory_array(8, sizeof *folder.far.changes.changed);
	/* Each twice, as a server may tell it. */
	for (uint32_t uid = 0; uid_set_next(&changed, &uid);) {
		for (int times = 0; times < 2; times++)
			folder.far.changes.changed[folder.far.changes.changed_count++].uid = uid;
	}
	uid_set_release(&changed);
	return folder;
}

Test(sync_observe, what_was_told_is_all_when_it_adds_up)
{
	for (size_t i = 0; i < COUNT(sums); i++) {
		struct error error = ERROR_INITIAL;
		uint32_t failing = UINT32_MAX;
		struct sync_folder folder = folder_of_sum(i);
		const struct base_view base = { .context = &failing,
						.by_uid = by_uid,
						.count = 9,
						.absent_far = sums[i].absent };
		for (uint32_t off = 0; off <= 2; off++) {
			folder.far.state.marks.messages = sums[i].messages + off - 1;
			cr_expect_eq(far_sum_adds_up(&folder, &base, &error), off == 1,
				     "case %zu, %u off", i, off);
		}
		far_changes_release(&folder.far.changes);
		uid_set_release(&folder.base.outside);
	}
}

Test(sync_observe, a_base_that_cannot_be_read_adds_up_to_nothing)
{
	static const size_t cases[] = { 2, 9 }; /* removed, and changed */
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct error error = ERROR_INITIAL;
		uint32_t failing = 1;
		struct sync_folder folder = folder_of_sum(cases[i]);
		const struct base_view base = {
			.context = &failing, .by_uid = by_uid, .count = 9, .absent_far = 2
		};
		folder.far.state.marks.messages = sums[cases[i]].messages;
		cr_expect_eq(far_sum_adds_up(&folder, &base, &error), -1);
		cr_expect_eq(error.kind, ERROR_FAILED);
		far_changes_release(&folder.far.changes);
		uid_set_release(&folder.base.outside);
	}
}

/* --- Whether a folder may have lost what is new elsewhere --- */

static const struct {
	bool far, ended;
	uint32_t base_messages;
	struct far_marks status;
	struct state_folder record;
	bool loses;
} losers[] = {
#define RECORD .uidvalidity = 7, .uidnext = 11, .far_messages = 5
	{ true, false, 5, { 7, 11, 5, 0 }, { RECORD }, false },
	{ true, false, 5, { 7, 11, 4, 0 }, { RECORD }, true },
	{ true, true, 5, { 7, 11, 4, 0 }, { RECORD }, false },
	{ true, false, 0, { 7, 11, 4, 0 }, { RECORD }, false },
	{ true, false, 1, { 7, 11, 4, 0 }, { RECORD }, true },
	{ true, false, 5, { 7, 13, 7, 0 }, { RECORD }, false }, /* two came */
	{ true, false, 5, { 7, 13, 6, 0 }, { RECORD }, true },
	{ true, false, 5, { 7, 10, 5, 0 }, { RECORD }, true }, /* that cannot be */
	{ true, false, 5, { 8, 11, 5, 0 }, { RECORD }, true },
	{ true, false, 5, { 0, 0, 0, 0 }, { RECORD }, false }, /* not told */
	{ false, false, 5, { 0, 0, 0, 0 }, { RECORD }, true }, /* gone */
	{ true, false, 5, { 7, 11, 5, 0 }, { .uidvalidity = 7 }, true },
};

Test(sync_observe, a_folder_has_lost_something_when_its_numbers_say_so)
{
	for (size_t i = 0; i < COUNT(losers); i++) {
		struct folder_view view = { .far = losers[i].far,
					    .base_messages = losers[i].base_messages,
					    .status = losers[i].status };
		struct sync_folder folders[2] = { { .target = { .view = &view },
						    .base = { .record = losers[i].record },
						    .ending = { .ended = losers[i].ended } } };
		folders[1] = folders[0];
		cr_expect_eq(sync_gather_count_losers(folders, 2), losers[i].loses ? 2 : 0,
			     "case %zu", i);
	}
}

/* --- What is asked of new messages --- */

static bool names_contents;

static bool has(const struct far_session *session, enum far_feature feature)
{
	(void)session;
	return feature == FAR_OBJECTS && names_contents;
}

static const struct far_operations operations = { .has = has };

#define ALL (FAR_FLAGS | FAR_SIZE | FAR_DATE)
#define NEW_MAX 20000u

static const struct {
	bool names, has_base;
	size_t losers; /* in the account; this folder is none */
	struct far_marks status;
	uint32_t record_uidnext;
	uint32_t base_messages;
	unsigned int asked_before; /* of other folders */
	uint32_t from;             /* what is asked for */
	uint32_t expected;
} questions[] = {
	{ true, true, 0, { 7, 14, 9, 0 }, 11, 5, 0, 11, 3 },
	{ false, true, 0, { 7, 14, 9, 0 }, 11, 5, 0, 0, 0 }, /* nothing tells them apart */
	{ false, true, 1, { 7, 14, 9, 0 }, 11, 5, 0, 11, 3 },
	{ true, true, 0, { 7, 11, 9, 0 }, 11, 5, 0, 0, 0 },  /* none is new */
	{ true, true, 0, { 7, 40, 9, 0 }, 11, 5, 0, 11, 9 }, /* so many there are */
	{ true, true, 0, { 8, 14, 9, 0 }, 11, 5, 0, 0, 0 },
	{ true, true, 0, { 0, 0, 0, 0 }, 11, 5, 0, 0, 0 }, /* the server did not say */
	{ true, true, 0, { 7, 0, 9, 0 }, 11, 5, 0, 0, 0 },
	{ true, false, 0, { 7, 14, 9, 0 }, 0, 0, 0, 1, 9 },
	{ true, false, 0, { 7, 4, 9, 0 }, 0, 0, 0, 1, 3 },
	{ true, true, 0, { 7, 14, 9, 0 }, 0, 5, 0, 1, 9 }, /* a first run that did not end */
	{ true, true, 0, { 7, 14, 9, 0 }, 0, 9, 0, 0, 0 },
	{ true, true, 0, { 7, 14, 9, 0 }, 11, 5, NEW_MAX - 3, 11, 3 },
	{ true, true, 0, { 7, 14, 9, 0 }, 11, 5, NEW_MAX - 2, 0, 0 },
	{ true, false, 0, { 7, NEW_MAX + 1, NEW_MAX, 0 }, 0, 0, 0, 1, NEW_MAX },
	{ true, false, 0, { 7, NEW_MAX + 2, NEW_MAX + 1, 0 }, 0, 0, 0, 0, 0 },
};

static void ask(size_t i, const struct config_channel *channel, unsigned int attributes, bool taken)
{
	struct sync_context context = { .losers = questions[i].losers };
	struct folder_view view = { .channel = channel,
				    .far = true,
				    .attributes = attributes,
				    .base_messages = questions[i].base_messages,
				    .status = questions[i].status };
	struct sync_folder folder = { .context = &context,
				      .target = { .view = &view },
				      .base = { .record = { .uidvalidity = 7,
							    .uidnext = questions[i].record_uidnext,
							    .far_messages = 0 } } };
	struct far_session session = { .operations = &operations };
	struct far_question question = { .news_from = 0 };
	bool asks = taken && questions[i].from != 0;
	names_contents = questions[i].names;
	atomic_init(&context.new_asked, questions[i].asked_before);
	sync_gather_new_ask(&folder, &session, questions[i].has_base, &question);
	cr_expect_eq(question.news_from, asks ? questions[i].from : 0, "case %zu: %u", i,
		     question.news_from);
	cr_expect_eq(question.news,
		     asks ? ALL | (questions[i].names ? (unsigned int)FAR_OBJECT : 0u) : 0,
		     "case %zu: %x", i, question.news);
	cr_expect_eq(folder.far.new.expected, asks ? questions[i].expected : 0, "case %zu: %u", i,
		     folder.far.new.expected);
	cr_expect_eq(atomic_load(&context.new_asked),
		     questions[i].asked_before + (asks ? questions[i].expected : 0), "case %zu", i);
}

Test(sync_observe, new_messages_are_asked_for_where_they_may_be_here)
{
	const struct config_channel all = { .rules = { .pull = CONFIG_KINDS_ALL } };
	const struct config_channel none = { .rules = { .pull = CONFIG_KIND_FLAGS } };
	for (size_t i = 0; i < COUNT(questions); i++) {
		ask(i, &all, 0, true);
		ask(i, &none, 0, false);
		ask(i, &all, MAILBOX_DRAFTS, false);
	}
}

/* What this folder itself lost did not come here. */
Test(sync_observe, a_folder_that_lost_something_has_not_got_it)
{
	const struct config_channel channel = { .rules = { .pull = CONFIG_KINDS_ALL } };
	struct far_session session = { .operations = &operations };
	names_contents = false;
	for (size_t count = 0; count <= 2; count++) {
		struct sync_context context = { .losers = count };
		struct folder_view view = { .channel = &channel,
					    .far = true,
					    .base_messages = 5,
					    .status = { 7, 14, 2, 0 } };
		struct sync_folder folder = { .context = &context,
					      .target = { .view = &view },
					      .base = { .record = { RECORD } } };
		struct far_question question = { .news_from = 0 };
		sync_gather_new_ask(&folder, &session, true, &question);
		cr_expect_eq(question.news_from, count > 1 ? 11 : 0, "%zu", count);
	}
}

/* One without what tells it from others is not recognised, and no more are kept than may be. */
Test(sync_observe, new_messages_are_kept_as_far_as_they_are_told)
{
	const struct config_channel channel = { .rules = { .pull = CONFIG_KINDS_ALL } };
	struct folder_view view = { .channel = &channel };
	struct sync_folder folder = { .target = { .view = &view }, .far = { .new.expected = 2 } };
	const struct flag_names flags = { .system = FLAG_SEEN };
	struct far_message message = {
		.uid = 1, .flags = &flags, .has_size = true, .size = 9, .has_date = true, .date = 4
	};
	sync_gather_new_see(&folder, &message);
	cr_assert_eq(folder.far.new.count, 1);
	cr_expect_eq(folder.far.new.items[0].flags, FLAG_SEEN);
	cr_expect_eq(folder.far.new.items[0].size, 9);
	cr_expect(folder.far.new.items[0].has_date &&folder.far.new.items[0].date == 4);
	message.has_size = false;
	sync_gather_new_see(&folder, &message);
	message.has_size = true;
	message.flags = NULL;
	sync_gather_new_see(&folder, &message);
	cr_expect_eq(folder.far.new.count, 1);
	message.flags = &flags;
	for (int i = 0; i < 2000; i++)
		sync_gather_new_see(&folder, &message);
	cr_expect_eq(folder.far.new.count, 1002);
	far_new_list_release(&folder.far.new);
}

/* --- Whether a Maildir is one that is gone --- */

#define NOTED .near_known = true, .near_inode = { 1, 2 }, .near_change_ns = { 3, 4 }
#define CUR .cur_device = 8, .cur_inode = 2
#define FINGERPRINT .fingerprint = { .inode = { 1, 2 }, .change_ns = { 3, 4 } }

static const struct {
	struct state_folder record;
	struct new_place place;
	enum place_answer answer;
} places[] = {
	{ { CUR, .cur_born_ns = 5 }, { .device = 8, .inode = 2, .born_ns = 5 }, PLACE_IS_SAME },
	{ { CUR, .cur_born_ns = 5 }, { .device = 8, .inode = 2, .born_ns = 6 }, PLACE_IS_OTHER },
	{ { CUR, .cur_born_ns = 5 }, { .device = 8, .inode = 3, .born_ns = 5 }, PLACE_IS_OTHER },
	{ { CUR, .cur_born_ns = 5 }, { .device = 9, .inode = 2, .born_ns = 5 }, PLACE_MAY_BE_SAME },
	{ { CUR, .cur_born_ns = 5 }, { .device = 8, .inode = 2 }, PLACE_MAY_BE_SAME },
	{ { CUR }, { .device = 8, .inode = 2, .born_ns = 5 }, PLACE_MAY_BE_SAME },
	{ { CUR, NOTED }, { .device = 8, .inode = 2, FINGERPRINT }, PLACE_IS_SAME },
	{ { CUR, NOTED }, { .device = 9, .inode = 2, FINGERPRINT }, PLACE_MAY_BE_SAME },
	{ { CUR, NOTED }, { .device = 8, .inode = 2 }, PLACE_MAY_BE_SAME },
	/* Records of before know the inode by the fingerprint alone. */
	{ { NOTED }, { .device = 8, .inode = 2, FINGERPRINT }, PLACE_IS_SAME },
	{ { NOTED }, { .device = 8, .inode = 1, FINGERPRINT }, PLACE_IS_OTHER },
	{ { .near_inode = { 1, 2 } }, { .device = 8, .inode = 2 }, PLACE_IS_OTHER },
	{ { .near_known = false }, { .device = 0, .inode = 0 }, PLACE_IS_OTHER },
};

Test(sync_observe, a_maildir_is_known_by_its_directory)
{
	for (size_t i = 0; i < COUNT(places); i++)
		cr_expect_eq(other_names_compare_place(&places[i].record, &places[i].place),
			     places[i].answer, "case %zu", i);
}

/* --- Names that this run gave --- */

static void expect_names(const struct far_names *names, const char *expected)
{
	struct buffer text = BUFFER_INITIAL;
	for (size_t i = 0; i < names->count; i++)
		buffer_add_format(&text, "%s=%s ", names->items[i].folder, names->items[i].now);
	cr_expect_str_eq(buffer_text(&text), expected);
	buffer_release(&text);
}

Test(sync_observe, names_that_this_run_gave_are_known)
{
	struct folder_table table = { .items = NULL };
	struct far_names names = { .items = NULL };
	static const char *const known[] = { "A", "A/b", "Ab", "C" };
	for (size_t i = 0; i < COUNT(known); i++) {
		struct folder_view *view = folder_table_add(&table, known[i]);
		view->base = view->far = true;
	}
	folder_table_add(&table, "A/new")->far = true;
	folder_table_add(&table, "A/gone")->base = true;
	far_names_note(&names, &table, "A", "X");
	expect_names(&names, "A=X A/b=X/b ");
	/* Once more, by the name that it has now. */
	far_names_note(&names, &table, "X", "Y/z");
	expect_names(&names, "A=Y/z A/b=Y/z/b ");
	far_names_learn(&names, "C", "D");
	far_names_learn(&names, "A", "E");
	expect_names(&names, "A=E A/b=Y/z/b C=D ");
	far_names_release(&names);
	cr_expect_eq(names.count, 0);
	folder_table_release(&table);
}

/* --- Files that were written to just now --- */

/* What is of this moment would be a question of how busy the machine is. */
Test(sync_observe, neither_the_past_nor_the_future_is_this_moment)
{
	static const int64_t off_ms[] = { -1000, -5000, 60000 };
	for (size_t i = 0; i < COUNT(off_ms); i++) {
		const struct file_stamp stamp = { .inode = 1,
						  .mtime_ns =
							  clock_stamp_ns() + off_ms[i] * 1000000 };
		cr_expect_not(content_is_of_this_moment(&stamp), "case %zu", i);
	}
}
