/* The digest of names. SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>

#include "mail/name_digest.h"

static const char *const names[] = { "1.a", "1.b", "1.a:2,S", "", "1.a:2,", "11.a" };
#define NAMES (sizeof names / sizeof *names)

Test(mail_name_digest, order_does_not_matter)
{
	struct name_digest forward = { .words = { 0, 0 } };
	struct name_digest backward = { .words = { 0, 0 } };

	for (size_t i = 0; i < NAMES; i++) {
		name_digest_add(&forward, i % 2, names[i]);
		name_digest_add(&backward, (NAMES - 1 - i) % 2, names[NAMES - 1 - i]);
	}
	cr_expect(name_digest_equal(&forward, &backward));
}

Test(mail_name_digest, every_name_and_place_counts)
{
	const struct name_digest none = { .words = { 0, 0 } };

	for (size_t i = 0; i < NAMES * 2; i++) {
		struct name_digest one = none;

		name_digest_add(&one, i % 2, names[i / 2]);
		cr_expect_not(name_digest_equal(&one, &none));
		for (size_t k = 0; k < i; k++) {
			struct name_digest other = none;

			name_digest_add(&other, k % 2, names[k / 2]);
			cr_expect_not(name_digest_equal(&one, &other), "%zu %zu", i, k);
		}
	}
}

Test(mail_name_digest, what_is_taken_out_leaves_no_trace)
{
	struct name_digest with = { .words = { 0, 0 } };
	struct name_digest without = { .words = { 0, 0 } };

	name_digest_add(&with, 0, "stays");
	name_digest_add(&with, 1, "goes");
	name_digest_remove(&with, 1, "goes");
	name_digest_add(&without, 0, "stays");
	cr_expect(name_digest_equal(&with, &without));
	/* The same name twice is not the same as once, nor as not at all. */
	name_digest_add(&with, 0, "stays");
	cr_expect_not(name_digest_equal(&with, &without));
}
