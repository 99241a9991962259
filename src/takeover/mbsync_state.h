/* mbsync's record of what both sides agreed on. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_TAKEOVER_MBSYNC_STATE_H
#define NAVETTE_TAKEOVER_MBSYNC_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

/* One line of it. */
struct mbsync_pair {
	uint32_t far, near; /* UIDs; 0: none on that side */
	uint32_t flags;     /* that both sides had: FLAG_* */
	bool skipped;       /* it was never transferred: too big, or that failed */
	bool expired;       /* the limit of messages took its file away, or is about to */
	bool placeholder;   /* the near side has a short text that stands for it */
	bool far_placeholder;
	bool doubtful; /* the run that worked on it did not come to its end */
};

struct mbsync_state {
	uint32_t far_uidvalidity, near_uidvalidity;
	uint32_t far_pulled;  /* the highest far UID that was looked at */
	uint32_t near_pushed; /* the highest near UID */
	uint32_t far_expired; /* far UIDs up to it that stand in no line are beyond the limit */
	struct mbsync_pair *pairs;
	size_t count, capacity;
};

/* Reads TEXT, the state file's, of mbsync 1.1 to 1.5. Returns 0, or -1 (ERROR_FAILED): it is none
 * that is known; the text names the line. Start zeroed, release in any case. */
int mbsync_state_parse(const char *text, struct mbsync_state *state, struct error *error);
/* Adds what TEXT, the journal of a run that did not come to its end, changed. */
int mbsync_journal_parse(const char *text, struct mbsync_state *state, struct error *error);
/* Reads the file, and where FILE.new is there, which says that a run was cut off, FILE.journal. 1
 * read, 0 there is no such file, -1 error. */
int mbsync_state_read(const char *path, struct mbsync_state *state, struct error *error);
void mbsync_state_release(struct mbsync_state *state);

#endif
