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
	cr_assert_stdout_eq_str(
		"{\"type\":\"test\",\"version\":1,\"text\":\"a\\\"b\\\\c\\u000a\\u0001 \xc3\xa4 "
		"\\ufffd\",\"nothing\":null,\"number\":18446744073709551615,"
		"\"yes\":true}\n");
}

Test(cli_json, escapes_what_a_terminal_obeys_or_hides, .init = cr_redirect_stdout)
{
	struct json_object object;
	json_begin(&object, "test");
	/* C1 (CSI), a bidi override, a line separator, a tag character, DEL; and what stays. */
	json_add_text(
		&object, "text",
		"\xc2\x9b \xe2\x80\xae \xe2\x80\xa8 \xf3\xa0\x81\x81 \x7f \xc2\xa0\xf0\x9f\x93\xac");
	json_print(&object);
	cr_assert_stdout_eq_str(
		"{\"type\":\"test\",\"version\":1,\"text\":\"\\u009b \\u202e \\u2028 "
		"\\udb40\\udc41 \\u007f \xc2\xa0\xf0\x9f\x93\xac\"}\n");
}
