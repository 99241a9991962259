/* The file "dovecot-keywords" of a Maildir: what letters in its file names mean, as Dovecot reads
 * and writes it. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_MAILDIR_KEYWORDS_FILE_H
#define NAVETTE_MAILDIR_KEYWORDS_FILE_H

#include "base/error.h"
#include "mail/flags.h"
#include "maildir/folder.h"

/* Lines of "NUMBER NAME": 0 is the letter a, 25 is z. Lines that make no sense are passed over, and
 * so is a letter or a name that was there before. *table_r is the caller's. 1 found, 0 there is no
 * such file, -1 error (SCOPE_FOLDER). */
int maildir_keywords_read(const struct maildir *maildir, struct keyword_table *table_r,
			  struct error *error);
/* Makes it hold TABLE and nothing else, durable, in one step; "dovecot-keywords.lock" is held
 * meanwhile, as Dovecot does: another's is waited for up to two seconds, and one of before two
 * minutes ago is nobody's. Writes nothing where it holds that already. Returns 0 or -1
 * (SCOPE_FOLDER). */
int maildir_keywords_write(const struct maildir *maildir, const struct keyword_table *table,
			   struct error *error);

/* What the Maildir's file system stamps a change of now with, in ns since the epoch: its clock may
 * be another than this host's. Returns 0 or -1 (SCOPE_FOLDER). */
int maildir_keywords_stamp(const struct maildir *maildir, int64_t *stamp_ns_r, struct error *error);

#endif
