/* Random histories over the real engine. SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine-histories.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"

void history_begin(struct history *history, const char *rules)
{
	*history = (struct history){ .options = { .force_delete = true } };
	rig_begin(&history->rig, rules);
}

void history_end(struct history *history)
{
	user_release(&history->user);
	rig_end(&history->rig);
}

bool history_is_wanted(uint64_t seed)
{
	uint64_t wanted = seed;
	const char *text = getenv("NAVETTE_HISTORY");
	if (text)
		(void)text_parse_number(text, UINT32_MAX, &wanted);
	return seed == wanted;
}

uint64_t history_count(uint64_t usual)
{
	uint64_t count = usual;
	const char *text = getenv("NAVETTE_HISTORIES");
	if (text)
		(void)text_parse_number(text, UINT32_MAX, &count);
	return count;
}

void history_expect(const struct history *history, bool holds, const char *problem,
		    const char *detail)
{
	if (holds)
		return;
	char *near = rig_near(&history->rig);
	char *far = rig_far(&history->rig);
	struct buffer diary = BUFFER_INITIAL;
	buffer_add(&diary, history->user.diary.bytes, history->user.diary.length);
	cr_assert(holds, "history %llu: %s: %s\n%s-- near\n%s-- far\n%s-- told\n%s",
		  (unsigned long long)history->seed, problem, detail, buffer_text(&diary), near,
		  far, history->rig.failures);
	free(near);
	free(far);
	buffer_release(&diary);
}

void history_start(struct history *history, uint64_t seed)
{
	struct world_ways *ways = &history->rig.world->ways;
	struct user *user = &history->user;
	history->seed = seed;
	user_release(user);
	rig_clear(&history->rig);
	user_begin(user, &history->rig, seed);
	ways->without_modseq = user_random(user, 3) == 0;
	ways->without_uids = user_random(user, 3) == 0;
	ways->without_moves = user_random(user, 3) == 0;
	ways->with_replace = user_random(user, 2) == 0;
	ways->with_objects = user_random(user, 2) == 0;
	ways->tells_twice = user_random(user, 3) == 0;
	ways->with_mailbox_ids = user_random(user, 2) == 0;
	/* Else nobody could say which mailbox it was, and two names are two folders. */
	ways->renames_anew = ways->with_mailbox_ids && user_random(user, 2) == 0;
	ways->size_error = user_random(user, 4) == 0 ? 7 : 0;
	buffer_add_format(&user->diary, "without:%s%s%s; with:%s%s%s%s%s%s\n",
			  ways->without_modseq ? " modseq" : "", ways->without_uids ? " uids" : "",
			  ways->without_moves ? " moves" : "", ways->with_replace ? " replace" : "",
			  ways->with_objects ? " objects" : "", ways->tells_twice ? " echo" : "",
			  ways->with_mailbox_ids ? " mailbox ids" : "",
			  ways->renames_anew ? " new UIDVALIDITY of names" : "",
			  ways->size_error ? " wrong sizes" : "");
}

void history_keep_folders(struct history *history)
{
	history->user.folders = false;
	for (size_t i = 0; i < USER_FOLDERS; i++) {
		rig_make_folder(&history->rig, user_folders[i]);
		if (!world_find(history->rig.world, user_folders[i]))
			(void)world_make(history->rig.world, user_folders[i]);
	}
}

void history_add_kinds(struct buffer *rules, const char *key, enum config_kinds kinds)
{
	buffer_add_format(rules, "%s =%s%s%s%s\n", key, kinds == CONFIG_KINDS_NONE ? " none" : "",
			  kinds & CONFIG_KIND_NEW ? " new" : "",
			  kinds & CONFIG_KIND_FLAGS ? " flags" : "",
			  kinds & CONFIG_KIND_DELETIONS ? " deletions" : "");
}

void history_act(struct history *history, uint32_t acts)
{
	for (uint32_t left = 1 + user_random(&history->user, acts); left > 0; left--)
		user_acts(&history->user);
}

void history_disturb(struct history *history)
{
	static const enum world_fault faults[] = { WORLD_BREAKS, WORLD_BREAKS_AFTER, WORLD_REFUSES,
						   WORLD_DIES, WORLD_DIES_AFTER };
	static const char *const modes[] = { "before", "half", "after" };
	struct user *user = &history->user;
	struct world *world = history->rig.world;
	if (user_random(user, 2) == 0) {
		char *kill = memory_format("%u:%s", 1 + user_random(user, 150),
					   modes[user_random(user, 3)]);
		buffer_add_format(&user->diary, "a run is killed at %s\n", kill);
		(void)rig_run_to_death(&history->rig, &history->options, kill);
		free(kill);
		return;
	}
	world->fault = faults[user_random(user, sizeof faults / sizeof *faults)];
	world->fault_at = world->steps + 1 + user_random(user, 20);
	buffer_add_format(&user->diary, "the server's fault: %u at step %u\n", world->fault,
			  (unsigned int)(world->fault_at - world->steps));
	if (world->fault == WORLD_DIES || world->fault == WORLD_DIES_AFTER)
		(void)rig_run_to_death(&history->rig, &history->options, NULL);
	else
		rig_run(&history->rig, &history->options);
	world->fault = WORLD_WELL;
}

/* --- What must hold --- */

/* The lines of VIEW that are about NUMBER. The caller's. */
static char *lines_of(const char *view, unsigned int number)
{
	struct buffer lines = BUFFER_INITIAL;
	for (const char *line = view; *line;) {
		const char *end = strchr(line, '\n') + 1;
		unsigned int found;
		if (sscanf(line, "%*s %u", &found) == 1 && found == number)
			buffer_add(&lines, line, (size_t)(end - line));
		line = end;
	}
	char *text = memory_text(buffer_text(&lines));
	buffer_release(&lines);
	return text;
}

/* Whether both sides moved its only message and did nothing else to it. Drafts are never taken for
 * one. */
static bool moved_on_both(const struct history *history, unsigned int number, const char *near,
			  const char *far)
{
	const struct user_message *message = &history->user.messages[number];
	char *here = lines_of(near, number);
	char *there = lines_of(far, number);
	unsigned int flags = FLAG_DRAFT;
	bool is_one = strchr(here, '\n') && strchr(here, '\n')[1] == '\0' &&
		      sscanf(there, "%*s %*s %x", &flags) == 1 && strchr(there, '\n')[1] == '\0';
	free(here);
	free(there);
	return is_one && !(flags & FLAG_DRAFT) && message->near_acts == 1 &&
	       message->near_moves == 1 && message->far_acts == 1 && message->far_moves == 1;
}

/* What only one side had a hand in is as that side had it, and what both moved is where it is on
 * the server. */
static void check_number(const struct history *history, bool disturbed, unsigned int number,
			 const char *near, const char *far, const char *now)
{
	const struct user_message *message = &history->user.messages[number];
	bool both_moved = !history->is_old && !history->user.reshaped && !disturbed &&
			  moved_on_both(history, number, near, far);
	if (message->near_acts > 0 && message->far_acts > 0 && !both_moved)
		return;
	char *wanted = lines_of(message->far_acts > 0 ? far : near, number);
	char *found = lines_of(now, number);
	if (strcmp(wanted, found) != 0) {
		char *detail = memory_format("wanted\n%sbut found\n%s", wanted, found);
		history_expect(history, false, "it is not as the user left it", detail);
		free(detail);
	}
	free(wanted);
	free(found);
}

static void count_files(const struct history *history,
			unsigned int counts[USER_NUMBERS][USER_VERSIONS])
{
	struct rig_files files;
	rig_files_read(&history->rig, &files);
	for (size_t i = 0; i < files.count; i++)
		counts[files.items[i].content.number][files.items[i].content.version]++;
	rig_files_release(&files);
}

static void check_counts(const struct history *history)
{
	unsigned int counts[USER_NUMBERS][USER_VERSIONS] = { { 0 } };
	count_files(history, counts);
	for (unsigned int i = 0; i < history->user.numbers; i++) {
		const struct user_message *message = &history->user.messages[i];
		for (unsigned int version = 0; version < USER_VERSIONS; version++) {
			const struct rig_content content = { i, version };
			char detail[64];
			(void)snprintf(detail, sizeof detail, "%u.%u: %u", i, version,
				       counts[i][version]);
			history_expect(history,
				       counts[i][version] >= user_least(&history->user, content),
				       "a message was lost", detail);
			history_expect(history, counts[i][version] <= message->most[version],
				       "a message was doubled", detail);
		}
	}
}

void history_expect_same(const struct history *history)
{
	char *near = rig_near(&history->rig);
	char *far = rig_far(&history->rig);
	history_expect(history, strcmp(near, far) == 0, "the sides do not hold the same", "");
	free(near);
	free(far);
	check_counts(history);
}

void history_expect_quiet(struct history *history)
{
	char *before = rig_names(&history->rig);
	rig_run(&history->rig, &history->options);
	char *after = rig_names(&history->rig);
	history_expect(history, history->rig.result.worst == ERROR_NONE, "a second run fails", "");
	history_expect(history, history->rig.effects == 0, "a second run changes the server", "");
	history_expect(history, strcmp(before, after) == 0, "a second run changes files", before);
	free(before);
	free(after);
}

/* All directories have changed, and the server cannot tell what did: so all is compared with the
 * base. */
static void look_at_all(struct history *history)
{
	struct world_ways *ways = &history->rig.world->ways;
	bool without_modseq = ways->without_modseq;
	for (size_t i = 0; i < USER_FOLDERS; i++) {
		rig_stamp(&history->rig, user_folders[i], "new");
		rig_stamp(&history->rig, user_folders[i], "cur");
	}
	ways->without_modseq = true;
	history_expect_quiet(history);
	ways->without_modseq = without_modseq;
}

void history_run(struct history *history)
{
	char *near = rig_near(&history->rig);
	char *far = rig_far(&history->rig);
	bool disturbed = user_random(&history->user, 3) == 0;
	if (disturbed)
		history_disturb(history);
	rig_run(&history->rig, &history->options);
	history_expect(history, history->rig.result.worst == ERROR_NONE, "a run fails", "");
	if (history->user.edited)
		rig_run(&history->rig, &history->options);
	history_expect_same(history);
	char *now = rig_near(&history->rig);
	for (unsigned int i = 0; i < history->user.numbers; i++)
		if (!history->user.renamed)
			check_number(history, disturbed, i, near, far, now);
	free(near);
	free(far);
	free(now);
	history_expect_quiet(history);
	if (user_random(&history->user, 4) == 0)
		look_at_all(history);
	user_settles(&history->user);
}
