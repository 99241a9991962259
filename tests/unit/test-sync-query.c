/* What a plan means for its folder, and mailboxes that can only be read. SPDX-License-Identifier:
 * GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <stdlib.h>

#include "base/log.h"
#include "base/memory.h"
#include "sync/plan/access.h"
#include "sync/plan/query.h"

/* A plan with one operation of KIND. */
static struct plan plan_of(enum operation_kind kind)
{
	struct plan plan = { .refusal = PLAN_ALLOWED };
	(void)operation_list_add(&plan.operations[kind], kind, 5);
	return plan;
}

static enum folder_action action_for(enum folder_action action, const struct plan *plan)
{
	const struct folder_base base = { .uploads_pending = false };
	const struct far_changes far = { .changed_count = 0 };
	return query_action(action, plan, &base, &far);
}

Test(sync_query, mail_that_the_other_side_never_had_keeps_a_folder)
{
	struct plan upload = plan_of(OPERATION_UPLOAD);
	struct plan removal = plan_of(OPERATION_REMOVE_NEAR);
	struct plan download = plan_of(OPERATION_REMOVE_FAR);
	uid_set_add(&download.downloads, 9);
	cr_expect_eq(action_for(FOLDER_REMOVE_NEAR, &upload), FOLDER_CREATE_FAR);
	cr_expect_eq(action_for(FOLDER_REMOVE_NEAR, &removal), FOLDER_REMOVE_NEAR);
	cr_expect_eq(action_for(FOLDER_REMOVE_FAR, &download), FOLDER_CREATE_NEAR);
	cr_expect_eq(action_for(FOLDER_REMOVE_FAR, &removal), FOLDER_REMOVE_FAR);
	cr_expect_eq(action_for(FOLDER_SYNC, &upload), FOLDER_SYNC);
	cr_expect_eq(action_for(FOLDER_SYNC, &download), FOLDER_SYNC);
	plan_release(&upload);
	plan_release(&removal);
	plan_release(&download);
}

Test(sync_query, what_a_window_leaves_out_keeps_a_mailbox)
{
	struct folder_base base = { .uploads_pending = false };
	struct far_changes far = { .changed_count = 0 };
	struct plan plan = { .refusal = PLAN_ALLOWED };
	uid_set_add_range(&base.outside, 1, 3);
	uid_set_add_range(&far.outside_removed, 1, 2);
	cr_expect_eq(query_action(FOLDER_REMOVE_FAR, &plan, &base, &far), FOLDER_CREATE_NEAR);
	uid_set_add(&far.outside_removed, 3);
	cr_expect_eq(query_action(FOLDER_REMOVE_FAR, &plan, &base, &far), FOLDER_REMOVE_FAR);
	uid_set_add(&plan.outside, 8);
	cr_expect_eq(query_action(FOLDER_REMOVE_FAR, &plan, &base, &far), FOLDER_CREATE_NEAR);
	uid_set_clear(&plan.outside);
	uid_set_add(&plan.expires, 8);
	cr_expect_eq(query_action(FOLDER_REMOVE_FAR, &plan, &base, &far), FOLDER_CREATE_NEAR);
	folder_base_release(&base);
	far_changes_release(&far);
	plan_release(&plan);
}

Test(sync_query, what_is_copied_here_keeps_a_folder)
{
	struct plan plan = { .refusal = PLAN_ALLOWED };
	cr_expect_eq(action_for(FOLDER_REMOVE_FAR, &plan), FOLDER_REMOVE_FAR);
	copy_list_add(&plan.copies, &(struct plan_copy){ .uid = 5 });
	cr_expect_eq(action_for(FOLDER_REMOVE_FAR, &plan), FOLDER_CREATE_NEAR);
	cr_expect_eq(action_for(FOLDER_REMOVE_NEAR, &plan), FOLDER_REMOVE_NEAR);
	cr_expect_eq(action_for(FOLDER_SYNC, &plan), FOLDER_SYNC);
	plan_release(&plan);
}

Test(sync_query, when_a_server_is_needed)
{
	struct plan nothing = { .refusal = PLAN_ALLOWED };
	struct plan here = plan_of(OPERATION_REMOVE_NEAR);
	struct plan there = plan_of(OPERATION_REMOVE_FAR);
	struct uid_set none = UID_SET_INITIAL;
	struct uid_set wanted = UID_SET_INITIAL;
	uid_set_add(&wanted, 4);
	cr_expect(!query_needs_server(FOLDER_SYNC, &nothing, &none));
	cr_expect(query_needs_server(FOLDER_SYNC, &nothing, &wanted));
	cr_expect(!query_needs_server(FOLDER_SYNC, &here, &none));
	cr_expect(query_needs_server(FOLDER_SYNC, &there, &none));
	cr_expect(query_needs_server(FOLDER_CREATE_FAR, &nothing, &none));
	cr_expect(query_needs_server(FOLDER_REMOVE_FAR, &nothing, &none));
	cr_expect(!query_needs_server(FOLDER_REMOVE_NEAR, &there, &wanted));
	cr_expect(!query_needs_server(FOLDER_FORGET, &there, &wanted));
	uid_set_add(&nothing.downloads, 6);
	cr_expect(query_needs_server(FOLDER_SYNC, &nothing, &none));
	cr_expect(!query_writes_far(FOLDER_SYNC, &nothing));
	uid_set_release(&wanted);
	plan_release(&nothing);
	plan_release(&here);
	plan_release(&there);
}

/* A listing of all counts anew; one of changes adds those that came since. */
Test(sync_query, messages_that_the_rules_leave_are_counted)
{
	struct folder_base base = { .record = { .far_withheld = 7, .uidnext = 20 } };
	struct far_observation far = { .whole = false };
	const struct near_observation near = { .changed = false };
	struct plan plan = { .refusal = PLAN_ALLOWED };
	base.record.near_withheld.words[0] = 1;
	plan.near_withheld.words[0] = 2;
	uid_set_add_range(&plan.far_withheld, 18, 21);
	struct folder_withheld withheld = query_withheld(&plan, &base, &far, &near);
	cr_expect_eq(withheld.far, 9);
	cr_expect_eq(withheld.near.words[0], 1, "nothing was scanned");
	far.whole = true;
	cr_expect_eq(query_withheld(&plan, &base, &far, &near).far, 4);
	base.state = FOLDER_BASE_VOID;
	cr_expect_eq(query_withheld(&plan, &base, &far, &near).near.words[0], 2);
	base.state = FOLDER_BASE_VALID;
	const struct near_observation scanned = { .changed = true };
	cr_expect_eq(query_withheld(&plan, &base, &far, &scanned).near.words[0], 2);
	plan_release(&plan);
}

/* --- Mailboxes that can only be read --- */

static const struct config_rules both_ways = { .pull = CONFIG_KINDS_ALL,
					       .push = CONFIG_KINDS_ALL,
					       .expunge = CONFIG_SIDES_BOTH,
					       .keyword_limit = CONFIG_KEYWORD_LIMIT_MAX };

Test(sync_access, the_record_knows_it)
{
	struct state_folder record = { .id = 1 };
	cr_expect(!access_is_read_only(&record));
	cr_expect_null(access_rules_behind(&record));
	cr_expect(!access_note(&record, &both_ways, false), "nothing new");
	cr_expect_null(record.rules);
	cr_expect(!access_note(&record, &both_ways, true));
	cr_expect(access_is_read_only(&record));
	cr_expect_str_eq(access_rules_behind(&record), "");
	cr_expect_eq(access_push(&record, &both_ways), CONFIG_KINDS_NONE);
	cr_expect(!access_note(&record, &both_ways, true));
	cr_expect(access_note(&record, &both_ways, false), "it can be written to again");
	cr_expect_str_eq(record.rules, "");
	cr_expect_eq(access_push(&record, &both_ways), CONFIG_KINDS_ALL);
	state_folder_release(&record);
}

/* Any of what may be done here is waited for, and only where it may go at all. */
Test(sync_access, each_change_is_waited_for)
{
	const struct config_rules pull_only = { .pull = CONFIG_KINDS_ALL };
	for (int what = 0; what < 4; what++) {
		struct state_folder record = { .rules = memory_text("read-only ") };
		struct state_folder writable = { .rules = memory_text("") };
		struct near_changes near = { .changed_count = what == 1 };
		struct plan plan = { .refusal = PLAN_ALLOWED };
		if (what == 2)
			uid_set_add(&near.removed, 3);
		if (what == 3)
			name_digest_add(&plan.near_withheld, 1, "name");
		cr_expect_eq(access_is_waited_for(&record, &both_ways, &near, &plan), what > 0,
			     "%d", what);
		cr_expect_not(access_is_waited_for(&record, &pull_only, &near, &plan), "%d", what);
		cr_expect_not(access_is_waited_for(&writable, &both_ways, &near, &plan), "%d",
			      what);
		uid_set_release(&near.removed);
		state_folder_release(&record);
		state_folder_release(&writable);
	}
}

static unsigned int lines;

static void count_line(void *context)
{
	(void)context;
	lines++;
}

static void nothing(void *context)
{
	(void)context;
}

Test(sync_access, is_told_once)
{
	struct state_folder record = { .rules = memory_text("read-only ") };
	log_set_hooks(count_line, nothing, NULL);
	access_tell(&record, &both_ways, "work", "INBOX");
	cr_expect_eq(lines, 1);
	access_tell(&record, &both_ways, "work", "INBOX");
	cr_expect_eq(lines, 1);
	cr_expect_str_eq(record.rules, "read-only (told) ");
	log_set_hooks(NULL, NULL, NULL);
	state_folder_release(&record);
}

Test(sync_access, waits_for_what_was_done_here)
{
	const struct config_rules pull_only = { .pull = CONFIG_KINDS_ALL,
						.keyword_limit = CONFIG_KEYWORD_LIMIT_MAX };
	struct state_folder record = { .rules = memory_text("read-only ") };
	struct near_changes near = { .added_count = 0 };
	struct plan plan = { .refusal = PLAN_ALLOWED };
	cr_expect(!access_is_waited_for(&record, &both_ways, &near, &plan));
	uid_set_add(&near.removed, 3);
	cr_expect(access_is_waited_for(&record, &both_ways, &near, &plan));
	cr_expect(!access_is_waited_for(&record, &pull_only, &near, &plan));
	uid_set_clear(&near.removed);
	plan.near_withheld.words[1] = 1;
	cr_expect(access_is_waited_for(&record, &both_ways, &near, &plan));
	access_tell(&record, &both_ways, "work", "INBOX");
	cr_expect_str_eq(record.rules, "read-only (told) ");
	cr_expect(access_is_read_only(&record));
	near_changes_release(&near);
	state_folder_release(&record);
}
