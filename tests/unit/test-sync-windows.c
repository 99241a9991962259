/* Random histories with windows that change. SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "sync-model.h"

/* How many; NAVETTE_HISTORIES sets another number. */
#define HISTORIES 50000

/* A whole run, and another where the first could not know what the server makes of an upload. */
static void run(struct model *model)
{
	bool empty;
	(void)model_run(model, SIZE_MAX, &empty);
	if (strcmp(model->settled, WINDOW_UNSETTLED) == 0)
		(void)model_run(model, SIZE_MAX, &empty);
}

static void begin(struct model *model, uint64_t seed)
{
	model_begin(model, seed);
	model->windows = true;
	model_rule_changes(model);
}

/* Looked at as a whole, the near side has what the window holds, and nothing else. */
static void look_at_all(struct model *model)
{
	(void)snprintf(model->settled, sizeof model->settled, WINDOW_UNSETTLED);
	run(model);
}

Test(sync_windows, hold_what_the_rule_says_and_lose_nothing, .timeout = 600)
{
	static struct model model;
	uint64_t count = model_history_count(HISTORIES);
	for (uint64_t seed = 1; seed <= count; seed++) {
		bool empty = false;
		begin(&model, seed);
		model_live(&model, 4, 8);
		run(&model);
		const char *problem = model_check_window(&model, false);
		cr_assert_null(problem, "history %llu: %s", (unsigned long long)seed, problem);
		(void)model_run(&model, SIZE_MAX, &empty);
		cr_assert(empty, "history %llu: the second run is not empty",
			  (unsigned long long)seed);
		look_at_all(&model);
		problem = model_check_window(&model, true);
		cr_assert_null(problem, "history %llu, looked at as a whole: %s",
			       (unsigned long long)seed, problem);
		(void)model_run(&model, SIZE_MAX, &empty);
		cr_assert(empty, "history %llu: the run after that is not empty",
			  (unsigned long long)seed);
	}
}

/* When the rule is gone, everything comes back, but for what the user removed. */
Test(sync_windows, without_a_rule_all_comes_back, .timeout = 600)
{
	static struct model model;
	uint64_t count = model_history_count(HISTORIES) / 10;
	for (uint64_t seed = 1; seed <= count; seed++) {
		bool empty = false;
		begin(&model, seed + 2000000);
		model_live(&model, 4, 8);
		model.rule = (struct window_rule){ .newest = 0 };
		(void)model_run(&model, SIZE_MAX, &empty);
		cr_assert_eq(model.outside_count, 0);
		const char *problem = model_check(&model);
		/* A removal that fell together with a change of the rule did not count. */
		if (problem)
			problem = model_check_window(&model, true);
		cr_assert_null(problem, "history %llu: %s", (unsigned long long)seed, problem);
		cr_assert_eq(model.near_count, model.far_count);
	}
}

static void choose_directions(struct model *model)
{
	model->rules.pull = (enum config_kinds)model_random(model, 8);
	model->rules.push = (enum config_kinds)model_random(model, 8);
	model->rules.expunge = CONFIG_SIDES_BOTH;
	if (model_random(model, 3) == 0)
		model->rules.expunge = (enum config_sides)model_random(model, 4);
}

static void open_all(struct model *model)
{
	model->rule = (struct window_rule){ .newest = 0 };
	model->rules.pull = model->rules.push = CONFIG_KINDS_ALL;
	model->rules.expunge = CONFIG_SIDES_BOTH;
}

/* Windows under rules that let only some changes go each way; then everything is let through. */
Test(sync_windows, under_rules_of_direction, .timeout = 600)
{
	static struct model model;
	uint64_t count = model_history_count(HISTORIES);
	for (uint64_t seed = 1; seed <= count; seed++) {
		bool empty = false;
		begin(&model, seed + 3000000);
		model.copies_are_renamed = true;
		uint32_t rounds = 1 + model_random(&model, 3);
		for (uint32_t round = 0; round < rounds; round++) {
			choose_directions(&model);
			model_live(&model, 4, 8);
			cr_assert_null(model.wrong, "history %llu: %s", (unsigned long long)seed,
				       model.wrong);
		}
		open_all(&model);
		run(&model);
		cr_assert_eq(model.outside_count, 0, "history %llu", (unsigned long long)seed);
		const char *problem = model_check_window(&model, true);
		if (!problem)
			problem = model_check(&model);
		cr_assert_null(problem, "history %llu: %s", (unsigned long long)seed, problem);
		(void)model_run(&model, SIZE_MAX, &empty);
		cr_assert(empty, "history %llu: the second run is not empty",
			  (unsigned long long)seed);
	}
}

Test(sync_windows, killed_at_every_step, .timeout = 600)
{
	static struct model start;
	static struct model model;
	uint64_t count = model_history_count(HISTORIES) / 50;
	for (uint64_t seed = 1; seed <= count; seed++) {
		begin(&start, seed + 1000000);
		model_live(&start, 4, 8);
		for (int i = 0; i < 8; i++)
			model_user_acts(&start);
		bool empty;
		model = start;
		size_t steps = model_run(&model, SIZE_MAX, &empty);
		for (size_t kill = 0; kill <= steps; kill++) {
			model = start;
			(void)model_run(&model, kill, &empty);
			run(&model);
			const char *problem = model_check_window(&model, false);
			cr_assert_null(problem, "history %llu killed after step %zu: %s",
				       (unsigned long long)seed, kill, problem);
		}
	}
}
