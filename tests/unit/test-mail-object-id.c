/* What a server calls the content of a message. SPDX-License-Identifier: GPL-3.0-or-later */
#include "mail/object_id.h"

#include <criterion/criterion.h>

Test(mail_object_id, equal_names_of_one_kind_are_one)
{
	struct object_id one = object_id_of(OBJECT_ID_EMAILID, "M6d99ac3275bb4e", 15);
	struct object_id same = object_id_of(OBJECT_ID_EMAILID, "M6d99ac3275bb4e", 15);
	struct object_id other = object_id_of(OBJECT_ID_EMAILID, "M6d99ac3275bb4f", 15);
	struct object_id gmail = object_id_of(OBJECT_ID_X_GM_MSGID, "M6d99ac3275bb4e", 15);
	cr_expect(object_id_is_known(&one));
	cr_expect(object_id_equal(&one, &same));
	cr_expect_not(object_id_equal(&one, &other));
	cr_expect_not(object_id_equal(&one, &gmail));
	cr_expect_neq(object_id_compare(&one, &other), 0);
}

Test(mail_object_id, what_is_not_known_is_equal_to_nothing)
{
	struct object_id none = { { 0 } };
	cr_expect_not(object_id_is_known(&none));
	cr_expect_not(object_id_equal(&none, &none));
}
