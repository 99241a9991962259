/* How many bytes a second may move. SPDX-License-Identifier: GPL-3.0-or-later */
#include "imap/rate.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/memory.h"

#define SECOND_US 1000000
#define SAVED_US (SECOND_US / 10)
#define STEPS_PER_SECOND 20
#define STEP_MIN 256u
/* Far above what a line carries, and far below where the sums would overflow. */
#define BYTES_MAX (UINT64_C(1) << 40)

int64_t imap_bucket_wait_us(const struct imap_bucket *bucket, int64_t now_us)
{
	return bucket->per_second == 0 || bucket->paid_us <= now_us ? 0 : bucket->paid_us - now_us;
}

void imap_bucket_take(struct imap_bucket *bucket, size_t bytes, int64_t now_us)
{
	if (bucket->per_second == 0)
		return;
	if (bucket->paid_us < now_us - SAVED_US)
		bucket->paid_us = now_us - SAVED_US;
	uint64_t counted = bytes < BYTES_MAX ? bytes : BYTES_MAX;
	bucket->paid_us += (int64_t)(counted * SECOND_US / bucket->per_second);
}

size_t imap_bucket_step(const struct imap_bucket *bucket, size_t size)
{
	uint64_t step = bucket->per_second / STEPS_PER_SECOND;
	if (bucket->per_second == 0 || step >= size)
		return size;
	if (step < STEP_MIN)
		step = STEP_MIN;
	return step < size ? (size_t)step : size;
}

struct imap_rate {
	pthread_mutex_t lock; /* of what follows */
	struct imap_bucket buckets[2];
};

struct imap_rate *imap_rate_create(uint64_t in, uint64_t out)
{
	if (in == 0 && out == 0)
		return NULL;
	struct imap_rate *rate = memory_allocate(sizeof *rate);
	if (pthread_mutex_init(&rate->lock, NULL) != 0)
		memory_fail();
	rate->buckets[IMAP_IN].per_second = in;
	rate->buckets[IMAP_OUT].per_second = out;
	return rate;
}

void imap_rate_destroy(struct imap_rate **rate)
{
	if (!*rate)
		return;
	(void)pthread_mutex_destroy(&(*rate)->lock);
	free(*rate);
	*rate = NULL;
}

int64_t imap_rate_wait_us(struct imap_rate *rate, enum imap_direction direction)
{
	if (!rate)
		return 0;
	(void)pthread_mutex_lock(&rate->lock);
	int64_t wait = imap_bucket_wait_us(&rate->buckets[direction], clock_monotonic_us());
	(void)pthread_mutex_unlock(&rate->lock);
	return wait;
}

void imap_rate_take(struct imap_rate *rate, enum imap_direction direction, size_t bytes)
{
	if (!rate)
		return;
	(void)pthread_mutex_lock(&rate->lock);
	imap_bucket_take(&rate->buckets[direction], bytes, clock_monotonic_us());
	(void)pthread_mutex_unlock(&rate->lock);
}

size_t imap_rate_step(struct imap_rate *rate, enum imap_direction direction, size_t size)
{
	/* per_second never changes: no lock. */
	return rate ? imap_bucket_step(&rate->buckets[direction], size) : size;
}
