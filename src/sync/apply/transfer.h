/* How far apply came in a folder: the only part of it that threads share. Internal to sync.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_SYNC_APPLY_TRANSFER_H
#define NAVETTE_SYNC_APPLY_TRANSFER_H

#include <stdatomic.h>
#include <stdbool.h>

#include "base/text.h"
#include "mail/uid_set.h"
#include "maildir/folder.h"
#include "sync/plan/operation.h"
#include "sync/sync.h"

struct maildir;

/* Parts of a folder's downloads may be done by several threads at a time; all else by one thread,
 * before them or after the last of them. "The folder's thread" is that one: what only it changes
 * needs no lock, since the queue of the pool stands between it and the parts. */
struct transfer {
	struct maildir *maildir; /* the folder's thread; parts only use it */
	struct uid_set wanted;   /* stubs that shall be made whole; the folder's thread */
	bool comes_in; /* some of the downloads were left out before; the folder's thread, before
			  there are parts */
	bool window_is_loose; /* the next run must look for the whole window again; the folder's
				 thread */
	bool far_written;     /* apply changes something on the server; the folder's thread */
	atomic_uint_fast64_t received; /* messages downloaded so far, for progress; atomic */
	struct uid_set published; /* downloads in place, but still in the journal; the context's
				     lock */
	struct uid_set held; /* far removals that must wait for a later run; between the stages of a
				run, when one thread is at work */
	struct uid_set near_held; /* near removals, likewise */
	struct uid_set replaced; /* far removals that are done: their new versions took their place;
				    the folder's thread */
	struct uid_set left;     /* likewise: they left by a move to another folder; as held */
	struct operation_list carried; /* MERGEs of messages that the server carried here; the
					  folder's thread, as is: */
	struct text_list carried_names;
	uint32_t letters;          /* whose names stand beside the files; the context's lock */
	bool begun;                /* sync_folder_apply_begin() was done; the folder's thread */
	struct sync_counts counts; /* the context's lock where parts or failures of messages count;
				      else the folder's thread */
	bool near_raced; /* a reader moved a file on, so what far did to that message is not in the
			    base yet: far.seen must not be noted; the folder's thread */
};
void transfer_release(struct transfer *transfer);

#endif
