/* What the files that look for other names share. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_SYNC_OBSERVE_OTHER_NAMES_PRIVATE_H
#define NAVETTE_SYNC_OBSERVE_OTHER_NAMES_PRIVATE_H

#include "maildir/folder.h"
#include "sync/observe/other_names.h"

/* A folder of the base that a side lacks. */
struct lost_folder {
	struct folder_view *view;
	struct state_folder record;
	struct folder_view *near, *far; /* what it was found to be there */
	bool near_doubt, far_doubt;     /* it could be several */
};
/* A Maildir that is new. */
struct new_place {
	struct folder_view *view;
	struct maildir_fingerprint fingerprint;
	uint64_t device, inode; /* of its cur */
	int64_t born_ns;        /* when that was made; 0: not known */
};
enum place_answer { PLACE_IS_OTHER, PLACE_IS_SAME, PLACE_MAY_BE_SAME };
/* Whether the Maildir of RECORD is the one at PLACE. Pure. Another directory could have got the
 * inode of one that was removed; then only its files tell. */
enum place_answer other_names_compare_place(const struct state_folder *record,
					    const struct new_place *place);

struct lost_folders {
	struct lost_folder *items; /* by name */
	size_t count;
};

/* A folder that is new on a side, and may be one that is lost there. */
bool other_names_may_be(const struct folder_view *view);
/* Whether a side lacks the folder of the base: what has its name there is another one, or nothing.
 */
bool other_names_lack_near(const struct folder_view *view);
bool other_names_lack_far(const struct folder_view *view);
/* Whether what has its name there is none that the base knows by that name. */
bool other_names_is_new_near(const struct folder_view *view);
bool other_names_is_new_far(const struct folder_view *view);

/* It could not be seen whether VIEW is a folder by another name: nothing is done with it in this
 * run. */
void other_names_block(struct folder_view *view, const struct error *reason);

/* Of folders of the base sees which of their Maildirs are others now (near_other). Returns 0 or -1
 * (the state failed). */
int other_names_see_others(const struct other_names_sources *sources, struct error *error);
/* Set what each is now. */
void other_names_near(const struct other_names_sources *sources, struct lost_folders *lost);
/* Likewise. Returns 0, or -1: an error that is about more than single folders. */
int other_names_far(const struct other_names_sources *sources, struct lost_folders *lost,
		    struct error *error);

#endif
