/* The real engine: what a server gets wrong, and what is said of it and noted.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "engine-story.h"
#include "engine-words.h"

static struct rig rig;

static void begin(const char *rules)
{
	char *text = memory_format("connections = 1\ntimeout = 6s\n%s", rules);
	rig_begin(&rig, text);
	free(text);
}

static void end(void)
{
	rig_end(&rig);
}

TestSuite(engine_troubles, .fini = end, .timeout = 120);

/* Messages 1 to COUNT of INBOX, that both sides agree on. */
static void begin_with(const char *rules, unsigned int count)
{
	begin(rules);
	rig_agree(&rig, count);
}

static struct world_mailbox *inbox(void)
{
	return world_find(rig.world, "INBOX");
}

static void remove_file(const char *folder, const char *name)
{
	char *directory = rig_path(&rig, folder, "cur");
	char *path = memory_format("%s/%s", directory, name);
	cr_assert_eq(unlink(path), 0);
	rig_stamp(&rig, folder, "cur");
	free(path);
	free(directory);
}

/* --- Messages that do not come --- */

Test(engine_troubles, one_that_is_refused)
{
	begin_with("", 1);
	rig.world->ways.refuses_body_of = rig_append(&rig, "INBOX", FLAG_SEEN, 2, 0);
	(void)rig_append(&rig, "INBOX", FLAG_SEEN, 3, 0);
	story_expect(&rig, NULL,
		     "INBOX looking 0/0\n"
		     "INBOX downloading 1/2\n",
		     "1 downloaded, 1 skipped, 509 bytes_down",
		     "INBOX: message with UID 2: it cannot be read\n");
	cr_expect_eq(rig.result.worst, ERROR_FAILED);
	story_expect_state(&rig, "INBOX",
			   "next 2, 1 there, 0 withheld, far known near known\n"
			   "1 S cur 445 file body identity\n"
			   "3 S cur 509 file body identity\n"
			   "deferred 2: 1, it cannot be read\n");
	/* It is asked for again, and told again. */
	story_expect(&rig, NULL, "INBOX looking 0/0\n", "1 skipped",
		     "INBOX: message with UID 2: it cannot be read\n");
	story_expect_state(&rig, "INBOX",
			   "next 2, 1 there, 0 withheld, far known near known\n"
			   "1 S cur 445 file body identity\n"
			   "3 S cur 509 file body identity\n"
			   "deferred 2: 2, it cannot be read\n");
	rig.world->ways.refuses_body_of = 0;
	story_expect(&rig, NULL,
		     "INBOX looking 0/0\n"
		     "INBOX downloading 1/1\n",
		     "1 downloaded, 189 bytes_down", "");
	story_expect_state(&rig, "INBOX",
			   "next 4, 3 there, 0 withheld, far known near known\n"
			   "1 S cur 445 file body identity\n"
			   "2 S cur 189 file body identity\n"
			   "3 S cur 509 file body identity\n");
	story_expect_nothing(&rig);
}

Test(engine_troubles, one_that_is_listed_and_not_given)
{
	begin_with("", 1);
	rig.world->ways.gives_nothing_of = rig_append(&rig, "INBOX", FLAG_SEEN, 2, 0);
	(void)rig_append(&rig, "INBOX", FLAG_SEEN, 3, 0);
	story_expect(
		&rig, NULL, NULL, "1 downloaded, 1 skipped, 509 bytes_down",
		"INBOX: 1 message was not downloaded, because the server lists it but gives nothing for it: UID 2; the next run tries again. If that goes on, it is broken there: remove it with another mail program\n");
	cr_expect_eq(rig.result.worst, ERROR_FAILED);
	story_expect_state(&rig, "INBOX",
			   "next 2, 1 there, 0 withheld, far known near known\n"
			   "1 S cur 445 file body identity\n"
			   "3 S cur 509 file body identity\n"
			   "deferred 2: 1, the server lists it but gives nothing for it\n");
	rig.world->ways.gives_nothing_of = 0;
	story_expect(&rig, NULL, NULL, "1 downloaded, 189 bytes_down", "");
	story_expect_state(&rig, "INBOX",
			   "next 4, 3 there, 0 withheld, far known near known\n"
			   "1 S cur 445 file body identity\n"
			   "2 S cur 189 file body identity\n"
			   "3 S cur 509 file body identity\n");
	story_expect_nothing(&rig);
}

/* Without them it would be stored as something else than it is there. */
Test(engine_troubles, one_without_its_flags)
{
	begin_with("", 1);
	rig.world->ways.lacks_flags_of = rig_append(&rig, "INBOX", FLAG_SEEN, 2, 0);
	(void)rig_append(&rig, "INBOX", FLAG_SEEN, 3, 0);
	story_expect(
		&rig, NULL, NULL, "1 downloaded, 1 skipped, 509 bytes_down",
		"INBOX: message with UID 2: the server gives it without its flags or its size\n");
	story_expect_state(&rig, "INBOX",
			   "next 2, 1 there, 0 withheld, far known near known\n"
			   "1 S cur 445 file body identity\n"
			   "3 S cur 509 file body identity\n"
			   "deferred 2: 1, the server gives it without its flags or its size\n");
	rig.world->ways.lacks_flags_of = 0;
	story_expect(&rig, NULL, NULL, "1 downloaded, 189 bytes_down", "");
	story_expect_state(&rig, "INBOX",
			   "next 4, 3 there, 0 withheld, far known near known\n"
			   "1 S cur 445 file body identity\n"
			   "2 S cur 189 file body identity\n"
			   "3 S cur 509 file body identity\n");
	story_expect_nothing(&rig);
}

Test(engine_troubles, none_tells_its_size)
{
	begin_with("", 1);
	rig.world->ways.lacks_sizes = true;
	(void)rig_append(&rig, "INBOX", FLAG_SEEN, 2, 0);
	story_expect(&rig, NULL, NULL, "1 downloaded, 189 bytes_down", "");
	story_expect_state(&rig, "INBOX",
			   "next 3, 2 there, 0 withheld, far known near known\n"
			   "1 S cur 445 file body identity\n"
			   "2 S cur 189 file body identity\n");
	story_expect_nothing(&rig);
	/* A header that does not say of how many bytes it is one would be no stub. */
	rig_configure(&rig, "connections = 1\nbody = headers\n");
	(void)rig_append(&rig, "INBOX", FLAG_SEEN, 3, 0);
	story_expect(
		&rig, NULL, NULL, "1 skipped",
		"INBOX: message with UID 3: the server gives it without its flags or its size\n");
	rig.world->ways.lacks_sizes = false;
	story_expect(&rig, NULL, NULL, "1 downloaded, 109 bytes_down", "");
	story_expect_state(&rig, "INBOX",
			   "next 4, 3 there, 0 withheld, far known near known\n"
			   "1 S cur 445 file body identity\n"
			   "2 S cur 189 file body identity\n"
			   "3 S cur 509 file identity\n"
			   "stubs 3\n");
	story_expect_nothing(&rig);
}

Test(engine_troubles, each_comes_twice)
{
	begin_with("", 1);
	rig.world->ways.gives_twice = true;
	(void)rig_append(&rig, "INBOX", FLAG_SEEN, 2, 0);
	(void)rig_append(&rig, "INBOX", FLAG_SEEN, 3, 0);
	story_expect(&rig, NULL, NULL, "2 downloaded, 2 skipped, 698 bytes_down",
		     "INBOX: the server sent UID 2 twice\n"
		     "INBOX: the server sent UID 3 twice\n");
	story_expect_state(&rig, "INBOX",
			   "next 2, 1 there, 0 withheld, far known near known\n"
			   "1 S cur 445 file body identity\n"
			   "2 S cur 189 file body identity\n"
			   "3 S cur 509 file body identity\n");
	rig_expect(&rig, "INBOX 1.0 1\nINBOX 2.0 1\nINBOX 3.0 1\n",
		   "INBOX 1.0 1\nINBOX 2.0 1\nINBOX 3.0 1\n", rig.result.worst);
	rig.world->ways.gives_twice = false;
	story_expect_nothing(&rig);
}

/* Exchange gives a note of its own in place of what it cannot give. */
Test(engine_troubles, a_note_in_place_of_a_message)
{
	static const char note[] =
		"From: server\r\nSubject: Retrieval using the IMAP4 protocol failed for the "
		"following message: 23\r\n\r\nThe server couldn't retrieve it.\r\n";
	begin_with("", 1);
	(void)world_add(rig.world, inbox(), FLAG_SEEN, rig_date(&rig, 2), note, strlen(note));
	(void)rig_append(&rig, "INBOX", FLAG_SEEN, 3, 0);
	story_expect(
		&rig, NULL, NULL, "1 downloaded, 1 skipped, 509 bytes_down",
		"INBOX: message with UID 2: the server gives a note in its place, which says that it cannot convert the message for IMAP; look at it in the web mail of that server\n");
	cr_expect_eq(rig.result.worst, ERROR_FAILED);
	story_expect_state(
		&rig, "INBOX",
		"next 2, 1 there, 0 withheld, far known near known\n"
		"1 S cur 445 file body identity\n"
		"3 S cur 509 file body identity\n"
		"deferred 2: 1, the server gives a note in its place, which says that it cannot convert the message for IMAP; look at it in the web mail of that server\n");
}

/* A header that is asked for to compare it. */
Test(engine_troubles, one_that_ends_the_connection)
{
	static const char all[] = "INBOX 1.0 1\nINBOX 2.0 1\nINBOX 3.0 1\nINBOX 4.0 1\n";
	begin_with("", 1);
	rig.world->ways.ends_with = rig_append(&rig, "INBOX", FLAG_SEEN, 2, 0);
	(void)rig_append(&rig, "INBOX", FLAG_SEEN, 3, 0);
	rig_deliver(&rig, "INBOX", "2.y:2,S", 2, 0);
	rig_deliver(&rig, "INBOX", "4.y:2,S", 4, 0);
	story_expect(
		&rig, NULL, NULL, "1 downloaded, 2 skipped, 509 bytes_down",
		"INBOX: the connection ended when the server was asked for the message with UID 2, to which the file 2.y:2,S is to be compared; it may be a message that the server has too, so it waits, and so does what is new there and of its size; the next run tries again\n"
		"INBOX: the connection ended when the server was asked for the message with UID 2, to which the file 4.y:2,S is to be compared; it may be a message that the server has too, so it waits, and so does what is new there and of its size; the next run tries again\n");
	story_expect_state(&rig, "INBOX",
			   "next 2, 1 there, 0 withheld, far known near known\n"
			   "1 S cur 445 file body identity\n"
			   "3 S cur 509 file body identity\n");
	rig.world->ways.ends_with = 0;
	rig_run(&rig, NULL);
	rig_expect(&rig, all, all, ERROR_NONE);
	story_expect_nothing(&rig);
}

/* By saying so: then it is known for the reason, and waits. */
Test(engine_troubles, one_that_ends_the_connection_in_words)
{
	begin_with("", 1);
	rig.world->ways.says_bye = true;
	rig.world->ways.ends_with = rig_append(&rig, "INBOX", FLAG_SEEN, 2, 0);
	(void)rig_append(&rig, "INBOX", FLAG_SEEN, 3, 0);
	rig_deliver(&rig, "INBOX", "4.y:2,S", 4, 0);
	story_expect(
		&rig, NULL, NULL,
		"1 downloaded, 1 uploaded, 1 skipped, 509 bytes_down, 253 bytes_up",
		"INBOX: message with UID 2 was not downloaded, because it ends the connection: the server hung up. Most likely it is damaged on the server: have it repaired or remove it there. It is asked for once a day from now on\n");
	story_expect_state(&rig, "INBOX",
			   "next 2, 1 there, 0 withheld, far known near known\n"
			   "1 S cur 445 file body identity\n"
			   "3 S cur 509 file body identity\n"
			   "4 S cur 253 file body identity\n"
			   "outside 2\n"
			   "deferred 2: 2, ends the connection, the server hung up\n");
	story_expect(&rig, NULL, NULL, "", "");
	rig.world->ways.ends_with = 0;
	story_expect(&rig, &(struct sync_options){ .restore = true }, NULL,
		     "1 downloaded, 189 bytes_down", "");
	story_expect_state(&rig, "INBOX",
			   "next 5, 4 there, 0 withheld, far known near known\n"
			   "1 S cur 445 file body identity\n"
			   "2 S cur 189 file body identity\n"
			   "3 S cur 509 file body identity\n"
			   "4 S cur 253 file body identity\n");
	story_expect_nothing(&rig);
}

/* --- Messages that are not taken --- */

Test(engine_troubles, it_takes_no_more)
{
	begin_with("", 1);
	rig.world->ways.takes_only = rig.world->bodies_taken + 1;
	for (unsigned int i = 2; i <= 5; i++) {
		char name[16];
		(void)snprintf(name, sizeof name, "%u.y:2,S", i);
		rig_deliver(&rig, "INBOX", name, i, 0);
	}
	story_expect(
		&rig, NULL,
		"INBOX looking 0/0\n"
		"INBOX uploading 1/4\n",
		"1 uploaded, 3 skipped, 189 bytes_up",
		"INBOX: 3.y:2,S: it is not taken\n"
		"INBOX: for the same reason 2 more new messages are not on the server; the next run tries again\n");
	cr_expect_eq(rig.result.worst, ERROR_FAILED);
	story_expect_state(&rig, "INBOX",
			   "next 2, 1 there, 0 withheld, far known near known\n"
			   "1 S cur 445 file body identity\n"
			   "2 S cur 189 file body identity\n"
			   "uploads 2\n");
	rig.world->ways.takes_only = 0;
	story_expect(&rig, NULL, NULL, "3 uploaded, 1335 bytes_up", "");
	story_expect_state(&rig, "INBOX",
			   "next 6, 5 there, 0 withheld, far known near known\n"
			   "1 S cur 445 file body identity\n"
			   "2 S cur 189 file body identity\n"
			   "3 S cur 509 file body identity\n"
			   "4 S cur 253 file body identity\n"
			   "5 S cur 573 file body identity\n");
	story_expect_nothing(&rig);
}

Test(engine_troubles, one_is_too_large)
{
	begin_with("", 1);
	rig.world->ways.largest = 350;
	rig_deliver(&rig, "INBOX", "2.y:2,S", 2, 0);
	rig_deliver(&rig, "INBOX", "7.y:2,S", 7, 0);
	story_expect(&rig, NULL,
		     "INBOX looking 0/0\n"
		     "INBOX uploading 1/2\n",
		     "1 uploaded, 1 skipped, 189 bytes_up", "INBOX: 7.y:2,S: it is not taken\n");
	story_expect_state(&rig, "INBOX",
			   "next 2, 1 there, 0 withheld, far known near known\n"
			   "1 S cur 445 file body identity\n"
			   "2 S cur 189 file body identity\n");
	rig.world->ways.largest = 0;
	story_expect(&rig, NULL, NULL, "1 uploaded, 637 bytes_up", "");
	story_expect_nothing(&rig);
}

/* Two of the same bytes. */
Test(engine_troubles, one_of_two_is_stored)
{
	begin("");
	rig.world->ways.keeps_once = true;
	rig_deliver(&rig, "INBOX", "1.y:2,S", 1, 0);
	rig_run(&rig, NULL);
	rig_deliver(&rig, "INBOX", "2.y:2,S", 1, 0);
	story_expect(
		&rig, NULL, NULL, "445 bytes_up",
		"navette: INBOX: the server took 2.y:2,S and stored nothing, for it has the same mail as UID 1 and keeps it once; the file stays, and is not sent again while that message is there\n");
	story_expect_state(&rig, "INBOX",
			   "next 2, 1 there, 0 withheld, far known\n"
			   "1 S cur 445 file body identity\n"
			   "uploads 1\n");
	story_expect_nothing(&rig);
}

/* QQ makes each new mailbox below one of its own. */
Test(engine_troubles, a_mailbox_that_is_made_elsewhere)
{
	begin_with("", 1);
	rig.world->ways.makes_elsewhere = true;
	rig_deliver(&rig, "Mine", "2.y:2,S", 2, 0);
	story_expect(
		&rig, NULL, NULL, "",
		"Mine: the server did not make this mailbox but “Labels/Mine”; nothing was sent. The next run brings that folder here: move the messages into it, and remove this one\n");
	cr_expect_eq(rig.result.worst, ERROR_FAILED);
	rig_expect(&rig, "INBOX 1.0 1\nMine 2.0 1\n", "INBOX 1.0 1\n", ERROR_FAILED);
}

/* --- Messages that do not go --- */

/* Without UIDPLUS what is marked goes with ours. */
Test(engine_troubles, others_are_marked)
{
	begin("");
	rig_deliver(&rig, "INBOX", "1.y:2,S", 1, 0);
	rig_deliver(&rig, "INBOX", "2.y:2,S", 2, 0);
	rig_deliver(&rig, "INBOX", "3.y:2,S", 3, 0);
	rig_run(&rig, NULL);
	remove_file("INBOX", "1.y:2,S");
	rig.world->ways.marked = 2;
	story_expect(
		&rig, NULL,
		"INBOX looking 0/0\n"
		"INBOX removing 0/1\n",
		"",
		"navette: INBOX: 1 removed message is marked \\Deleted on the server but stays there: 2 others are marked too, and the server (without UIDPLUS) could only remove all of them together. The removal follows when no other is marked.\n");
	story_expect_state(&rig, "INBOX",
			   "next 4, 3 there, 0 withheld, far known\n"
			   "1 S cur 445 file body identity\n"
			   "2 S cur 189 file body identity\n"
			   "3 S cur 509 file body identity\n");
	rig.world->ways.marked = 0;
	story_expect(&rig, NULL, NULL, "1 far_removed", "");
	rig_expect(&rig, "INBOX 2.0 1\nINBOX 3.0 1\n", "INBOX 2.0 1\nINBOX 3.0 1\n", ERROR_NONE);
	story_expect_nothing(&rig);
}

/* An OK is no proof. */
Test(engine_troubles, one_that_stays)
{
	for (unsigned int i = 0; i < 3; i++) {
		begin(i == 0 ? "" : "trash = Trash\n");
		rig.world->ways.without_moves = i == 2;
		rig_deliver(&rig, "INBOX", "1.y:2,S", 1, 0);
		rig_deliver(&rig, "INBOX", "2.y:2,S", 2, 0);
		rig_deliver(&rig, "INBOX", "3.y:2,S", 3, 0);
		rig_deliver(&rig, "Trash", "9.y:2,S", 9, 0);
		rig_run(&rig, NULL);
		for (size_t k = 0; k < 3; k++) {
			const struct world_message *message = world_nth(inbox(), k);
			if (strstr((char *)rig.world->bytes + message->body, "number 1"))
				rig.world->ways.keeps = message->uid;
		}
		remove_file("INBOX", "1.y:2,S");
		remove_file("INBOX", "2.y:2,S");
		story_expect(&rig, NULL, NULL, "1 far_removed, 1 skipped",
			     "INBOX: 1 message that was removed here is still on the server, or it "
			     "does not say; the next run tries again\n");
		rig.world->ways.keeps = 0;
		rig_run(&rig, NULL);
		cr_expect_eq(world_count(inbox()), 1);
		cr_expect_eq(world_count(world_find(rig.world, "Trash")), i == 0 ? 1 : 3);
		rig_run(&rig, NULL);
		story_expect_nothing(&rig);
		if (i < 2)
			rig_end(&rig);
	}
}

Test(engine_troubles, there_is_no_trash)
{
	begin("trash = Trash\n");
	rig_deliver(&rig, "INBOX", "1.y:2,S", 1, 0);
	rig_deliver(&rig, "INBOX", "2.y:2,S", 2, 0);
	rig_run(&rig, NULL);
	remove_file("INBOX", "1.y:2,S");
	story_expect(
		&rig, NULL, NULL, "",
		"INBOX: messages that were removed here stay on the server, because it has no folder Trash (trash) to put them in; make it, or change the rule\n");
	rig_expect(&rig, "INBOX 2.0 1\n", "INBOX 1.0 1\nINBOX 2.0 1\n", ERROR_FAILED);
}
