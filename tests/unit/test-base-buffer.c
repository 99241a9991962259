/* A growing run of bytes. SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/memory.h"
#include "random.h"

Test(base_buffer, new_buffer_is_empty_text)
{
	struct buffer buffer = BUFFER_INITIAL;

	cr_assert_str_empty(buffer_text(&buffer));
	buffer_clear(&buffer);
	buffer_wipe(&buffer);
	buffer_drop(&buffer, 5);
	char *taken = buffer_take(&buffer);
	cr_assert_str_empty(taken);
	free(taken);
	buffer_release(&buffer);
}

Test(base_buffer, adds_at_the_end)
{
	struct buffer buffer = BUFFER_INITIAL;

	buffer_add_text(&buffer, "a");
	buffer_add_byte(&buffer, 'b');
	buffer_add(&buffer, "cd\0e", 4);
	buffer_add(&buffer, NULL, 0);
	buffer_add_format(&buffer, "%03d", 7);
	buffer_add_format(&buffer, "%s", "");
	cr_assert_eq(buffer.length, 9);
	cr_assert_eq(memcmp(buffer.bytes, "abcd\0e007", 10), 0);
	buffer_release(&buffer);
	cr_assert_null(buffer.bytes);
	cr_assert_eq(buffer.capacity, 0);
}

Test(base_buffer, drops_from_the_start)
{
	struct buffer buffer = BUFFER_INITIAL;

	buffer_add_text(&buffer, "navette");
	buffer_drop(&buffer, 3);
	cr_assert_str_eq(buffer_text(&buffer), "ette");
	buffer_drop(&buffer, 0);
	cr_assert_str_eq(buffer_text(&buffer), "ette");
	buffer_drop(&buffer, 100);
	cr_assert_str_empty(buffer_text(&buffer));
	cr_assert_eq(buffer.length, 0);
	buffer_release(&buffer);
}

Test(base_buffer, wipe_clears_every_byte_it_ever_held)
{
	struct buffer buffer = BUFFER_INITIAL;

	buffer_add_text(&buffer, "secret");
	buffer_clear(&buffer);
	buffer_wipe(&buffer);
	cr_assert_geq(buffer.capacity, 6);
	for (size_t i = 0; i < buffer.capacity; i++)
		cr_assert_eq(buffer.bytes[i], 0);
	buffer_release(&buffer);
}

Test(base_buffer, taken_text_is_the_callers)
{
	struct buffer buffer = BUFFER_INITIAL;

	buffer_add_text(&buffer, "text");
	char *text = buffer_take(&buffer);
	cr_assert_str_eq(text, "text");
	cr_assert_null(buffer.bytes);
	buffer_add_text(&buffer, "other");
	cr_assert_str_eq(text, "text");
	free(text);
	buffer_release(&buffer);
}

/* Against a plain array that is long enough. */
Test(base_buffer, behaves_like_an_array)
{
	struct random random = { .state = 4711 };
	static char model[100000];
	size_t length = 0;
	struct buffer buffer = BUFFER_INITIAL;
	for (int step = 0; step < 2000; step++) {
		if (random_below(&random, 3) == 0) {
			size_t count = random_below(&random, 60);
			buffer_drop(&buffer, count);
			count = count < length ? count : length;
			length -= count;
			memmove(model, model + count, length);
		} else {
			char piece[40];
			size_t count = random_below(&random, sizeof piece);
			for (size_t i = 0; i < count; i++)
				piece[i] = (char)random_below(&random, 256);
			buffer_add(&buffer, piece, count);
			memcpy(model + length, piece, count);
			length += count;
		}
		cr_assert_eq(buffer.length, length);
		cr_assert_eq(memcmp(buffer_text(&buffer), model, length), 0);
		cr_assert_eq(buffer_text(&buffer)[length], '\0');
	}
	buffer_release(&buffer);
}
