/* The account's table of keywords. SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <stdlib.h>

#include "state-fixture.h"
#include "state/keywords.h"

TestSuite(state_keywords, .fini = fixture_end);

static const struct state_letter_choice any = { .wanted = FLAG_KEYWORD_COUNT,
						.limit = FLAG_KEYWORD_COUNT };

static int put_folder(struct state_transaction *transaction, void *context, struct error *error)
{
	struct state_folder folder = { .name = context };
	return state_folder_put(transaction, &folder, error);
}

static int fail_then(struct state_transaction *transaction, void *context, struct error *error)
{
	(void)transaction;
	(void)context;
	return error_set(error, ERROR_FAILED, SCOPE_ACCOUNT, "no");
}

Test(state_keywords, letters_are_written_along_with_anything)
{
	struct state *state = fixture_open(STATE_READ_WRITE);
	cr_expect_eq(state_keyword_give(state, "work", &any, NULL), FLAG_KEYWORD(0));
	cr_expect_eq(state_write(state, fail_then, NULL, NULL), -1);
	fixture_write(state, put_folder, (void *)"INBOX");
	cr_expect_eq(state_keyword_give(state, "home", &any, NULL), FLAG_KEYWORD(1));
	fixture_reopen(&state);
	cr_expect_eq(state_keyword_find(state, "WORK"), FLAG_KEYWORD(0));
	cr_expect_eq(state_keyword_find(state, "home"), 0, "nothing was written");
	cr_expect_eq(state_keyword_give(state, "home", &any, NULL), FLAG_KEYWORD(1));
	cr_expect_eq(state_keywords_save(state, NULL), 0);
	fixture_reopen(&state);
	cr_expect_eq(state_keyword_find(state, "home"), FLAG_KEYWORD(1));
	cr_expect_eq(state_keywords_known(state), FLAGS_SYSTEM | FLAG_KEYWORD(0) | FLAG_KEYWORD(1));
	state_close(&state);
}

Test(state_keywords, those_without_a_letter_are_noted_once)
{
	const struct state_letter_choice one = { .wanted = FLAG_KEYWORD_COUNT, .limit = 1 };
	struct text_list beyond = { .items = NULL };
	struct state *state = fixture_open(STATE_READ_WRITE);
	bool news;
	cr_expect_neq(state_keyword_give(state, "work", &one, &news), 0);
	cr_expect_not(news);
	cr_expect_eq(state_keyword_give(state, "home", &one, &news), 0);
	cr_expect(news);
	cr_expect_eq(state_keyword_give(state, "not one", &one, &news), 0);
	cr_expect_not(news);
	cr_expect_eq(state_keywords_save(state, NULL), 0);
	fixture_reopen(&state);
	cr_expect_eq(state_keyword_give(state, "HOME", &one, &news), 0);
	cr_expect_not(news, "it was told before");
	state_keywords_beyond(state, &beyond);
	cr_expect_eq(beyond.count, 1);
	cr_expect_str_eq(beyond.items[0], "home");
	text_list_release(&beyond);
	cr_expect_eq(state_keyword_give(state, "home", &any, &news), FLAG_KEYWORD(1));
	state_keywords_beyond(state, &beyond);
	cr_expect_eq(beyond.count, 0);
	state_close(&state);
}

Test(state_keywords, letters_that_mean_nothing_are_never_given)
{
	struct state *state = fixture_open(STATE_READ_WRITE);
	const struct state_letter_choice wants = { .wanted = 3, .limit = FLAG_KEYWORD_COUNT };
	cr_expect_neq(state_keyword_give(state, "work", &any, NULL), 0);
	state_keywords_note_letters(state, FLAG_KEYWORD(0) | FLAG_KEYWORD(1) | FLAG_KEYWORD(3));
	cr_expect_eq(state_keywords_strays(state), FLAG_KEYWORD(1) | FLAG_KEYWORD(3));
	cr_expect_eq(state_keywords_save(state, NULL), 0);
	fixture_reopen(&state);
	cr_expect_eq(state_keyword_give(state, "home", &wants, NULL), FLAG_KEYWORD(2));
	cr_expect_eq(state_keyword_give(state, "fun", &any, NULL), FLAG_KEYWORD(4));
	state_close(&state);
}

/* --- A folder's own --- */

static int put_letters(struct state_transaction *transaction, void *context, struct error *error)
{
	return state_letters_put(transaction, "INBOX", context, error);
}

static int rename_letters(struct state_transaction *transaction, void *context, struct error *error)
{
	(void)context;
	return state_letters_rename(transaction, "INBOX", "Other", error);
}

static int remove_letters(struct state_transaction *transaction, void *context, struct error *error)
{
	return state_letters_remove(transaction, context, error);
}

static int find(struct state *state, const char *name, struct state_letters *letters_r)
{
	struct state_transaction *transaction = fixture_read(state);
	int found = state_letters_get(transaction, name, letters_r, NULL);
	state_read_end(&transaction);
	return found;
}

Test(state_keywords, a_folder_may_have_a_table_of_its_own)
{
	struct state_letters letters = { .table = { .names = { (char *)"x", [25] = (char *)"z" } },
					 .of_base = true,
					 .begun_ns = 77 };
	struct state_letters found;
	struct state *state = fixture_open(STATE_READ_WRITE);
	fixture_write(state, put_letters, &letters);
	fixture_reopen(&state);
	cr_assert_eq(find(state, "INBOX", &found), 1);
	cr_expect_str_eq(found.table.names[0], "x");
	cr_expect_str_eq(found.table.names[25], "z");
	cr_expect_null(found.table.names[1]);
	cr_expect(found.of_base);
	cr_expect_eq(found.begun_ns, 77);
	state_letters_release(&found);
	fixture_write(state, rename_letters, NULL);
	cr_expect_eq(find(state, "INBOX", &found), 0);
	cr_assert_eq(find(state, "Other", &found), 1);
	state_letters_release(&found);
	fixture_write(state, rename_letters, NULL); /* nothing */
	fixture_write(state, remove_letters, (void *)"Other");
	cr_expect_eq(find(state, "Other", &found), 0);
	state_close(&state);
}

/* --- From a table in each folder --- */

struct lettered {
	const char *name;
	const char *names[3];
	const char *file; /* of its one message */
	uint32_t flags;
};

static int put_lettered(struct state_transaction *transaction, void *context, struct error *error)
{
	const struct lettered *lettered = context;
	struct state_folder folder = { .name = (char *)lettered->name };
	for (size_t i = 0; i < 3; i++)
		folder.keywords.names[i] = (char *)lettered->names[i];
	if (state_folder_put(transaction, &folder, error) != 0)
		return -1;
	const struct state_message message = {
		.uid = 1, .name = lettered->file, .base_length = 1, .flags = lettered->flags
	};
	return state_message_put(transaction, folder.id, &message, error);
}

Test(state_keywords, tables_of_folders_become_one)
{
	static const struct lettered folders[] = {
		{ "A", { "work", "unused", NULL }, "1:2,ay", FLAG_KEYWORD(0) },
		{ "B", { "home", "work", NULL }, "1:2,ab", FLAG_KEYWORD(0) | FLAG_KEYWORD(1) },
		{ "C", { NULL, NULL, "fun" }, "1:2,c", 0 },
	};
	struct state_letters found;
	struct state *state = fixture_open(STATE_READ_WRITE);
	for (size_t i = 0; i < COUNT(folders); i++)
		fixture_write(state, put_lettered, (void *)&folders[i]);
	state_close(&state);
	fixture_make_format_6();
	state = fixture_open(STATE_READ_WRITE);
	cr_expect_eq(state_keyword_find(state, "work"), FLAG_KEYWORD(0));
	cr_expect_eq(state_keyword_find(state, "fun"), FLAG_KEYWORD(2));
	cr_expect_eq(state_keyword_find(state, "home"), FLAG_KEYWORD(1));
	cr_expect_eq(state_keyword_find(state, "unused"), 0);
	cr_expect_eq(state_keywords_strays(state), FLAG_KEYWORD(24));
	cr_expect_eq(find(state, "A", &found), 0);
	cr_expect_eq(find(state, "C", &found), 0);
	cr_assert_eq(find(state, "B", &found), 1);
	cr_expect_str_eq(found.table.names[1], "work");
	cr_expect(found.of_base);
	cr_expect_eq(found.begun_ns, 0);
	state_letters_release(&found);
	/* Once. */
	fixture_reopen(&state);
	cr_expect_eq(state_keyword_find(state, "home"), FLAG_KEYWORD(1));
	state_close(&state);
}
