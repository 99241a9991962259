/* Random histories: users act, runs are disturbed, one goes to its end, and then all must be well.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_TESTS_ENGINE_HISTORIES_H
#define NAVETTE_TESTS_ENGINE_HISTORIES_H

#include "engine-user.h"

struct history {
	struct rig rig;
	struct user user;
	uint64_t seed;
	struct sync_options options;
	bool is_old; /* the state is one of before, which knows no contents of files */
};

void history_begin(struct history *history, const char *rules);
void history_end(struct history *history);
/* How many are to be tried: USUAL, or what NAVETTE_HISTORIES says. */
uint64_t history_count(uint64_t usual);
/* NAVETTE_HISTORY=SEED: that one only. */
bool history_is_wanted(uint64_t seed);
/* Another one, with a server of some kind. */
void history_start(struct history *history, uint64_t seed);
/* All of the user's folders are there, on both sides, and stay. */
void history_keep_folders(struct history *history);
/* A line of rules: KEY is "pull" or "push". */
void history_add_kinds(struct buffer *rules, const char *key, enum config_kinds kinds);
/* Up to ACTS things that the user does. */
void history_act(struct history *history, uint32_t acts);
/* A run that is killed, or whose server fails, somewhere. */
void history_disturb(struct history *history);
/* Ends the test with what the user did when the condition does not hold. */
void history_expect(const struct history *history, bool holds, const char *problem,
		    const char *detail);
/* A whole run; what it made of what the user did; and that the next has nothing to do. */
void history_run(struct history *history);
/* That both sides hold the same; and of each message at least what the user left and at most what
 * the user made. */
void history_expect_same(const struct history *history);
/* That a run has nothing to do. */
void history_expect_quiet(struct history *history);

#endif
