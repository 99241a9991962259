/* The real engine: what the next run makes of what one left that was killed, or that lost its
 * state. SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "engine-story.h"
#include "engine-words.h"

static struct rig rig;

static void configure(const char *rules)
{
	char *text = memory_format("connections = 1\n%s", rules);
	rig_configure(&rig, text);
	free(text);
}

static void end(void)
{
	rig_end(&rig);
}

TestSuite(engine_again, .fini = end, .timeout = 120);

static struct world_mailbox *inbox(void)
{
	return world_find(rig.world, "INBOX");
}

/* Kills the run at its N-th change. False: it came to its end. */
static bool kill_at(unsigned int n)
{
	char kill[24];
	(void)snprintf(kill, sizeof kill, "%u:after", n);
	return rig_run_to_death(&rig, NULL, kill);
}

/* A run that only looks finds nobody's removal, and changes nothing. */
static void look(unsigned int n)
{
	char *before = rig_names(&rig);
	rig_run(&rig, &(struct sync_options){ .dry_run = true });
	char *after = rig_names(&rig);
	const struct sync_counts *counts = &rig.result.counts;
	cr_expect_eq(counts->near_removed + counts->far_removed, 0, "%u: %s", n, rig.failures);
	cr_expect_eq(rig.result.worst, ERROR_NONE, "%u: %s", n, rig.failures);
	cr_expect_eq(rig.effects, 0, "%u", n);
	cr_expect_str_eq(before, after, "%u", n);
	free(before);
	free(after);
}

/* --- Downloads --- */

/* 1 is here, 2 and 3 are new there. */
static bool kill_download(unsigned int n)
{
	configure("");
	rig_clear(&rig);
	(void)rig_append(&rig, "INBOX", FLAG_SEEN, 1, 0);
	rig_run(&rig, NULL);
	(void)rig_append(&rig, "INBOX", FLAG_SEEN, 2, 0);
	(void)rig_append(&rig, "INBOX", 0, 3, 0);
	return kill_at(n);
}

/* What was recorded is not fetched again. */
Test(engine_again, downloads_that_were_recorded_are_put_in_place)
{
	static const char both[] = "INBOX 1.0 1\nINBOX 2.0 1\nINBOX 3.0 0\n";
	unsigned int recorded = 0;
	bool killed = true;
	rig_begin_alone(&rig, "");
	for (unsigned int n = 1; killed; n++) {
		killed = kill_download(n);
		look(n);
		bool pending = killed && story_state_has(&rig, "INBOX", "downloads 2");
		recorded += pending;
		rig.world->bodies_given = 0;
		rig_run(&rig, NULL);
		rig_expect(&rig, both, both, ERROR_NONE);
		if (pending)
			cr_expect_eq(rig.world->bodies_given, 0, "%u", n);
		cr_expect_not(story_state_has(&rig, "INBOX", "downloads"), "%u", n);
		story_expect_nothing(&rig);
	}
	cr_expect_gt(recorded, 2);
}

/* Nothing new is to come any more: what waited in tmp/ goes, and what has its place stays. */
Test(engine_again, downloads_that_are_not_wanted_any_more)
{
	unsigned int placed[3] = { 0, 0, 0 };
	bool killed = true;
	rig_begin_alone(&rig, "");
	for (unsigned int n = 1; killed; n++) {
		killed = kill_download(n);
		char *before = rig_near(&rig);
		configure("pull = flags deletions\n");
		for (int i = 0; i < 2; i++) {
			rig_run(&rig, NULL);
			char *after = rig_near(&rig);
			cr_expect_str_eq(before, after, "%u, run %d", n, i);
			free(after);
			cr_expect_eq(rig.result.worst, ERROR_NONE, "%u: %s", n, rig.failures);
			cr_expect_eq(rig.effects, 0, "%u", n);
		}
		char *far = rig_far(&rig);
		cr_expect_str_eq(far, "INBOX 1.0 1\nINBOX 2.0 1\nINBOX 3.0 0\n", "%u: %s", n, far);
		free(far);
		placed[(strstr(before, " 2.0") != NULL) + (strstr(before, " 3.0") != NULL)]++;
		free(before);
	}
	cr_expect(placed[0] > 0 && placed[1] > 0 && placed[2] > 0, "%u %u %u", placed[0], placed[1],
		  placed[2]);
}

/* The user removed one of them before the next run: it is removed there, and nothing comes again.
 */
Test(engine_again, downloads_that_are_removed_when_they_are_in_place)
{
	unsigned int removed = 0;
	bool killed = true;
	rig_begin_alone(&rig, "");
	for (unsigned int n = 1; killed; n++) {
		struct rig_files files;
		bool is_there = false;
		killed = kill_download(n);
		rig_files_read(&rig, &files);
		for (size_t i = 0; i < files.count; i++) {
			const struct rig_file *file = &files.items[i];
			char *directory = rig_path(&rig, file->folder, file->place);
			char *path = memory_format("%s/%s", directory, file->name);
			if (file->content.number == 2) {
				cr_assert_eq(unlink(path), 0);
				rig_stamp(&rig, "INBOX", file->place);
				is_there = true;
			}
			free(path);
			free(directory);
		}
		rig_files_release(&files);
		rig_run(&rig, NULL);
		rig_run(&rig, NULL);
		removed += is_there;
		const char *both = is_there ? "INBOX 1.0 1\nINBOX 3.0 0\n"
					    : "INBOX 1.0 1\nINBOX 2.0 1\nINBOX 3.0 0\n";
		rig_expect(&rig, both, both, ERROR_NONE);
	}
	cr_expect_gt(removed, 2);
}

/* --- Windows --- */

Test(engine_again, what_was_leaving_is_not_removed)
{
	unsigned int leaving = 0;
	bool killed = true;
	rig_begin_alone(&rig, "");
	for (unsigned int n = 1; killed; n++) {
		configure("");
		rig_clear(&rig);
		for (unsigned int i = 1; i <= 4; i++)
			(void)rig_append(&rig, "INBOX", FLAG_SEEN, i, 0);
		rig_run(&rig, NULL);
		configure("max-messages = 2\n");
		killed = kill_at(n);
		leaving += story_state_has(&rig, "INBOX", "expiring");
		look(n);
		rig_run(&rig, NULL);
		rig_expect(&rig, "INBOX 3.0 1\nINBOX 4.0 1\n",
			   "INBOX 1.0 1\nINBOX 2.0 1\nINBOX 3.0 1\nINBOX 4.0 1\n", ERROR_NONE);
		cr_expect_not(story_state_has(&rig, "INBOX", "expiring"), "%u", n);
		cr_expect(story_state_has(&rig, "INBOX", "outside 1:2"), "%u", n);
		story_expect_nothing(&rig);
	}
	cr_expect_gt(leaving, 2);
}

/* --- Uploads --- */

Test(engine_again, what_was_being_sent_is_not_sent_twice)
{
	static const char both[] = "INBOX 1.0 1\nINBOX 2.0 1\nINBOX 3.0 0\n";
	unsigned int begun = 0;
	bool killed = true;
	rig_begin_alone(&rig, "");
	for (unsigned int n = 1; killed; n++) {
		rig_clear(&rig);
		(void)rig_append(&rig, "INBOX", FLAG_SEEN, 1, 0);
		rig_run(&rig, NULL);
		rig_deliver(&rig, "INBOX", "2.y:2,S", 2, 0);
		rig_deliver(&rig, "INBOX", "3.y", 3, 0);
		rig.world->bodies_taken = 0;
		killed = kill_at(n);
		begun += story_state_has(&rig, "INBOX", "uploads 2");
		look(n);
		rig_run(&rig, NULL);
		rig_expect(&rig, both, both, ERROR_NONE);
		cr_expect_eq(rig.world->bodies_taken, 2, "%u", n);
		cr_expect_not(story_state_has(&rig, "INBOX", "uploads"), "%u", n);
		story_expect_nothing(&rig);
	}
	cr_expect_gt(begun, 0);
}

/* --- Without a state --- */

static void lose_state(void)
{
	char *state = memory_format("%s/navette", rig.directory);
	rig_remove(state);
	free(state);
}

Test(engine_again, headers_are_known_for_what_they_are)
{
	rig_begin_alone(&rig, "body = headers\n");
	for (unsigned int i = 1; i <= 3; i++)
		(void)rig_append(&rig, "INBOX", FLAG_SEEN, i, 0);
	rig_run(&rig, NULL);
	lose_state();
	words_rename(&rig, 2, NULL, ":2,FS");
	rig.world->bodies_given = 0;
	story_expect(&rig, NULL, NULL, "3 adopted, 1 fetched, 1 far_flags, 189 bytes_down", "");
	cr_expect_eq(rig.world->bodies_given, 1);
	story_expect_state(&rig, "INBOX",
			   "next 4, 3 there, 0 withheld, far known near known\n"
			   "1 S cur 445 file identity\n"
			   "2 SF cur 189 file body identity\n"
			   "3 S cur 509 file identity\n"
			   "stubs 1,3\n");
	story_expect_nothing(&rig);
	lose_state();
	configure("");
	story_expect(&rig, NULL, NULL, "3 adopted, 2 fetched, 954 bytes_down", "");
	story_expect_state(&rig, "INBOX",
			   "next 4, 3 there, 0 withheld, far known near known\n"
			   "1 S cur 445 file body identity\n"
			   "2 SF cur 189 file body identity\n"
			   "3 S cur 509 file body identity\n");
	story_expect_nothing(&rig);
}

/* Both are known by what they are, and the second gets a name of its own. */
Test(engine_again, two_files_of_one_base_name)
{
	static const char both[] = "INBOX 1.0 1\nINBOX 2.0 5\n";
	struct rig_files files;
	rig_begin_alone(&rig, "");
	(void)rig_append(&rig, "INBOX", FLAG_SEEN, 1, 0);
	(void)rig_append(&rig, "INBOX", FLAG_SEEN, 2, 0);
	rig_deliver(&rig, "INBOX", "1.y:2,S", 1, 0);
	rig_deliver(&rig, "INBOX", "1.y:2,FS", 2, 0);
	story_expect(&rig, NULL, NULL, "2 adopted, 1 far_flags", "");
	rig_expect(&rig, both, both, ERROR_NONE);
	cr_expect_eq(rig.world->bodies_given + rig.world->bodies_taken, 0);
	rig_files_read(&rig, &files);
	cr_assert_eq(files.count, 2);
	cr_expect_neq(strncmp(files.items[0].name, files.items[1].name, 4), 0, "%s and %s",
		      files.items[0].name, files.items[1].name);
	rig_files_release(&files);
	story_expect_nothing(&rig);
}

/* What somebody wrote into the file of a header is looked at when the whole is wanted, and is a
 * version of its own. */
Test(engine_again, a_header_that_somebody_wrote_over)
{
	static const char both[] = "INBOX 1.1 5\nINBOX 2.0 1\n";
	struct rig_files files;
	rig_begin_alone(&rig, "body = headers\n");
	(void)rig_append(&rig, "INBOX", FLAG_SEEN, 1, 0);
	(void)rig_append(&rig, "INBOX", FLAG_SEEN, 2, 0);
	rig_run(&rig, NULL);
	rig_files_read(&rig, &files);
	rig_write(&rig, "INBOX", "cur", files.items[0].name, 1, 1);
	rig_files_release(&files);
	rig_run(&rig, NULL);
	cr_expect_eq(rig.effects, 0, "%s", rig.failures);
	words_rename(&rig, 1, NULL, ":2,FS");
	rig_run(&rig, NULL);
	cr_expect_eq(rig.result.worst, ERROR_NONE, "%s", rig.failures);
	rig_run(&rig, NULL);
	rig_run(&rig, NULL);
	rig_expect(&rig, both, both, ERROR_NONE);
	story_expect_nothing(&rig);
}

/* A header whose message is gone is not sent as if it were the message. */
Test(engine_again, a_header_without_its_message_is_not_sent)
{
	rig_begin_alone(&rig, "body = headers\n");
	for (unsigned int i = 1; i <= 3; i++)
		(void)rig_append(&rig, "INBOX", FLAG_SEEN, i, 0);
	rig_run(&rig, NULL);
	lose_state();
	world_remove(inbox(), 2);
	story_expect(&rig, NULL, NULL, "2 adopted, 1 skipped", NULL);
	cr_expect_not_null(
		strstr(rig.failures,
		       ": it was not sent, because only the header of the message is here; move "
		       "the file back to its folder and get the whole with \"navette fetch\" "
		       "first, or remove the file if its message is gone from the server\n"),
		"%s", rig.failures);
	cr_expect_eq(rig.world->bodies_taken, 0);
	story_expect_state(&rig, "INBOX",
			   "next 0, 0 there, 0 withheld,\n"
			   "1 S cur 445 file identity\n"
			   "3 S cur 509 file identity\n"
			   "stubs 1,3\n");
}

/* A file that holds more than the header. */
static bool is_whole(unsigned int number)
{
	struct rig_files files;
	bool whole = false;
	rig_files_read(&rig, &files);
	for (size_t i = 0; i < files.count; i++) {
		const struct rig_file *file = &files.items[i];
		char *directory = rig_path(&rig, file->folder, file->place);
		char *path = memory_format("%s/%s", directory, file->name);
		char text[2048] = "";
		FILE *stream = fopen(path, "re");
		cr_assert_not_null(stream);
		size_t length = fread(text, 1, sizeof text - 1, stream);
		(void)fclose(stream);
		whole = whole ||
			(length > 0 && file->content.number == number && strstr(text, "body 0"));
		free(path);
		free(directory);
	}
	rig_files_release(&files);
	return whole;
}

/* What stands in its place is not fetched again, and is no edit. */
Test(engine_again, wholes_that_were_put_in_place)
{
	static const char both[] = "INBOX 1.0 5\nINBOX 2.0 1\n";
	unsigned int placed = 0;
	bool killed = true;
	rig_begin_alone(&rig, "body = headers\n");
	for (unsigned int n = 1; killed; n++) {
		rig_clear(&rig);
		(void)rig_append(&rig, "INBOX", FLAG_SEEN, 1, 0);
		(void)rig_append(&rig, "INBOX", FLAG_SEEN, 2, 0);
		rig_run(&rig, NULL);
		world_set_flags(inbox(), 1, FLAG_SEEN | FLAG_FLAGGED);
		killed = kill_at(n);
		bool whole = is_whole(1);
		placed += whole;
		rig.world->bodies_given = 0;
		rig_run(&rig, NULL);
		rig_expect(&rig, both, both, ERROR_NONE);
		cr_expect_eq(rig.world->bodies_given, whole ? 0 : 1, "%u", n);
		cr_expect_eq(rig.effects, 0, "%u", n);
		cr_expect(is_whole(1) && !is_whole(2), "%u", n);
		cr_expect(story_state_has(&rig, "INBOX", "1 SF cur 445 file body identity\n") &&
				  story_state_has(&rig, "INBOX", "stubs 2\n"),
			  "%u", n);
		story_expect_nothing(&rig);
	}
	cr_expect_gt(placed, 2);
}

/* --- New UIDs --- */

Test(engine_again, a_mailbox_that_is_numbered_anew)
{
	rig_begin_alone(&rig, "");
	for (unsigned int i = 1; i <= 4; i++)
		(void)rig_append(&rig, "INBOX", FLAG_SEEN, i, 0);
	rig_run(&rig, NULL);
	world_remove(inbox(), 4);
	world_renumber(rig.world, inbox());
	world_set_flags(inbox(), 1, FLAG_SEEN | FLAG_ANSWERED);
	words_rename(&rig, 2, NULL, ":2,FS");
	(void)rig_append(&rig, "INBOX", 0, 5, 0);
	rig.world->bodies_given = 0;
	story_expect(
		&rig, NULL,
		"INBOX looking 0/0\n"
		"INBOX comparing 0/0\n"
		"INBOX downloading 1/1\n"
		"INBOX uploading 1/1\n"
		"INBOX flags 1/3\n"
		"INBOX flags 2/3\n"
		"INBOX flags 3/3\n",
		"1 downloaded, 1 uploaded, 3 adopted, 1 near_flags, 1 far_flags, 573 bytes_down, 253 bytes_up",
		"");
	cr_expect_eq(rig.world->bodies_given, 1);
	story_expect_state(&rig, "INBOX",
			   "next 6, 5 there, 0 withheld, far known near known\n"
			   "1 SR cur 445 file body identity\n"
			   "2 SF cur 189 file body identity\n"
			   "3 S cur 509 file body identity\n"
			   "4 - new 573 file body identity\n"
			   "5 S cur 253 file body identity\n");
	story_expect_nothing(&rig);
}

/* Nothing changed here, and all the same the files have to be looked at, also by the run after one
 * that was killed: else all of it would come anew. */
Test(engine_again, new_uids_alone)
{
	static const char both[] = "INBOX 1.0 1\nINBOX 2.0 1\nINBOX 3.0 1\n";
	bool killed = true;
	rig_begin_alone(&rig, "");
	for (unsigned int n = 1; killed; n++) {
		rig_clear(&rig);
		for (unsigned int i = 1; i <= 3; i++)
			(void)rig_append(&rig, "INBOX", FLAG_SEEN, i, 0);
		rig_run(&rig, NULL);
		world_renumber(rig.world, inbox());
		rig.world->bodies_given = 0;
		killed = kill_at(n);
		rig_run(&rig, NULL);
		rig_expect(&rig, both, both, ERROR_NONE);
		cr_expect_eq(rig.world->bodies_given, 0, "%u", n);
		cr_expect_eq(rig.effects, 0, "%u", n);
		story_expect_nothing(&rig);
	}
}

/* --- Wholes of certain messages --- */

static void fetch(const char *const *ids, size_t count, const char *counts, const bool *expected)
{
	bool found[3] = { false, false, false };
	struct sync_fetch wanted = { .ids = ids, .count = count, .found = found };
	story_expect(&rig, &(struct sync_options){ .fetch = &wanted }, NULL, counts, "");
	for (size_t i = 0; i < count; i++)
		cr_expect_eq(found[i], expected[i], "%s", ids[i]);
}

Test(engine_again, wholes_that_are_asked_for)
{
	static const char *const ids[] = { "2@example.org", "9@example.org", "3@example.org" };
	rig_begin_alone(&rig, "body = headers\n");
	for (unsigned int i = 1; i <= 3; i++)
		(void)rig_append(&rig, "INBOX", FLAG_SEEN, i, 0);
	(void)rig_append(&rig, "Lists", FLAG_SEEN, 2, 0);
	rig_run(&rig, NULL);
	rig.world->bodies_given = 0;
	fetch(ids, 2, "2 fetched, 378 bytes_down", (const bool[]){ true, false });
	cr_expect_eq(rig.world->bodies_given, 2);
	story_expect_state(&rig, "INBOX",
			   "next 4, 3 there, 0 withheld, far known near known\n"
			   "1 S cur 445 file identity\n"
			   "2 S cur 189 file body identity\n"
			   "3 S cur 509 file identity\n"
			   "stubs 1,3\n");
	story_expect_state(&rig, "Lists",
			   "next 2, 1 there, 0 withheld, far known near known\n"
			   "1 S cur 189 file body identity\n");
	/* What is whole already is none of them. */
	fetch(ids, 3, "1 fetched, 509 bytes_down", (const bool[]){ false, false, true });
	story_expect_state(&rig, "INBOX",
			   "next 4, 3 there, 0 withheld, far known near known\n"
			   "1 S cur 445 file identity\n"
			   "2 S cur 189 file body identity\n"
			   "3 S cur 509 file body identity\n"
			   "stubs 1\n");
	story_expect_nothing(&rig);
}
