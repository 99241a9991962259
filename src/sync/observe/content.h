/* Whether a file of the base has another content now: was edited in place, or replaced under its
 * name. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_SYNC_OBSERVE_CONTENT_H
#define NAVETTE_SYNC_OBSERVE_CONTENT_H

#include "maildir/message.h"
#include "state/state.h"
#include "sync/observe/diff.h"

struct sync_folder;

/* A scan's look at the contents of a folder's files; the context of content_look(). A file whose
 * inode, as the directory tells it, is not the recorded one is looked at; so are all files of a
 * drafts folder, those with \Draft, those that a run before this one has just sent, and all of a
 * folder with few files. In larger folders an edit that keeps the inode is not seen: to ask for the
 * size and time of each of a million files would cost more than the whole of the scan. */
struct content_scan {
	struct sync_folder *folder;
	bool is_off; /* nothing may go up: an edited file stays as it is */
	bool all;
};
struct content_scan content_scan_of(struct sync_folder *folder, const struct base_view *base);
/* A near_content_function. Reads a file whose size or time is another than recorded: only other
 * bytes are an edit. */
enum near_content content_look(void *scan, const struct maildir_entry *entry,
			       const struct state_message *message,
			       struct near_content_facts *facts_r);

/* Whether the file of MESSAGE holds what the server never had, or is being written to. The Maildir
 * must be open. */
bool content_is_only_here(const struct sync_folder *folder, const struct maildir_location *location,
			  const struct state_message *message);

/* Whether the folder is one of drafts, by special use (RFC 6154). */
bool content_is_of_drafts(const struct sync_folder *folder);
/* Whether STAMP is so young that what is written from now on may leave it as it is. */
bool content_is_of_this_moment(const struct file_stamp *stamp);

#endif
