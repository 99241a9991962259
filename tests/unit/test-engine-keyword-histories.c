/* Random users on both sides who give and take keywords, move files and use readers that know no
 * letters, with runs that are killed. SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/memory.h"
#include "base/text.h"
#include "engine-words.h"
#include "maildir/name.h"
#include "random.h"

#define MESSAGES 6
#define WORDS 4
static const char *const words[WORDS] = { "fun", "home", "travel", "work" };

/* What the sides must come to: a change wins over none, a bit each for the words and for \Flagged;
 * of what both sides changed since they agreed each may win. */
struct expected {
	unsigned int bits, doubtful;
	unsigned int far_changed, near_changed;
	bool in_other;
};

#define FLAGGED (1U << WORDS)

struct keyword_history {
	struct rig rig;
	struct random random;
	struct expected messages[MESSAGES];
	struct buffer diary;
};

static uint32_t below(struct keyword_history *history, uint32_t limit)
{
	return random_below(&history->random, limit);
}

/* --- On the server --- */

static struct world_message *find_far(struct keyword_history *history, unsigned int number,
				      struct world_mailbox **mailbox_r)
{
	static const char *const folders[] = { "INBOX", "Other" };
	for (size_t i = 0; i < 2; i++) {
		struct world_mailbox *mailbox = world_find(history->rig.world, folders[i]);
		for (size_t n = 0; n < world_count(mailbox); n++) {
			struct world_message *message = world_nth(mailbox, n);
			char *text = memory_text_length((const char *)history->rig.world->bytes +
								message->body,
							message->length);
			bool found = rig_content_of(text).number == number;
			free(text);
			*mailbox_r = mailbox;
			if (found)
				return message;
		}
	}
	return NULL;
}

static void note_change(struct expected *expected, unsigned int bit, bool far)
{
	unsigned int *own = far ? &expected->far_changed : &expected->near_changed;
	unsigned int other = far ? expected->near_changed : expected->far_changed;
	*own |= bit;
	if (other & bit)
		expected->doubtful |= bit;
	expected->bits ^= bit;
}

static void act_far(struct keyword_history *history, unsigned int number)
{
	struct world_mailbox *mailbox;
	struct world_message *message = find_far(history, number, &mailbox);
	unsigned int which = below(history, WORDS + 1);
	if (!message)
		return;
	uint32_t bit =
		which == WORDS ? FLAG_FLAGGED : world_keyword(history->rig.world, words[which]);
	buffer_add_format(&history->diary, "far: %u changes %s\n", number,
			  which == WORDS ? "flagged" : words[which]);
	world_set_flags(mailbox, message->uid, message->flags ^ bit);
	note_change(&history->messages[number], 1U << which, true);
}

/* --- Here --- */

/* The letter of the word in that folder; 0: there is none yet. */
static uint32_t letter_of(const struct keyword_history *history, const char *folder,
			  const char *word)
{
	struct keyword_table table = words_table(&history->rig, folder);
	uint32_t bit = keyword_table_find(&table, word);
	keyword_table_release(&table);
	return bit;
}

static void give_info(struct keyword_history *history, const struct rig_file *file, uint32_t flags)
{
	char *name = maildir_name_with_flags("x", flags, UINT32_MAX, ':');
	words_rename(&history->rig, file->content.number, NULL, name + 1);
	free(name);
}

static void change_letter(struct keyword_history *history, const struct rig_file *file,
			  uint32_t flags)
{
	unsigned int which = below(history, WORDS);
	uint32_t letter = letter_of(history, file->folder, words[which]);
	if (letter == 0)
		return;
	buffer_add_format(&history->diary, "near: %u changes %s\n", file->content.number,
			  words[which]);
	give_info(history, file, flags ^ letter);
	note_change(&history->messages[file->content.number], 1U << which, false);
}

/* Which drops all letters; so a run has to see it before letters are changed again. */
static void flag_as_mu(struct keyword_history *history, const struct rig_file *file, uint32_t flags)
{
	buffer_add_format(&history->diary, "near: %u changes flagged, letters dropped\n",
			  file->content.number);
	give_info(history, file, (flags ^ FLAG_FLAGGED) & FLAGS_SYSTEM);
	note_change(&history->messages[file->content.number], FLAGGED, false);
}

/* Sometimes by a reader that drops all letters with it. */
static void move_file(struct keyword_history *history, const struct rig_file *file, uint32_t flags)
{
	bool to_other = strcmp(file->folder, "INBOX") == 0;
	bool drops = below(history, 2) != 0;
	buffer_add_format(&history->diary, "near: %u moves to %s%s\n", file->content.number,
			  to_other ? "Other" : "INBOX", drops ? ", letters dropped" : "");
	char *name = maildir_name_with_flags("x", flags & FLAGS_SYSTEM, UINT32_MAX, ':');
	words_rename(&history->rig, file->content.number, to_other ? "Other" : "INBOX",
		     drops ? name + 1 : NULL);
	free(name);
	history->messages[file->content.number].in_other = to_other;
}

static void act_near(struct keyword_history *history, unsigned int number, bool may_move)
{
	struct expected *expected = &history->messages[number];
	struct rig_files files;
	rig_files_read(&history->rig, &files);
	for (size_t i = 0; i < files.count; i++) {
		const struct rig_file *file = &files.items[i];
		struct maildir_name name;
		if (file->content.number != number)
			continue;
		maildir_name_parse(file->name, &name);
		/* Who takes the last letter and a flag in one go is as who knows none. */
		if (may_move)
			move_file(history, file, name.flags);
		else if (expected->near_changed == 0 && below(history, 3) == 0)
			flag_as_mu(history, file, name.flags);
		else if (!(expected->near_changed & FLAGGED))
			change_letter(history, file, name.flags);
		break;
	}
	rig_files_release(&files);
}

/* --- Rounds --- */

static void begin(struct keyword_history *history, uint32_t seed)
{
	history->random.state = seed * 2654435761U + 1;
	rig_clear(&history->rig);
	memset(history->messages, 0, sizeof history->messages);
	buffer_clear(&history->diary);
	for (unsigned int number = 0; number < MESSAGES; number++) {
		bool in_other = number % 2 != 0;
		(void)words_add(&history->rig, in_other ? "Other" : "INBOX", number, FLAG_SEEN,
				number < WORDS ? words[number] : NULL);
		history->messages[number] =
			(struct expected){ .bits = number < WORDS ? 1U << number : 0,
					   .in_other = in_other };
	}
	rig_run(&history->rig, NULL);
}

/* As the world died at a step of its own, or at one of the files'. */
static void run(struct keyword_history *history)
{
	uint32_t kills = below(history, 3);
	for (uint32_t i = 0; i < kills; i++) {
		char kill[24];
		(void)snprintf(kill, sizeof kill, "%u:after", 1 + below(history, 25));
		buffer_add_format(&history->diary, "a run that is killed at %s\n", kill);
		(void)rig_run_to_death(&history->rig, NULL, kill);
	}
	rig_run(&history->rig, NULL);
	rig_run(&history->rig, NULL);
	buffer_add_text(&history->diary, "a run\n");
	cr_expect_eq(history->rig.result.worst, ERROR_NONE, "%s", history->rig.failures);
}

static void add_line(struct buffer *text, const char *folder, unsigned int number,
		     unsigned int bits)
{
	buffer_add_format(text, "%s %u S%s", folder, number, bits & FLAGGED ? "F" : "");
	for (unsigned int i = 0; i < WORDS; i++) {
		if (bits & 1U << i)
			buffer_add_format(text, " %s", words[i]);
	}
	buffer_add_byte(text, '\n');
}

/* What is doubtful is as both sides agree, and expected from now on. */
static void settle(struct keyword_history *history)
{
	for (unsigned int number = 0; number < MESSAGES; number++) {
		struct expected *expected = &history->messages[number];
		struct world_mailbox *mailbox;
		const struct world_message *message = find_far(history, number, &mailbox);
		for (unsigned int i = 0; message && i <= WORDS; i++) {
			uint32_t bit = i == WORDS ? FLAG_FLAGGED
						  : world_keyword(history->rig.world, words[i]);
			if (!(expected->doubtful & 1U << i))
				continue;
			expected->bits &= ~(1U << i);
			expected->bits |= message->flags & bit ? 1U << i : 0;
		}
		expected->doubtful = expected->near_changed = expected->far_changed = 0;
	}
}

static void expect(struct keyword_history *history, uint32_t seed)
{
	struct buffer text = BUFFER_INITIAL;
	settle(history);
	for (int other = 0; other <= 1; other++) {
		for (unsigned int number = 0; number < MESSAGES; number++) {
			const struct expected *expected = &history->messages[number];
			if (expected->in_other == (other != 0))
				add_line(&text, other ? "Other" : "INBOX", number, expected->bits);
		}
	}
	char *why = memory_format("history %u\n%s", seed, buffer_text(&history->diary));
	words_expect_both(&history->rig, buffer_text(&text), why);
	free(why);
	buffer_release(&text);
}

Test(engine_keyword_histories, converge_and_lose_no_keyword, .timeout = 600)
{
	static struct keyword_history history;
	const char *wanted = getenv("NAVETTE_HISTORIES");
	uint64_t count = 60;
	if (wanted)
		(void)text_parse_number(wanted, UINT32_MAX, &count);
	rig_begin(&history.rig, "connections = 1\n");
	for (uint32_t seed = 1; seed <= count; seed++) {
		begin(&history, seed);
		for (uint32_t rounds = 1 + below(&history, 4); rounds > 0; rounds--) {
			for (uint32_t acts = below(&history, 8); acts > 0; acts--) {
				unsigned int number = below(&history, MESSAGES);
				if (below(&history, 2))
					act_far(&history, number);
				else
					act_near(&history, number, false);
			}
			run(&history);
			expect(&history, seed);
			/* Alone: what both sides do to a message that moves is another matter. */
			act_near(&history, below(&history, MESSAGES), true);
			run(&history);
			expect(&history, seed);
		}
	}
	buffer_release(&history.diary);
	rig_end(&history.rig);
}
