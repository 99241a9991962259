/* Random histories under rules of direction that change between runs: no side is touched against
 * the rules, what they let through arrives, and nothing is lost or doubled.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "engine-counts.h"
#include "engine-histories.h"
#include "maildir/name.h"

/* How many; NAVETTE_HISTORIES sets another number. */
#define HISTORIES 200

/* One side, what comes to it, and whether removals are final there. */
struct way {
	enum config_kinds kinds;
	bool expunges;
};

struct rules {
	struct way near, far;
};

/* What a side was before the run. */
struct before {
	struct counts near_counts, far_counts;
	struct rig_files files;
	struct world_mailbox mailboxes[WORLD_MAILBOXES];
	char *near, *far;
};

/* --- Rules --- */

static void use(struct history *history, const struct rules *rules)
{
	static const char *const sides[] = { "none", "near", "far", "both" };
	struct buffer text = BUFFER_INITIAL;
	buffer_add_text(&text, "connections = 1\n");
	history_add_kinds(&text, "pull", rules->near.kinds);
	history_add_kinds(&text, "push", rules->far.kinds);
	buffer_add_format(&text, "expunge = %s\n",
			  sides[(rules->near.expunges ? CONFIG_SIDE_NEAR : 0) |
				(rules->far.expunges ? CONFIG_SIDE_FAR : 0)]);
	buffer_add_text(&history->user.diary, buffer_text(&text));
	rig_configure(&history->rig, buffer_text(&text));
	buffer_release(&text);
}

static const struct rules everything = { { CONFIG_KINDS_ALL, true }, { CONFIG_KINDS_ALL, true } };

static struct rules choose_rules(struct user *user)
{
	struct rules rules = everything;
	switch (user_random(user, 8)) {
	case 0:
		break;
	case 1:
		rules.near.kinds = CONFIG_KINDS_NONE;
		break;
	case 2:
		rules.far.kinds = CONFIG_KINDS_NONE;
		break;
	default:
		rules.near.kinds = (enum config_kinds)user_random(user, CONFIG_KINDS_ALL + 1);
		rules.far.kinds = (enum config_kinds)user_random(user, CONFIG_KINDS_ALL + 1);
	}
	if (rules.near.kinds == CONFIG_KINDS_NONE && rules.far.kinds == CONFIG_KINDS_NONE)
		return everything; /* nothing either way is refused */
	if (user_random(user, 3) == 0) {
		rules.near.expunges = user_random(user, 2) == 0;
		rules.far.expunges = user_random(user, 2) == 0;
	}
	return rules;
}

static bool way_removes(const struct way *way)
{
	return (way->kinds & CONFIG_KIND_DELETIONS) && way->expunges;
}

/* The flags that a run may not change there. */
static uint32_t way_fixed(const struct way *way)
{
	uint32_t fixed = way->kinds & CONFIG_KIND_FLAGS ? 0 : FLAGS_SYSTEM;
	if ((way->kinds & CONFIG_KIND_DELETIONS) && !way->expunges)
		fixed &= ~(uint32_t)FLAG_DELETED;
	return fixed;
}

/* --- What a run may not do --- */

static void check_counts(const struct history *history, const struct way *way,
			 const struct counts *before, const struct counts *after, const char *side)
{
	const unsigned int *had = &before->of[0][0][0];
	const unsigned int *has = &after->of[0][0][0];
	for (size_t i = 0; i < sizeof before->of / sizeof *had; i++) {
		history_expect(history, has[i] <= had[i] || (way->kinds & CONFIG_KIND_NEW),
			       "a message came against the rules", side);
		history_expect(history, has[i] >= had[i] || way_removes(way),
			       "a message was removed against the rules", side);
	}
}

static void check_far_flags(const struct history *history, const struct way *way,
			    const struct before *before)
{
	for (size_t i = 0; i < WORLD_MAILBOXES; i++) {
		const struct world_mailbox *had = &before->mailboxes[i];
		struct world_mailbox *has = &history->rig.world->mailboxes[i];
		for (size_t k = 0;
		     has->exists && had->uidvalidity == has->uidvalidity && k < had->count; k++) {
			const struct world_message *message =
				world_message(has, had->messages[k].uid);
			uint32_t changed = message ? message->flags ^ had->messages[k].flags : 0;
			history_expect(history, (changed & way_fixed(way)) == 0,
				       "flags were changed against the rules", has->name);
		}
	}
}

static bool is_same_file(const struct rig_file *one, const struct rig_file *other)
{
	struct maildir_name name;
	struct maildir_name other_name;
	maildir_name_parse(one->name, &name);
	maildir_name_parse(other->name, &other_name);
	return strcmp(one->folder, other->folder) == 0 &&
	       name.base_length == other_name.base_length &&
	       memcmp(name.base, other_name.base, name.base_length) == 0 &&
	       one->content.number == other->content.number;
}

static size_t same_files(const struct rig_files *files, const struct rig_file *file)
{
	size_t count = 0;
	for (size_t i = 0; i < files->count; i++)
		count += is_same_file(file, &files->items[i]);
	return count;
}

/* Of copies of one name a run gives all but one another. */
static void check_near_flags(const struct history *history, const struct way *way,
			     const struct rig_files *before)
{
	struct rig_files after;
	rig_files_read(&history->rig, &after);
	for (size_t i = 0; i < before->count; i++) {
		const struct rig_file *had = &before->items[i];
		for (size_t k = 0; same_files(before, had) == 1 && k < after.count; k++) {
			uint32_t changed = had->flags ^ after.items[k].flags;
			history_expect(history,
				       !is_same_file(had, &after.items[k]) ||
					       (changed & way_fixed(way)) == 0,
				       "flags were changed against the rules", had->name);
		}
	}
	rig_files_release(&after);
}

/* --- What it must do --- */

/* Where only the other side acted since they last agreed, this one follows. */
static void check_followed(const struct history *history, const struct way *way, bool far,
			   const struct counts *wanted, const struct counts *found)
{
	for (size_t i = 0; i < USER_FOLDERS * USER_NUMBERS * USER_VERSIONS; i++) {
		const struct user_message *message =
			&history->user.messages[i / USER_VERSIONS % USER_NUMBERS];
		unsigned int wants = (&wanted->of[0][0][0])[i];
		unsigned int finds = (&found->of[0][0][0])[i];
		char detail[64];
		if ((far ? message->far_acts : message->near_acts) > 0)
			continue;
		(void)snprintf(detail, sizeof detail, "%zu %s", i / USER_VERSIONS % USER_NUMBERS,
			       far ? "far" : "near");
		history_expect(history, finds >= wants || !(way->kinds & CONFIG_KIND_NEW),
			       "what the rules let through did not come", detail);
		history_expect(history,
			       finds <= wants || !way_removes(way) ||
				       !(way->kinds & CONFIG_KIND_NEW),
			       "what the rules let go did not go", detail);
	}
}

static void note_before(const struct rig *rig, struct before *before_r)
{
	counts_near(rig, &before_r->near_counts);
	counts_far(rig, &before_r->far_counts);
	rig_files_read(rig, &before_r->files);
	memcpy(before_r->mailboxes, rig->world->mailboxes, sizeof before_r->mailboxes);
	before_r->near = rig_near(rig);
	before_r->far = rig_far(rig);
}

static void release_before(struct before *before)
{
	rig_files_release(&before->files);
	free(before->near);
	free(before->far);
}

static void check_untouched(const struct history *history, const struct rules *rules,
			    const struct before *before)
{
	char *near = rig_near(&history->rig);
	if (rules->near.kinds == CONFIG_KINDS_NONE)
		history_expect(history, strcmp(near, before->near) == 0, "files were changed",
			       before->near);
	if (rules->far.kinds == CONFIG_KINDS_NONE)
		history_expect(history, history->rig.effects == 0, "the server was changed",
			       before->far);
	free(near);
}

static void run_once(struct history *history, const struct rules *rules)
{
	static struct before before;
	static struct counts near;
	static struct counts far;
	note_before(&history->rig, &before);
	rig_run(&history->rig, &history->options);
	history_expect(history, history->rig.result.worst == ERROR_NONE, "a run fails", "");
	check_untouched(history, rules, &before);
	counts_near(&history->rig, &near);
	counts_far(&history->rig, &far);
	check_counts(history, &rules->near, &before.near_counts, &near, "near");
	check_counts(history, &rules->far, &before.far_counts, &far, "far");
	check_near_flags(history, &rules->near, &before.files);
	check_far_flags(history, &rules->far, &before);
	release_before(&before);
}

static void run(struct history *history, const struct rules *rules)
{
	static struct counts near;
	static struct counts far;
	if (user_random(&history->user, 4) == 0)
		history_disturb(history);
	run_once(history, rules);
	if (history->user.edited)
		run_once(history, rules);
	counts_near(&history->rig, &near);
	counts_far(&history->rig, &far);
	check_followed(history, &rules->near, false, &far, &near);
	check_followed(history, &rules->far, true, &near, &far);
	history_expect_quiet(history);
}

static void live(struct history *history)
{
	struct user *user = &history->user;
	/* A folder that goes where its removals may not follow is refused. */
	history_keep_folders(history);
	for (uint32_t rounds = 1 + user_random(user, 4); rounds > 0; rounds--) {
		struct rules rules = choose_rules(user);
		use(history, &rules);
		history_act(history, 8);
		run(history, &rules);
	}
	use(history, &everything);
	run(history, &everything);
	history_expect_same(history);
}

Test(engine_directions, rules_that_change_lose_nothing, .timeout = 600)
{
	static struct history history;
	uint64_t count = history_count(HISTORIES);
	history_begin(&history, "");
	for (uint64_t seed = 5000001; seed <= 5000000 + count; seed++) {
		if (!history_is_wanted(seed))
			continue;
		history_start(&history, seed);
		live(&history);
	}
	history_end(&history);
}
