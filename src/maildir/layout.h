/* Where folders stand under the Maildir root. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_MAILDIR_LAYOUT_H
#define NAVETTE_MAILDIR_LAYOUT_H

#include <stdbool.h>

#include "base/error.h"
#include "base/text.h"

/* Folder names (mail/folder_name.h) are safe paths by construction. */
enum maildir_layout {
	MAILDIR_NESTED,   /* folder "Lists/foo" is ROOT/Lists/foo */
	MAILDIR_PLUSPLUS, /* it is ROOT/.Lists.foo, and INBOX is ROOT itself; a dot within a
			     component is written "%2E" */
	MAILDIR_FLAT,     /* it is ROOT/Lists.foo; a dot as above */
	MAILDIR_LEGACY    /* it is ROOT/Lists/.foo */
};
#define MAILDIR_LAYOUT_COUNT 4

/* As the configuration calls it. */
const char *maildir_layout_name(enum maildir_layout layout);

/* The path of a folder; the caller owns it. FOLDER must be valid. */
char *maildir_layout_path(enum maildir_layout layout, const char *root, const char *folder);
/* Whether the layout can have a folder of that name: where the whole is one name of a directory, it
 * has at most 255 bytes. */
bool maildir_layout_can_hold(enum maildir_layout layout, const char *folder);
/* Leaves the mark in a new Maildir that its layout asks for. Returns 0 or -1. */
int maildir_layout_mark(enum maildir_layout layout, const char *root, const char *path,
			struct error *error);

/* A directory that is passed over. */
struct maildir_skipped {
	const char *path;
	const char *local; /* the folder name that it would have, if that could be one */
	const char *reason;
	bool foreign; /* a Maildir where the layout has none: it is somebody else's */
};
typedef void maildir_skipped_function(void *context, const struct maildir_skipped *skipped);

/* Finds every Maildir below ROOT: a directory that holds cur/. Adds their folder names, sorted by
 * bytes, to FOLDERS; INBOX may be in any case but in MAILDIR_PLUSPLUS. Hidden names (leading ".")
 * are not entered where the layout has none, in MAILDIR_PLUSPLUS no others are looked at; symbolic
 * links to directories are followed, loops of them are not; one to a directory of this root makes a
 * second folder of the same files. Directories whose names are not valid folder names are reported
 * to SKIPPED and left alone. A missing ROOT gives no folders. Returns 0 or -1 (names the directory
 * that cannot be read: the folders in it are not known then). A Maildir that is closed to us is
 * listed, so that opening it tells why; what it may hold is not. */
int maildir_layout_list(enum maildir_layout layout, const char *root, struct text_list *folders,
			maildir_skipped_function *skipped, void *context, struct error *error);

#endif
