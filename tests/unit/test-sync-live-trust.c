/* Servers that promise to tell all, and those that do. SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>

#include "sync/live/trust.h"

static bool look(struct live_trust *trust, enum far_watch_reach reach, unsigned int found)
{
	const struct sync_counts counts = { .downloaded = found };

	live_trust_wait(trust, reach);
	return live_trust_look(trust, &counts);
}

/* It says OK to NOTIFY, and nothing ever after. */
Test(sync_live_trust, is_lost_by_the_second_miss)
{
	struct live_trust trust = { .misses = 0 };

	cr_expect_not(look(&trust, FAR_WATCH_ALL, 0));
	cr_expect_not(look(&trust, FAR_WATCH_ALL, 1));
	cr_expect_not(look(&trust, FAR_WATCH_ALL, 0));
	cr_expect(look(&trust, FAR_WATCH_ALL, 1));
	cr_expect(trust.lost);
	cr_expect_not(look(&trust, FAR_WATCH_ALL, 1), "that is told once");
}

Test(sync_live_trust, comes_back_with_what_is_told)
{
	struct live_trust trust = { .misses = 0 };

	for (int i = 0; i < 5; i++) {
		cr_expect_not(look(&trust, FAR_WATCH_ALL, 1));
		live_trust_hear(&trust); /* half a second later */
	}
	cr_expect_not(trust.lost);
}

/* What was told explains what is found; who promises less breaks no promise; and a connection that
 * broke tells nothing. */
Test(sync_live_trust, what_is_no_miss)
{
	struct live_trust trust = { .misses = 0 };
	const struct sync_counts found = { .near_flags = 1, .near_removed = 1 };
	const struct sync_counts ours = { .uploaded = 1, .far_flags = 1, .far_removed = 1 };

	for (int i = 0; i < 5; i++) {
		live_trust_hear(&trust);
		cr_expect_not(look(&trust, FAR_WATCH_ALL, 1));
		cr_expect_not(look(&trust, FAR_WATCH_ONE, 1));
		live_trust_wait(&trust, FAR_WATCH_ALL);
		live_trust_excuse(&trust);
		cr_expect_not(live_trust_look(&trust, &found));
		live_trust_wait(&trust, FAR_WATCH_ALL);
		cr_expect_not(live_trust_look(&trust, &ours));
	}
	cr_expect_not(trust.lost);
}
