/* The real engine, watched: only files that inotify names are looked at, with the result of a look
 * at all. SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"
#include "engine-histories.h"
#include "engine-live.h"

/* How many; NAVETTE_HISTORIES sets another number. */
#define HISTORIES 200
#define MESSAGES 40

/* --- What a change costs --- */

static char *path_of(const struct rig *rig, const char *place, const char *name)
{
	char *directory = rig_path(rig, "INBOX", place);
	char *path = memory_format("%s/%s", directory, name);
	free(directory);
	return path;
}

static void rename_file(struct rig *rig, const char *from_place, const char *from,
			const char *to_place, const char *to)
{
	char *old = path_of(rig, from_place, from);
	char *new = path_of(rig, to_place, to);
	cr_assert_eq(rename(old, new), 0, "%s", old);
	rig_stamp(rig, "INBOX", from_place);
	rig_stamp(rig, "INBOX", to_place);
	free(old);
	free(new);
}

static void remove_file(struct rig *rig, const char *place, const char *name)
{
	char *path = path_of(rig, place, name);
	cr_assert_eq(unlink(path), 0, "%s", path);
	rig_stamp(rig, "INBOX", place);
	free(path);
}

static void rest(struct rig *rig)
{
	rig_stamp(rig, "INBOX", "new");
	rig_stamp(rig, "INBOX", "cur");
}

/* A folder that is watched, and was listed since that began. */
static void begin(struct rig *rig, const char *rules)
{
	rig_begin(rig, rules);
	rig_live_begin(rig);
	for (unsigned int i = 1; i <= MESSAGES; i++) {
		char name[32];
		(void)snprintf(name, sizeof name, "%u.user:2,S", i);
		rig_deliver(rig, "INBOX", name, i, 0);
	}
	for (int i = 0; i < 3; i++) {
		rig_run(rig, NULL);
		cr_assert_eq(rig->result.worst, ERROR_NONE, "%s", rig->failures);
		rest(rig);
	}
	rig_run(rig, NULL); /* those stamps were nobody's */
	rig_live_hint(rig, true, NULL, 0);
}

/* A round; whether it listed the messages. */
static bool lists(struct rig *rig)
{
	rig_run(rig, NULL);
	cr_assert_eq(rig->result.worst, ERROR_NONE, "%s", rig->failures);
	return rig_live_entries(rig) >= MESSAGES - 2; /* some were removed */
}

Test(engine_live, a_change_costs_no_listing)
{
	struct rig rig;
	begin(&rig, "");
	rig_deliver(&rig, "INBOX", "a", 100, 0);
	cr_expect_not(lists(&rig), "a new file");
	cr_expect_eq(rig.result.counts.uploaded, 1);
	rename_file(&rig, "new", "a", "cur", "a:2,S");
	cr_expect_not(lists(&rig), "it was read");
	cr_expect_eq(rig.result.counts.far_flags, 1);
	rename_file(&rig, "cur", "3.user:2,S", "cur", "3.user:2,FS");
	cr_expect_not(lists(&rig), "other flags");
	cr_expect_eq(rig.result.counts.far_flags, 1);
	rename_file(&rig, "cur", "4.user:2,S", "cur", "other:2,S");
	cr_expect_not(lists(&rig), "another base name");
	cr_expect_eq(rig.effects, 0);
	remove_file(&rig, "cur", "5.user:2,S");
	cr_expect_not(lists(&rig), "gone");
	cr_expect_eq(rig.result.counts.far_removed, 1);
	cr_expect_not(lists(&rig), "nothing");
	rig_end(&rig);
}

/* No directory shows it. */
Test(engine_live, a_file_that_is_written_to_is_a_new_version)
{
	struct rig rig;
	begin(&rig, "");
	char *text = rig_message(7, 1, false);
	char *path = path_of(&rig, "cur", "7.user:2,S");
	FILE *file = fopen(path, "w");
	cr_assert(file && fputs(text, file) >= 0 && fclose(file) == 0);
	cr_expect(rig_live_has_news(&rig));
	(void)lists(&rig);
	cr_expect_eq(rig.result.counts.uploaded, 1);
	free(path);
	free(text);
	rig_end(&rig);
}

/* Our own changes were told as well, and are as the base says. */
Test(engine_live, what_the_server_changed_costs_no_listing)
{
	static const char *const inbox[] = { "INBOX" };
	struct rig rig;
	begin(&rig, "");
	rig_live_hint(&rig, true, inbox, 1);
	(void)rig_append(&rig, "INBOX", 0, 100, 0);
	cr_expect_not(lists(&rig), "new mail");
	cr_expect_eq(rig.result.counts.downloaded, 1);
	world_set_flags(world_find(rig.world, "INBOX"), 3, FLAG_SEEN | FLAG_FLAGGED);
	cr_expect_not(lists(&rig), "other flags");
	cr_expect_eq(rig.result.counts.near_flags, 1);
	world_remove(world_find(rig.world, "INBOX"), 4);
	cr_expect_not(lists(&rig), "gone");
	cr_expect_eq(rig.result.counts.near_removed, 1);
	rename_file(&rig, "cur", "5.user:2,S", "cur", "5.user:2,RS");
	cr_expect_not(lists(&rig), "and a change here");
	cr_expect_eq(rig.result.counts.far_flags, 1);
	rig_live_hint(&rig, false, NULL, 0);
	cr_expect_not(lists(&rig), "a look at all");
	rig_end(&rig);
}

/* --- What is in doubt is listed --- */

Test(engine_live, what_nobody_told_of_is_listed)
{
	struct rig rig;
	begin(&rig, "");
	rig_stamp(&rig, "INBOX", "cur");
	rig_deliver(&rig, "INBOX", "a", 100, 0);
	cr_expect(lists(&rig), "the time of cur is not explained");
	cr_expect_eq(rig.result.counts.uploaded, 1);
	rig_end(&rig);
}

/* Nothing is told while nobody watches. */
Test(engine_live, after_a_restart_all_is_listed)
{
	struct rig rig;
	begin(&rig, "");
	rig_deliver(&rig, "INBOX", "a", 100, 0);
	cr_expect_not(lists(&rig));
	rig_live_close(&rig);
	rig_live_hint(&rig, false, NULL, 0);
	cr_expect(lists(&rig));
	rig_end(&rig);
}

/* A message whose name only an editor's copy has may have been renamed. */
Test(engine_live, an_editors_copy_keeps_its_message)
{
	struct rig rig;
	begin(&rig, "");
	char *path = path_of(&rig, "cur", "6.user:2,S~");
	FILE *file = fopen(path, "w");
	cr_assert(file && fputs("x", file) >= 0 && fclose(file) == 0);
	rest(&rig);
	rig_run(&rig, NULL);
	remove_file(&rig, "cur", "6.user:2,S");
	rig_run(&rig, NULL);
	cr_expect_geq(rig_live_entries(&rig), MESSAGES - 2, "it is looked for such copies");
	cr_expect_eq(rig.result.counts.far_removed, 0);
	cr_expect_eq(rig.result.counts.skipped, 1);
	free(path);
	rig_end(&rig);
}

/* A folder whose mail is gone was lost rather than emptied, whoever tells of it. */
Test(engine_live, all_that_goes_is_guarded)
{
	struct rig rig;
	begin(&rig, "");
	for (unsigned int i = 1; i <= MESSAGES; i++) {
		char name[32];
		(void)snprintf(name, sizeof name, "%u.user:2,S", i);
		remove_file(&rig, "cur", name);
	}
	rig_run(&rig, NULL);
	cr_expect_eq(rig.result.worst, ERROR_SAFETY, "%s", rig.failures);
	cr_expect_lt(rig_live_entries(&rig), MESSAGES - 2, "by names");
	cr_expect_eq(rig.effects, 0);
	rig_end(&rig);
}

/* --- Whatever users do --- */

static void live(uint64_t from, uint64_t count, const char *rules)
{
	static struct history history;
	history_begin(&history, rules);
	rig_live_begin(&history.rig);
	for (uint64_t seed = from; seed < from + count; seed++) {
		if (!history_is_wanted(seed))
			continue;
		history_start(&history, seed);
		for (uint32_t rounds = 2 + user_random(&history.user, 6); rounds > 0; rounds--) {
			bool hinted = user_random(&history.user, 3) > 0;
			rig_live_hint(&history.rig, hinted, user_folders, USER_FOLDERS);
			if (hinted)
				history.user.folders = false;
			history_act(&history, 6);
			history_run(&history);
			history_expect(&history, !rig_live_has_news(&history.rig),
				       "there are news left", "");
			history.user.folders = true;
		}
	}
	history_end(&history);
}

static struct history *meanwhile_history;

static void act_meanwhile(struct rig *rig, const struct sync_progress *progress)
{
	(void)rig;
	if (progress->folder && user_random(&meanwhile_history->user, 3) == 0)
		user_acts_near(&meanwhile_history->user);
}

static void expect_same(const struct history *history)
{
	char *near = rig_near(&history->rig);
	char *far = rig_far(&history->rig);
	history_expect(history, history->rig.result.worst == ERROR_NONE, "a run fails", "");
	history_expect(history, strcmp(near, far) == 0, "the sides do not hold the same", "");
	free(near);
	free(far);
}

/* Users go on while a round does; how many of each message there are then is theirs. */
static void live_meanwhile(uint64_t from, uint64_t count, const char *rules)
{
	static struct history history;
	history_begin(&history, rules);
	meanwhile_history = &history;
	rig_live_begin(&history.rig);
	for (uint64_t seed = from; seed < from + count; seed++) {
		if (!history_is_wanted(seed))
			continue;
		history_start(&history, seed);
		history_keep_folders(&history);
		history.user.keeps_bytes = true;
		for (uint32_t rounds = 2 + user_random(&history.user, 4); rounds > 0; rounds--) {
			rig_live_hint(&history.rig, user_random(&history.user, 3) > 0, user_folders,
				      USER_FOLDERS);
			history_act(&history, 4);
			history.rig.meanwhile = act_meanwhile;
			rig_run(&history.rig, &history.options);
			history.rig.meanwhile = NULL;
			rig_run(&history.rig, &history.options);
			rig_run(&history.rig, &history.options);
			expect_same(&history);
			history_expect_quiet(&history);
			user_settles(&history.user);
		}
	}
	history_end(&history);
}

Test(engine_live, sees_what_users_do_meanwhile, .timeout = 600)
{
	live_meanwhile(1, history_count(HISTORIES), "connections = 1\n");
}

Test(engine_live, converges_and_loses_nothing, .timeout = 600)
{
	live(1, history_count(HISTORIES), "connections = 1\n");
}

Test(engine_live, with_many_connections, .timeout = 600)
{
	live(1000001, history_count(HISTORIES), "connections = 4\n");
}
