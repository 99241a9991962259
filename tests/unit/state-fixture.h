/* A state in a directory of its own, and short ways to fill it and to look into it.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_TESTS_UNIT_STATE_FIXTURE_H
#define NAVETTE_TESTS_UNIT_STATE_FIXTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "state/state.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define FIXTURE_KEY "me@imap.example:993"

/* The directory of the test's state, which does not exist yet; one a test. */
const char *fixture_directory(void);
/* It is the one at PATH from now on, which somebody else makes and removes. */
void fixture_use(const char *path);
/* NAME in that directory; the caller owns it. */
char *fixture_path(const char *name);
/* Removes the directory: for every test's .fini. */
void fixture_end(void);

/* Opens with FIXTURE_KEY and no waiting; the test fails when it does not work. */
struct state *fixture_open(enum state_mode mode);
/* The same with a map of at least MAP_SIZE bytes. */
struct state *fixture_open_with_map(size_t map_size);
/* Closes and opens for writing. */
void fixture_reopen(struct state **state);
/* Opening with KEY must fail with that kind, SCOPE_ACCOUNT, and with PART in its text. */
void fixture_refused(enum state_mode mode, const char *key, enum error_kind kind, const char *part);

/* Runs WORK, which must succeed. */
void fixture_write(struct state *state, state_work_function *work, void *context);
struct state_transaction *fixture_read(struct state *state);

/* Makes (or finds) a folder in a transaction of its own; its id. */
uint32_t fixture_folder(struct state *state, const char *name);
/* A message with that UID and a name that is new: "UID.x:2,S". */
struct state_message fixture_message(uint32_t uid, char *name, size_t name_size);
/* Puts such messages from FIRST to LAST in one transaction. */
void fixture_fill(struct state *state, uint32_t folder, uint32_t first, uint32_t last);
/* A transaction that puts and removes messages at random: LMDB counts pages it never wrote. */
struct fixture_churn {
	uint32_t folder;
	unsigned int seed;
	int operations;   /* at most so many */
	uint32_t uids;    /* from 1 to this */
	int clear_one_in; /* one in so many transactions ends by clearing the folder */
};
int fixture_churn(struct state_transaction *transaction, void *context, struct error *error);
uint32_t fixture_count(struct state *state, uint32_t folder);

/* The bytes of a file, which the caller owns. */
char *fixture_slurp(const char *path, size_t *size_r);
/* Puts a raw entry into the table of that name, or takes it out where VALUE is NULL, behind the
 * state's back; nothing may have it open. */
void fixture_tamper(const char *table, const void *key, size_t key_size, const void *value,
		    size_t value_size);
/* Leaves likewise one byte of the value of the N-th entry, from 0 on. False: there is none. */
bool fixture_damage(const char *table, size_t n);
/* Drops the whole table likewise. */
void fixture_drop_table(const char *name);
/* Makes the state one of format 6, which had no table of keywords for the account. */
void fixture_make_format_6(void);
/* Makes the state one of format 5, which had no index of identities and no key of digests. */
void fixture_make_format_5(void);

#endif
