/* What the state knows of a folder: how both sides were at the end of the last run. Internal to
 * sync. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_SYNC_OBSERVE_BASE_H
#define NAVETTE_SYNC_OBSERVE_BASE_H

#include <stdbool.h>

#include "mail/name_digest.h"
#include "state/keywords.h"
#include "state/state.h"
#include "sync/observe/base_view.h"
#include "sync/observe/deferred.h"

struct sync_folder;

/* What the recorded messages of a folder are worth in this run. */
enum folder_base_state {
	FOLDER_BASE_VALID,
	FOLDER_BASE_VOID,   /* a new UIDVALIDITY, or another Maildir: they say nothing any more, but
			       still stand in the state */
	FOLDER_BASE_CLEARED /* they were void, and apply took them out of the state: none of the
			       plan's UIDs of before may be touched there. What is recorded from
			       then on is valid */
};

/* What the rules leave where it is, once this run has done what it plans: the record notes it. */
struct folder_withheld {
	uint32_t far;            /* how many messages */
	struct name_digest near; /* the names of which files */
};

struct folder_base {
	struct state_folder record; /* as in the state; id 0: not there yet */
	bool has_letters;           /* its files have letters by the table of the next, not by the
				       account's; see letters.h */
	struct state_letters letters;
	enum folder_base_state state;
	bool uploads_pending;   /* an earlier run began uploads and did not record their end */
	struct uid_set stubs;   /* messages of which only the header is here (apply/fill.h) */
	struct uid_set moved;   /* messages that an earlier run brought where their files are now */
	struct uid_set watched; /* messages whose files may have been written to since
				   (content.h) */
	struct sync_deferred deferred;   /* messages that failed before */
	struct uid_set outside;          /* as in the state; apply adds what is new to it */
	struct folder_withheld withheld; /* when the plan stands */
};
void folder_base_release(struct folder_base *base);

/* The recorded messages, open for reading: none while the folder has no record or when its UIDs
 * are void. Write nothing to the state before sync_base_end(). */
struct sync_base {
	struct base_view_state state;
	struct base_view view;
};
int sync_base_begin(const struct sync_folder *folder, struct sync_base *base, struct error *error);
/* They say nothing any more: from now on there are none. */
void sync_base_void(struct sync_base *base);
void sync_base_end(struct sync_base *base);

#endif
