/* The real engine: messages that move, or are copied, from folder to folder here.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "engine-rig.h"

static struct rig rig;

/* Messages 0, 1 ... of INBOX, and an Archive with another one, that both sides agree on. */
static void begin_with(const char *rules, unsigned int count)
{
	rig_begin(&rig, rules);
	for (unsigned int i = 0; i < count; i++)
		(void)rig_append(&rig, "INBOX", FLAG_SEEN, i, 0);
	(void)rig_append(&rig, "Archive", FLAG_SEEN, 100, 0);
	rig_run(&rig, NULL);
	cr_assert_eq(rig.result.worst, ERROR_NONE, "%s", rig.failures);
}

static void end(void)
{
	rig_end(&rig);
}

TestSuite(engine_moves, .fini = end, .timeout = 120);

/* --- What a user does --- */

/* NAME: the file's new one; NULL: as it was. */
static void move_as(const char *from, unsigned int number, const char *to, const char *name)
{
	char *old = rig_find(&rig, from, number);
	char *directory = rig_path(&rig, to, "cur");
	char *new = memory_format("%s/%s", directory, name ? name : strrchr(old, '/') + 1);
	rig_make_folder(&rig, to);
	cr_assert_eq(rename(old, new), 0, "%s to %s", old, new);
	rig_stamp_folder(&rig, from);
	rig_stamp_folder(&rig, to);
	free(old);
	free(directory);
	free(new);
}

static void move(const char *from, unsigned int number, const char *to)
{
	move_as(from, number, to, NULL);
}

static void remove_file(const char *folder, unsigned int number)
{
	char *path = rig_find(&rig, folder, number);
	cr_assert_eq(unlink(path), 0);
	rig_stamp_folder(&rig, folder);
	free(path);
}

/* --- The guard: what only moved is no loss --- */

Test(engine_moves, an_inbox_that_is_emptied_by_moving)
{
	begin_with("", 3);
	for (unsigned int i = 0; i < 3; i++)
		move("INBOX", i, "Archive");
	rig_run(&rig, NULL);
	rig_expect(&rig, "Archive 0.0 1\nArchive 1.0 1\nArchive 100.0 1\nArchive 2.0 1\n",
		   "Archive 0.0 1\nArchive 1.0 1\nArchive 100.0 1\nArchive 2.0 1\n", ERROR_NONE);
}

Test(engine_moves, an_account_of_which_all_moved)
{
	rig_begin(&rig, "");
	for (unsigned int i = 0; i < 3; i++)
		(void)rig_append(&rig, "INBOX", FLAG_SEEN, i, 0);
	rig_run(&rig, NULL);
	for (unsigned int i = 0; i < 3; i++)
		move("INBOX", i, "New");
	rig_run(&rig, NULL);
	rig_expect(&rig, "New 0.0 1\nNew 1.0 1\nNew 2.0 1\n", "New 0.0 1\nNew 1.0 1\nNew 2.0 1\n",
		   ERROR_NONE);
}

/* As many were removed as moved: somebody tidied up. */
Test(engine_moves, some_of_it_is_removed)
{
	begin_with("", 4);
	move("INBOX", 0, "Archive");
	move("INBOX", 1, "Archive");
	remove_file("INBOX", 2);
	remove_file("INBOX", 3);
	rig_run(&rig, NULL);
	rig_expect(&rig, "Archive 0.0 1\nArchive 1.0 1\nArchive 100.0 1\n",
		   "Archive 0.0 1\nArchive 1.0 1\nArchive 100.0 1\n", ERROR_NONE);
}

/* One moved, and then all others were lost: the folder is stopped, and the move waits with it. */
Test(engine_moves, most_of_it_is_lost)
{
	begin_with("", 4);
	move("INBOX", 0, "Archive");
	for (unsigned int i = 1; i < 4; i++)
		remove_file("INBOX", i);
	rig_run(&rig, NULL);
	cr_expect_eq(rig.result.worst, ERROR_SAFETY, "%s", rig.failures);
	cr_expect_eq(world_count(world_find(rig.world, "INBOX")), 4);
	rig_run(&rig, &(struct sync_options){ .force_delete = true });
	rig_expect(&rig, "Archive 0.0 1\nArchive 100.0 1\n", "Archive 0.0 1\nArchive 100.0 1\n",
		   ERROR_NONE);
}

/* --- Nothing is sent that the server has --- */

/* That nothing was sent since the last call, and nothing fetched. */
static void expect_nothing_carried(const char *what)
{
	cr_expect_eq(rig.world->bodies_taken, 0, "%s: sent %llu", what,
		     (unsigned long long)rig.world->bodies_taken);
	cr_expect_eq(rig.world->bodies_given, 0, "%s: fetched %llu", what,
		     (unsigned long long)rig.world->bodies_given);
}

static void count_anew(void)
{
	rig.world->bodies_taken = rig.world->bodies_given = 0;
}

/* A run, and one more that has nothing to do. Both sides hold just that. */
static void run_and_expect(const char *both)
{
	rig_run(&rig, NULL);
	rig_expect(&rig, both, both, ERROR_NONE);
	cr_expect_str_eq(rig.failures, "");
	struct sync_counts counts = rig.result.counts;
	rig_run(&rig, NULL);
	rig_expect(&rig, both, both, ERROR_NONE);
	cr_expect_eq(rig.effects, 0, "the second run changes the server");
	rig.result.counts = counts;
}

/* On a server with all that it may have, and on poorer ones. */
#define WAYS 8u

static void take_ways(unsigned int ways)
{
	rig.world->ways = (struct world_ways){ .without_modseq = ways & 1,
					       .without_uids = ways & 2,
					       .without_moves = ways & 4 };
}

Test(engine_moves, a_move_sends_nothing)
{
	for (unsigned int ways = 0; ways < WAYS; ways++) {
		begin_with("", 3);
		take_ways(ways);
		count_anew();
		move("INBOX", 0, "Archive");
		move_as("INBOX", 1, "Archive", "1.other:2,FRS");
		run_and_expect("Archive 0.0 1\nArchive 1.0 7\nArchive 100.0 1\nINBOX 2.0 1\n");
		expect_nothing_carried("a move");
		cr_expect_eq(rig.result.counts.moved, 2);
		cr_expect_eq(rig.result.counts.uploaded + rig.result.counts.far_removed, 0);
		if (ways + 1 < WAYS)
			rig_end(&rig);
	}
}

/* A file of that folder, with that text after the header of message NUMBER. */
static void write_as(const char *folder, const char *name, unsigned int number, const char *added,
		     const char *ending)
{
	char *text = rig_message(number, 0, false);
	char *directory = rig_path(&rig, folder, "cur");
	char *path = memory_format("%s/%s", directory, name);
	const char *body = strstr(text, "\n\n");
	rig_make_folder(&rig, folder);
	FILE *file = fopen(path, "w");
	cr_assert_not_null(file);
	cr_assert(fprintf(file, "%.*s\n%s%s%s", (int)(body - text), text, added, body + 1, ending) >
		  0);
	cr_assert_eq(fclose(file), 0);
	rig_stamp_folder(&rig, folder);
	free(text);
	free(directory);
	free(path);
}

/* As mutt writes it: what it knows of the message stands in its header then. */
Test(engine_moves, a_reader_that_writes_it_anew)
{
	begin_with("", 2);
	count_anew();
	write_as("Archive", "9.mutt:2,S", 0, "Status: RO\nContent-Length: 12\nLines: 1\n", "");
	remove_file("INBOX", 0);
	run_and_expect("Archive 0.0 1\nArchive 100.0 1\nINBOX 1.0 1\n");
	expect_nothing_carried("a move by mutt");
}

/* It is another message, however alike. */
Test(engine_moves, one_byte_of_the_body_differs)
{
	begin_with("", 2);
	count_anew();
	write_as("Archive", "9.mutt:2,S", 0, "", "x");
	remove_file("INBOX", 0);
	run_and_expect("Archive 0.0 1\nArchive 100.0 1\nINBOX 1.0 1\n");
	cr_expect_eq(rig.world->bodies_taken, 1);
}

Test(engine_moves, a_copy_is_made_by_the_server)
{
	for (unsigned int ways = 0; ways < WAYS; ways++) {
		begin_with("", 2);
		take_ways(ways);
		count_anew();
		write_as("Archive", "9.copy:2,FS", 0, "", "");
		run_and_expect("Archive 0.0 5\nArchive 100.0 1\nINBOX 0.0 1\nINBOX 1.0 1\n");
		expect_nothing_carried("a copy");
		cr_expect_eq(rig.result.counts.copied, 1);
		cr_expect_eq(rig.result.counts.uploaded, 0);
		if (ways + 1 < WAYS)
			rig_end(&rig);
	}
}

/* Into two folders, and gone where it was. */
Test(engine_moves, one_that_is_in_two_places_now)
{
	begin_with("", 2);
	count_anew();
	write_as("Archive", "9.copy:2,S", 0, "", "");
	move("INBOX", 0, "Lists");
	run_and_expect("Archive 0.0 1\nArchive 100.0 1\nINBOX 1.0 1\nLists 0.0 1\n");
	expect_nothing_carried("two places");
}

Test(engine_moves, chains_and_exchanges)
{
	for (unsigned int ways = 0; ways < WAYS; ways++) {
		begin_with("", 4);
		(void)rig_append(&rig, "Lists", FLAG_SEEN, 200, 0);
		take_ways(ways);
		rig_run(&rig, NULL);
		count_anew();
		move("INBOX", 0, "Archive"); /* while its message goes on */
		move("Archive", 100, "Lists");
		move("Lists", 200, "INBOX"); /* two change places */
		move("INBOX", 1, "Lists");
		run_and_expect("Archive 0.0 1\nINBOX 2.0 1\nINBOX 200.0 1\nINBOX 3.0 1\n"
			       "Lists 1.0 1\nLists 100.0 1\n");
		expect_nothing_carried("a chain");
		if (ways + 1 < WAYS)
			rig_end(&rig);
	}
}

Test(engine_moves, two_of_one_content_of_which_one_goes)
{
	begin_with("", 2);
	write_as("Archive", "9.copy:2,S", 0, "", "");
	rig_run(&rig, NULL);
	remove_file("INBOX", 0);
	run_and_expect("Archive 0.0 1\nArchive 100.0 1\nINBOX 1.0 1\n");
	cr_expect_eq(rig.result.counts.moved, 0);
	cr_expect_eq(rig.result.counts.far_removed, 1);
}

/* Of a draft there may be several versions. */
Test(engine_moves, a_draft_is_sent)
{
	begin_with("", 2);
	count_anew();
	move_as("INBOX", 0, "Archive", "9.draft:2,DS");
	run_and_expect("Archive 0.0 11\nArchive 100.0 1\nINBOX 1.0 1\n");
	cr_expect_eq(rig.world->bodies_taken, 1);
}

/* --- What the other side did meanwhile --- */

Test(engine_moves, flags_of_both_sides_are_merged)
{
	for (unsigned int ways = 0; ways < WAYS; ways++) {
		begin_with("", 2);
		take_ways(ways);
		count_anew();
		world_set_flags(world_find(rig.world, "INBOX"), 1, FLAG_SEEN | FLAG_FLAGGED);
		move_as("INBOX", 0, "Archive", "9.x:2,RS");
		run_and_expect("Archive 0.0 7\nArchive 100.0 1\nINBOX 1.0 1\n");
		expect_nothing_carried("a flagged one");
		if (ways + 1 < WAYS)
			rig_end(&rig);
	}
}

/* It is gone there: what is here is a new message. */
Test(engine_moves, the_server_removed_it)
{
	begin_with("", 2);
	count_anew();
	world_remove(world_find(rig.world, "INBOX"), 1);
	move("INBOX", 0, "Archive");
	run_and_expect("Archive 0.0 1\nArchive 100.0 1\nINBOX 1.0 1\n");
	cr_expect_eq(rig.world->bodies_taken, 1);
}

/* --- Rules --- */

Test(engine_moves, where_no_removal_goes_to_the_server_it_is_copied)
{
	begin_with("[channel work/in]\nfolders = INBOX\npush = new flags\n"
		   "[channel work/all]\nfolders = **\n",
		   2);
	count_anew();
	move("INBOX", 0, "Archive");
	for (int i = 0; i < 2; i++) {
		rig_run(&rig, NULL);
		rig_expect(&rig, "Archive 0.0 1\nArchive 100.0 1\nINBOX 1.0 1\n",
			   "Archive 0.0 1\nArchive 100.0 1\nINBOX 0.0 1\nINBOX 1.0 1\n",
			   ERROR_NONE);
	}
	expect_nothing_carried("a copy that stays");
}

Test(engine_moves, into_the_trash_and_out_of_it)
{
	for (unsigned int ways = 0; ways < WAYS; ways++) {
		begin_with("trash = Trash\n", 3);
		(void)rig_append(&rig, "Trash", FLAG_SEEN, 200, 0);
		take_ways(ways);
		rig_run(&rig, NULL);
		count_anew();
		move("INBOX", 0, "Trash");
		move("Trash", 200, "INBOX");
		run_and_expect("Archive 100.0 1\nINBOX 1.0 1\nINBOX 2.0 1\nINBOX 200.0 1\n"
			       "Trash 0.0 1\n");
		expect_nothing_carried("a trash");
		if (ways + 1 < WAYS)
			rig_end(&rig);
	}
}

Test(engine_moves, a_stub_moves_as_its_message)
{
	for (unsigned int ways = 0; ways < WAYS; ways++) {
		begin_with("body = headers\n", 2);
		take_ways(ways);
		count_anew();
		move("INBOX", 0, "Archive");
		rig_run(&rig, NULL);
		cr_expect_eq(rig.result.worst, ERROR_NONE, "%s", rig.failures);
		expect_nothing_carried("a stub");
		cr_expect_eq(world_count(world_find(rig.world, "INBOX")), 1);
		cr_expect_eq(world_count(world_find(rig.world, "Archive")), 2);
		rig_run(&rig, NULL);
		cr_expect_eq(rig.effects, 0);
		rig_configure(&rig, "");
		run_and_expect("Archive 0.0 1\nArchive 100.0 1\nINBOX 1.0 1\n");
		if (ways + 1 < WAYS)
			rig_end(&rig);
	}
}

/* --- A server that does not --- */

/* Then they are sent as any other, in the same run. */
Test(engine_moves, what_the_server_refuses_to_move_is_sent)
{
	begin_with("", 2);
	count_anew();
	move("INBOX", 0, "Archive");
	rig.world->ways.refuses_moves = true;
	run_and_expect("Archive 0.0 1\nArchive 100.0 1\nINBOX 1.0 1\n");
	cr_expect_eq(rig.world->bodies_taken, 1);
}
