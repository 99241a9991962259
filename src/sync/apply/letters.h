/* Letters of keywords in file names, and what they mean. Internal to sync.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_SYNC_APPLY_LETTERS_H
#define NAVETTE_SYNC_APPLY_LETTERS_H

#include <stdint.h>

#include "base/error.h"

struct sync_folder;

/* Of a folder whose letters are by another table than the account's (observe/letters.h): renames
 * its files, once, so that they are by the account's, and tells how many. A run that is killed in
 * between goes on with it in the next. Nothing to do elsewhere, in a dry run, and where there is no
 * Maildir. Returns 0 or -1. */
int sync_folder_settle_letters(struct sync_folder *folder, struct error *error);

/* Before letters of FLAGS come into the folder's file names: what they mean is noted in its
 * dovecot-keywords. Where that fails it is told, and the next run tries again: the state knows it,
 * too. Several threads may call it. */
void sync_letters_place(struct sync_folder *folder, uint32_t flags);

#endif
