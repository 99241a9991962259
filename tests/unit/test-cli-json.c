/* JSON lines. SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <criterion/redirect.h>
#include <stdio.h>

#include "cli/json.h"

Test(cli_json, escapes_and_stays_utf8, .init = cr_redirect_stdout)
{
	struct json_object object;
	json_begin(&object, "test");
	json_add_text(&object, "text", "a\"b\\c\n\x01 \xc3\xa4 \xff");
	json_add_text(&object, "nothing", NULL);
	json_add_number(&object, "number", UINT64_MAX);
	json_add_boolean(&object, "yes", true);
	json_print(&object);
	cr_assert_stdout_eq_str("{\"type\":\"test\",\"text\":\"a\\\"b\\\\c\\u000a\\u0001 \xc3\xa4 "
				"\\ufffd\",\"nothing\":null,\"number\":18446744073709551615,"
				"\"yes\":true}\n");
}
