/* Where folders stand under the Maildir root. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_MAILDIR_LAYOUT_H
#define NAVETTE_MAILDIR_LAYOUT_H

#include "base/error.h"
#include "base/text.h"

/* The nested layout: folder "Lists/foo" is ROOT/Lists/foo. Folder names (base/folder_name.h) are
 * safe paths by construction. */
/* The path of a folder; the caller owns it. FOLDER must be valid. */
char *maildir_layout_path(const char *root, const char *folder);

/* Finds every Maildir below ROOT: a directory that holds cur/. Adds their folder names, sorted by
 * bytes, to FOLDERS. Hidden names (leading ".") are not entered; symbolic links to directories are
 * followed, loops of them are not; one to a directory of this root makes a second folder of the
 * same files. Directories whose names are not valid folder names are reported through
 * skipped(context, path, reason) and left alone. A missing ROOT gives no folders. Returns 0 or -1
 * (names the directory that cannot be read: the folders in it are not known then). A Maildir that
 * is closed to us is listed, so that opening it tells why; what it may hold is not. */
int maildir_layout_list(const char *root, struct text_list *folders,
			void (*skipped)(void *context, const char *path, const char *reason),
			void *context, struct error *error);

#endif
