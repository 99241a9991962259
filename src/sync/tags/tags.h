/* Keywords that are tags: the part of a run that brings both to the same. docs/architecture.md has
 * the whole. Internal to sync. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_SYNC_TAGS_TAGS_H
#define NAVETTE_SYNC_TAGS_TAGS_H

#include <stdbool.h>

#include "config/config.h"
#include "tags/tags.h"

struct run;

/* What a run knows of the tags. */
struct run_tags {
	const struct tags_side *side; /* NULL: nobody wants any, or nothing may be changed */
	bool open;                    /* the database could be opened before the folders were */
	struct tags_mark seen;        /* as it was then */
	struct text_list concerned;   /* folders that it has something new for, or that wait */
};

/* Whether any folder of the account has tags. */
bool tags_are_wanted(const struct config_account *account);

/* Before anything is listed: which folders the database has something for. What is wrong with it is
 * told, and is no reason to stop; but a navette that has no library for it gives up. Returns 0 or
 * -1. */
int run_tags_look(struct run *run, struct error *error);
/* When all is applied: tags and keywords. */
void run_tags_apply(struct run *run);
/* The same without the server, for what is in the state, after others worked on the database. */
void run_tags_settle(struct run *run);
void run_tags_release(struct run *run);

/* For `check`: 0 it can be used, 1 it is of no use for a Maildir, both with a sentence that is the
 * caller's; or -1. */
int tags_check(const struct config_account *account, char **text_r, struct error *error);

#endif
