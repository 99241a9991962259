/* The far side over IMAP: searching a mailbox (RFC 9051 section 6.4.4). SPDX-License-Identifier:
 * GPL-3.0-or-later */
#include <stdlib.h>

#include "base/memory.h"
#include "far/imap_private.h"

struct far_search {
	struct imap_criteria criteria;
	bool is_among;               /* some UIDs only: */
	struct uid_set left, part;   /* not asked for yet, and of the command */
	struct imap_command *select; /* in one flight with the command; NULL: it was done */
	struct imap_command *command;
};

/* Does nothing when everything was asked for. */
static void send_part(const struct far_imap *imap, const struct far_mailbox *mailbox,
		      struct far_search *search)
{
	if (search->is_among) {
		if (!uid_set_take_part(&search->left, FAR_IMAP_SET_BYTES, &search->part))
			return;
		search->criteria.uids = &search->part;
	}
	search->select = far_imap_open_send(imap, mailbox);
	search->command = imap_search_matching_send(imap->session, &search->criteria);
}

/* Where the answers to several searches could not be told apart each waits for its finish. */
struct far_search *far_imap_search_begin(struct far_session *session,
					 const struct far_mailbox *mailbox,
					 const struct far_criteria *criteria)
{
	const struct far_imap *imap = far_imap_of(session);
	struct far_search *search = memory_allocate(sizeof *search);
	search->criteria = (struct imap_criteria){ .first_uid = criteria->first_uid,
						   .since = criteria->since,
						   .since_day = criteria->since_day,
						   .smaller = criteria->smaller,
						   .unseen = criteria->unseen,
						   .flagged = criteria->flagged };
	search->is_among = criteria->uids != NULL;
	if (criteria->uids)
		uid_set_add_set(&search->left, criteria->uids);
	if (imap_search_can_overlap(imap->session))
		send_part(imap, mailbox, search);
	return search;
}

/* Where the answer to a search is capped, it is at such a number. */
#define ROUND_NUMBER 1000

static bool may_be_capped(const struct uid_set *found)
{
	uint64_t count = uid_set_size(found);
	return count > 0 && count % ROUND_NUMBER == 0;
}

static enum far_result finish_command(const struct far_imap *imap, struct far_search *search,
				      struct uid_set *uids, bool *unsure_r, struct error *error)
{
	struct uid_set found = UID_SET_INITIAL;
	struct error refusal = ERROR_INITIAL;
	bool silent = imap_search_is_silent(search->command);
	enum imap_result result =
		imap_search_finish(imap->session, &search->command, &found, &refusal);
	*unsure_r = *unsure_r || silent || may_be_capped(&found);
	uid_set_add_set(uids, &found);
	uid_set_release(&found);
	if (result == IMAP_RESULT_OK || (silent && result == IMAP_RESULT_REFUSED))
		return FAR_OK;
	*error = refusal;
	(void)error_widen(error, SCOPE_FOLDER); /* always -1 */
	return result == IMAP_RESULT_REFUSED ? FAR_REFUSED : FAR_ERROR;
}

static enum far_result finish_part(const struct far_imap *imap, const struct far_mailbox *mailbox,
				   struct far_search *search, struct uid_set *uids, bool *unsure_r,
				   struct error *error)
{
	struct uid_set nothing = UID_SET_INITIAL;
	struct error later = ERROR_INITIAL; /* the failure to open it is told */
	if (far_imap_open_finish(imap, mailbox, &search->select, error) == 0)
		return finish_command(imap, search, uids, unsure_r, error);
	(void)imap_search_finish(imap->session, &search->command, &nothing, &later);
	uid_set_release(&nothing);
	return FAR_ERROR;
}

static void release(struct far_search *search)
{
	uid_set_release(&search->left);
	uid_set_release(&search->part);
	free(search);
}

enum far_result far_imap_search_finish(struct far_session *session,
				       const struct far_mailbox *mailbox,
				       struct far_search **search, struct uid_set *uids,
				       bool *unsure_r, struct error *error)
{
	const struct far_imap *imap = far_imap_of(session);
	enum far_result result = FAR_OK;
	if (!(*search)->command)
		send_part(imap, mailbox, *search);
	while ((*search)->command) {
		result = finish_part(imap, mailbox, *search, uids, unsure_r, error);
		if (result == FAR_OK && (*search)->is_among)
			send_part(imap, mailbox, *search);
	}
	release(*search);
	*search = NULL;
	return result;
}

void far_imap_search_drop(struct far_session *session, struct far_search *search)
{
	const struct far_imap *imap = far_imap_of(session);
	struct uid_set nothing = UID_SET_INITIAL;
	struct error ignored = ERROR_INITIAL;
	struct imap_mailbox_state state;
	if (search->select &&
	    imap_select_finish(imap->session, &search->select, &state, &ignored) == IMAP_RESULT_OK)
		imap_mailbox_state_release(&state);
	if (search->command)
		(void)imap_search_finish(imap->session, &search->command, &nothing, &ignored);
	uid_set_release(&nothing);
	release(search);
}
