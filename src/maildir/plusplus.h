/* The Maildir++ layout: INBOX is the root itself, folder "Lists/foo" is ROOT/.Lists.foo.
 * Internal to maildir. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_MAILDIR_PLUSPLUS_H
#define NAVETTE_MAILDIR_PLUSPLUS_H

#include "maildir/layout.h"

/* The directory of a valid folder name: "Lists/foo.bar" is ".Lists.foo%2Ebar". INBOX has none: "".
 * The caller owns it. */
char *plusplus_directory(const char *folder);
/* The folder of a directory's name, which begins with a dot; NULL when it is none. The caller owns
 * it. */
char *plusplus_folder(const char *directory);

/* As maildir_layout_list(), not sorted. */
int plusplus_list(const char *root, struct text_list *folders, maildir_skipped_function *skipped,
		  void *context, struct error *error);

#endif
