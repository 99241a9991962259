/* What the lists of the account's plan hold: messages of the server that new files may be, new
 * files, new versions. SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>

#include "base/memory.h"
#include "mail/flags.h"
#include "sync/plan/arrival.h"
#include "sync/plan/edits.h"
#include "sync/plan/source.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define ID(number)                  \
	{                           \
		.bytes = { number } \
	}

/* --- Whether a new file is a message of the server --- */

/* The message: 100 bytes, under the name "name", with a body of 7; the file is the same but for
 * what a case says. */
struct likeness_case {
	struct source source;
	struct near_added added;
	bool drafts;      /* the file's folder is one of drafts */
	bool from_drafts; /* the message's is */
	bool same;
	const char *why;
};

#define KNOWN(byte)                              \
	{                                        \
		.known = true, .bytes = { byte } \
	}
#define MESSAGE                                          \
	.identity = ID(1), .size = 100, .base = (char[]) \
	{                                                \
		"name"                                   \
	}
#define FILE                                                                    \
	.is_identified = true, .identity = ID(1), .size = 100, .name = (char[]) \
	{                                                                       \
		"name:2,S"                                                      \
	}

Test(sync_source, what_is_the_same_message)
{
	const struct likeness_case cases[] = {
		{ { MESSAGE, .body = KNOWN(7) },
		  { FILE, .body = KNOWN(7) },
		  .same = true,
		  .why = "all" },
		{ { MESSAGE, .body = KNOWN(7) },
		  { FILE, .body = KNOWN(8) },
		  .why = "another body" },
		{ { MESSAGE, .body = KNOWN(7) }, { FILE }, .why = "a body that was not read" },
		{ { MESSAGE, .body = KNOWN(7) },
		  { FILE, .body = KNOWN(7), .is_stub = true },
		  .why = "only the file is a stub" },
		{ { MESSAGE, .body = KNOWN(7), .is_stub = true },
		  { FILE, .body = KNOWN(7) },
		  .why = "only the message is a stub" },
		{ { MESSAGE, .is_stub = true },
		  { FILE, .is_stub = true },
		  .same = true,
		  .why = "stubs" },
		{ { MESSAGE, .is_stub = true },
		  { .is_identified = true, .identity = ID(1), .size = 101, .is_stub = true },
		  .why = "stubs of two sizes" },
		/* Records of before have no digest. */
		{ { MESSAGE }, { FILE, .body = KNOWN(7) }, .same = true, .why = "size and name" },
		{ { MESSAGE }, { FILE }, .same = true, .why = "size and name, neither was read" },
		{ { .identity = ID(1), .size = 101, .base = (char[]){ "name" } },
		  { FILE },
		  .why = "another size" },
		{ { .identity = ID(1), .size = 100, .base = (char[]){ "nam" } },
		  { FILE },
		  .why = "shorter" },
		{ { .identity = ID(1), .size = 100, .base = (char[]){ "names" } },
		  { FILE },
		  .why = "longer" },
		{ { .identity = ID(1), .size = 100, .base = (char[]){ "mane" } },
		  { FILE },
		  .why = "another" },
		{ { .identity = ID(2), .body = KNOWN(7) },
		  { FILE, .body = KNOWN(7) },
		  .why = "identity" },
		{ { MESSAGE, .body = KNOWN(7) },
		  { .identity = ID(1), .size = 100, .body = KNOWN(7) },
		  .why = "nobody read its header" },
		{ { MESSAGE, .body = KNOWN(7), .flags = FLAG_DRAFT },
		  { FILE, .body = KNOWN(7) },
		  .why = "a draft in the base" },
		{ { MESSAGE, .body = KNOWN(7), .far_flags = FLAG_DRAFT | FLAG_SEEN },
		  { FILE, .body = KNOWN(7) },
		  .why = "a draft on the server" },
		{ { MESSAGE, .body = KNOWN(7) },
		  { FILE, .body = KNOWN(7), .flags = FLAG_DRAFT },
		  .why = "a draft here" },
		{ { MESSAGE, .body = KNOWN(7), .flags = FLAG_SEEN, .far_flags = FLAG_FLAGGED },
		  { FILE, .body = KNOWN(7), .flags = FLAG_ANSWERED },
		  .same = true,
		  .why = "flags" },
		{ { MESSAGE, .body = KNOWN(7) },
		  { FILE, .body = KNOWN(7) },
		  .drafts = true,
		  .why = "among drafts here" },
		{ { MESSAGE, .body = KNOWN(7) },
		  { FILE, .body = KNOWN(7) },
		  .from_drafts = true,
		  .why = "among drafts there" },
	};
	for (size_t i = 0; i < COUNT(cases); i++) {
		const struct source_folder place = { .has_drafts = cases[i].from_drafts };
		struct source source = cases[i].source;
		source.folder = &place;
		cr_expect_eq(source_is_same(&source, &cases[i].added, cases[i].drafts),
			     cases[i].same, "%s", cases[i].why);
	}
}

/* Without any field of a header two messages of one size need have nothing in common. */
Test(sync_source, an_empty_identity_is_no_message)
{
	const struct identity empty = identity_of_header("", 0);
	const struct source_folder place = { .has_drafts = false };
	const struct source source = { .identity = identity_with_size(&empty, 100),
				       .folder = &place,
				       .size = 100,
				       .body = KNOWN(7) };
	const struct near_added added = {
		.is_identified = true, .identity = empty, .size = 100, .body = KNOWN(7)
	};
	cr_expect_not(source_is_same(&source, &added, false));
}

/* --- Lists in their order --- */

static void add_source(struct source_list *list, const struct source_folder *folder,
		       uint8_t identity, uint32_t uid)
{
	const struct source source = { .identity = ID(identity), .folder = folder, .uid = uid };
	source_list_add(list, &source);
}

Test(sync_source, sources_by_identity_folder_and_uid)
{
	static const struct {
		uint8_t identity;
		const char *folder;
		uint32_t uid;
	} order[] = { { 1, "A", 3 }, { 1, "A", 20 }, { 1, "B", 1 }, { 2, "A", 1 }, { 2, "B", 1 } };
	struct source_list list = { .items = NULL };
	const struct source_folder *folders[2];
	for (size_t i = 0; i < 2; i++) {
		const struct source_folder folder = { .name = memory_text(i == 0 ? "B" : "A"),
						      .id = (uint32_t)(5 - i) };
		folders[i] = source_list_add_folder(&list, &folder);
	}
	cr_expect_eq(source_list_find_folder(&list, 5), folders[0]);
	cr_expect_eq(source_list_find_folder(&list, 4), folders[1]);
	cr_expect_null(source_list_find_folder(&list, 3));
	add_source(&list, folders[0], 2, 1);
	add_source(&list, folders[1], 1, 20);
	add_source(&list, folders[0], 1, 1);
	add_source(&list, folders[1], 2, 1);
	add_source(&list, folders[1], 1, 3);
	source_list_sort(&list);
	cr_assert_eq(list.count, COUNT(order));
	for (size_t i = 0; i < COUNT(order); i++) {
		cr_expect_eq(list.items[i].identity.bytes[0], order[i].identity, "%zu", i);
		cr_expect_str_eq(list.items[i].folder->name, order[i].folder, "%zu", i);
		cr_expect_eq(list.items[i].uid, order[i].uid, "%zu", i);
	}
	const struct identity wanted = ID(2);
	size_t count;
	cr_expect_eq(source_list_find(&list, &wanted, &count), 3);
	cr_expect_eq(count, 2);
	source_list_release(&list);
}

Test(sync_source, arrivals_by_identity_folder_and_file)
{
	static const struct {
		uint8_t identity;
		size_t folder, added;
		enum arrival_kind kind;
	} order[] = { { 1, 0, 0, ARRIVAL_SENT },
		      { 1, 0, 2, ARRIVAL_THERE },
		      { 1, 1, 1, ARRIVAL_WAITS },
		      { 2, 0, 1, ARRIVAL_HERE_ONLY },
		      { 2, 5, 0, ARRIVAL_SENT } };
	static const size_t mixed[] = { 3, 2, 4, 1, 0 };
	struct arrival_list list = { .items = NULL };
	for (size_t i = 0; i < COUNT(mixed); i++) {
		const struct arrival arrival = { .identity = ID(order[mixed[i]].identity),
						 .kind = order[mixed[i]].kind,
						 .folder = order[mixed[i]].folder,
						 .added = order[mixed[i]].added };
		arrival_list_add(&list, &arrival);
	}
	arrival_list_sort(&list);
	for (size_t i = 0; i < COUNT(order); i++) {
		cr_expect_eq(list.items[i].identity.bytes[0], order[i].identity, "%zu", i);
		cr_expect_eq(list.items[i].folder, order[i].folder, "%zu", i);
		cr_expect_eq(list.items[i].added, order[i].added, "%zu", i);
	}
	const struct identity one = ID(1);
	const struct identity none = ID(3);
	for (enum arrival_kind kind = 0; kind < ARRIVAL_KINDS; kind++) {
		cr_expect_eq(arrival_list_holds(&list, &one, kind), kind <= ARRIVAL_WAITS, "%d",
			     kind);
		cr_expect_not(arrival_list_holds(&list, &none, kind), "%d", kind);
	}
	arrival_list_release(&list);
}

/* A search never looks behind those of its identity, not even where a list ends. */
Test(sync_source, arrivals_of_others_are_not_held)
{
	struct arrival_list list = { .items = NULL };
	for (uint8_t identity = 1; identity <= 3; identity++) {
		const struct arrival arrival = { .identity = ID(identity),
						 .kind = identity == 1 ? ARRIVAL_SENT
								       : ARRIVAL_WAITS };
		arrival_list_add(&list, &arrival);
	}
	const struct identity one = ID(1);
	arrival_list_sort(&list);
	cr_expect_not(arrival_list_holds(&list, &one, ARRIVAL_WAITS));
	list.count = 1;
	cr_expect_not(arrival_list_holds(&list, &one, ARRIVAL_WAITS));
	arrival_list_release(&list);
}

/* --- New versions --- */

Test(sync_source, edits_ascend_and_are_taken_in_turn)
{
	static const uint32_t edits[] = { 9, 0, 2, 5, 0, 7 };
	struct near_added added[COUNT(edits)];
	for (size_t i = 0; i < COUNT(edits); i++)
		added[i] = (struct near_added){ .edits = edits[i] };
	const struct near_changes changes = { .added = added, .added_count = COUNT(edits) - 1 };
	struct edit_list list = edit_list_of(&changes);
	cr_assert_eq(list.count, 3, "7 is behind the end");
	cr_expect_eq(list.items[0].uid, 2);
	cr_expect_eq(list.items[1].uid, 5);
	cr_expect_eq(list.items[2].uid, 9);
	cr_expect_eq(edit_list_take(&list, 1), SIZE_MAX);
	cr_expect_eq(edit_list_take(&list, 2), 2);
	cr_expect_eq(edit_list_take(&list, 2), 2);
	cr_expect_eq(edit_list_take(&list, 3), SIZE_MAX);
	cr_expect_eq(edit_list_take(&list, 5), 3, "whatever was asked for between");
	cr_expect_eq(edit_list_take(&list, 9), 0);
	cr_expect_eq(edit_list_take(&list, 10), SIZE_MAX);
	cr_expect_eq(edit_list_take(&list, 11), SIZE_MAX);
	edit_list_release(&list);
}

Test(sync_source, an_edit_that_is_none_is_not_taken)
{
	struct near_added added[] = { { .edits = 4 }, { .edits = 6 } };
	const struct near_changes changes = { .added = added, .added_count = 2 };
	struct edit_list list = edit_list_of(&changes);
	list.count = 1;
	cr_expect_eq(edit_list_take(&list, 6), SIZE_MAX);
	cr_expect_eq(list.next, 1);
	edit_list_release(&list);
}
