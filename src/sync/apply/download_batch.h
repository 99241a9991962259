/* New messages that lie in tmp/, on their way into the Maildir. Internal to sync.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_SYNC_DOWNLOAD_BATCH_H
#define NAVETTE_SYNC_DOWNLOAD_BATCH_H

#include "mail/uid_set.h"
#include "maildir/delivery.h"

struct sync_folder;

/* One message, whole. */
struct arrived {
	uint32_t uid;
	uint32_t flags;
	struct maildir_location location; /* where it goes */
	struct maildir_delivered delivered;
	uint64_t told_size; /* RFC822.SIZE, or what was counted */
	bool placed;        /* it is there: a commit that failed may be tried again */
};

/* The order of steps, and why a crash between any two is harmless, stands in maildir/delivery.h.
 * Zeroed but for `folder` and `headers_only` (they are stubs), it is empty. */
struct download_batch {
	struct sync_folder *folder;
	bool headers_only;
	struct arrived *items;
	size_t count, capacity;
	struct uid_set published; /* in place, but still in the journal; not surely on the disk */
	struct uid_set lost; /* of this batch: not in place, because of one message's trouble */
	uint64_t downloaded; /* put in place, in this batch and those before */
};

/* Gives the message a name. DELIVERED's text becomes the batch's. */
void download_batch_add(struct download_batch *batch, uint32_t uid, uint32_t flags, uint64_t size,
			const struct maildir_delivered *delivered);
/* Makes them durable, records them, puts them in place and empties the batch. Messages that cannot
 * be put there are told of, forgotten, and downloaded again by the next run. Returns 0 or -1. */
int download_batch_commit(struct download_batch *batch, struct error *error);
void download_batch_release(struct download_batch *batch);

#endif
