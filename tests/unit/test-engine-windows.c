/* Random histories with windows that change: here is what the rule takes, the server loses nothing
 * by it, and without a rule everything comes back.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/memory.h"
#include "engine-counts.h"
#include "engine-histories.h"
#include "sync/plan/window.h"

/* How many; NAVETTE_HISTORIES sets another number. */
#define HISTORIES 200

#define DAY_SECONDS 86400

/* --- The rule, and what it means --- */

/* Messages have 150 to 800 bytes. */
static void choose_rule_and(struct history *history, const char *more)
{
	struct user *user = &history->user;
	struct buffer text = BUFFER_INITIAL;
	buffer_add_format(&text, "connections = 1\n%s", more);
	if (user_random(user, 3) > 0)
		buffer_add_format(&text, "max-age = %ud\n", 3 + user_random(user, 3) * 3);
	if (user_random(user, 3) > 0)
		buffer_add_format(&text, "max-messages = %u\n", 1 + user_random(user, 3) * 2);
	if (user_random(user, 3) > 0)
		buffer_add_format(&text, "max-size = %u\n", 300 + user_random(user, 3) * 150);
	if (user_random(user, 2) == 0)
		buffer_add_format(&text, "keep =%s flagged\n",
				  user_random(user, 2) == 0 ? " unseen" : "");
	buffer_add_text(&user->diary, buffer_text(&text));
	rig_configure(&history->rig, buffer_text(&text));
	buffer_release(&text);
}

static void choose_rule(struct history *history)
{
	choose_rule_and(history, "");
}

/* ... and what goes which way. */
static void choose_ways(struct history *history)
{
	struct user *user = &history->user;
	struct buffer text = BUFFER_INITIAL;
	enum config_kinds pull = (enum config_kinds)user_random(user, CONFIG_KINDS_ALL + 1);
	enum config_kinds push = (enum config_kinds)user_random(user, CONFIG_KINDS_ALL + 1);
	static const char *const sides[] = { "none", "near", "far", "both" };
	if (pull == CONFIG_KINDS_NONE && push == CONFIG_KINDS_NONE)
		pull = CONFIG_KINDS_ALL; /* nothing either way is refused */
	history_add_kinds(&text, "pull", pull);
	history_add_kinds(&text, "push", push);
	buffer_add_format(&text, "expunge = %s\n", sides[user_random(user, 4)]);
	choose_rule_and(history, buffer_text(&text));
	buffer_release(&text);
}

static struct window_rule rule_of(const struct rig *rig)
{
	return window_rule_make(&rig->account->channels[0].rules.window, rig->today * DAY_SECONDS);
}

static bool is_matching(const struct window_rule *rule, const struct world_message *message)
{
	return (!rule->dated || message->date / DAY_SECONDS >= rule->since_day) &&
	       (rule->largest == 0 || message->length <= rule->largest);
}

static bool is_inside(const void *context, const struct world_mailbox *mailbox,
		      const struct world_message *message)
{
	const struct window_rule *rule = context;
	uint32_t newer = 0;
	if (window_rule_is_open(rule) || window_rule_keeps(rule, message->flags))
		return true;
	for (size_t i = 0; i < mailbox->count; i++) {
		const struct world_message *other = &mailbox->messages[i];
		newer += !other->is_gone && other->uid > message->uid && is_matching(rule, other);
	}
	return is_matching(rule, message) && (rule->newest == 0 || newer < rule->newest);
}

/* What no number of newest and no flag can bring in. */
static bool is_beyond(const void *context, const struct world_mailbox *mailbox,
		      const struct world_message *message)
{
	const struct window_rule *rule = context;
	(void)mailbox;
	return rule->keep_set == 0 && rule->keep_unset == 0 && !is_matching(rule, message);
}

/* Whether the rule means something else now. */
static bool change_rule(struct history *history)
{
	const struct window_rule rule = rule_of(&history->rig);
	char *before = window_rule_text(&rule);
	choose_rule(history);
	const struct window_rule other = rule_of(&history->rig);
	char *after = window_rule_text(&other);
	bool changed = strcmp(before ? before : "", after ? after : "") != 0;
	free(before);
	free(after);
	return changed;
}

/* --- What must hold --- */

static unsigned int of_all_folders(const struct counts *counts, size_t place)
{
	unsigned int count = 0;
	for (size_t folder = 0; folder < USER_FOLDERS; folder++)
		count += (&counts->of[folder][0][0])[place];
	return count;
}

/* EXACTLY: nothing beyond it; else what was here stays until all is looked at. */
static void check_window(const struct history *history, const struct counts *before, bool exactly)
{
	static struct counts inside;
	static struct counts near;
	static struct counts far;
	const struct window_rule rule = rule_of(&history->rig);
	counts_far_of(&history->rig, is_inside, &rule, &inside);
	counts_far(&history->rig, &far);
	counts_near(&history->rig, &near);
	for (size_t i = 0; i < USER_FOLDERS * USER_NUMBERS * USER_VERSIONS; i++) {
		const size_t place = i % (USER_NUMBERS * USER_VERSIONS);
		const unsigned int has = (&near.of[0][0][0])[i];
		char *detail =
			memory_format("%zu.%zu in %s", place / USER_VERSIONS, place % USER_VERSIONS,
				      user_folders[i / (USER_NUMBERS * USER_VERSIONS)]);
		history_expect(history, has >= (&inside.of[0][0][0])[i],
			       "a message of the window is not here", detail);
		history_expect(history, has <= (&far.of[0][0][0])[i], "a file is not on the server",
			       detail);
		history_expect(history, !exactly || has == (&inside.of[0][0][0])[i],
			       "a message outside of the window stayed", detail);
		history_expect(history,
			       has <= (&inside.of[0][0][0])[i] ||
				       of_all_folders(&near, place) <=
					       of_all_folders(before, place),
			       "a message outside of the window came", detail);
		free(detail);
	}
}

/* A file that is gone when the rule changes may have left with it: the message stays. */
static void check_beyond(const struct history *history, const struct counts *beyond)
{
	static struct counts far;
	counts_far(&history->rig, &far);
	for (size_t place = 0; place < USER_NUMBERS * USER_VERSIONS; place++)
		history_expect(history,
			       of_all_folders(&far, place) >= of_all_folders(beyond, place),
			       "a message outside of the window was removed", "");
}

/* The server has at least what the user left and at most what the user made; that is what there is
 * now. */
static void check_server(struct history *history)
{
	static struct counts far;
	struct user *user = &history->user;
	counts_far(&history->rig, &far);
	for (unsigned int number = 0; number < user->numbers; number++) {
		struct user_message *message = &user->messages[number];
		struct user_message now = { .version = message->version };
		for (unsigned int version = 0; version < USER_VERSIONS; version++) {
			const struct rig_content content = { number, version };
			unsigned int has = of_all_folders(&far, number * USER_VERSIONS + version);
			char *detail = memory_format("%u.%u: %u", number, version, has);
			history_expect(history, has >= user_least(user, content),
				       "the server lost a message", detail);
			history_expect(history, has <= message->most[version],
				       "a message was doubled", detail);
			now.least[version] = now.most[version] = has;
			free(detail);
		}
		*message = now;
	}
	user->edited = false;
	buffer_add_text(&user->diary, "all is well\n");
}

/* --- Histories --- */

/* A second run, for the first may not know what the server makes of an upload, or of an edit. */
static void run(struct history *history)
{
	if (user_random(&history->user, 4) == 0)
		history_disturb(history);
	rig_run(&history->rig, &history->options);
	history_expect(history, history->rig.result.worst == ERROR_NONE, "a run fails", "");
	rig_run(&history->rig, &history->options);
	history_expect(history, history->rig.result.worst == ERROR_NONE, "a second run fails", "");
}

/* Under another rule all is looked at. */
static void look_at_all(struct history *history)
{
	static struct counts before;
	choose_rule(history);
	counts_near(&history->rig, &before);
	run(history);
	check_window(history, &before, true);
	history_expect_quiet(history);
	check_server(history);
}

/* Without a rule everything comes back. */
static void open_all(struct history *history)
{
	buffer_add_text(&history->user.diary, "no rule\n");
	rig_configure(&history->rig, "connections = 1\n");
	run(history);
	history_expect_same(history);
	history_expect_quiet(history);
}

static void live(struct history *history)
{
	static struct counts before;
	static struct counts beyond;
	struct user *user = &history->user;
	for (uint32_t rounds = 1 + user_random(user, 3); rounds > 0; rounds--) {
		bool changed = user_random(user, 3) > 0 && change_rule(history);
		history_act(history, 10);
		const struct window_rule rule = rule_of(&history->rig);
		counts_far_of(&history->rig, is_beyond, &rule, &beyond);
		counts_near(&history->rig, &before);
		changed &= !user->edited;
		run(history);
		if (changed)
			check_beyond(history, &beyond);
		check_window(history, &before, false);
		history_expect_quiet(history);
		check_server(history);
		if (user_random(user, 2) == 0)
			look_at_all(history);
	}
	open_all(history);
}

static void live_under_ways(struct history *history)
{
	for (uint32_t rounds = 1 + user_random(&history->user, 3); rounds > 0; rounds--) {
		choose_ways(history);
		history_act(history, 8);
		run(history);
		history_expect_quiet(history);
	}
	open_all(history);
}

static void begin(struct history *history, uint64_t seed)
{
	history_start(history, seed);
	rig_begin_day(&history->rig);
	history->rig.world->ways.size_error = 0;
	history_keep_folders(history);
	choose_rule(history);
}

static void live_all(uint64_t from, uint64_t count, void (*live_one)(struct history *history))
{
	static struct history history;
	history_begin(&history, "");
	for (uint64_t seed = from; seed < from + count; seed++) {
		if (!history_is_wanted(seed))
			continue;
		begin(&history, seed);
		live_one(&history);
	}
	history_end(&history);
}

Test(engine_windows, hold_what_the_rule_says_and_lose_nothing, .timeout = 600)
{
	live_all(6000001, history_count(HISTORIES), live);
}

Test(engine_windows, under_rules_of_direction, .timeout = 600)
{
	live_all(7000001, history_count(HISTORIES / 2), live_under_ways);
}
