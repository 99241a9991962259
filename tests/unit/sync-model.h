/* Models of both sides and the base, small enough to be run by the hundred thousand.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_TESTS_SYNC_MODEL_H
#define NAVETTE_TESTS_SYNC_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sync/plan/plan.h"

#define MODEL_MESSAGES_MAX 96
#define MODEL_CONTENTS_MAX 512
#define MODEL_UIDS_MAX 1024
#define MODEL_NAME_SIZE 48

/* Flags that the model's far side can store, and one that it cannot. */
#define MODEL_STORABLE (FLAG_SEEN | FLAG_ANSWERED | FLAG_FLAGGED | FLAG_DELETED | FLAG_KEYWORD(0))
#define MODEL_MANAGED (MODEL_STORABLE | FLAG_DRAFT)

struct model_near {
	uint32_t content;
	enum maildir_place place;
	char name[MODEL_NAME_SIZE];
};

struct model_far {
	uint32_t content;
	uint32_t uid;
	uint32_t flags;
	uint32_t modseq;
};

struct model_base {
	struct state_message message; /* name points to NAME below */
	char name[MODEL_NAME_SIZE];
	bool pending; /* recorded, its file still in tmp/ */
	uint32_t content;
};

/* An upload that was begun. */
struct model_upload {
	char base[MODEL_NAME_SIZE];
	uint32_t from_uid;
};

/* What a run notes at its end, so that the next one need not look at everything. */
struct model_noted {
	bool known;
	struct plan_rules rules;
	uint32_t near_version;
	uint32_t modseq;
	struct name_digest near_withheld;
};

struct model {
	uint64_t random;
	struct plan_rules rules; /* of the next run; all goes both ways */
	struct model_noted noted;
	/* Copies that the rules leave out would, under the same base name, be in the way of each
	 * other; navette does not overwrite them, but cannot go on with them either. */
	bool copies_are_renamed;
	struct model_near near[MODEL_MESSAGES_MAX];
	size_t near_count;
	uint32_t near_version; /* grows with each change, like the stamps of a Maildir */
	struct model_far far[MODEL_MESSAGES_MAX];
	size_t far_count;
	uint32_t uidnext;
	uint32_t modseq;
	uint32_t vanished[MODEL_UIDS_MAX]; /* by UID: the modseq of its removal */
	struct model_base base[MODEL_MESSAGES_MAX];
	size_t base_count;
	struct model_upload uploads[MODEL_MESSAGES_MAX];
	size_t upload_count;
	uint32_t names; /* how many were given */
	/* What the user did, by content. */
	uint32_t contents;
	uint32_t made[MODEL_CONTENTS_MAX];
	uint32_t removed[MODEL_CONTENTS_MAX];

	/* The window (sync-model-window.c). A message's day and size follow from its content. */
	bool windows; /* users change the rule, and days pass */
	struct window_rule rule;
	int64_t today;
	char settled[64]; /* the rule that the state knows; "": none */
	uint32_t outside[MODEL_MESSAGES_MAX];
	size_t outside_count;
	uint32_t expiring[MODEL_MESSAGES_MAX];
	size_t expiring_count;
	bool was_settled;  /* when the run looked */
	const char *wrong; /* what a run must never do, and did */
};

void model_begin(struct model *model, uint64_t seed);
/* 0 .. BOUND-1 */
/* How many histories a test is to try: USUAL, or what NAVETTE_HISTORIES says. */
uint64_t model_history_count(uint64_t usual);
uint32_t model_random(struct model *model, uint32_t bound);

/* One random thing that a user does on either side. */
void model_user_acts(struct model *model);

/* One run under the rules. Stops after STEPS steps as if killed (SIZE_MAX: never). Returns how many
 * steps it took; *empty_r tells whether the plan was empty. */
size_t model_run(struct model *model, size_t steps, bool *empty_r);
/* Up to ROUNDS times: users act, up to ACTS times, runs are killed at random steps, users act
 * again; then one whole run. */
void model_live(struct model *model, uint32_t rounds, uint32_t acts);

/* Why the model is not as it should be after a whole run under rules that let everything go both
 * ways; NULL when all is well. */
const char *model_check(const struct model *model);

uint32_t model_near_flags(const struct model_near *file);

/* --- Of the window --- */

/* The user changes the rule, or a day passes. */
void model_rule_changes(struct model *model);
/* The same as model_check(), where the near side has only what is in the window. EXACTLY: and all
 * of that; else what was uploaded may stay beyond. */
const char *model_check_window(const struct model *model, bool exactly);

#endif
