/* How many bytes a second may move: for lines that others share. SPDX-License-Identifier:
 * GPL-3.0-or-later */
#ifndef NAVETTE_IMAP_RATE_H
#define NAVETTE_IMAP_RATE_H

#include <stddef.h>
#include <stdint.h>

/* A bucket of what one direction may still move. Start with per_second set and the rest zeroed. */
struct imap_bucket {
	uint64_t per_second; /* bytes; 0: as many as come */
	int64_t paid_us;     /* when what has moved will have had its time; the clock's time */
};

/* So many microseconds nothing may move now; 0: some may. */
int64_t imap_bucket_wait_us(const struct imap_bucket *bucket, int64_t now_us);
/* BYTES moved, however many. What was not used in the last tenth of a second may be made up for,
 * what was not used before is lost. */
void imap_bucket_take(struct imap_bucket *bucket, size_t bytes, int64_t now_us);
/* So many bytes, at least one, are to be moved at once, so that all moves evenly; SIZE at most. */
size_t imap_bucket_step(const struct imap_bucket *bucket, size_t size);

enum imap_direction { IMAP_IN, IMAP_OUT };

/* Both directions of all connections of an account together. Threads share it. */
struct imap_rate;

/* Bytes a second each way; 0: no bound. NULL where neither has one. The caller ends it, when no
 * stream has it any more. */
struct imap_rate *imap_rate_create(uint64_t in, uint64_t out);
void imap_rate_destroy(struct imap_rate **rate);

/* The three above for one direction and the clock's time now; RATE may be NULL. */
int64_t imap_rate_wait_us(struct imap_rate *rate, enum imap_direction direction);
void imap_rate_take(struct imap_rate *rate, enum imap_direction direction, size_t bytes);
size_t imap_rate_step(struct imap_rate *rate, enum imap_direction direction, size_t size);

#endif
