/* How many bytes a second may move. SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "imap-peer.h"
#include "imap/rate.h"

#define SECOND INT64_C(1000000)
#define COUNT(array) (sizeof(array) / sizeof *(array))

/* When TOTAL bytes have moved that are there from the beginning, in reads of at most SIZE. */
static int64_t time_of(struct imap_bucket *bucket, size_t total, size_t size, int64_t now)
{
	while (total > 0) {
		size_t step = imap_bucket_step(bucket, total < size ? total : size);
		now += imap_bucket_wait_us(bucket, now);
		imap_bucket_take(bucket, step, now);
		total -= step;
	}
	return now + imap_bucket_wait_us(bucket, now);
}

Test(imap_rate, a_second_carries_what_was_said)
{
	static const uint64_t rates[] = { 1024, 100 * 1024, 2 * 1024 * 1024 };
	static const size_t sizes[] = { 100, 4096, 1024 * 1024 };
	for (size_t i = 0; i < COUNT(rates) * COUNT(sizes); i++) {
		struct imap_bucket bucket = { .per_second = rates[i / COUNT(sizes)] };
		size_t total = (size_t)bucket.per_second * 10;
		int64_t end = time_of(&bucket, total, sizes[i % COUNT(sizes)], SECOND);
		/* A tenth may be made up for at the beginning; each step loses a microsecond. */
		cr_expect_leq(end, SECOND + 10 * SECOND);
		cr_expect_geq(end, SECOND + 10 * SECOND - SECOND / 10 - 210000, "%zu: %lld", i,
			      (long long)end);
	}
}

Test(imap_rate, what_was_not_used_is_lost)
{
	struct imap_bucket bucket = { .per_second = 1000 };
	imap_bucket_take(&bucket, 1000, 100 * SECOND);
	cr_expect_eq(imap_bucket_wait_us(&bucket, 100 * SECOND), SECOND - SECOND / 10);
	cr_expect_eq(imap_bucket_wait_us(&bucket, 101 * SECOND - SECOND / 10), 0);
	imap_bucket_take(&bucket, 1000, 500 * SECOND);
	cr_expect_eq(imap_bucket_wait_us(&bucket, 500 * SECOND), SECOND - SECOND / 10);
}

Test(imap_rate, steps_are_a_twentieth_of_a_second)
{
	struct imap_bucket bucket = { .per_second = 20000 };
	cr_expect_eq(imap_bucket_step(&bucket, 65536), 1000);
	cr_expect_eq(imap_bucket_step(&bucket, 1000), 1000);
	cr_expect_eq(imap_bucket_step(&bucket, 999), 999);
	bucket.per_second = 1024;
	cr_expect_eq(imap_bucket_step(&bucket, 65536), 256);
	cr_expect_eq(imap_bucket_step(&bucket, 10), 10);
	bucket.per_second = 0;
	cr_expect_eq(imap_bucket_step(&bucket, 65536), 65536);
	cr_expect_eq(imap_bucket_wait_us(&bucket, 0), 0);
	imap_bucket_take(&bucket, SIZE_MAX, 0);
	cr_expect_eq(imap_bucket_wait_us(&bucket, 0), 0);
}

Test(imap_rate, no_size_overflows)
{
	struct imap_bucket bucket = { .per_second = 1024 };
	imap_bucket_take(&bucket, SIZE_MAX, SECOND);
	cr_expect_gt(imap_bucket_wait_us(&bucket, SECOND), 1000 * SECOND);
}

Test(imap_rate, no_bound_is_none)
{
	struct imap_rate *rate = imap_rate_create(0, 0);
	cr_expect_null(rate);
	cr_expect_eq(imap_rate_wait_us(rate, IMAP_OUT), 0);
	cr_expect_eq(imap_rate_step(rate, IMAP_IN, 77777), 77777);
	imap_rate_take(rate, IMAP_IN, 77777);
	imap_rate_destroy(&rate);
	/* One direction says nothing about the other. */
	rate = imap_rate_create(1024, 0);
	imap_rate_take(rate, IMAP_OUT, 1 << 30);
	imap_rate_take(rate, IMAP_IN, 1 << 30);
	cr_expect_eq(imap_rate_wait_us(rate, IMAP_OUT), 0);
	cr_expect_gt(imap_rate_wait_us(rate, IMAP_IN), SECOND);
	imap_rate_destroy(&rate);
}

/* --- On a stream --- */

#define SAYS 40000u

static void send_all(struct imap_peer *peer)
{
	char *bytes = memory_allocate(SAYS);
	memset(bytes, 'x', SAYS);
	(void)imap_peer_write(peer, bytes, SAYS);
	(void)imap_peer_read(peer, bytes, SAYS);
	(void)imap_peer_write(peer, "done", 4);
	free(bytes);
}

Test(imap_rate, streams_move_in_steps)
{
	struct imap_rate *rate = imap_rate_create(400000, 400000);
	struct imap_endpoint endpoint = { .host = "here", .timeout = 20, .rate = rate };
	struct imap_peer peer = { .talk = send_all };
	struct imap_stream *stream = imap_peer_pair(&peer, &endpoint);
	struct error error = ERROR_INITIAL;
	char bytes[SAYS];
	size_t length, got = 0;
	while (got < SAYS) {
		cr_assert_eq(imap_stream_read(stream, bytes, sizeof bytes, &length, &error), 0);
		cr_assert(length > 0 && length <= 20000, "%zu", length);
		got += length;
	}
	cr_expect_eq(got, SAYS);
	cr_assert_eq(imap_stream_write(stream, bytes, sizeof bytes, &error), 0, "%s", error.text);
	cr_assert_eq(imap_stream_read(stream, bytes, 4, &length, &error), 0);
	cr_expect_eq(length, 4);
	cr_expect_arr_eq(bytes, "done", 4);
	imap_stream_close(&stream);
	imap_peer_end(&peer);
	cr_expect_eq(peer.received, SAYS);
	imap_rate_destroy(&rate);
}

/* Who is told of new mail does not wait, but what comes after it does. */
Test(imap_rate, what_is_at_hand_is_counted)
{
	struct imap_rate *rate = imap_rate_create(1024, 0);
	struct imap_endpoint endpoint = { .host = "here", .timeout = 20, .rate = rate };
	struct imap_peer peer = { .talk = send_all };
	struct imap_stream *stream = imap_peer_pair(&peer, &endpoint);
	struct error error = ERROR_INITIAL;
	char bytes[SAYS];
	size_t length, got = 0;
	while (got < SAYS) {
		int result = imap_stream_read_now(stream, bytes, sizeof bytes, &length, &error);
		cr_assert_neq(result, -1, "%s", error.text);
		got += result == 0 ? length : 0;
	}
	cr_expect_gt(imap_rate_wait_us(rate, IMAP_IN), SECOND);
	imap_stream_close(&stream);
	imap_peer_end(&peer);
	imap_rate_destroy(&rate);
}

Test(imap_rate, a_signal_ends_the_wait)
{
	atomic_bool cancel = false;
	struct imap_rate *rate = imap_rate_create(1024, 1024);
	struct imap_endpoint endpoint = {
		.host = "here", .timeout = 20, .rate = rate, .cancel = &cancel
	};
	struct imap_peer peer = { .talk = imap_peer_ignore };
	struct imap_stream *stream = imap_peer_pair(&peer, &endpoint);
	struct error error = ERROR_INITIAL;
	size_t length;
	char byte;
	imap_rate_take(rate, IMAP_IN, 1 << 30); /* the next byte would have to wait for days */
	imap_rate_take(rate, IMAP_OUT, 1 << 30);
	atomic_store(&cancel, true);
	cr_assert_eq(imap_stream_read(stream, &byte, 1, &length, &error), -1);
	cr_expect_not_null(strstr(error.text, "stopped by a signal"));
	error = (struct error)ERROR_INITIAL;
	cr_assert_eq(imap_stream_write(stream, "x", 1, &error), -1);
	cr_expect_not_null(strstr(error.text, "stopped by a signal"));
	imap_stream_close(&stream);
	imap_peer_end(&peer);
	imap_rate_destroy(&rate);
}
