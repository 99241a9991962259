/* A fetch under way: what imap_fetch.c and imap_fetch_part.c share. SPDX-License-Identifier:
 * GPL-3.0-or-later */
#ifndef NAVETTE_FAR_IMAP_FETCHING_H
#define NAVETTE_FAR_IMAP_FETCHING_H

#include "far/imap_private.h"

/* One FETCH in flight; COMMAND is NULL when there is none. */
struct fetch_part {
	struct far_fetching *fetching;
	struct uid_set uids;
	struct imap_command *select; /* in one flight with the FETCH; NULL: it was done */
	struct imap_command *command;
	struct imap_body_sink sink;
	bool is_elsewhere; /* not the mailbox that is meant was opened: nothing is taken */
};

struct far_fetching {
	struct far_session *session;
	struct far_fetch fetch;
	unsigned int items; /* IMAP_FETCH_... */
	bool was_opened;    /* by this fetch */
	bool was_begun;     /* the first part was sent, or was to be: */
	enum far_result begun;
	struct error begun_error;
	bool was_alive;          /* the session, when the answers were to be read */
	bool is_empty;           /* the mailbox was, when it was opened */
	struct uid_set left;     /* not asked for yet */
	struct uid_set alone;    /* to be asked for one by one, when nothing is left */
	struct uid_set answered; /* in full, of the parts in flight; where it matters */
	bool has_refusal;        /* the first one that is the result */
	struct error refusal;
	struct fetch_part parts[2]; /* the one that is read, and the one ahead of it */
};

/* --- imap_fetch_part.c --- */

/* Sends the FETCH of PART, and before it what opens the mailbox if that is to be done. PART must
 * stay where it is until it is finished. */
void far_imap_fetch_part_send(struct fetch_part *part);
/* The same for all messages from fetch.first on. */
void far_imap_fetch_rest_send(struct fetch_part *part);
/* Waits for the mailbox: it must be the one that is meant, and bodies come only after this. */
enum far_result far_imap_fetch_part_open(struct fetch_part *part, struct error *error);
/* Waits for the FETCH. */
enum far_result far_imap_fetch_part_finish(struct fetch_part *part, struct error *error);

/* --- imap_fetch_early.c --- */

/* Which of those that are left were fetched ahead, added to HERE. */
void far_imap_fetch_find_early(const struct far_fetching *fetching, struct uid_set *here);
/* Gives PART of them, as if they came from the server now. */
int far_imap_fetch_give_early(const struct far_fetching *fetching, const struct uid_set *part,
			      struct error *error);

#endif
