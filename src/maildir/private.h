/* What the files of this layer share. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_MAILDIR_PRIVATE_H
#define NAVETTE_MAILDIR_PRIVATE_H

#include "maildir/folder.h"

struct maildir {
	char *path;
	int root;      /* descriptors of the directories */
	int places[2]; /* by enum maildir_place */
	int tmp;
};

/* The directory of a place. */
static inline int maildir_place_descriptor(const struct maildir *maildir, enum maildir_place place)
{
	return maildir->places[place];
}

/* Renames without overwriting: 0, or -1 with errno (EEXIST where the target is there). */
int maildir_rename_exclusively(int from_directory, const char *from, int to_directory,
			       const char *to);

#endif
