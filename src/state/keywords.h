/* The account's keywords: which letter of file names means which, in all of its Maildirs.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_STATE_KEYWORDS_H
#define NAVETTE_STATE_KEYWORDS_H

#include "mail/flags.h"
#include "state/state.h"

/* The table is kept in memory while the state is open: several threads may ask for letters at a
 * time, also while they read. What changed is written along with whatever is written next, so a
 * record never stands without the names of its letters. A letter, once given, keeps its meaning. */

/* The names. Of another thread's letters a name may appear at any time: look only at those whose
 * letters were given to you, by what follows or by a record. */
const struct keyword_table *state_keywords(const struct state *state);
/* All of them, as they are now: release with keyword_table_release(). */
void state_keywords_copy(struct state *state, struct keyword_table *table_r);
/* The bits that have a name, with FLAGS_SYSTEM. */
uint32_t state_keywords_known(struct state *state);
/* The letters, as bits, that stand in names and mean nothing. */
uint32_t state_keywords_strays(struct state *state);
/* The bit of the keyword, in any case of letters; 0: it has none. */
uint32_t state_keyword_find(struct state *state, const char *name);

/* What gives letters. */
struct state_letter_choice {
	size_t wanted;      /* the number of the letter, if it is free; FLAG_KEYWORD_COUNT: any */
	unsigned int limit; /* so many keywords have letters at most */
};
/* The bit of the keyword, which gets a letter if it has none. 0: there is none left, or it cannot
 * be a keyword. *beyond_r (may be NULL): it is the first time that there is none for it. */
uint32_t state_keyword_give(struct state *state, const char *name,
			    const struct state_letter_choice *choice, bool *beyond_r);
/* Letters, as bits, that stand in names: those that mean nothing are given to no keyword. */
void state_keywords_note_letters(struct state *state, uint32_t letters);
/* Adds the keywords that have no letter, because there are too many. */
void state_keywords_beyond(struct state *state, struct text_list *names);
/* Writes what changed and was not written yet. Returns 0 or -1. */
int state_keywords_save(struct state *state, struct error *error);

/* --- Folders whose files have letters by another table: one that a folder had alone, in a state of
 * an older format, or by a dovecot-keywords. They are to be renamed. --- */

struct state_letters {
	struct keyword_table table; /* what their letters mean; owned */
	bool of_base;               /* flags and names in the base are by that table, too */
	int64_t begun_ns; /* when renaming was begun, by the clock of its file system; 0: it was not
			   */
};
void state_letters_release(struct state_letters *letters);
/* Of the folder of that NAME, which need not have a record. 1 found, 0 none, -1 error. */
int state_letters_get(struct state_transaction *transaction, const char *name,
		      struct state_letters *letters_r, struct error *error);
int state_letters_put(struct state_transaction *transaction, const char *name,
		      const struct state_letters *letters, struct error *error);
/* The folder gets another name; fine where it has none. */
int state_letters_rename(struct state_transaction *transaction, const char *from, const char *to,
			 struct error *error);
/* Removing what is not there is fine. */
int state_letters_remove(struct state_transaction *transaction, const char *name,
			 struct error *error);

#endif
