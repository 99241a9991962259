/* A user with mail on two sides, who does random things on both, and what must come of it.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_TESTS_ENGINE_USER_H
#define NAVETTE_TESTS_ENGINE_USER_H

#include "base/buffer.h"
#include "engine-rig.h"
#include "random.h"

#define USER_NUMBERS 256
#define USER_VERSIONS 8

/* What the user did with the message of a number since the sides last agreed. */
struct user_message {
	unsigned int near_acts, far_acts;
	unsigned int near_moves, far_moves; /* of them, such as brought it to another folder */
	unsigned int version;               /* the newest */
	/* How many of each version there are at least and at most: both sides may have done things
	 * that do not go together. */
	unsigned int least[USER_VERSIONS], most[USER_VERSIONS];
	unsigned int near_added[USER_VERSIONS], far_added[USER_VERSIONS];
};

struct user {
	struct rig *rig;
	struct random random;
	unsigned int numbers, names;
	bool folders;         /* makes and removes them as well */
	unsigned int renames; /* so many folders got another name */
	bool renamed; /* one did: what comes to its old name on the other side is found elsewhere */
	bool reshaped;    /* folders were removed, or their messages got other UIDs */
	bool keeps_bytes; /* edits none */
	bool edited;      /* a file; what far did to the old version comes here one run later */
	struct user_message messages[USER_NUMBERS];
	struct buffer diary;
};

void user_begin(struct user *user, struct rig *rig, uint64_t seed);
void user_release(struct user *user);
uint32_t user_random(struct user *user, uint32_t below);
/* One random thing on either side. */
void user_acts(struct user *user);
/* The sides agree: what is there now is what there is. */
void user_settles(struct user *user);

/* --- For those who act --- */

extern const char *const user_folders[];
#define USER_FOLDERS 4

/* So many folders get another name at most, which none had before. The name is the caller's; NULL:
 * not any more. */
#define USER_RENAMES 3
char *user_names_folder(struct user *user, bool far, const char *folder);
void user_acts_near(struct user *user);
void user_acts_far(struct user *user);
/* A new one. */
unsigned int user_makes(struct user *user);
uint32_t user_flags(struct user *user);
/* How many of it there must be: what both sides got is perhaps one and the same. */
unsigned int user_least(const struct user *user, struct rig_content content);
/* Notes it, on that side: there is one more of it, or one less; or it has one more place, perhaps
 * for the side's copies go to different places. */
enum user_change { USER_CHANGES, USER_ADDS, USER_REMOVES, USER_MOVES };
void user_notes(struct user *user, bool far, struct rig_content content, enum user_change change,
		const char *text);
/* What is of a new version now; false: there are no more. */
bool user_edits(struct user *user, bool far, struct rig_content *content);

#endif
