/* The allocator. SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/wiping.h"

Test(base_memory, new_memory_is_zeroed)
{
	unsigned char *bytes = memory_allocate(100);
	for (size_t i = 0; i < 100; i++)
		cr_assert_eq(bytes[i], 0);
	free(bytes);
}

Test(base_memory, nothing_is_something)
{
	void *a = memory_allocate(0);
	void *b = memory_array(0, 8);
	void *c = memory_resize_array(NULL, 8, 0);
	cr_assert(a && b && c);
	free(a);
	free(b);
	free(c);
}

static int compare(const void *a, const void *b)
{
	return *(const int *)a - *(const int *)b;
}

Test(base_memory, sorted_from_none_on)
{
	int items[] = { 3, 1, 2 };
	memory_sort(NULL, 0, sizeof *items, compare);
	memory_sort(items, 1, sizeof *items, compare);
	cr_expect_eq(items[0], 3);
	memory_sort(items, 2, sizeof *items, compare);
	cr_expect(items[0] == 1 && items[1] == 3 && items[2] == 2);
	memory_sort(items, 3, sizeof *items, compare);
	cr_expect(items[0] == 1 && items[1] == 2 && items[2] == 3);
}

/* Each ends the process with the status that means "try again". */
Test(base_memory, overflow_of_an_array_ends_the_programme, .exit_code = 3)
{
	volatile size_t huge = SIZE_MAX / 2;
	free(memory_array(huge, 3));
}

Test(base_memory, overflow_of_a_resize_ends_the_programme, .exit_code = 3)
{
	volatile size_t huge = SIZE_MAX / 2;
	free(memory_resize_array(NULL, huge, 3));
}

Test(base_memory, overflow_of_growing_ends_the_programme, .exit_code = 3)
{
	void *items = NULL;
	size_t capacity = 0;
	memory_grow(&items, &capacity, SIZE_MAX, 1);
	free(items);
}

Test(base_memory, growing_keeps_what_is_there)
{
	void *items = NULL;
	size_t capacity = 0;
	for (size_t count = 0; count < 1000; count++) {
		memory_grow(&items, &capacity, count + 1, sizeof(size_t));
		cr_assert_geq(capacity, count + 1);
		((size_t *)items)[count] = count;
	}
	for (size_t i = 0; i < 1000; i++)
		cr_assert_eq(((size_t *)items)[i], i);
	size_t before = capacity;
	memory_grow(&items, &capacity, 10, sizeof(size_t));
	cr_assert_eq(capacity, before);
	free(items);
}

Test(base_memory, texts_are_copies)
{
	char source[] = "navette";
	char *whole = memory_text(source);
	char *part = memory_text_length(source, 3);
	char *made = memory_format("%s-%d", source, 12);
	source[0] = 'N';
	cr_assert_str_eq(whole, "navette");
	cr_assert_str_eq(part, "nav");
	cr_assert_str_eq(made, "navette-12");
	free(whole);
	free(part);
	free(made);
}

Test(base_memory, wiped_memory_is_zero)
{
	char secret[] = "secret";
	memory_wipe(secret, sizeof secret);
	for (size_t i = 0; i < sizeof secret; i++)
		cr_assert_eq(secret[i], 0);
	memory_wipe(NULL, 0);
	memory_free_secret(NULL);
	memory_free_secret(memory_text("secret"));
}

Test(base_wiping, memory_keeps_what_it_had)
{
	char *text = wiping_text("secret");
	text = wiping_resize(text, 100);
	cr_expect_str_eq(text, "secret");
	text = wiping_resize(text, 3);
	cr_expect_eq(memcmp(text, "sec", 3), 0);
	wiping_free(text);
	int *numbers = wiping_array(3, sizeof *numbers);
	cr_expect_eq(numbers[2], 0);
	wiping_free(numbers);
	wiping_free(NULL);
	wiping_free(wiping_resize(NULL, 0));
}
