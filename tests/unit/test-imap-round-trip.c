/* The way to the server and back. SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>

#include "imap/round_trip.h"

Test(imap_round_trip, is_the_shortest_answer_of_the_login)
{
	struct imap_round_trip trip = { .known = false };

	imap_round_trip_heard(&trip, 5); /* nothing was sent */
	cr_expect_not(trip.known);
	imap_round_trip_sent(&trip, 1000);
	imap_round_trip_heard(&trip, 51000);
	imap_round_trip_heard(&trip, 51001); /* the rest of it */
	cr_expect(trip.known);
	cr_expect_eq(trip.least_us, 50000);
	imap_round_trip_sent(&trip, 60000);
	imap_round_trip_sent(&trip, 61000); /* the last piece counts */
	imap_round_trip_heard(&trip, 91000);
	cr_expect_eq(trip.least_us, 30000);
	imap_round_trip_sent(&trip, 100000); /* a server that takes its time */
	imap_round_trip_heard(&trip, 900000);
	cr_expect_eq(trip.least_us, 30000);
}

/* What comes then may be the answer to something of before. */
Test(imap_round_trip, ends_with_the_login)
{
	struct imap_round_trip trip = { .known = false };

	imap_round_trip_sent(&trip, 0);
	imap_round_trip_heard(&trip, 40000);
	imap_round_trip_end(&trip);
	imap_round_trip_sent(&trip, 50000);
	imap_round_trip_heard(&trip, 50001);
	cr_expect_eq(trip.least_us, 40000);
}
