/* From what is seen on a side to what changed there. Pure: looks only at its arguments.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_SYNC_OBSERVE_DIFF_H
#define NAVETTE_SYNC_OBSERVE_DIFF_H

#include "mail/uid_bits.h"
#include "mail/uid_collection.h"
#include "maildir/scan.h"
#include "sync/observe/base_view.h"
#include "sync/observe/changes.h"

/* What became of the content of a file of the base. */
enum near_content {
	NEAR_CONTENT_SAME,    /* or nobody looked */
	NEAR_CONTENT_TOUCHED, /* the file is another, or has another time; its bytes are the same */
	NEAR_CONTENT_EDITED,  /* it has other bytes */
	NEAR_CONTENT_UNKNOWN  /* it could not be read: the next scan looks at it again */
};
/* What was read of it. */
struct near_content_facts {
	struct file_stamp file;
	struct body_digest body; /* known where its bytes are certainly the same */
};
/* Tells it of the file ENTRY, which has the base name of MESSAGE. *facts_r: as the file is now,
 * unless it is the same. */
typedef enum near_content near_content_function(void *context, const struct maildir_entry *entry,
						const struct state_message *message,
						struct near_content_facts *facts_r);

/* What the rules make of a message that is absent on the near side, and that the far side has. */
enum near_absence {
	NEAR_ABSENCE_IS_LEFT,   /* nothing */
	NEAR_ABSENCE_IS_MARKED, /* it gets \Deleted, if it has not */
	NEAR_ABSENCE_IS_UNDONE  /* it is removed, or brought back */
};

/* A listing of one side is fed in piece by piece, in any order; what equals the base, also in flags
 * that an earlier run left as they were on this side, costs a lookup
 * and no memory but the set of UIDs seen. */

struct near_diff {
	const struct base_view *base;
	uint32_t managed; /* flag bits that are synchronised; others count as equal */
	struct near_changes *changes;
	near_content_function *look; /* to be set after the beginning; NULL: all have the same */
	void *look_context;
	enum near_absence absence; /* to be set as well; else left */
	struct uid_bits seen;      /* directories are in no order */
	struct uid_set editors;    /* messages of which there is an editor's copy */
	uint32_t letters;          /* that stand in names, as bits, whatever they mean */
	bool raced;                /* a message was seen twice */
	bool unread;               /* the content of one is not known */
};

void near_diff_begin(struct near_diff *diff, const struct base_view *base, uint32_t managed,
		     struct near_changes *changes);
/* One file of the scan; a maildir_entry_function with the diff as its context. */
int near_diff_see(void *diff, const struct maildir_entry *entry, struct error *error);
/* An editor's copy: one of a message of the base that is not seen itself keeps it from counting as
 * removed. One that the base knows as a message is that. */
int near_diff_see_editors(void *diff, const struct maildir_entry *entry, struct error *error);
/* Ends the scan. With STABLE (no rename can have raced) what was not seen counts as removed, and a
 * second file with a base name already seen as a copy. Without, *certain_r is false when anything
 * was missing of which something is to be done, or seen twice: the scan should be repeated; changes
 * then hold no removal and no copy, so that they are safe to use, but are partial. Returns 0 or -1.
 */
int near_diff_finish(struct near_diff *diff, bool stable, bool *certain_r, struct error *error);

struct far_diff {
	const struct base_view *base;
	const struct uid_set *outside;
	uint32_t managed;
	struct far_changes *changes;
	struct uid_collection seen;
	struct uid_collection added; /* not in the changes yet */
	bool holds;                  /* whether just these are known to be there: */
	struct uid_set held;
};

/* OUTSIDE: what the far side has beyond the base, known as well; their flags are of no interest.
 * May be NULL. */
void far_diff_begin(struct far_diff *diff, const struct base_view *base,
		    const struct uid_set *outside, uint32_t managed, struct far_changes *changes);
/* One message with its flags. The same UID may come again: the later flags count. */
int far_diff_see(struct far_diff *diff, uint32_t uid, uint32_t flags, struct error *error);
/* The server said that these are gone (VANISHED). */
int far_diff_vanished(struct far_diff *diff, const struct uid_set *uids, struct error *error);
/* Just these are there: any other is removed, unless it was seen and the listing is complete. */
void far_diff_hold(struct far_diff *diff, const struct uid_set *uids);
/* Ends it. COMPLETE: every message of the mailbox was seen or held, so the others are removed.
 * Returns 0 or -1. May be called again when more was held meanwhile. */
int far_diff_finish(struct far_diff *diff, bool complete, struct error *error);
/* Ends it without a result; does nothing after far_diff_finish(). */
void far_diff_release(struct far_diff *diff);

#endif
