/* Sets of UIDs as bits. SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>

#include "mail/uid_bits.h"

static const uint32_t uids[] = { 0,          1,          63,        64,      4095,
				 4096,       4194303,    4194304,   4194305, 123456789,
				 2147483648, 4294967294, 4294967295 };
#define UIDS (sizeof uids / sizeof *uids)

Test(mail_uid_bits, each_is_there_once)
{
	static struct uid_bits bits;

	for (size_t i = 0; i < UIDS; i++) {
		cr_expect_not(uid_bits_contains(&bits, uids[i]), "%u", uids[i]);
		cr_expect(uid_bits_add(&bits, uids[i]), "%u", uids[i]);
		cr_expect(uid_bits_contains(&bits, uids[i]), "%u", uids[i]);
		cr_expect_not(uid_bits_add(&bits, uids[i]), "%u", uids[i]);
		cr_expect_eq(bits.count, i + 1);
		for (size_t k = i + 1; k < UIDS; k++)
			cr_expect_not(uid_bits_contains(&bits, uids[k]), "%u", uids[k]);
	}
	uid_bits_release(&bits);
	for (size_t i = 0; i < UIDS; i++)
		cr_expect_not(uid_bits_contains(&bits, uids[i]));
	cr_expect_eq(bits.count, 0);
}

/* As a directory gives them: in no order at all. */
Test(mail_uid_bits, in_any_order)
{
	static struct uid_bits bits;
	uint32_t uid = 1;

	for (uint32_t i = 0; i < 100000; i++) {
		cr_assert(uid_bits_add(&bits, uid));
		uid = (uint32_t)((uint64_t)uid * 5003 %
				 100003); /* a generator of the prime field */
		if (uid == 1)
			break;
	}
	for (uint32_t i = 0, there = 0; i < 100003; i++) {
		there += uid_bits_contains(&bits, i);
		if (i == 100002)
			cr_expect_eq(there, bits.count);
	}
	uid_bits_release(&bits);
}
