/* The far side over IMAP: fetching messages. One command is ahead of the other: while the caller
 * makes durable what came, the server sends the next part. One damaged message fails the whole
 * command at some servers ("NO Some messages could not be FETCHed"): then the messages of its part
 * that did not come are asked for one by one. SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>

#include "base/memory.h"
#include "far/imap_fetching.h"

/* Messages named in one FETCH: as text such a set is below 8 kB. */
#define PART_MESSAGES 500
/* In the first one where somebody waits for the newest. */
#define FIRST_MESSAGES 100
/* After so many messages in a row that the server refuses one by one it is not the messages. */
#define REFUSED_IN_A_ROW_MAX 10

static void note_refusal(struct far_fetching *fetching, const struct error *refusal)
{
	if (!fetching->has_refusal)
		fetching->refusal = *refusal;
	fetching->has_refusal = true;
}

/* A part, or a single message, is over: its last byte was read. */
static enum far_result pause_after(const struct far_fetching *fetching, struct error *error)
{
	const struct far_fetch *fetch = &fetching->fetch;
	return fetch->pause && fetch->pause(fetch->context, false, error) != 0 ? FAR_ERROR : FAR_OK;
}

/* After the first FETCH that failed; those behind it fail with it, also when they are of another
 * fetch. */
static void tell_end(const struct far_fetching *fetching, const struct uid_set *asked,
		     const struct error *reason)
{
	const struct far_fetch *fetch = &fetching->fetch;
	if (fetch->ended && fetching->was_alive && !far_is_alive(fetching->session))
		fetch->ended(fetch->context, asked, reason);
}

/* --- In parts --- */

static bool take_part(struct far_fetching *fetching, struct uid_set *uids)
{
	const struct far_fetch *fetch = &fetching->fetch;
	if (!fetch->newest_first)
		return uid_set_take_first(&fetching->left, PART_MESSAGES, uids);
	bool is_small = fetch->is_awaited && !fetching->was_opened;
	return uid_set_take_last(&fetching->left, is_small ? FIRST_MESSAGES : PART_MESSAGES, uids);
}

/* FAR_OK also when nothing is left: then no command is there. */
static enum far_result send_part(struct far_fetching *fetching, struct fetch_part *part,
				 struct error *error)
{
	const struct far_fetch *fetch = &fetching->fetch;
	while (take_part(fetching, &part->uids)) {
		if (fetch->before && fetch->before(fetch->context, &part->uids, error) != 0)
			return FAR_ERROR;
		if (uid_set_is_empty(&part->uids))
			continue;
		far_imap_fetch_part_send(part);
		break;
	}
	return FAR_OK;
}

static enum far_result take_refusal(struct far_fetching *fetching, const struct fetch_part *part,
				    const struct error *refusal)
{
	if (far_wants_pause(refusal))
		return FAR_REFUSED;
	if (fetching->fetch.refused) {
		uid_set_add_set(&fetching->alone, &part->uids);
		uid_set_remove_set(&fetching->alone, &fetching->answered);
	} else {
		note_refusal(fetching, refusal);
	}
	return FAR_OK;
}

static enum far_result finish_part(struct far_fetching *fetching, struct fetch_part *part,
				   struct error *error)
{
	struct error refusal = ERROR_INITIAL;
	enum far_result result = far_imap_fetch_part_finish(part, &refusal);
	if (result == FAR_ERROR) {
		tell_end(fetching, &part->uids, &refusal);
	} else {
		if (pause_after(fetching, error) != FAR_OK)
			return FAR_ERROR;
		if (result == FAR_REFUSED)
			result = take_refusal(fetching, part, &refusal);
		uid_set_remove_set(&fetching->answered, &part->uids);
	}
	if (result != FAR_OK)
		*error = refusal;
	return result;
}

/* The first part was sent, if there is one; RESULT tells how that went. */
static enum far_result finish_parts(struct far_fetching *fetching, enum far_result result,
				    struct error *error)
{
	struct fetch_part *part = &fetching->parts[0];
	struct fetch_part *next = &fetching->parts[1];
	while (part->command) {
		struct error later = ERROR_INITIAL; /* what follows a failure is not told */
		enum far_result opened =
			far_imap_fetch_part_open(part, result == FAR_OK ? error : &later);
		if (result == FAR_OK)
			result = opened;
		if (result == FAR_OK)
			result = send_part(fetching, next, error);
		if (result == FAR_OK)
			result = finish_part(fetching, part, error);
		else
			(void)far_imap_fetch_part_finish(part, &later);
		struct fetch_part *swap = part;
		part = next;
		next = swap;
	}
	return result;
}

/* --- One by one --- */

static enum far_result fetch_one(struct far_fetching *fetching, uint32_t uid, struct error *error)
{
	struct fetch_part one = { .fetching = fetching };
	struct error later = ERROR_INITIAL;
	uid_set_add(&one.uids, uid);
	far_imap_fetch_part_send(&one);
	enum far_result opened = far_imap_fetch_part_open(&one, error);
	enum far_result result =
		far_imap_fetch_part_finish(&one, opened == FAR_OK ? error : &later);
	if (opened != FAR_OK)
		result = opened;
	else if (result == FAR_ERROR)
		tell_end(fetching, &one.uids, error);
	uid_set_release(&one.uids);
	return result;
}

static enum far_result fetch_alone(struct far_fetching *fetching, struct error *error)
{
	const struct far_fetch *fetch = &fetching->fetch;
	unsigned int in_a_row = 0;
	for (uint32_t uid = 0; uid_set_next(&fetching->alone, &uid);) {
		struct error refusal = ERROR_INITIAL;
		enum far_result result = fetch_one(fetching, uid, &refusal);
		if (result != FAR_ERROR && pause_after(fetching, error) != FAR_OK)
			return FAR_ERROR;
		in_a_row = result == FAR_REFUSED ? in_a_row + 1 : 0;
		if (result == FAR_OK)
			continue;
		if (result == FAR_ERROR || far_wants_pause(&refusal) ||
		    in_a_row > REFUSED_IN_A_ROW_MAX) {
			*error = refusal;
			if (result == FAR_REFUSED)
				(void)error_widen(error, SCOPE_FOLDER);
			return result;
		}
		if (!fetch->refused)
			note_refusal(fetching, &refusal);
		else if (fetch->refused(fetch->context, uid, &refusal, error) != 0)
			return FAR_ERROR;
	}
	return FAR_OK;
}

/* --- The whole --- */

static void take_set(struct far_fetching *fetching)
{
	const struct far_fetch *fetch = &fetching->fetch;
	uid_set_add_set(&fetching->left, fetch->uids);
	if (!fetch->singly)
		return;
	uid_set_add_set(&fetching->alone, fetch->singly);
	uid_set_keep_only(&fetching->alone, fetch->uids);
	uid_set_remove_set(&fetching->left, &fetching->alone);
}

static void begin_parts(struct far_fetching *fetching)
{
	fetching->was_begun = true;
	fetching->begun = send_part(fetching, &fetching->parts[0], &fetching->begun_error);
}

/* Those that are HERE, before anything is asked for. */
static enum far_result give_early(struct far_fetching *fetching, struct uid_set *here,
				  struct error *error)
{
	const struct far_fetch *fetch = &fetching->fetch;
	uid_set_remove_set(&fetching->left, here);
	if (fetch->before && fetch->before(fetch->context, here, error) != 0)
		return FAR_ERROR;
	if (far_imap_fetch_give_early(fetching, here, error) != 0)
		return FAR_ERROR;
	return pause_after(fetching, error);
}

static enum far_result begin_late(struct far_fetching *fetching, struct error *error)
{
	struct uid_set here = UID_SET_INITIAL;
	enum far_result result = FAR_OK;
	far_imap_fetch_find_early(fetching, &here);
	if (!uid_set_is_empty(&here))
		result = give_early(fetching, &here, error);
	uid_set_release(&here);
	if (result == FAR_OK)
		begin_parts(fetching);
	return result;
}

static enum far_result finish_set(struct far_fetching *fetching, struct error *error)
{
	if (!fetching->was_begun && begin_late(fetching, error) != FAR_OK)
		return FAR_ERROR;
	if (fetching->begun != FAR_OK)
		*error = fetching->begun_error;
	enum far_result result = finish_parts(fetching, fetching->begun, error);
	return result == FAR_OK ? fetch_alone(fetching, error) : result;
}

/* Some servers refuse to list what an empty mailbox holds. */
static enum far_result fetch_rest(struct far_fetching *fetching, struct error *error)
{
	struct fetch_part *rest = &fetching->parts[0];
	struct error refusal = ERROR_INITIAL;
	far_imap_fetch_rest_send(rest);
	enum far_result opened = far_imap_fetch_part_open(rest, error);
	enum far_result result = far_imap_fetch_part_finish(rest, &refusal);
	if (opened != FAR_OK)
		return opened;
	if (result == FAR_OK || (result == FAR_REFUSED && fetching->is_empty))
		return FAR_OK;
	*error = refusal;
	return result;
}

/* The first reason is the one that is told. */
static enum far_result end(const struct far_fetching *fetching, enum far_result result,
			   struct error *error)
{
	const struct far_fetch *fetch = &fetching->fetch;
	struct error later = ERROR_INITIAL;
	if (result == FAR_OK && fetching->has_refusal) {
		*error = fetching->refusal;
		result = FAR_REFUSED;
	}
	if (fetch->pause &&
	    fetch->pause(fetch->context, true, result == FAR_OK ? error : &later) != 0 &&
	    result == FAR_OK)
		result = FAR_ERROR;
	return result;
}

/* What was fetched ahead is given by the finish: so nobody is told of anything in here. */
struct far_fetching *far_imap_fetch_begin(struct far_session *session,
					  const struct far_fetch *fetch)
{
	struct far_fetching *fetching = memory_allocate(sizeof *fetching);
	struct uid_set here = UID_SET_INITIAL;
	fetching->session = session;
	fetching->fetch = *fetch;
	fetching->items = far_imap_items(far_imap_of(session), fetch->items);
	fetching->parts[0].fetching = fetching->parts[1].fetching = fetching;
	if (!fetch->uids)
		return fetching;
	take_set(fetching);
	far_imap_fetch_find_early(fetching, &here);
	if (uid_set_is_empty(&here))
		begin_parts(fetching);
	uid_set_release(&here);
	return fetching;
}

bool far_imap_fetch_is_sent(const struct far_fetching *fetching)
{
	return fetching->was_begun && uid_set_is_empty(&fetching->left) &&
	       uid_set_is_empty(&fetching->alone);
}

enum far_result far_imap_fetch_finish(struct far_session *session, struct far_fetching *fetching,
				      struct error *error)
{
	fetching->was_alive = far_is_alive(session);
	enum far_result result =
		fetching->fetch.uids ? finish_set(fetching, error) : fetch_rest(fetching, error);
	result = end(fetching, result, error);
	uid_set_release(&fetching->parts[0].uids);
	uid_set_release(&fetching->parts[1].uids);
	uid_set_release(&fetching->left);
	uid_set_release(&fetching->alone);
	uid_set_release(&fetching->answered);
	free(fetching);
	return result;
}
