/* Errors as values. SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"

Test(base_error, set_fills_everything_and_fails)
{
	struct error error = ERROR_INITIAL;

	cr_assert_eq(error_set(&error, ERROR_SAFETY, SCOPE_FOLDER, "folder %s: %d", "Lists/a", 7),
		     -1);
	cr_assert_eq(error.kind, ERROR_SAFETY);
	cr_assert_eq(error.scope, SCOPE_FOLDER);
	cr_assert_str_eq(error.text, "folder Lists/a: 7");
}

Test(base_error, null_is_allowed)
{
	cr_assert_eq(error_set(NULL, ERROR_FAILED, SCOPE_FOLDER, "text"), -1);
	cr_assert_eq(error_set_errno(NULL, ERROR_FAILED, SCOPE_FOLDER, ENOENT, "text"), -1);
	cr_assert_eq(error_prefix(NULL, "text"), -1);
	cr_assert_eq(error_widen(NULL, SCOPE_ACCOUNT), -1);
	error_clear(NULL);
}

Test(base_error, errno_is_told_after_the_text)
{
	struct error error = ERROR_INITIAL;

	cr_assert_eq(error_set_errno(&error, ERROR_FAILED, SCOPE_MESSAGE, ENOSPC, "cannot write %s",
				     "x"),
		     -1);
	cr_assert_eq(error.kind, ERROR_FAILED);
	cr_assert_str_eq(error.text, "cannot write x: No space left on device");
}

Test(base_error, control_bytes_and_broken_text_are_shown)
{
	struct error error = ERROR_INITIAL;

	(void)error_set(&error, ERROR_FAILED, SCOPE_MESSAGE, "a\x1b[31m\r\nb\xff\xc3\xa9\x7f");
	cr_assert_str_eq(error.text, "a\\x1B[31m\\x0D\\x0Ab\\xFF\xc3\xa9\\x7F");
}

/* Long texts of characters of each size, shifted byte by byte over the end. */
Test(base_error, long_text_is_cut_at_a_character)
{
	static const char *const characters[] = { "a", "\xc3\xa9", "\xe2\x82\xac",
						  "\xf0\x9f\x93\xa7" };
	for (size_t kind = 0; kind < 4; kind++) {
		for (size_t shift = 0; shift < 4; shift++) {
			char text[ERROR_TEXT_SIZE * 2];
			size_t size = strlen(characters[kind]);
			size_t length = shift;
			struct error error = ERROR_INITIAL;
			memset(text, '-', shift);
			for (; length + size < sizeof text; length += size)
				memcpy(text + length, characters[kind], size);
			text[length] = '\0';
			(void)error_set(&error, ERROR_FAILED, SCOPE_MESSAGE, "%s", text);
			size_t kept = strlen(error.text);
			cr_assert(text_is_utf8(error.text, kept));
			cr_assert_geq(kept, ERROR_TEXT_SIZE - size);
			cr_assert_eq(memcmp(error.text, text, kept), 0);
		}
	}
}

Test(base_error, text_that_just_fits_is_kept)
{
	char text[ERROR_TEXT_SIZE];
	struct error error = ERROR_INITIAL;

	memset(text, 'x', sizeof text - 1);
	text[sizeof text - 1] = '\0';
	(void)error_set(&error, ERROR_FAILED, SCOPE_MESSAGE, "%s", text);
	cr_assert_str_eq(error.text, text);
}

Test(base_error, prefix_keeps_kind_and_scope)
{
	struct error error = ERROR_INITIAL;

	(void)error_set(&error, ERROR_TEMPORARY, SCOPE_CONNECTION, "gone");
	cr_assert_eq(error_prefix(&error, "account %s", "work"), -1);
	cr_assert_str_eq(error.text, "account work: gone");
	cr_assert_eq(error.kind, ERROR_TEMPORARY);
	cr_assert_eq(error.scope, SCOPE_CONNECTION);
}

Test(base_error, may_be_made_from_its_own_text)
{
	struct error error = ERROR_INITIAL;

	(void)error_set(&error, ERROR_FAILED, SCOPE_MESSAGE, "inner");
	(void)error_set(&error, error.kind, error.scope, "outer (%s)", error.text);
	cr_assert_str_eq(error.text, "outer (inner)");
}

Test(base_error, widen_never_narrows)
{
	struct error error = ERROR_INITIAL;

	(void)error_set(&error, ERROR_FAILED, SCOPE_FOLDER, "x");
	(void)error_widen(&error, SCOPE_MESSAGE);
	cr_assert_eq(error.scope, SCOPE_FOLDER);
	(void)error_widen(&error, SCOPE_ACCOUNT);
	cr_assert_eq(error.scope, SCOPE_ACCOUNT);
}

Test(base_error, graver_kind_wins_on_either_side)
{
	static const enum error_kind order[] = { ERROR_NONE, ERROR_TEMPORARY, ERROR_FAILED,
						 ERROR_SAFETY, ERROR_CONFIG };
	for (size_t i = 0; i < 5; i++) {
		for (size_t j = 0; j < 5; j++)
			cr_assert_eq(error_worse(order[i], order[j]), order[i > j ? i : j]);
	}
}

Test(base_error, clear_is_as_new)
{
	struct error error = ERROR_INITIAL;

	(void)error_set(&error, ERROR_FAILED, SCOPE_ACCOUNT, "x");
	error_clear(&error);
	cr_assert_eq(error.kind, ERROR_NONE);
	cr_assert_eq(error.scope, SCOPE_MESSAGE);
	cr_assert_str_empty(error.text);
}
