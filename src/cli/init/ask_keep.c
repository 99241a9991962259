/* Which of the mail is kept here, and where. SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "cli/init/init.h"

/* In the order of enum draft_keep. */
static const char *const words[] = { "all", "year", "lists", "backup" };
static const char *const choices[] = {
	"All of it, both ways",
	"What is younger than a year, unread or flagged; the rest stays on the server",
	"All of it, but of mailing lists the headers",
	"A backup: everything comes, nothing goes, nothing is ever removed here",
};
#define CHOICES (sizeof choices / sizeof *choices)

static int take_word(struct init *init, const char *word, struct error *error)
{
	for (size_t i = 0; i < CHOICES; i++) {
		if (strcmp(word, words[i]) == 0) {
			init->draft.keep = (enum draft_keep)i;
			return 0;
		}
	}
	return error_set(error, ERROR_CONFIG, SCOPE_ACCOUNT,
			 "--keep is all, year, lists or backup, not %s", word);
}

int init_ask_maildir(struct init *init, struct error *error)
{
	const char *said = init_option(init, CLI_TEXT_MAILDIR);
	char *usual = memory_format("~/Mail/%s", init->draft.name);
	init->draft.maildir =
		said ? memory_text(said)
		     : interview_ask(&init->interview, "The directory for its mail", usual);
	free(usual);
	return init->draft.maildir ? 0 : init_lack_answer(init, "--maildir", error);
}

int init_ask_keep(struct init *init, struct error *error)
{
	const char *word = init_option(init, CLI_TEXT_KEEP);
	if (word)
		return take_word(init, word, error);
	int chosen = interview_choose(&init->interview, "What shall be here?", choices, CHOICES,
				      DRAFT_KEEP_ALL);
	if (chosen < 0)
		return init_lack_answer(init, "--keep", error);
	init->draft.keep = (enum draft_keep)chosen;
	return 0;
}
