/* What each side of one folder did since the base. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_SYNC_OBSERVE_CHANGES_H
#define NAVETTE_SYNC_OBSERVE_CHANGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mail/file_stamp.h"
#include "mail/identity.h"
#include "mail/likeness.h"
#include "mail/message_digest.h"
#include "mail/uid_set.h"
#include "maildir/folder.h"

/* A file that the base does not know. */
struct near_added {
	enum maildir_place place;
	char *name; /* owned by the list */
	uint32_t flags;
	uint32_t edits; /* it stands under the base name of this message of the base, with another
			   content: a new version; 0: of none */
	bool is_copy;   /* another file has the same base name: it needs a new one before anything
			   else */
	/* Known only after near_changes were identified (gather), for pairing with far messages. */
	bool is_identified;
	uint64_t size; /* on the wire, or as the server told it; a stub's is that of its message */
	bool size_is_recalled; /* it is what the server told, before its UIDs became void */
	uint64_t added_size;   /* of it: header fields that another synchroniser added */
	bool is_stub;
	struct identity identity;
	struct identity_plain plain;
	struct file_stamp file; /* as it was read */
	struct body_digest body;
	/* It could not be read, so it may be any far message of about its size
	 * (match_leave_unreadable()): neither is carried over in this run. */
	bool is_unreadable;
	uint64_t file_size; /* of an unreadable one; UINT64_MAX: not known */
	bool is_doubtful;   /* it may be a far message of another size or header */
	bool has_likeness;
	struct likeness likeness;
	/* An upload of it was begun in an earlier run: if it arrived, it has this UID or a higher
	 * one. 0: none was begun. */
	uint32_t upload_from_uid;
	uint32_t upload_flags; /* what the base is to have then; 0 also where that is not known */
	uint32_t begun_version_of; /* and it is the new version of that message; 0: of none */
	bool arrived;              /* apply: the server has it, and the base says so */
	bool has_left;             /* apply: and it left the place where it was before */
};

/* A file of the base that has other flags, another place or another name. */
struct near_changed {
	uint32_t uid;
	enum maildir_place place;
	char *name;              /* owned by the list */
	uint32_t flags;          /* that its user means */
	uint32_t dropped;        /* of them: letters that the reader who renamed it did not know */
	struct file_stamp file;  /* where it is another than before, with the same content; else not
				    known */
	struct body_digest body; /* of it, where it is certainly the message's */
};

struct near_changes {
	struct near_added *added;
	size_t added_count, added_capacity;
	struct near_changed *changed; /* ascending by UID, each UID once */
	size_t changed_count, changed_capacity;
	struct uid_set removed;
	struct uid_set renamed; /* gone, but an editor's copy has their name: not removed */
	bool is_partial;        /* there may be more: the scan was not at rest, or could not read a
				   file */
	uint32_t
		removed_unrecorded; /* so many of them an interrupted run sent and did not record */
};
void near_changes_release(struct near_changes *changes);

/* A message of the base with other flags. */
struct far_changed {
	uint32_t uid;
	uint32_t flags;
};

/* A new far message whose identity was asked for, because it could be one that the near side has
 * too. */
struct far_identified {
	uint32_t uid;
	uint32_t flags;
	uint64_t size;
	uint64_t added_size; /* as above; known only of doubtful ones */
	struct identity identity;
	struct identity_plain plain;
	bool is_doubtful; /* it may be a near file of another size or header */
	bool has_likeness;
	struct likeness likeness;
};

struct far_changes {
	struct uid_set added;
	struct far_changed *changed; /* ascending by UID, each UID once */
	size_t changed_count, changed_capacity;
	struct uid_set removed;
	struct uid_set outside_removed; /* gone, of those that the near side never had or has no
					    more because of its window */
	struct far_identified
		*identified; /* of those in added; empty when no pairing is possible */
	size_t identified_count, identified_capacity;
};
void far_changes_release(struct far_changes *changes);

#endif
