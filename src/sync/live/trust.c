/* Whether a server keeps what it promises by NOTIFY. SPDX-License-Identifier: GPL-3.0-or-later */
#include "sync/live/trust.h"

/* One may be on its way while we look: servers tell half a second later. */
#define MISSES_MAX 2

void live_trust_wait(struct live_trust *trust, enum far_watch_reach reach)
{
	trust->promised = reach == FAR_WATCH_ALL;
}

void live_trust_excuse(struct live_trust *trust)
{
	trust->promised = false;
}

void live_trust_hear(struct live_trust *trust)
{
	trust->told = true;
	trust->misses = 0;
}

bool live_trust_look(struct live_trust *trust, const struct sync_counts *counts)
{
	bool found = counts->downloaded + counts->near_flags + counts->near_removed > 0;
	bool missed = trust->promised && !trust->told && found;
	if (missed)
		trust->misses++;
	trust->promised = trust->told = false;
	if (trust->lost || trust->misses < MISSES_MAX)
		return false;
	trust->lost = true;
	return true;
}
