/* The sides of a folder at one moment: enough to see later that nothing changed since.
 * Internal to sync. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_SYNC_OBSERVE_MARKS_H
#define NAVETTE_SYNC_OBSERVE_MARKS_H

#include "far/far.h"
#include "maildir/folder.h"
#include "state/state.h"

/* Whether they are of any use: without a modseq a change of flags cannot be seen. */
bool far_marks_known(const struct far_marks *marks);
/* Whether nothing changed between the two. Only a change of all four numbers back to what they were
 * would go unseen, and modseqs never go back (RFC 7162 section 3.1); UIDNEXT and the number of
 * messages are compared as well, because without QRESYNC a removal need not change the modseq. */
bool far_marks_equal(const struct far_marks *a, const struct far_marks *b);

/* Whether the mailbox was empty both times and had none in between. An empty one has no flags, so
 * that this needs no modseq. */
bool far_marks_both_empty(const struct far_marks *a, const struct far_marks *b);

struct far_marks far_marks_of_record(const struct state_folder *record);
/* What is of no use is not kept, so that a run that changed nothing writes nothing. UIDNEXT and the
 * number of messages are of use also without a modseq (horizon.h). */
void far_marks_to_record(const struct far_marks *marks, struct state_folder *record);

/* The near side's mark is the fingerprint of the Maildir's directories. */
bool near_marks_equal(const struct state_folder *record,
		      const struct maildir_fingerprint *fingerprint);
/* FINGERPRINT may be NULL: nothing is known. */
void near_marks_to_record(const struct maildir_fingerprint *fingerprint,
			  struct state_folder *record);

#endif
