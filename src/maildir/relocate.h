/* Giving a Maildir another place. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_MAILDIR_RELOCATE_H
#define NAVETTE_MAILDIR_RELOCATE_H

#include <stdbool.h>

#include "base/error.h"

/* The Maildir FROM becomes that at TO, where there is none; durable when it returns. WHOLE: the
 * directory with all that is in it, in one step, unless TO is there already. Else, and then, its
 * parts and files, cur last, and other directories stay: one that was killed in between is still
 * that at FROM, and is finished by another call. No file of a message is touched. Returns 0 or -1
 * (SCOPE_FOLDER): then it is still that at FROM, but for what may be in `new` and `tmp`. */
int maildir_relocate(const char *from, const char *to, bool whole, struct error *error);
/* The directories FROM and TO change places, with all that is in them, in one step; durable when it
 * returns. Returns 0 or -1 (SCOPE_FOLDER; also where the file system cannot do that): then both are
 * where they were. */
int maildir_exchange(const char *from, const char *to, struct error *error);

#endif
