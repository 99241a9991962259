/* Keys and numbers. SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <string.h>

#include "state-fixture.h"
#include "state/private.h"

Test(state_table, numbers_come_back)
{
	static const uint64_t numbers[] = { 0,
					    1,
					    0xff,
					    0x100,
					    UINT32_MAX,
					    UINT64_C(0x100000000),
					    UINT64_C(0x0102030405060708),
					    UINT64_MAX };
	for (size_t i = 0; i < COUNT(numbers); i++) {
		unsigned char bytes[8];
		state_write_u64(bytes, numbers[i]);
		cr_assert_eq(state_read_u64(bytes), numbers[i]);
		state_write_u32(bytes, (uint32_t)numbers[i]);
		cr_assert_eq(state_read_u32(bytes), (uint32_t)numbers[i]);
	}
}

/* Keys sort as their numbers do. */
Test(state_table, keys_are_ordered)
{
	static const uint32_t pairs[][2] = { { 0, 1 },
					     { 1, 0 },
					     { 1, 1 },
					     { 1, 255 },
					     { 1, 256 },
					     { 1, UINT32_MAX },
					     { 2, 0 },
					     { 256, 1 },
					     { 65536, 0 },
					     { UINT32_MAX, 0 },
					     { UINT32_MAX, UINT32_MAX } };
	for (size_t i = 0; i + 1 < COUNT(pairs); i++) {
		struct state_key a;
		struct state_key b;
		state_key_uid(&a, pairs[i][0], pairs[i][1]);
		state_key_uid(&b, pairs[i + 1][0], pairs[i + 1][1]);
		cr_assert_eq(a.length, 8);
		cr_assert_lt(memcmp(a.bytes, b.bytes, 8), 0, "pair %zu", i);
	}
}

Test(state_table, names_up_to_the_limit_of_file_names)
{
	char name[256];
	struct state_key key;
	memset(name, 'n', sizeof name);
	cr_assert(state_key_name(&key, 5, name, 0));
	cr_assert_eq(key.length, 4);
	cr_assert(state_key_name(&key, 5, name, 255));
	cr_assert_eq(key.length, 259);
	cr_assert_eq(state_read_u32(key.bytes), 5);
	cr_assert_eq(key.bytes[258], 'n');
	cr_assert_not(state_key_name(&key, 5, name, 256));
}

Test(state_table, refusals_and_failures)
{
	struct state state = { .directory = (char *)"/d" };
	struct state_transaction transaction = { .state = &state };
	struct error error = ERROR_INITIAL;
	cr_assert_eq(state_fail(&state, &transaction, MDB_CORRUPTED, "read", &error), -1);
	cr_assert_eq(error.kind, ERROR_SAFETY);
	cr_assert_not_null(strstr(error.text, "/d is damaged. It can be moved away"), "%s",
			   error.text);
	cr_assert_eq(state_fail(&state, &transaction, 28, "save", &error), -1);
	cr_assert_eq(error.kind, ERROR_FAILED);
	cr_assert_str_eq(
		error.text,
		"cannot save the state in /d: No space left on device; make room there and run again");
	cr_assert_not(transaction.map_full);
	cr_assert_eq(state_fail(&state, &transaction, MDB_MAP_FULL, "save", &error), -1);
	cr_assert(transaction.map_full);
	cr_assert_eq(state_fail(&state, NULL, MDB_MAP_FULL, "save", NULL), -1);
}
