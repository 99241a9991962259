/* Which separators of flags a file system takes in names. SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef NAVETTE_MAILDIR_SEPARATOR_H
#define NAVETTE_MAILDIR_SEPARATOR_H

#include <stdbool.h>

#include "base/error.h"
#include "maildir/folder.h"

/* FAT, SMB shares and Android refuse ':' in names, with whatever reason. So it is tried,
 * unless the file system is known to take all: an empty file of such a name is made and removed
 * again. */

/* Whether files can be named with flags in the Maildir; if not, the error (SCOPE_MESSAGE) says so,
 * and what to set. True where no file can be made at all: that is another trouble. */
bool maildir_takes_separator(const struct maildir *maildir, struct error *error);

/* The same for the DIRECTORY of that path, and for SEPARATOR. */
bool maildir_directory_takes_separator(const char *directory, char separator, struct error *error);

#endif
