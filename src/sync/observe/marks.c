/* The sides of a folder at one moment. SPDX-License-Identifier: GPL-3.0-or-later */
#include "sync/observe/marks.h"

bool far_marks_known(const struct far_marks *marks)
{
	return marks->uidvalidity != 0 && marks->uidnext != 0 && marks->highestmodseq != 0;
}

bool far_marks_equal(const struct far_marks *a, const struct far_marks *b)
{
	return far_marks_known(a) && far_marks_known(b) && a->uidvalidity == b->uidvalidity &&
	       a->uidnext == b->uidnext && a->messages == b->messages &&
	       a->highestmodseq == b->highestmodseq;
}

bool far_marks_both_empty(const struct far_marks *a, const struct far_marks *b)
{
	return a->messages == 0 && b->messages == 0 && a->uidvalidity != 0 && a->uidnext != 0 &&
	       a->uidvalidity == b->uidvalidity && a->uidnext == b->uidnext;
}

struct far_marks far_marks_of_record(const struct state_folder *record)
{
	return (struct far_marks){ .uidvalidity = record->uidvalidity,
				   .uidnext = record->uidnext,
				   .messages = record->far_messages,
				   .highestmodseq = record->highestmodseq };
}

void far_marks_to_record(const struct far_marks *marks, struct state_folder *record)
{
	record->uidnext = marks->uidnext;
	record->far_messages = marks->messages;
	record->highestmodseq = far_marks_known(marks) ? marks->highestmodseq : 0;
}

bool near_marks_equal(const struct state_folder *record,
		      const struct maildir_fingerprint *fingerprint)
{
	struct maildir_fingerprint noted;
	for (int i = 0; i < 2; i++) {
		noted.inode[i] = record->near_inode[i];
		noted.change_ns[i] = record->near_change_ns[i];
	}
	return record->near_known && maildir_fingerprint_equal(&noted, fingerprint);
}

void near_marks_to_record(const struct maildir_fingerprint *fingerprint,
			  struct state_folder *record)
{
	record->near_known = fingerprint != NULL;
	for (int i = 0; i < 2; i++) {
		record->near_inode[i] = fingerprint ? fingerprint->inode[i] : 0;
		record->near_change_ns[i] = fingerprint ? fingerprint->change_ns[i] : 0;
	}
}
