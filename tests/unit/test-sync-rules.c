/* When other rules make both sides be looked at as a whole. SPDX-License-Identifier:
 * GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "state-fixture.h"
#include "sync/plan/access.h"
#include "sync/plan/rules.h"
#include "sync/sync.h"

static const struct config_rules plain = { .pull = CONFIG_KINDS_ALL,
					   .push = CONFIG_KINDS_ALL,
					   .expunge = CONFIG_SIDES_BOTH,
					   .keyword_limit = CONFIG_KEYWORD_LIMIT_MAX };

static const struct config_rules pulling = { .pull = CONFIG_KINDS_ALL,
					     .push = CONFIG_KINDS_NONE,
					     .expunge = CONFIG_SIDES_BOTH,
					     .keyword_limit = CONFIG_KEYWORD_LIMIT_MAX };

/* A folder whose messages 1 to 3 are absent as given. */
struct absences {
	uint32_t folder;
	enum state_absence absent;
};

static int put_absent(struct state_transaction *transaction, void *context, struct error *error)
{
	const struct absences *absences = context;
	for (uint32_t uid = 1; uid <= 3; uid++) {
		char name[32];
		struct state_message message = fixture_message(uid, name, sizeof name);
		message.absent = absences->absent;
		if (state_message_put(transaction, absences->folder, &message, error) != 0)
			return -1;
	}
	return 0;
}

/* Whether the marks of a record with these rules BEFORE outlive a run under RULES. */
static bool keeps_marks(struct state *state, uint32_t folder, const char *before,
			const struct config_rules *rules, const struct sync_options *options)
{
	struct state_folder record = { .id = folder,
				       .uidvalidity = 5,
				       .uidnext = 9,
				       .highestmodseq = 77,
				       .far_messages = 3,
				       .near_known = true,
				       .far_withheld = 2,
				       .near_withheld = { .words = { 1, 2 } },
				       .rules = before ? memory_text(before) : NULL };
	struct state_transaction *transaction = fixture_read(state);
	char *text = rules_text(rules);
	cr_assert_eq(rules_apply(&record, rules, options, transaction, NULL), 0);
	state_read_end(&transaction);
	bool kept = record.near_known;
	cr_expect_str_eq(access_rules_behind(&record), text);
	cr_expect_eq(record.highestmodseq, kept ? 77 : 0);
	cr_expect_eq(record.far_withheld, kept ? 2 : 0);
	cr_expect_eq(record.near_withheld.words[1], kept ? 2 : 0);
	cr_expect_eq(record.uidvalidity, 5, "the UIDs mean what they meant");
	free(text);
	free(record.rules);
	return kept;
}

Test(sync_rules, marks_are_those_of_the_same_rules, .fini = fixture_end)
{
	const struct sync_options none = { .dry_run = false };
	struct state *state = fixture_open(STATE_READ_WRITE);
	uint32_t folder = fixture_folder(state, "INBOX");
	char *text = rules_text(&pulling);
	char *read_only = memory_format("read-only %s", text);
	cr_expect(keeps_marks(state, folder, NULL, &plain, &none));
	cr_expect(keeps_marks(state, folder, "", &plain, &none));
	cr_expect(keeps_marks(state, folder, text, &pulling, &none));
	cr_expect(keeps_marks(state, folder, read_only, &pulling, &none));
	cr_expect(keeps_marks(state, 0, NULL, &plain, &none));
	cr_expect_not(keeps_marks(state, folder, NULL, &pulling, &none));
	cr_expect_not(keeps_marks(state, folder, text, &plain, &none));
	cr_expect_not(keeps_marks(state, folder, read_only, &plain, &none));
	free(read_only);
	free(text);
	state_close(&state);
}

/* What was left out is looked for by whom it is to be brought back, or removed for good. */
Test(sync_rules, what_is_absent_is_looked_for, .fini = fixture_end)
{
	static const struct {
		enum state_absence absent;
		bool restored, forced; /* it makes such a run look */
	} cases[] = {
		{ 0, false, false },
		{ STATE_ABSENT_NEAR, true, false },
		{ STATE_ABSENT_FAR, true, false },
		{ STATE_ABSENT_HIDDEN, true, true },
	};
	const struct sync_options none = { .dry_run = false };
	const struct sync_options restore = { .restore = true };
	const struct sync_options force = { .force_delete = true };
	struct state *state = fixture_open(STATE_READ_WRITE);
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct absences absences = { .folder = fixture_folder(state, "INBOX"),
					     .absent = cases[i].absent };
		fixture_write(state, put_absent, &absences);
		cr_expect(keeps_marks(state, absences.folder, NULL, &plain, &none), "case %zu", i);
		cr_expect_neq(keeps_marks(state, absences.folder, NULL, &plain, &restore),
			      cases[i].restored, "case %zu", i);
		cr_expect_neq(keeps_marks(state, absences.folder, NULL, &plain, &force),
			      cases[i].forced, "case %zu", i);
		cr_expect(keeps_marks(state, 0, NULL, &plain, &restore), "a folder that is new");
	}
	state_close(&state);
}

/* What cannot be read is not taken for nothing that is absent. */
Test(sync_rules, what_is_absent_cannot_be_read, .fini = fixture_end)
{
	static const unsigned char key[4] = { 0, 0, 0, 1 };
	static const struct sync_options options[] = { { .restore = true },
						       { .force_delete = true } };
	struct error error = ERROR_INITIAL;
	struct state *state = fixture_open(STATE_READ_WRITE);
	struct absences absences = { .folder = fixture_folder(state, "INBOX"),
				     .absent = STATE_ABSENT_NEAR };
	cr_assert_eq(absences.folder, 1);
	fixture_write(state, put_absent, &absences);
	state_close(&state);
	fixture_tamper("counts", key, sizeof key, "x", 1);
	state = fixture_open(STATE_READ_ONLY);
	struct state_transaction *transaction = fixture_read(state);
	for (size_t i = 0; i < COUNT(options); i++) {
		struct state_folder record = { .id = 1 };
		cr_expect_eq(rules_apply(&record, &plain, &options[i], transaction, &error), -1);
		cr_expect_not_null(strstr(error.text, "is damaged"), "%s", error.text);
		free(record.rules);
	}
	state_read_end(&transaction);
	state_close(&state);
}

/* A read-only folder's record keeps its word for it; another record gets the rules alone. */
Test(sync_rules, the_word_for_read_only_stays, .fini = fixture_end)
{
	const struct sync_options none = { .dry_run = false };
	struct state *state = fixture_open(STATE_READ_WRITE);
	struct state_transaction *transaction = fixture_read(state);
	struct state_folder record = { .rules = memory_text("read-only ") };
	cr_assert_eq(rules_apply(&record, &plain, &none, transaction, NULL), 0);
	cr_expect_str_eq(record.rules, "read-only ");
	cr_assert_eq(rules_apply(&record, &pulling, &none, transaction, NULL), 0);
	char *text = rules_text(&pulling);
	cr_expect_str_eq(record.rules, text);
	free(text);
	free(record.rules);
	state_read_end(&transaction);
	state_close(&state);
}

Test(sync_rules, the_horizon_is_of_the_last_look_and_of_now)
{
	const struct state_folder record = { .far_messages = 900, .uidnext = 950 };
	const struct far_state state = { .newest_only = true,
					 .newest_limit = 500,
					 .marks = { .messages = 800 } };
	const struct horizon horizon = rules_horizon(&record, &state);
	cr_expect(horizon.told);
	cr_expect_eq(horizon.limit, 500);
	cr_expect_eq(horizon.shown, 800);
	cr_expect_eq(horizon.before, 900);
	cr_expect_eq(horizon.news_from, 950);
}

/* --- What the rules say --- */

/* Rules that withhold nothing are no text, as before there were any; each other says its part. */
Test(sync_rules, as_text)
{
	const struct {
		struct config_rules rules;
		const char *text;
		uint32_t managed, pushed;
	} cases[] = {
		{ plain, "", UINT32_MAX, UINT32_MAX },
		{ pulling, "pull 7 push 0 expunge 3", UINT32_MAX, UINT32_MAX },
		{ { .pull = CONFIG_KINDS_NONE,
		    .push = CONFIG_KINDS_ALL,
		    .expunge = CONFIG_SIDES_BOTH,
		    .keyword_limit = CONFIG_KEYWORD_LIMIT_MAX },
		  "pull 0 push 7 expunge 3",
		  UINT32_MAX,
		  UINT32_MAX },
		{ { .pull = CONFIG_KINDS_ALL,
		    .push = CONFIG_KINDS_ALL,
		    .expunge = CONFIG_SIDE_FAR,
		    .keyword_limit = CONFIG_KEYWORD_LIMIT_MAX },
		  "pull 7 push 7 expunge 2",
		  UINT32_MAX,
		  UINT32_MAX },
		{ { .pull = CONFIG_KINDS_ALL,
		    .push = CONFIG_KINDS_ALL,
		    .expunge = CONFIG_SIDES_BOTH,
		    .keywords = CONFIG_KEYWORDS_PULL,
		    .keyword_limit = CONFIG_KEYWORD_LIMIT_MAX },
		  " keywords 1",
		  UINT32_MAX,
		  FLAGS_SYSTEM },
		{ { .pull = CONFIG_KINDS_ALL,
		    .push = CONFIG_KINDS_ALL,
		    .expunge = CONFIG_SIDES_BOTH,
		    .keywords = CONFIG_KEYWORDS_NONE,
		    .keyword_limit = 7 },
		  " keywords 2 letters 7",
		  FLAGS_SYSTEM,
		  FLAGS_SYSTEM },
	};
	cr_assert(CONFIG_KINDS_ALL == 7 && CONFIG_SIDES_BOTH == 3 && CONFIG_SIDE_FAR == 2);
	for (size_t i = 0; i < COUNT(cases); i++) {
		char *text = rules_text(&cases[i].rules);
		cr_expect_str_eq(text, cases[i].text, "case %zu: %s", i, text);
		cr_expect_eq(rules_managed_flags(&cases[i].rules), cases[i].managed, "case %zu", i);
		cr_expect_eq(rules_pushed_flags(&cases[i].rules), cases[i].pushed, "case %zu", i);
		free(text);
	}
}

/* What the plan of a folder must respect is its channel's, the run's and the server's. */
Test(sync_rules, of_a_plan)
{
	static const enum folder_action actions[] = { FOLDER_SYNC, FOLDER_REMOVE_NEAR,
						      FOLDER_REMOVE_FAR, FOLDER_CREATE_FAR };
	for (size_t i = 0; i < COUNT(actions); i++) {
		for (int forced = 0; forced < 2; forced++) {
			char mailbox[] = "INBOX";
			struct config_channel channel = { .rules = pulling };
			const struct folder_view view = { .channel = &channel };
			const struct sync_target target = { .view = &view,
							    .action = actions[i],
							    .mailbox = i < 3 ? mailbox : NULL };
			const struct folder_base base = { .record = { .far_messages = 9 } };
			const struct far_observation far = { .storable = FLAGS_SYSTEM };
			const struct sync_options options = { .force_delete = forced,
							      .restore = !forced };
			channel.rules.max_delete.count = 50;
			channel.rules.max_delete.percent = 20;
			channel.rules.keywords = CONFIG_KEYWORDS_NONE;
			const struct plan_rules rules =
				rules_of_plan(&options, &target, &base, &far);
			cr_expect_eq(rules.pull, CONFIG_KINDS_ALL);
			cr_expect_eq(rules.push, CONFIG_KINDS_NONE);
			cr_expect_eq(rules.expunge, CONFIG_SIDES_BOTH);
			cr_expect_eq(rules.far_storable, FLAGS_SYSTEM);
			cr_expect_eq(rules.ignored, FLAGS_KEYWORDS);
			cr_expect_eq(rules.max_delete_count, 50);
			cr_expect_eq(rules.max_delete_percent, 20);
			cr_expect_eq(rules.force_delete, forced || i == 1 || i == 2, "%zu", i);
			cr_expect_eq(rules.restore, !forced);
			cr_expect_eq(rules.window, i < 3 ? &far.window : NULL);
			cr_expect_eq(rules.outside, &base.outside);
			cr_expect_eq(rules.moved, &base.moved);
			cr_expect_eq(rules.horizon.before, 9);
		}
	}
}
