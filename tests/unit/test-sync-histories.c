/* Random histories through diff, match and plan. SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <stdio.h>

#include "sync-model.h"

/* How many; NAVETTE_HISTORIES sets another number. */
#define HISTORIES 250000

Test(sync_histories, converge_and_lose_nothing, .timeout = 600)
{
	static struct model model;
	uint64_t count = model_history_count(HISTORIES);
	for (uint64_t seed = 1; seed <= count; seed++) {
		bool empty = false;
		model_begin(&model, seed);
		model_live(&model, 3, 10);
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
	uint64_t count = model_history_count(HISTORIES) / 100;
	for (uint64_t seed = 1; seed <= count; seed++) {
		model_begin(&start, seed + 1000000);
		model_live(&start, 3, 10);
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
