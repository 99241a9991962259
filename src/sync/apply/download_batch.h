/* New messages that lie in tmp/, on their way into the Maildir. Internal to sync.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_SYNC_DOWNLOAD_BATCH_H
#define NAVETTE_SYNC_DOWNLOAD_BATCH_H

#include "mail/object_id.h"
#include "mail/uid_set.h"
#include "maildir/delivery.h"

struct sync_folder;

/* One message, whole. */
struct arrived {
	uint32_t uid;
	uint32_t flags;      /* of the far message */
	uint32_t near_flags; /* that its file gets */
	struct maildir_delivered delivered;
	uint64_t told_size; /* RFC822.SIZE, or what was counted */
	struct object_id object;
	bool is_stub;
	/* A message that moved from there, and took flags along that were changed here: they are no
	 * change there any more. Folder 0: none. */
	uint32_t left_folder, left_uid, left_changed;
	/* The batch's: */
	struct maildir_location location; /* where it goes */
	bool placed;                      /* it is there: a commit that failed may be tried again */
};

/* The order of steps, and why a crash between any two is harmless, stands in maildir/delivery.h.
 * Zeroed but for `folder`, it is empty. */
struct download_batch {
	struct sync_folder *folder;
	struct arrived *items;
	size_t count, capacity;
	struct uid_set published; /* in place, but still in the journal; not surely on the disk */
	struct uid_set lost; /* of this batch: not in place, because of one message's trouble */
	uint64_t downloaded; /* put in place, in this batch and those before */
};

/* Gives the message a name. The text in `delivered` becomes the batch's. */
void download_batch_add(struct download_batch *batch, const struct arrived *message);
/* Makes them durable, records them, puts them in place and empties the batch. Messages that cannot
 * be put there are told of, forgotten, and downloaded again by the next run. Returns 0 or -1. */
int download_batch_commit(struct download_batch *batch, struct error *error);
/* At the end: tells the folder what it must know of the batch, and counts those that are in place
 * as COUNT. */
void download_batch_end(struct download_batch *batch, uint64_t *count);

#endif
