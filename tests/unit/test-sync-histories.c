/* Random histories through diff, match and plan. SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/text.h"
#include "sync-model.h"

/* How many; NAVETTE_HISTORIES sets another number. */
#define HISTORIES 250000

static uint64_t history_count(void)
{
	uint64_t count = HISTORIES;
	const char *text = getenv("NAVETTE_HISTORIES");
	if (text)
		(void)text_parse_number(text, UINT32_MAX, &count);
	return count;
}

/* Users act, runs are killed at random steps, users act again; then one whole run. */
static void live(struct model *model)
{
	uint32_t rounds = 1 + model_random(model, 3);
	bool empty;
	for (uint32_t round = 0; round < rounds; round++) {
		uint32_t acts = 1 + model_random(model, 10);
		for (uint32_t i = 0; i < acts; i++)
			model_user_acts(model);
		uint32_t kills = model_random(model, 3);
		for (uint32_t i = 0; i < kills; i++) {
			(void)model_run(model, model_random(model, 40), &empty);
			if (model_random(model, 2) == 0)
				model_user_acts(model);
		}
		(void)model_run(model, SIZE_MAX, &empty);
	}
}

Test(sync_histories, converge_and_lose_nothing, .timeout = 600)
{
	static struct model model;
	uint64_t count = history_count();
	for (uint64_t seed = 1; seed <= count; seed++) {
		bool empty = false;
		model_begin(&model, seed);
		live(&model);
		const char *problem = model_check(&model);
		cr_assert_null(problem, "history %llu: %s", (unsigned long long)seed, problem);
		(void)model_run(&model, SIZE_MAX, &empty);
		cr_assert(empty, "history %llu: the second run is not empty",
			  (unsigned long long)seed);
	}
}

/* Every step of a run as the last one before a kill, over fewer histories. */
Test(sync_histories, killed_at_every_step, .timeout = 600)
{
	static struct model start;
	static struct model model;
	uint64_t count = history_count() / 100;
	for (uint64_t seed = 1; seed <= count; seed++) {
		model_begin(&start, seed + 1000000);
		live(&start);
		for (int i = 0; i < 8; i++)
			model_user_acts(&start);
		bool empty;
		model = start;
		size_t steps = model_run(&model, SIZE_MAX, &empty);
		for (size_t kill = 0; kill <= steps; kill++) {
			model = start;
			(void)model_run(&model, kill, &empty);
			(void)model_run(&model, SIZE_MAX, &empty);
			const char *problem = model_check(&model);
			cr_assert_null(problem, "history %llu killed after step %zu: %s",
				       (unsigned long long)seed, kill, problem);
		}
	}
}
