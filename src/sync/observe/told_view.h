/* A folder as far as inotify named files of it: those files, and what the base says of them.
 * Internal to sync. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_SYNC_OBSERVE_TOLD_VIEW_H
#define NAVETTE_SYNC_OBSERVE_TOLD_VIEW_H

#include "maildir/scan.h"
#include "sync/observe/base.h"
#include "sync/observe/told.h"

struct sync_folder;

struct told_view {
	const struct sync_folder *folder;
	const struct sync_base *whole;
	struct base_view base; /* of it, the messages whose base names were told */
	struct uid_set uids;   /* these */
	struct told_names names;
	bool doubtful; /* the directories have to be listed */
};

/* Whether the folder may be looked at by names, as far as its record says: nothing is in it that
 * only a whole listing tells. *names_r (may be NULL): what the base has. Returns 0 or -1. */
int told_view_fits(const struct sync_folder *folder, bool *fits_r, struct name_digest *names_r,
		   struct error *error);
/* WHOLE has to live longer. Nothing was told yet. */
void told_view_begin(struct told_view *view, const struct sync_folder *folder,
		     const struct sync_base *whole);
/* Takes what was told until now, and passes each of those files that is there to SEE once.
 * BEFORE: the fingerprint from before. All other files were there before, and are as the base says;
 * unless that is doubtful, as when the base has changed in what was not told of. Returns 0 or -1.
 */
int told_view_list(struct told_view *view, const struct maildir_fingerprint *before,
		   maildir_entry_function *see, void *context, struct error *error);
void told_view_end(struct told_view *view);

/* Notes that the Maildir is just as the base says, where that can be seen by names; it has the
 * fingerprint NOW, of which SAFE is what maildir_fingerprint_take() says. *enough_r: there is no
 * need to list the directories, for what is other by now was told and is the next round's.
 * Returns 0 or -1. */
int told_view_settle(struct sync_folder *folder, const struct maildir_fingerprint *now, bool safe,
		     bool *enough_r, struct error *error);

/* Of the folder's account; NULL: nobody watches. */
struct told *told_of(const struct sync_folder *folder);

#endif
