/* Sets of names. SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <stdlib.h>

#include "mail/name_set.h"

static struct text_list set_of(const char *text)
{
	struct text_list set = { .items = NULL };
	name_set_read(&set, text);
	return set;
}

static void expect(const struct text_list *set, const char *text)
{
	char *found = name_set_text(set);
	cr_expect_str_eq(found, text);
	free(found);
}

Test(name_set, each_once_in_order_whatever_its_case)
{
	struct text_list set = set_of("todo Later $Junk TODO later a");
	expect(&set, "$Junk a Later todo");
	cr_expect(name_set_has(&set, "lATER"));
	cr_expect_not(name_set_has(&set, "late"));
	cr_expect_str_eq(name_set_find(&set, "LATER"), "Later");
	cr_expect_null(name_set_find(&set, ""));
	text_list_release(&set);
}

Test(name_set, removes_what_is_there)
{
	struct text_list set = set_of("a b c");
	name_set_remove(&set, "B");
	name_set_remove(&set, "d");
	expect(&set, "a c");
	name_set_remove(&set, "a");
	name_set_remove(&set, "c");
	expect(&set, "");
	text_list_release(&set);
}

Test(name_set, equal_by_name)
{
	static const struct {
		const char *a, *b;
		bool equal;
	} cases[] = { { "", "", true },
		      { "a", "A", true },
		      { "a b", "b a", true },
		      { "a", "a b", false },
		      { "a c", "a b", false } };
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct text_list a = set_of(cases[i].a);
		struct text_list b = set_of(cases[i].b);
		cr_expect_eq(name_set_equal(&a, &b), cases[i].equal, "%s, %s", cases[i].a,
			     cases[i].b);
		text_list_release(&a);
		text_list_release(&b);
	}
}

Test(name_set, reads_any_text)
{
	struct text_list set = set_of("  b  a ");
	struct text_list more = set_of("c B");
	expect(&set, "a b");
	name_set_add_all(&set, &more);
	expect(&set, "a b c");
	text_list_release(&set);
	text_list_release(&more);
}
