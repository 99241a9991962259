/* Random histories: whatever users do on both sides, nothing is lost and nothing is there twice.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>

#include "engine-histories.h"

/* How many; NAVETTE_HISTORIES sets another number. */
#define HISTORIES 400

static void live(uint64_t from, uint64_t count, const char *rules)
{
	static struct history history;
	history_begin(&history, rules);
	for (uint64_t seed = from; seed < from + count; seed++) {
		if (!history_is_wanted(seed))
			continue;
		history_start(&history, seed);
		for (uint32_t rounds = 1 + user_random(&history.user, 4); rounds > 0; rounds--) {
			history_act(&history, 10);
			history_run(&history);
		}
	}
	history_end(&history);
}

Test(engine_histories, converge_and_lose_nothing, .timeout = 600)
{
	live(1, history_count(HISTORIES), "connections = 1\n");
}

Test(engine_histories, with_many_connections, .timeout = 600)
{
	live(1000001, history_count(HISTORIES), "connections = 4\n");
}
