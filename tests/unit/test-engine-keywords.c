/* Keywords: letters that mean the same in all folders, and what others do to them.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/clock.h"
#include "base/memory.h"
#include "base/text.h"
#include "engine-old-state.h"
#include "maildir/keywords_file.h"
#include "maildir/name.h"

/* --- What a side holds, in words --- */

static void add_words(struct buffer *line, uint32_t flags, const char *const *names)
{
	static const char letters[] = "SRFTDP";
	struct text_list words = { .items = NULL };
	for (size_t i = 0; i < 6; i++) {
		if (flags & UINT32_C(1) << i)
			buffer_add_byte(line, letters[i]);
	}
	/* In the order of the alphabet, whatever the letters are. */
	for (size_t i = 0; i < FLAG_KEYWORD_COUNT; i++) {
		if (flags & FLAG_KEYWORD(i))
			text_list_add(&words, names[i] && *names[i] ? names[i] : "?");
	}
	for (size_t done = 0; done < words.count; done++) {
		size_t least = words.count;
		for (size_t i = 0; i < words.count; i++) {
			if (*words.items[i] != '\0' &&
			    (least == words.count ||
			     strcmp(words.items[i], words.items[least]) < 0))
				least = i;
		}
		buffer_add_format(line, " %s", words.items[least]);
		*words.items[least] = '\0';
	}
	text_list_release(&words);
}

/* What "dovecot-keywords" of the folder says. */
static struct keyword_table table_of(const struct rig *rig, const char *folder)
{
	struct error error = ERROR_INITIAL;
	struct maildir *maildir = NULL;
	struct keyword_table table;
	char *path = memory_format("%s/%s", rig->maildir, folder);
	cr_assert_eq(maildir_open(path, &maildir, &error), MAILDIR_OPEN_OK, "%s", error.text);
	cr_assert_geq(maildir_keywords_read(maildir, &table, &error), 0, "%s", error.text);
	maildir_close(&maildir);
	free(path);
	return table;
}

static int compare_lines(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static char *join(struct text_list *lines)
{
	struct buffer text = BUFFER_INITIAL;
	if (lines->count > 1)
		qsort(lines->items, lines->count, sizeof *lines->items, compare_lines);
	for (size_t i = 0; i < lines->count; i++)
		buffer_add_format(&text, "%s\n", lines->items[i]);
	text_list_release(lines);
	return buffer_take(&text);
}

/* "FOLDER NUMBER FLAGS WORDS" a line. */
static char *near_words(const struct rig *rig)
{
	struct text_list lines = { .items = NULL };
	struct rig_files files;
	rig_files_read(rig, &files);
	for (size_t i = 0; i < files.count; i++) {
		const struct rig_file *file = &files.items[i];
		struct buffer line = BUFFER_INITIAL;
		struct keyword_table table = table_of(rig, file->folder);
		struct maildir_name name;
		maildir_name_parse(file->name, &name);
		buffer_add_format(&line, "%s %u ", file->folder, file->content.number);
		add_words(&line, name.flags, (const char *const *)table.names);
		text_list_adopt(&lines, buffer_take(&line));
		keyword_table_release(&table);
	}
	rig_files_release(&files);
	return join(&lines);
}

static char *far_words(const struct rig *rig)
{
	struct text_list lines = { .items = NULL };
	const char *names[WORLD_KEYWORDS];
	for (size_t i = 0; i < WORLD_KEYWORDS; i++)
		names[i] = rig->world->keywords[i];
	for (size_t i = 0; i < WORLD_MAILBOXES; i++) {
		const struct world_mailbox *mailbox = &rig->world->mailboxes[i];
		for (size_t k = 0; mailbox->exists && k < mailbox->count; k++) {
			const struct world_message *message = &mailbox->messages[k];
			struct buffer line = BUFFER_INITIAL;
			if (message->is_gone)
				continue;
			char *text = memory_text_length(
				(const char *)rig->world->bytes + message->body, message->length);
			buffer_add_format(&line, "%s %u ", mailbox->name,
					  rig_content_of(text).number);
			add_words(&line, message->flags, names);
			text_list_adopt(&lines, buffer_take(&line));
			free(text);
		}
	}
	return join(&lines);
}

static void expect_words(const struct rig *rig, const char *near, const char *far, const char *why)
{
	char *now = near_words(rig);
	cr_expect_str_eq(now, near, "%s, near:\n%s-- and not\n%s%s", why, now, near, rig->failures);
	free(now);
	now = far_words(rig);
	cr_expect_str_eq(now, far, "%s, far:\n%s-- and not\n%s", why, now, far);
	free(now);
}

/* Both sides hold it, and a further run has nothing to do. */
static void expect_both(struct rig *rig, const char *words, const char *why)
{
	expect_words(rig, words, words, why);
	char *before = rig_names(rig);
	rig_run(rig, NULL);
	char *after = rig_names(rig);
	cr_expect_eq(rig->result.worst, ERROR_NONE, "%s: %s", why, rig->failures);
	cr_expect_eq(rig->effects, 0, "%s: a second run has something to do", why);
	cr_expect_str_eq(before, after, "%s: a second run changes files", why);
	free(before);
	free(after);
}

/* --- What others do --- */

static uint32_t add(struct rig *rig, const char *folder, unsigned int number, uint32_t flags,
		    const char *word)
{
	uint32_t bit = word ? world_keyword(rig->world, word) : 0;
	return rig_append(rig, folder, flags | bit, number, 0);
}

static struct rig_file find(const struct rig *rig, struct rig_files *files, unsigned int number)
{
	rig_files_read(rig, files);
	for (size_t i = 0; i < files->count; i++) {
		if (files->items[i].content.number == number)
			return files->items[i];
	}
	cr_assert(false, "there is no message %u", number);
	return files->items[0];
}

/* A reader gives the file of the message another info part, perhaps in another folder. */
static void rename_to(struct rig *rig, unsigned int number, const char *folder, const char *info)
{
	struct rig_files files;
	struct rig_file file = find(rig, &files, number);
	struct maildir_name name;
	maildir_name_parse(file.name, &name);
	const char *target = folder ? folder : file.folder;
	char *from = rig_path(rig, file.folder, file.place);
	char *to = rig_path(rig, target, "cur");
	char *old = memory_format("%s/%s", from, file.name);
	char *now = memory_format("%s/%.*s%s", to, (int)name.base_length, name.base,
				  info ? info : file.name + name.base_length);
	cr_assert_eq(rename(old, now), 0, "%s to %s", old, now);
	rig_stamp(rig, file.folder, file.place);
	rig_stamp(rig, target, "cur");
	free(from);
	free(to);
	free(old);
	free(now);
	rig_files_release(&files);
}

/* The letters of the message's file. */
static char *letters_of(const struct rig *rig, unsigned int number)
{
	struct rig_files files;
	struct rig_file file = find(rig, &files, number);
	const char *info = strstr(file.name, ":2,");
	char *letters = memory_text(info ? info + 3 + strspn(info + 3, "DFPRST") : "");
	rig_files_release(&files);
	return letters;
}

static void expect_letters(const struct rig *rig, unsigned int number, const char *expected)
{
	char *letters = letters_of(rig, number);
	cr_expect_str_eq(letters, expected, "message %u has %s", number, letters);
	free(letters);
}

static void write_table(const struct rig *rig, const char *folder, const char *text)
{
	char *path = memory_format("%s/%s/dovecot-keywords", rig->maildir, folder);
	FILE *file = fopen(path, "we");
	cr_assert_not_null(file, "%s", path);
	(void)fputs(text, file);
	(void)fclose(file);
	free(path);
}

static void lose_state(const struct rig *rig)
{
	static const char *const names[] = { "data.mdb", "lock.mdb", "lock", "last-run", "fresh" };
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		char *path = memory_format("%s/navette/work/%s", rig->directory, names[i]);
		(void)unlink(path); /* perhaps it is not there */
		free(path);
	}
}

/* 1 work and 2 home in INBOX, 3 home and 4 work in Other. */
static void begin(struct rig *rig, const char *rules)
{
	rig_begin(rig, rules);
	(void)add(rig, "INBOX", 1, FLAG_SEEN, "work");
	(void)add(rig, "INBOX", 2, FLAG_SEEN, "home");
	rig_run(rig, NULL);
	(void)add(rig, "Other", 3, FLAG_SEEN, "home");
	(void)add(rig, "Other", 4, FLAG_SEEN, "work");
	rig_run(rig, NULL);
	cr_assert_eq(rig->result.worst, ERROR_NONE, "%s", rig->failures);
}

#define FOUR "INBOX 1 S work\nINBOX 2 S home\nOther 3 S home\nOther 4 S work\n"

/* --- One table --- */

Test(engine_keywords, one_letter_in_all_folders)
{
	struct rig rig;
	begin(&rig, "");
	expect_both(&rig, FOUR, "first");
	expect_letters(&rig, 1, "a");
	expect_letters(&rig, 2, "b");
	expect_letters(&rig, 3, "b");
	expect_letters(&rig, 4, "a");
	rig_end(&rig);
}

Test(engine_keywords, a_moved_file_keeps_its_keyword)
{
	struct rig rig;
	begin(&rig, "");
	rename_to(&rig, 1, "Other", NULL);
	rename_to(&rig, 3, "INBOX", NULL);
	rig_run(&rig, NULL);
	expect_both(&rig, "INBOX 2 S home\nINBOX 3 S home\nOther 1 S work\nOther 4 S work\n",
		    "moved");
	/* Also to a folder that had no letters. */
	rig_make_folder(&rig, "Plain");
	rename_to(&rig, 1, "Plain", NULL);
	rig_run(&rig, NULL);
	expect_both(&rig, "INBOX 2 S home\nINBOX 3 S home\nOther 4 S work\nPlain 1 S work\n",
		    "moved further");
	rig_end(&rig);
}

Test(engine_keywords, the_table_outlives_the_state)
{
	struct rig rig;
	begin(&rig, "");
	lose_state(&rig);
	rig_run(&rig, NULL);
	expect_both(&rig, FOUR, "without a state");
	expect_letters(&rig, 3, "b");
	/* And the server: another one, on which nothing is. */
	lose_state(&rig);
	world_clear(rig.world);
	rig_make_folder(&rig, "Other");
	(void)world_make(rig.world, "Other");
	rig_run(&rig, NULL);
	rig_run(&rig, NULL);
	expect_both(&rig, FOUR, "on another server");
	rig_end(&rig);
}

/* --- Readers --- */

Test(engine_keywords, stay_when_a_reader_drops_letters_with_a_flag)
{
	struct rig rig;
	begin(&rig, "");
	rename_to(&rig, 1, NULL, ":2,FS");
	rename_to(&rig, 2, NULL, ":2,");
	rename_to(&rig, 4, NULL, ":2,ST");
	rig_run(&rig, NULL);
	expect_both(&rig, "INBOX 1 SF work\nINBOX 2  home\nOther 3 S home\nOther 4 ST work\n",
		    "dropped");
	rig_end(&rig);
}

Test(engine_keywords, go_when_letters_alone_go_and_come)
{
	struct rig rig;
	begin(&rig, "");
	rename_to(&rig, 1, NULL, ":2,S");
	rename_to(&rig, 2, NULL, ":2,Sab");
	rename_to(&rig, 3, NULL, ":2,FSa");
	rig_run(&rig, NULL);
	expect_both(&rig, "INBOX 1 S\nINBOX 2 S home work\nOther 3 SF work\nOther 4 S work\n",
		    "letters");
	rig_end(&rig);
}

/* In new/ a reader only moved it on. */
Test(engine_keywords, stay_when_a_reader_moves_a_file_on)
{
	struct rig rig;
	rig_begin(&rig, "");
	(void)add(&rig, "INBOX", 1, 0, "work");
	rig_run(&rig, NULL);
	rename_to(&rig, 1, NULL, ":2,");
	rig_run(&rig, NULL);
	expect_both(&rig, "INBOX 1  work\n", "moved on");
	rig_end(&rig);
}

/* --- Rules --- */

Test(engine_keywords, are_only_shown_with_pull)
{
	struct rig rig;
	begin(&rig, "keywords = pull\n");
	rename_to(&rig, 1, NULL, ":2,FSb");
	struct world_mailbox *inbox = world_find(rig.world, "INBOX");
	world_set_flags(inbox, 2, FLAG_SEEN | world_keyword(rig.world, "work"));
	rig_run(&rig, NULL);
	expect_words(&rig, "INBOX 1 SF home\nINBOX 2 S work\nOther 3 S home\nOther 4 S work\n",
		     "INBOX 1 SF work\nINBOX 2 S work\nOther 3 S home\nOther 4 S work\n", "pull");
	/* What was held back goes when it may. */
	rig_configure(&rig, "");
	rig_run(&rig, NULL);
	expect_both(&rig, "INBOX 1 SF home\nINBOX 2 S work\nOther 3 S home\nOther 4 S work\n",
		    "both");
	rig_end(&rig);
}

Test(engine_keywords, are_each_sides_own_with_none)
{
	struct rig rig;
	begin(&rig, "");
	rig_configure(&rig, "keywords = none\n");
	rename_to(&rig, 1, NULL, ":2,FSb");
	world_set_flags(world_find(rig.world, "INBOX"), 2, 0);
	struct world_mailbox *other = world_find(rig.world, "Other");
	world_remove(other, 1);
	rig_run(&rig, NULL);
	expect_words(&rig, "INBOX 1 SF home\nINBOX 2  home\nOther 4 S work\n",
		     "INBOX 1 SF work\nINBOX 2 \nOther 4 S work\n", "none");
	uint64_t effects = rig.world->effects;
	rig_run(&rig, NULL);
	cr_expect_eq(rig.world->effects, effects);
	rig_end(&rig);
}

Test(engine_keywords, beyond_the_limit_stay_on_the_server)
{
	struct rig rig;
	rig_begin(&rig, "keyword-limit = 1\n");
	(void)add(&rig, "INBOX", 1, FLAG_SEEN, "work");
	rig_run(&rig, NULL);
	(void)add(&rig, "INBOX", 2, FLAG_SEEN, "home");
	(void)add(&rig, "Other", 3, FLAG_SEEN, "work");
	rig_run(&rig, NULL);
	const char *far = "INBOX 1 S work\nINBOX 2 S home\nOther 3 S work\n";
	expect_words(&rig, "INBOX 1 S work\nINBOX 2 S\nOther 3 S work\n", far, "beyond");
	/* A change of another flag does not touch it there. */
	rename_to(&rig, 2, NULL, ":2,FS");
	rig_run(&rig, NULL);
	expect_words(&rig, "INBOX 1 S work\nINBOX 2 SF\nOther 3 S work\n",
		     "INBOX 1 S work\nINBOX 2 SF home\nOther 3 S work\n", "flagged");
	rig_configure(&rig, "");
	rig_run(&rig, NULL);
	expect_both(&rig, "INBOX 1 S work\nINBOX 2 SF home\nOther 3 S work\n", "without it");
	rig_end(&rig);
}

Test(engine_keywords, that_the_server_does_not_take_stay_here)
{
	struct rig rig;
	rig_begin(&rig, "");
	rig.world->ways.without_keywords = true;
	rig_make_folder(&rig, "INBOX");
	write_table(&rig, "INBOX", "3 work\n");
	rig_deliver(&rig, "INBOX", "1.x:2,Sd", 1, 0);
	rig_run(&rig, NULL);
	rig_run(&rig, NULL);
	expect_words(&rig, "INBOX 1 S work\n", "INBOX 1 S\n", "system flags alone");
	expect_letters(&rig, 1, "d");
	rig_end(&rig);
}

/* --- Maildirs of others --- */

/* Two with tables that do not agree, and letters that none explains. */
static void make_foreign(struct rig *rig)
{
	rig_make_folder(rig, "INBOX");
	rig_make_folder(rig, "Other");
	write_table(rig, "INBOX", "0 work\n1 home\n");
	write_table(rig, "Other", "0 home\n1 work\n2 $Forwarded\nx 9\n27 none\n");
	rig_deliver(rig, "INBOX", "1.x:2,Sa", 1, 0);
	rig_deliver(rig, "INBOX", "2.x:2,Sby", 2, 0);
	rig_deliver(rig, "Other", "3.x:2,Sa", 3, 0);
	rig_deliver(rig, "Other", "4.x:2,Sbcz", 4, 0);
}

#define FOREIGN_NEAR "INBOX 1 S work\nINBOX 2 S ? home\nOther 3 S home\nOther 4 SP ? work\n"
#define FOREIGN_FAR "INBOX 1 S work\nINBOX 2 S home\nOther 3 S home\nOther 4 SP work\n"

Test(engine_keywords, foreign_maildirs_are_read_by_their_own_tables)
{
	struct rig rig;
	rig_begin(&rig, "");
	make_foreign(&rig);
	rig_run(&rig, NULL);
	expect_words(&rig, FOREIGN_NEAR, FOREIGN_FAR, "taken over");
	expect_letters(&rig, 3, "b");
	/* What is new gets no letter that stands in a name and means nothing. */
	for (unsigned int i = 0; i < 24; i++) {
		char word[8];
		(void)snprintf(word, sizeof word, "k%u", i);
		(void)add(&rig, "Other", 10 + i, FLAG_SEEN, word);
	}
	rig_run(&rig, NULL);
	rig_run(&rig, NULL);
	expect_letters(&rig, 4, "az");
	expect_letters(&rig, 2, "by");
	char *far = far_words(&rig);
	cr_expect_not_null(strstr(far, "INBOX 2 S home\n"), "%s", far);
	cr_expect_not_null(strstr(far, "Other 4 SP work\n"), "%s", far);
	free(far);
	rig_end(&rig);
}

/* A Dovecot that serves the Maildir gives a letter of its own choice. */
Test(engine_keywords, letters_of_another_program_are_adopted)
{
	struct rig rig;
	begin(&rig, "");
	write_table(&rig, "INBOX", "0 work\n1 home\n5 travel\n");
	rename_to(&rig, 1, NULL, ":2,Saf");
	rig_run(&rig, NULL);
	expect_both(&rig, "INBOX 1 S travel work\nINBOX 2 S home\nOther 3 S home\nOther 4 S work\n",
		    "a free one");
	/* Elsewhere it chooses one that the account has given meanwhile. */
	(void)add(&rig, "INBOX", 5, FLAG_SEEN, "fun");
	rig_run(&rig, NULL);
	expect_letters(&rig, 5, "c");
	write_table(&rig, "Other", "0 work\n1 home\n2 books\n");
	rename_to(&rig, 3, NULL, ":2,Sbc");
	rig_run(&rig, NULL);
	expect_both(&rig,
		    "INBOX 1 S travel work\nINBOX 2 S home\nINBOX 5 S fun\nOther 3 S books home\n"
		    "Other 4 S work\n",
		    "one in use");
	rig_end(&rig);
}

/* Pauses take no time here, so files may be as young as what the run does to them. */
static void wait_for_tick(void)
{
	int64_t begun = clock_stamp_ns();
	while (clock_stamp_ns() == begun)
		(void)sched_yield();
}

Test(engine_keywords, foreign_tables_survive_kills, .timeout = 300)
{
	unsigned int died = 0;
	struct rig rig;
	rig_begin(&rig, "connections = 1\n");
	for (unsigned int number = 1; number < 2000; number++) {
		char kill[24];
		(void)snprintf(kill, sizeof kill, "%u:after", number);
		rig_clear(&rig);
		make_foreign(&rig);
		wait_for_tick();
		if (!rig_run_to_death(&rig, NULL, kill))
			break;
		died++;
		rig_run(&rig, NULL);
		expect_words(&rig, FOREIGN_NEAR, FOREIGN_FAR, kill);
	}
	cr_expect_gt(died, 30);
	rig_end(&rig);
}

/* --- States of before --- */

Test(engine_keywords, a_state_with_a_table_a_folder_is_rewritten)
{
	struct rig rig;
	begin(&rig, "");
	old_state_make_lettered(&rig, "Other");
	expect_letters(&rig, 3, "a");
	/* Meanwhile a reader changed a flag, and the server a keyword. */
	rename_to(&rig, 3, NULL, ":2,FSa");
	world_set_flags(world_find(rig.world, "Other"), 2,
			FLAG_SEEN | world_keyword(rig.world, "work") |
				world_keyword(rig.world, "fun"));
	rig_run(&rig, NULL);
	expect_both(&rig, "INBOX 1 S work\nINBOX 2 S home\nOther 3 SF home\nOther 4 S fun work\n",
		    "rewritten");
	expect_letters(&rig, 3, "b");
	expect_letters(&rig, 1, "a");
	rig_end(&rig);
}

/* A run that only looks reads letters as they are. */
Test(engine_keywords, a_dry_run_knows_a_state_of_before)
{
	struct rig rig;
	const struct sync_options dry = { .dry_run = true };
	begin(&rig, "");
	old_state_make_lettered(&rig, "Other");
	rig_stamp(&rig, "Other", "cur");
	rig_run(&rig, &dry);
	cr_expect_eq(rig.result.worst, ERROR_NONE, "%s", rig.failures);
	cr_expect_eq(rig.effects, 0);
	expect_letters(&rig, 3, "a");
	rig_run(&rig, NULL);
	cr_expect_eq(rig.effects, 0, "the server is touched");
	expect_both(&rig, FOUR, "rewritten");
	rig_end(&rig);
}

Test(engine_keywords, rewriting_survives_kills, .timeout = 300)
{
	unsigned int died = 0;
	struct rig rig;
	rig_begin(&rig, "connections = 1\n");
	for (unsigned int number = 1; number < 2000; number++) {
		char kill[24];
		(void)snprintf(kill, sizeof kill, "%u:after", number);
		rig_end(&rig);
		begin(&rig, "connections = 1\n");
		(void)add(&rig, "Other", 5, FLAG_SEEN, "home");
		rig_run(&rig, NULL);
		old_state_make_lettered(&rig, "Other");
		rename_to(&rig, 3, NULL, ":2,FSa");
		wait_for_tick();
		if (!rig_run_to_death(&rig, NULL, kill))
			break;
		died++;
		rig_run(&rig, NULL);
		expect_both(&rig,
			    "INBOX 1 S work\nINBOX 2 S home\nOther 3 SF home\nOther 4 S work\n"
			    "Other 5 S home\n",
			    kill);
	}
	cr_expect_gt(died, 15);
	rig_end(&rig);
}
