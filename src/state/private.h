/* What the files of this layer share. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_STATE_PRIVATE_H
#define NAVETTE_STATE_PRIVATE_H

#include <lmdb.h>
#include <pthread.h>
#include <string.h>
#include <sys/stat.h>

#include "state/state.h"

/* The tables of the environment. Numbers in keys are big-endian, so that keys sort as the numbers
 * do. */
enum state_table {
	STATE_TABLE_META,      /* name -> value: "format", "account", ... */
	STATE_TABLE_FOLDERS,   /* digest of the folder's name -> record (record.h) */
	STATE_TABLE_COUNTS,    /* folder -> number of messages */
	STATE_TABLE_MESSAGES,  /* folder, UID -> record */
	STATE_TABLE_NAMES,     /* folder, base name -> UID */
	STATE_TABLE_DOWNLOADS, /* folder, UID -> temporary name */
	STATE_TABLE_UPLOADS,   /* folder, base name -> record */
	STATE_TABLE_OUTSIDE,  /* folder, first UID of a range -> last; folder, 0 -> how many UIDs */
	STATE_TABLE_EXPIRING, /* likewise */
	STATE_TABLE_STUBS,    /* likewise */
	STATE_TABLE_WANTED,   /* likewise */
	STATE_TABLE_DEFERRED, /* folder, UID -> record */
	STATE_TABLE_WATCHED,  /* folder, first UID of a range -> last, as above */
	STATE_TABLE_IDENTITIES,   /* run, begin of the identity, folder, UID -> nothing */
	STATE_TABLE_UNINDEXED,    /* folder, UID / 256 -> a bit for each of those UIDs */
	STATE_TABLE_LETTERS,      /* digest of the folder's name -> record */
	STATE_TABLE_MOVED,        /* folder, first UID of a range -> last, as above */
	STATE_TABLE_TAGS,         /* folder, UID -> record */
	STATE_TABLE_TAGS_WAITING, /* folder, UID -> nothing */
	STATE_TABLE_TAG_MARKS,    /* folder -> record */
	STATE_TABLE_COUNT
};

/* See keywords.h. */
struct state_keywords {
	pthread_mutex_t lock; /* over all that follows while several threads are at work */
	struct keyword_table table;
	uint32_t strays;         /* bits of letters that mean nothing, and are in use */
	struct text_list beyond; /* keywords without a letter */
	uint64_t changes, saved; /* so many, of which the first `saved` are written */
};

#define STATE_DATA_FILE "data.mdb"
#define STATE_LOCK_FILE "lock"

struct state {
	char *directory;
	char *owner;  /* whose it is, when that is another than who opened it; else NULL */
	MDB_env *env; /* NULL: read-only and nothing there yet */
	MDB_dbi tables[STATE_TABLE_COUNT];
	bool absent[STATE_TABLE_COUNT]; /* read-only, and its older format has no such table */
	int lock;                       /* descriptor of the lock file; -1: not held */
	bool reads_only;                /* it was opened so */
	char *account_key;              /* for which it was opened */
	size_t map_size;                /* that it was opened with, at least */
	int64_t rested_seconds;         /* see state_rested_seconds() */
	pthread_rwlock_t map; /* read: a transaction is open; write: the map is being changed */
	bool map_lost;        /* changing it failed, and the old one is gone; under `map` */
	void *map_start;      /* where the data file is mapped; NULL: not known; under `map` */
	size_t map_length;
	pthread_mutex_t noting; /* held while the size is noted in the lock file */
	struct digest_key *digest_key;
	struct state_keywords keywords;
	uint32_t identity_run; /* entries of a sorted run of the index (identity_index.c) */
};

/* UIDs of one folder from NUMBER * STATE_BLOCK_UIDS on, a bit each. */
#define STATE_BLOCK_UIDS 256
struct state_uid_block {
	uint32_t folder, number;
	unsigned char bits[STATE_BLOCK_UIDS / 8];
};

/* A message of any folder; they are ordered by folder and UID. */
struct state_place {
	uint32_t folder, uid;
};

struct state_transaction {
	struct state *state;
	MDB_txn *txn;       /* NULL: the empty view */
	bool map_full;      /* a write failed for want of room: the work is to be run again */
	unsigned int reads; /* since pages of the map were let go */
	bool place_known;   /* whether the next is set (unindexed.c) */
	struct state_place indexed;
	bool block_used; /* whether the next holds what is not in its table yet */
	struct state_uid_block block;
};

/* --- lock.c --- */

/* Takes the account's lock into state->lock; see state_open(). Returns 0 or -1. */
int state_lock(struct state *state, unsigned int wait_seconds, struct error *error);

/* --- size.c --- */

/* Bytes of the data file; 0 when unknown. *missing_r: no run has begun to fill it. */
uint64_t state_data_size(const struct state *state, bool *missing_r);
/* Seconds since the data file was last written to; 0 when that is not known. */
int64_t state_data_age(const struct state *state);
/* Whether a run died in LMDB's first write, before there was anything in the file: it is shorter
 * than that write, and no size was ever noted. */
bool state_is_torn_at_birth(const struct state *state);
/* Refuses a data file that lost its end. To be called before anything is read from it. */
int state_size_check(const struct state *state, struct error *error);
/* Notes the size and time of the data file for that check. */
void state_size_note(struct state *state);
/* Whether the data file is as it was when that was noted last. */
bool state_size_is_noted(const struct state *state, const struct stat *status);

/* --- pages.c --- */

/* Refuses a data file whose pages are no sound tree, when it is not as noted. To be called before
 * LMDB opens it. Returns 0 or -1. */
int state_pages_check(const struct state *state, struct error *error);

/* --- signature.c --- */

/* Opens the tables of a state that is signed, in a format we know. One of another account than that
 * of the key becomes its own when there is no mail in it; else state->owner is set.
 * With UPGRADE one of an older format becomes one of ours; without, tables that it lacks are
 * absent. 1 open, 0 no run has created them yet, -1 refused or error. */
int state_tables_open(struct state_transaction *transaction, const char *account_key, bool upgrade,
		      struct error *error);
/* Creates the tables and signs. Returns 0 or -1. */
int state_tables_create(struct state_transaction *transaction, const char *account_key,
			struct error *error);

/* --- resident.c --- */

/* Learns where the map is. The map must not change meanwhile. */
void state_map_find(struct state *state);
/* Unmaps its pages until they are touched again: what was read does not count as memory of this
 * process any more. */
void state_map_let_go(const struct state *state);

/* --- environment.c --- */

/* state_open() with a smallest size of the map, in bytes: for tests of its growth. */
int state_open_with_map(const char *directory, const char *account_key, enum state_mode mode,
			unsigned int wait_seconds, size_t map_size, struct state **state_r,
			struct error *error);

/* --- messages.c --- */

/* The first message at or after *place, of whatever folder: 1 found (*place is its own), 0 none, -1
 * error. */
int state_message_next_anywhere(struct state_transaction *transaction, struct state_place *place,
				struct state_message *message_r, struct error *error);

/* --- digest_key.c --- */

/* Takes the key of digests from the state into state->digest_key; where it has none, one is made,
 * and with WRITE recorded. TRANSACTION may be NULL: there is no state. Returns 0 or -1. */
int state_digest_key_load(struct state *state, struct state_transaction *transaction, bool write,
			  struct error *error);

/* --- keywords.c --- */

void state_keywords_begin(struct state *state);
void state_keywords_end(struct state *state);
/* Nothing is known any more. */
void state_keywords_forget(struct state *state);
/* Takes over what the state has; nobody else may look meanwhile. Returns 0 or -1. */
int state_keywords_load(struct state *state, struct state_transaction *transaction,
			struct error *error);
/* Writes what changed. *written_r: for state_keywords_written(), when it is committed. Returns 0 or
 * -1. */
int state_keywords_write(struct state_transaction *transaction, uint64_t *written_r,
			 struct error *error);
void state_keywords_written(struct state *state, uint64_t written);

/* --- keywords_upgrade.c --- */

/* Of a state in which each folder had a table: makes one for the account, and notes which folders
 * have letters by another. To be called when it has all tables, and after state_keywords_load().
 * Returns 0 or -1. */
int state_keywords_upgrade(struct state_transaction *transaction, struct error *error);

/* --- tags.c --- */

/* A message came into the base, or its file got another base name. Returns 0 or -1. */
int state_tags_renew(struct state_transaction *transaction, uint32_t folder, uint32_t uid,
		     struct error *error);
/* A message went. Returns 0 or -1. */
int state_tags_remove(struct state_transaction *transaction, uint32_t folder, uint32_t uid,
		      struct error *error);

/* --- unindexed.c --- */

/* The last message, in their order, that the index of identities got to: all up to it are in the
 * index, but those noted here. {0, 0}: it was not begun. Returns 0 or -1. */
int state_indexed_get(struct state_transaction *transaction, struct state_place *place_r,
		      struct error *error);
int state_indexed_put(struct state_transaction *transaction, struct state_place place,
		      struct error *error);
/* Notes a message that came or got another identity. Returns 0 or -1. */
int state_unindexed_add(struct state_transaction *transaction, struct state_place place,
			struct error *error);
/* Writes what state_unindexed_add() holds back: before the table is read, and at the end. Returns 0
 * or -1. */
int state_unindexed_flush(struct state_transaction *transaction, struct error *error);
/* Forgets what is held back of the folder. */
void state_unindexed_drop(struct state_transaction *transaction, uint32_t folder);
/* Whether the message is not in the index, or not by its identity of now: 1, 0, or -1. */
int state_unindexed_contains(struct state_transaction *transaction, struct state_place place,
			     struct error *error);
/* The first block at or after the one of these numbers: 1 found, 0 none, -1 error. */
int state_unindexed_next(struct state_transaction *transaction, uint32_t folder, uint32_t number,
			 struct state_uid_block *block_r, struct error *error);
/* Takes the block out. Returns 0 or -1. */
int state_unindexed_remove(struct state_transaction *transaction,
			   const struct state_uid_block *block, struct error *error);

/* --- identity_index.c --- */

/* Entries of a run unless a test sets another number: what is sorted in memory at a time. */
#define STATE_IDENTITY_RUN 65536

/* Whether both are under the same identity in the index. */
bool state_identity_same_key(const struct state_message *a, const struct state_message *b);

/* --- table.c --- */

/* "The state in DIRECTORY WHAT", with the way on: ERROR_SAFETY, SCOPE_ACCOUNT. Returns -1. */
int state_refuse(const struct state *state, const char *what, struct error *error);
/* An LMDB error as a sentence: damage is refused as above, the rest is ERROR_FAILED, SCOPE_ACCOUNT:
 * "cannot WHAT the state in ...". MDB_MAP_FULL is noted in TRANSACTION (may be NULL). Returns -1.
 */
int state_fail(const struct state *state, struct state_transaction *transaction, int code,
	       const char *what, struct error *error);

/* Thin covers of LMDB that know about the empty view. get: 1 found, 0 not, -1 error. */
int state_get(struct state_transaction *transaction, enum state_table table, MDB_val *key,
	      MDB_val *value_r, struct error *error);
int state_put(struct state_transaction *transaction, enum state_table table, MDB_val *key,
	      MDB_val *value, struct error *error);
/* Removing what is not there is fine. */
int state_delete(struct state_transaction *transaction, enum state_table table, MDB_val *key,
		 struct error *error);
/* The first entry whose key is >= *key: 1 found (*key and *value_r are it), 0 none, -1 error. */
int state_seek(struct state_transaction *transaction, enum state_table table, MDB_val *key,
	       MDB_val *value_r, struct error *error);
/* TEXT without its NUL, as a key or value. LMDB does not write through the pointer. */
static inline MDB_val state_text_value(const char *text)
{
	return (MDB_val){ .mv_size = strlen(text), .mv_data = (void *)text };
}

/* Names are longer than LMDB's keys may be, so a digest stands for the name. */
struct state_name_key {
	unsigned char digest[64]; /* EVP_MAX_MD_SIZE */
	unsigned int length;
};
MDB_val state_name_key_make(struct state_name_key *key, const char *name);

/* Keys. Bytes live in the struct. */
#define STATE_KEY_MAX (4 + 255)
struct state_key {
	unsigned char bytes[STATE_KEY_MAX];
	size_t length;
};
void state_key_folder(struct state_key *key, uint32_t folder);
void state_key_uid(struct state_key *key, uint32_t folder, uint32_t uid);
/* False when BASE is longer than a file name can be. */
bool state_key_name(struct state_key *key, uint32_t folder, const char *base, size_t base_length);
static inline MDB_val state_key_value(struct state_key *key)
{
	return (MDB_val){ .mv_size = key->length, .mv_data = key->bytes };
}

/* Numbers in keys and records: big-endian. */
void state_write_u32(unsigned char *bytes, uint32_t number);
uint32_t state_read_u32(const unsigned char *bytes);
void state_write_u64(unsigned char *bytes, uint64_t number);
uint64_t state_read_u64(const unsigned char *bytes);

#endif
