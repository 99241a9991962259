/* Folder names as one name of a directory, with dots between the components. Internal to maildir.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_MAILDIR_DOTTED_H
#define NAVETTE_MAILDIR_DOTTED_H

#include "base/buffer.h"

/* Adds FOLDER, a valid name: "Lists/foo.bar" is "Lists.foo%2Ebar". */
void dotted_write(struct buffer *out, const char *folder);
/* The inverse. The caller owns it; it need not be a valid folder name. */
char *dotted_read(const char *directory);

#endif
