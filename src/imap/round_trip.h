/* How long the server is away, measured on the wire. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_IMAP_ROUND_TRIP_H
#define NAVETTE_IMAP_ROUND_TRIP_H

#include <stdbool.h>
#include <stdint.h>

/* The shortest time from something sent to the first bytes that answer it. The kernel measures its
 * next hop only, which is this machine where a relay, stunnel or `ssh -L` stands between. Times of
 * one clock, in microseconds. Start zeroed. */
struct imap_round_trip {
	bool waits;       /* something was sent and nothing came since */
	bool ended;       /* later answers may come unasked, of pipelined commands */
	bool known;       /* least_us is */
	int64_t sent_us;  /* when */
	int64_t least_us; /* no more than this, the server's own time included */
};

/* Connected, or bytes were sent. */
void imap_round_trip_sent(struct imap_round_trip *trip, int64_t now_us);
/* Bytes came. */
void imap_round_trip_heard(struct imap_round_trip *trip, int64_t now_us);
/* From now on nothing is measured. */
void imap_round_trip_end(struct imap_round_trip *trip);

#endif
