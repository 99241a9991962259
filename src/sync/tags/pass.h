/* One pass over the tags of an account: what its files share. Internal to sync/tags.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_SYNC_TAGS_PASS_H
#define NAVETTE_SYNC_TAGS_PASS_H

#include "mail/flags.h"
#include "mail/uid_set.h"
#include "state/tags.h"
#include "sync/plan/tags.h"
#include "tags/names.h"
#include "tags/tags.h"

struct config_account;
struct run;
struct state;
struct sync_folder;

/* A folder whose messages are compared. */
struct tags_folder {
	uint32_t id;
	char *path;                /* of its Maildir, as the state has it; owned */
	char *real_path;           /* without links; owned */
	struct sync_folder *round; /* its part in the round; NULL: without the server */
	bool pulls, pushes;
	bool stores_any; /* the mailbox takes every keyword, else: */
	struct text_list storable;
	struct state_tag_mark mark;
	bool is_fresh; /* that mark is not of this database, or of other names */
	bool waits;    /* some messages do: */
	struct uid_set waiting;
	struct uid_set seen; /* messages that were compared in this pass */
	struct uid_set kept; /* those of them of which something is recorded */
};

/* A message, and where it is. */
struct tags_work {
	char *id;
	char *thread;          /* of which database */
	struct text_list tags; /* as the database has them */
	struct tag_merge merge;
	struct tags_place {
		size_t folder; /* its number in the pass */
		uint32_t uid;
		struct state_tags known;
		bool waited;
	} * places; /* one for each of the merge's copies */
};

struct tags_pass {
	struct run *run;
	struct state *state;
	const struct config_account *account;
	const struct tags_side *side;
	struct tags_database *database;
	struct tags_mark now; /* as it was opened */
	struct tag_names names;
	char *settings; /* what those are, as text */
	struct tags_folder *folders;
	size_t folder_count;
	struct tags_directory {
		const char *path;
		size_t folder;
	} * directories; /* ascending by path */
	size_t directory_count;
	struct tags_work *works;
	size_t work_count, work_capacity;
	struct text_list invalid;              /* tags that cannot be keywords */
	struct state_transaction *transaction; /* while works are collected */
	uint64_t stored, tagged;               /* messages that were changed */
};

/* --- settings.c --- */

struct tag_names tags_names_of(const struct config_account *account);
/* Which names are carried, as text; the caller's. */
char *tags_settings_text(const struct config_account *account);
/* Whether what the database lacks says nothing by that mark. */
bool tags_mark_is_fresh(const struct state_tag_mark *mark, const struct tags_mark *now,
			const char *settings);

/* --- places.c --- */

/* A folder of the state and its Maildir, with nothing known of it yet. */
struct tags_folder tags_folder_of(uint32_t id, const char *path);
void tags_folder_release(struct tags_folder *folder);
/* When all folders are there. */
void tags_places_make(struct tags_pass *pass);
/* The folder in which the file stands, and its name there; SIZE_MAX: in none. */
size_t tags_places_find(const struct tags_pass *pass, const char *file, const char **name_r);

/* --- collect.c --- */

/* Messages that the database tells of, and those that wait: all whose record has to be changed.
 * Returns 0 or -1. */
int tags_collect(struct tags_pass *pass, struct error *error);
void tags_works_release(struct tags_pass *pass);

/* --- store.c --- */

/* Keywords go to the server; each copy's `done` is set where they did. What fails is told. */
void tags_store(struct tags_pass *pass);

#endif
