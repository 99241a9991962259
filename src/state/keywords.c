/* The account's keywords. SPDX-License-Identifier: GPL-3.0-or-later */
#include "state/keywords.h"

#include <stdlib.h>

#include "base/memory.h"
#include "base/text.h"
#include "state/private.h"
#include "state/record.h"

#define KEY_KEYWORDS "keywords" /* in the meta table */

/* Names of keywords without letters that are remembered: a server may have any number. */
#define BEYOND_MAX 1000

/* --- In memory --- */

static void lock(struct state *state)
{
	(void)pthread_mutex_lock(&state->keywords.lock);
}

static void unlock(struct state *state)
{
	(void)pthread_mutex_unlock(&state->keywords.lock);
}

const struct keyword_table *state_keywords(const struct state *state)
{
	return &state->keywords.table;
}

void state_keywords_copy(struct state *state, struct keyword_table *table_r)
{
	lock(state);
	keyword_table_copy(table_r, &state->keywords.table);
	unlock(state);
}

uint32_t state_keywords_known(struct state *state)
{
	lock(state);
	uint32_t known = keyword_table_known(&state->keywords.table);
	unlock(state);
	return known;
}

uint32_t state_keywords_strays(struct state *state)
{
	lock(state);
	uint32_t strays = state->keywords.strays;
	unlock(state);
	return strays;
}

uint32_t state_keyword_find(struct state *state, const char *name)
{
	lock(state);
	uint32_t bit = keyword_table_find(&state->keywords.table, name);
	unlock(state);
	return bit;
}

static size_t find_beyond(const struct state_keywords *keywords, const char *name)
{
	size_t i = 0;
	while (i < keywords->beyond.count &&
	       !text_equal_ignoring_case(keywords->beyond.items[i], name))
		i++;
	return i;
}

static bool add_beyond(struct state_keywords *keywords, const char *name)
{
	if (!keyword_name_is_valid(name) || keywords->beyond.count == BEYOND_MAX ||
	    find_beyond(keywords, name) < keywords->beyond.count)
		return false;
	text_list_add(&keywords->beyond, name);
	keywords->changes++;
	return true;
}

/* It has a letter now. */
static void drop_beyond(struct state_keywords *keywords, const char *name)
{
	struct text_list *beyond = &keywords->beyond;
	size_t found = find_beyond(keywords, name);
	if (found == beyond->count)
		return;
	free(beyond->items[found]);
	for (size_t i = found + 1; i < beyond->count; i++)
		beyond->items[i - 1] = beyond->items[i];
	beyond->count--;
}

static unsigned int count_letters(const struct keyword_table *table)
{
	unsigned int count = 0;
	for (size_t i = 0; i < FLAG_KEYWORD_COUNT; i++)
		count += table->names[i] != NULL;
	return count;
}

static uint32_t give(struct state_keywords *keywords, const char *name,
		     const struct state_letter_choice *choice)
{
	if (count_letters(&keywords->table) >= choice->limit)
		return 0;
	uint32_t bit = keyword_table_add(&keywords->table, name, choice->wanted, keywords->strays);
	if (bit != 0) {
		keywords->changes++;
		drop_beyond(keywords, name);
	}
	return bit;
}

uint32_t state_keyword_give(struct state *state, const char *name,
			    const struct state_letter_choice *choice, bool *beyond_r)
{
	struct state_keywords *keywords = &state->keywords;
	bool beyond = false;
	lock(state);
	uint32_t bit = keyword_table_find(&keywords->table, name);
	if (bit == 0)
		bit = give(keywords, name, choice);
	if (bit == 0)
		beyond = add_beyond(keywords, name);
	unlock(state);
	if (beyond_r)
		*beyond_r = beyond;
	return bit;
}

void state_keywords_note_letters(struct state *state, uint32_t letters)
{
	struct state_keywords *keywords = &state->keywords;
	lock(state);
	uint32_t strays = letters & ~keyword_table_known(&keywords->table) & ~keywords->strays;
	keywords->strays |= strays;
	keywords->changes += strays != 0;
	unlock(state);
}

void state_keywords_beyond(struct state *state, struct text_list *names)
{
	lock(state);
	for (size_t i = 0; i < state->keywords.beyond.count; i++)
		text_list_add(names, state->keywords.beyond.items[i]);
	unlock(state);
}

/* --- In the state --- */

void state_keywords_begin(struct state *state)
{
	if (pthread_mutex_init(&state->keywords.lock, NULL) != 0)
		memory_fail();
}

void state_keywords_forget(struct state *state)
{
	struct state_keywords *keywords = &state->keywords;
	keyword_table_release(&keywords->table);
	text_list_release(&keywords->beyond);
	keywords->strays = 0;
	keywords->changes = keywords->saved = 0;
}

void state_keywords_end(struct state *state)
{
	state_keywords_forget(state);
	(void)pthread_mutex_destroy(&state->keywords.lock); /* fails only when it is held */
}

int state_keywords_load(struct state *state, struct state_transaction *transaction,
			struct error *error)
{
	MDB_val key = state_text_value(KEY_KEYWORDS);
	MDB_val value;
	state_keywords_forget(state);
	int found = state_get(transaction, STATE_TABLE_META, &key, &value, error);
	if (found <= 0)
		return found;
	if (record_decode_keywords(value.mv_data, value.mv_size, &state->keywords))
		return 0;
	return state_refuse(state, "is damaged (its table of keywords makes no sense)", error);
}

int state_keywords_write(struct state_transaction *transaction, uint64_t *written_r,
			 struct error *error)
{
	struct state *state = transaction->state;
	struct buffer record = BUFFER_INITIAL;
	lock(state);
	*written_r = state->keywords.changes;
	bool differs = state->keywords.changes != state->keywords.saved;
	if (differs)
		record_encode_keywords(&record, &state->keywords);
	unlock(state);
	MDB_val key = state_text_value(KEY_KEYWORDS);
	MDB_val value = { .mv_size = record.length, .mv_data = record.bytes };
	int result = differs ? state_put(transaction, STATE_TABLE_META, &key, &value, error) : 0;
	buffer_release(&record);
	return result;
}

void state_keywords_written(struct state *state, uint64_t written)
{
	lock(state);
	if (written > state->keywords.saved)
		state->keywords.saved = written;
	unlock(state);
}

static int write_nothing(struct state_transaction *transaction, void *context, struct error *error)
{
	(void)transaction; /* what changed goes along */
	(void)context;
	(void)error;
	return 0;
}

int state_keywords_save(struct state *state, struct error *error)
{
	lock(state);
	bool differs = state->keywords.changes != state->keywords.saved;
	unlock(state);
	return differs && state->lock >= 0 ? state_write(state, write_nothing, NULL, error) : 0;
}

/* --- Letters by another table --- */

void state_letters_release(struct state_letters *letters)
{
	keyword_table_release(&letters->table);
	letters->begun_ns = 0;
}

int state_letters_get(struct state_transaction *transaction, const char *name,
		      struct state_letters *letters_r, struct error *error)
{
	struct state_name_key key;
	MDB_val value;
	MDB_val key_value = state_name_key_make(&key, name);
	int found = state_get(transaction, STATE_TABLE_LETTERS, &key_value, &value, error);
	if (found <= 0 || record_decode_letters(value.mv_data, value.mv_size, letters_r))
		return found;
	return state_refuse(transaction->state, "is damaged (a table of letters makes no sense)",
			    error);
}

int state_letters_put(struct state_transaction *transaction, const char *name,
		      const struct state_letters *letters, struct error *error)
{
	struct state_name_key key;
	struct buffer record = BUFFER_INITIAL;
	record_encode_letters(&record, letters);
	MDB_val key_value = state_name_key_make(&key, name);
	MDB_val value = { .mv_size = record.length, .mv_data = record.bytes };
	int result = state_put(transaction, STATE_TABLE_LETTERS, &key_value, &value, error);
	buffer_release(&record);
	return result;
}

int state_letters_rename(struct state_transaction *transaction, const char *from, const char *to,
			 struct error *error)
{
	struct state_letters letters;
	int found = state_letters_get(transaction, from, &letters, error);
	if (found <= 0)
		return found;
	int result = state_letters_put(transaction, to, &letters, error);
	if (result == 0)
		result = state_letters_remove(transaction, from, error);
	state_letters_release(&letters);
	return result;
}

int state_letters_remove(struct state_transaction *transaction, const char *name,
			 struct error *error)
{
	struct state_name_key key;
	MDB_val key_value = state_name_key_make(&key, name);
	return state_delete(transaction, STATE_TABLE_LETTERS, &key_value, error);
}
