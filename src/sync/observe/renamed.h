/* Files whose base name somebody changed within their folder. Pure: looks only at its arguments.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_SYNC_OBSERVE_RENAMED_H
#define NAVETTE_SYNC_OBSERVE_RENAMED_H

#include "state/state.h"
#include "sync/observe/changes.h"

/* A message of the base whose file is not there under its base name any more. */
struct vanished {
	uint32_t uid;
	uint32_t flags;
	uint64_t size; /* on the wire */
	struct identity identity;
	struct file_stamp file;
	bool has_file; /* it was found */
};

enum vanished_order {
	VANISHED_BY_FILE,
	VANISHED_BY_BYTES,  /* size, digest with the key */
	VANISHED_BY_SHA256, /* size, digest of before */
	VANISHED_BY_IDENTITY
};

struct vanished_list {
	struct vanished *items;
	size_t count, capacity;
	bool sorted;
	enum vanished_order order;
	bool any_unknown; /* of some the base does not know the file */
	bool any_sha256;  /* of some it knows the digest of before alone: files are read with it */
};
void vanished_list_add(struct vanished_list *list, const struct state_message *message);
void vanished_list_release(struct vanished_list *list);

/* Takes each new file that is a vanished message's out of the new ones, and the message out of the
 * removed ones: it is a change of its name. First those that are the very file, by inode, size and
 * time, which needs no look at their bytes; */
void renamed_pair_files(struct vanished_list *list, struct near_changes *changes);
/* (then ADDED has to be read, where this says so: its size is that of one, or there are some of
 * which the base does not know the file;) */
bool renamed_must_read(struct vanished_list *list, const struct near_added *added);
/* then those that have the same bytes; or, where the base does not know these, the same identity
 * and size, but no drafts. What is in doubt stays as it was: a removal and a new message. */
void renamed_pair_contents(struct vanished_list *list, struct near_changes *changes);

#endif
