/* How slow a server may be: it must not only give signs of life, but also get somewhere.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_IMAP_PACE_H
#define NAVETTE_IMAP_PACE_H

#include <stddef.h>
#include <stdint.h>

/* What must move, either way, while IMAP_PACE_PARTS timeouts are spent with waiting. */
#define IMAP_PACE_BYTES 1024u
#define IMAP_PACE_PARTS 5

/* Start zeroed. Only time spent with waiting for the server counts, so that a slow disk here is no
 * fault of its. */
struct imap_pace {
	int64_t waited_ms; /* since it got so far */
	size_t bytes;      /* that moved meanwhile */
};

/* How long the server may be waited for now, with TIMEOUT seconds: 0 or less, no more. */
int64_t imap_pace_left_ms(const struct imap_pace *pace, unsigned int timeout);
/* It was waited for. */
void imap_pace_wait(struct imap_pace *pace, int64_t milliseconds);
/* So many bytes came or were taken: enough of them, and the time starts anew. */
void imap_pace_move(struct imap_pace *pace, size_t bytes);
/* It answered a command: the time starts anew, however short the answer. */
void imap_pace_answer(struct imap_pace *pace);

#endif
