/* How long the server is away. SPDX-License-Identifier: GPL-3.0-or-later */
#include "imap/round_trip.h"

void imap_round_trip_sent(struct imap_round_trip *trip, int64_t now_us)
{
	trip->waits = !trip->ended;
	trip->sent_us = now_us;
}

void imap_round_trip_heard(struct imap_round_trip *trip, int64_t now_us)
{
	int64_t took = now_us - trip->sent_us;
	if (trip->waits && (!trip->known || took < trip->least_us))
		trip->least_us = took;
	trip->known = trip->known || trip->waits;
	trip->waits = false;
}

void imap_round_trip_end(struct imap_round_trip *trip)
{
	trip->ended = true;
	trip->waits = false;
}
