/* What letters in the file names of a folder mean. SPDX-License-Identifier: GPL-3.0-or-later */
#include "sync/observe/letters.h"

#include <string.h>

#include "maildir/keywords_file.h"
#include "maildir/name.h"
#include "maildir/scan.h"
#include "state/keywords.h"
#include "sync/folder.h"
#include "sync/observe/flags.h"

static bool is_empty(const struct keyword_table *table)
{
	return keyword_table_known(table) == FLAGS_SYSTEM;
}

int sync_letters_load(struct sync_folder *folder, struct state_transaction *transaction,
		      struct error *error)
{
	struct folder_base *base = &folder->base;
	int found =
		state_letters_get(transaction, folder->target.view->name, &base->letters, error);
	/* A state of an older format, opened for reading only. */
	if (found == 0 && !is_empty(&base->record.keywords)) {
		keyword_table_copy(&base->letters.table, &base->record.keywords);
		base->letters.of_base = true;
		found = 1;
	}
	base->has_letters = found > 0;
	return found < 0 ? -1 : 0;
}

/* --- A file "dovecot-keywords" --- */

/* Whether the account has that letter for the keyword; it does where nothing is in the way. */
static bool adopt(const struct sync_folder *folder, size_t letter, const char *name)
{
	struct state *state = folder->context->state;
	const struct state_letter_choice choice = { .wanted = letter, .limit = FLAG_KEYWORD_COUNT };
	uint32_t bit = state_keyword_find(state, name);
	uint32_t taken = state_keywords_known(state) | state_keywords_strays(state);
	if (text_equal_ignoring_case(name, FLAG_FORWARDED_NAME))
		return false;
	if (bit == 0 && !(taken & FLAG_KEYWORD(letter)))
		bit = state_keyword_give(state, name, &choice, NULL);
	return bit == FLAG_KEYWORD(letter);
}

static bool adopt_all(const struct sync_folder *folder, const struct keyword_table *table)
{
	bool same = true;
	for (size_t i = 0; i < FLAG_KEYWORD_COUNT; i++) {
		if (table->names[i] && !adopt(folder, i, table->names[i]))
			same = false;
	}
	return same;
}

/* --- Letters of a folder that the base does not know --- */

static int see_name(void *context, const struct maildir_entry *entry, struct error *error)
{
	uint32_t *letters = context;
	struct maildir_name name;
	(void)error; /* nothing fails */
	maildir_name_parse(entry->name, &name);
	*letters |= name.flags & FLAGS_KEYWORDS;
	return 0;
}

static bool is_known(const struct sync_folder *folder)
{
	return folder->base.record.id != 0 && folder->base.state != FOLDER_BASE_VOID;
}

/* Those that no table explains. */
static int find_strays(const struct sync_folder *folder, const struct keyword_table *table,
		       uint32_t *strays_r, struct error *error)
{
	bool stable; /* one that is missed is seen by the scan that counts */
	*strays_r = 0;
	if (is_known(folder))
		return 0;
	if (maildir_scan(folder->transfer.maildir, see_name, strays_r, &stable, NULL, error) != 0)
		return -1;
	*strays_r &= ~keyword_table_known(table);
	state_keywords_note_letters(folder->context->state, *strays_r);
	return 0;
}

int sync_letters_look(struct sync_folder *folder, struct error *error)
{
	struct folder_base *base = &folder->base;
	struct keyword_table table;
	uint32_t strays;
	if (base->has_letters || (sync_flags_mask(folder) & FLAGS_KEYWORDS) == 0)
		return 0;
	int found = maildir_keywords_read(folder->transfer.maildir, &table, error);
	if (found < 0)
		return -1;
	bool same = adopt_all(folder, &table);
	if (find_strays(folder, &table, &strays, error) != 0) {
		keyword_table_release(&table);
		return -1;
	}
	/* Letters that this file leaves without a meaning are not to get the account's. */
	if (found > 0 && (strays & state_keywords_known(folder->context->state)) != 0)
		same = false;
	if (same || (is_known(folder) && folder->context->options->dry_run)) {
		keyword_table_release(&table);
		return 0;
	}
	base->letters = (struct state_letters){ .table = table };
	base->has_letters = true;
	return 0;
}
