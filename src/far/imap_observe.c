/* The far side over IMAP: what a mailbox holds, or what changed in it. SPDX-License-Identifier:
 * GPL-3.0-or-later */
#include <stdlib.h>

#include "base/memory.h"
#include "far/imap_private.h"

/* How it is learnt: the best way that the server offers and that what was known allows. */
enum method {
	METHOD_RESYNC,        /* SELECT (QRESYNC): changes and removals come with the SELECT */
	METHOD_CHANGED_SINCE, /* FETCH (CHANGEDSINCE): changes; removals show in the number of
				 messages */
	METHOD_ALL_FLAGS,     /* FETCH 1:* FLAGS: everything */
	METHOD_ALL_UIDS       /* SEARCH ALL: everything, but the flags come with the bodies */
};

struct far_listing {
	struct far_imap *imap;
	struct far_question question;
	struct far_observer observer;
	enum method method;
	struct imap_command *select; /* NULL: it was finished, as is */
	struct imap_command *list;   /* FETCH or SEARCH; NULL also where none is needed */
	struct imap_command *news;   /* likewise */
	struct imap_command *ahead;  /* likewise */
	bool asked;                  /* a list was sent */
	bool resynced;               /* all changes since the marks were told */
	struct far_marks now;        /* as SELECT told */
	uint32_t seen;               /* FETCH responses with flags */
};

static int see_message(void *context, const struct imap_fetch_data *fetch, struct error *error)
{
	struct far_listing *listing = context;
	if (!fetch->has_flags)
		return 0;
	listing->seen++;
	return listing->observer.see(listing->observer.context, fetch->uid, &fetch->flags, error);
}

static int see_vanished(void *context, const struct uid_set *uids, struct error *error)
{
	const struct far_listing *listing = context;
	return listing->observer.gone(listing->observer.context, uids, error);
}

static int see_news(void *context, const struct imap_fetch_data *fetch, struct error *error)
{
	const struct far_listing *listing = context;
	const struct far_message message = far_imap_message(fetch);
	return listing->observer.news(listing->observer.context, &message, error);
}

static void restart(void *context)
{
	struct far_listing *listing = context;
	listing->seen = 0;
	listing->observer.restart(listing->observer.context);
}

/* --- Sending --- */

static enum method method_for_all(const struct far_listing *listing)
{
	return listing->question.only_uids ? METHOD_ALL_UIDS : METHOD_ALL_FLAGS;
}

static enum method choose_method(const struct far_listing *listing)
{
	const struct far_marks *known = &listing->question.known;
	if (known->uidvalidity != 0 && known->highestmodseq != 0) {
		if (imap_session_is_enabled(listing->imap->session, IMAP_CAPABILITY_QRESYNC))
			return METHOD_RESYNC;
		if (imap_session_has(listing->imap->session, IMAP_CAPABILITY_CONDSTORE))
			return METHOD_CHANGED_SINCE;
	}
	return method_for_all(listing);
}

static bool tells_changes(const struct far_listing *listing)
{
	return listing->method == METHOD_RESYNC || listing->method == METHOD_CHANGED_SINCE;
}

static void send_select(struct far_listing *listing)
{
	const struct far_mailbox *mailbox = &listing->question.mailbox;
	const struct imap_resync resync = { .uidvalidity = listing->question.known.uidvalidity,
					    .modseq = listing->question.known.highestmodseq,
					    .see = see_message,
					    .vanished = see_vanished,
					    .restart = restart,
					    .context = listing };
	listing->select =
		imap_select_send(listing->imap->session, mailbox->name, mailbox->read_only,
				 listing->method == METHOD_RESYNC ? &resync : NULL);
}

static void send_list(struct far_listing *listing)
{
	struct imap_session *session = listing->imap->session;
	listing->asked = true;
	switch (listing->method) {
	case METHOD_RESYNC:
		break;
	case METHOD_CHANGED_SINCE:
		listing->list = imap_fetch_changed_send(
			session, listing->question.known.highestmodseq, see_message, listing);
		break;
	case METHOD_ALL_FLAGS:
		listing->list =
			imap_fetch_from_send(session, 1, IMAP_FETCH_FLAGS, see_message, listing);
		break;
	case METHOD_ALL_UIDS:
		listing->list = imap_search_all_send(session);
		break;
	}
}

static void send_news(struct far_listing *listing)
{
	const struct far_question *question = &listing->question;
	if (question->news_from != 0)
		listing->news = imap_fetch_from_send(listing->imap->session, question->news_from,
						     far_imap_items(listing->imap, question->news),
						     see_news, listing);
}

static void send_ahead(struct far_listing *listing)
{
	const struct far_question *question = &listing->question;
	if (question->ahead > 0 && question->known.uidnext > 0)
		listing->ahead = far_imap_ahead_send(listing->imap, question->mailbox.name,
						     question->known.uidnext, question->ahead);
}

/* Whether a list goes out with the SELECT. Some servers refuse to FETCH from an empty mailbox. */
static bool lists_at_once(const struct far_listing *listing)
{
	if (tells_changes(listing))
		return true;
	return !listing->question.is_empty && !listing->question.only_changes;
}

struct far_listing *far_imap_observe_begin(struct far_session *session,
					   const struct far_question *question,
					   const struct far_observer *observer)
{
	struct far_listing *listing = memory_allocate(sizeof *listing);
	listing->imap = far_imap_of(session);
	listing->question = *question;
	listing->observer = *observer;
	listing->method = choose_method(listing);
	send_select(listing);
	if (lists_at_once(listing))
		send_list(listing);
	send_news(listing);
	send_ahead(listing);
	return listing;
}

/* --- What SELECT told --- */

static enum far_result fail(struct error *error, enum imap_result result)
{
	(void)error_widen(error, SCOPE_FOLDER); /* always -1 */
	return result == IMAP_RESULT_REFUSED ? FAR_REFUSED : FAR_ERROR;
}

/* *again_r: all is to be told anew. */
static enum far_result finish_select(struct far_listing *listing, bool *again_r,
				     struct error *error)
{
	const struct far_marks *known = &listing->question.known;
	struct imap_mailbox_state now;
	enum imap_result result =
		imap_select_finish(listing->imap->session, &listing->select, &now, error);
	if (result != IMAP_RESULT_OK)
		return fail(error, result);
	listing->resynced = now.resynced;
	struct far_state state = far_imap_take_state(&now);
	listing->now = state.marks;
	if (far_imap_check_validity(&listing->question.mailbox, listing->now.uidvalidity, error) !=
	    0) {
		far_state_release(&state);
		return FAR_ERROR;
	}
	int again = listing->observer.opened(listing->observer.context, &state, error);
	/* It was held against what was known of other messages, if anything was. */
	bool is_another = known->uidvalidity != 0 && known->uidvalidity != listing->now.uidvalidity;
	if (is_another)
		listing->question.only_uids = true;
	*again_r = again > 0 || (is_another && listing->method != METHOD_ALL_UIDS);
	return again < 0 ? FAR_ERROR : FAR_OK;
}

/* --- What the list told --- */

static int open_mailbox(const struct far_listing *listing, struct error *error)
{
	struct far_mailbox mailbox = listing->question.mailbox;
	mailbox.uidvalidity = listing->now.uidvalidity;
	return far_imap_open(listing->imap, &mailbox, error);
}

/* News are a help: without them all is done as if nobody knew anything. */
static enum far_result finish_news(struct far_listing *listing, struct error *error)
{
	struct error refusal = ERROR_INITIAL;
	if (!listing->news || imap_fetch_finish(listing->imap->session, &listing->news, &refusal) !=
				      IMAP_RESULT_ERROR)
		return FAR_OK;
	*error = refusal;
	return fail(error, IMAP_RESULT_ERROR);
}

/* Commands that nobody waits for any more. */
static void drop_commands(struct far_listing *listing)
{
	struct imap_session *session = listing->imap->session;
	struct error ignored = ERROR_INITIAL;
	struct imap_mailbox_state state;
	if (listing->select &&
	    imap_select_finish(session, &listing->select, &state, &ignored) == IMAP_RESULT_OK)
		imap_mailbox_state_release(&state);
	if (!listing->list)
		return;
	struct uid_set uids = UID_SET_INITIAL;
	if (listing->method == METHOD_ALL_UIDS)
		(void)imap_search_finish(session, &listing->list, &uids, &ignored);
	else
		(void)imap_fetch_finish(session, &listing->list, &ignored);
	uid_set_release(&uids);
}

/* Which messages there are, by a second look. */
static enum far_result look_again(const struct far_listing *listing, struct error *error)
{
	struct uid_set there = UID_SET_INITIAL;
	int result = open_mailbox(listing, error);
	if (result == 0)
		result = far_imap_list_uids(listing->imap, &there, error);
	if (result == 0)
		result = listing->observer.hold(listing->observer.context, &there, error);
	uid_set_release(&there);
	return result == 0 ? FAR_OK : FAR_ERROR;
}

/* A list that holds fewer messages than SELECT announced: other clients may have removed some
 * meanwhile, or the server left some out. Only what a second one does not have either is gone. */
static enum far_result finish_flags(struct far_listing *listing, struct error *error)
{
	struct error refusal = ERROR_INITIAL;
	enum imap_result result = IMAP_RESULT_OK;
	if (listing->list)
		result = imap_fetch_finish(listing->imap->session, &listing->list, &refusal);
	/* Of an empty mailbox a refusal says nothing. */
	if (result == IMAP_RESULT_ERROR ||
	    (result == IMAP_RESULT_REFUSED && listing->now.messages > 0)) {
		*error = refusal;
		(void)error_widen(error, SCOPE_FOLDER); /* always -1 */
		return FAR_ERROR;
	}
	return listing->seen < listing->now.messages ? look_again(listing, error) : FAR_OK;
}

static enum imap_result take_uids(struct far_listing *listing, struct uid_set *uids,
				  struct error *error)
{
	struct error refusal = ERROR_INITIAL;
	enum imap_result result = IMAP_RESULT_OK;
	if (listing->list)
		result = imap_search_finish(listing->imap->session, &listing->list, uids, &refusal);
	if (result == IMAP_RESULT_REFUSED && listing->now.messages == 0)
		return IMAP_RESULT_OK;
	if (result == IMAP_RESULT_REFUSED) {
		uid_set_clear(uids);
		/* Another mailbox may have been opened meanwhile. */
		if (open_mailbox(listing, error) != 0)
			return IMAP_RESULT_ERROR;
		result = far_imap_list_again(listing->imap, uids, &refusal);
	}
	if (result != IMAP_RESULT_OK)
		*error = refusal;
	return result;
}

static enum far_result finish_uids(struct far_listing *listing, struct error *error)
{
	struct uid_set uids = UID_SET_INITIAL;
	enum far_result result = FAR_ERROR;
	if (take_uids(listing, &uids, error) != IMAP_RESULT_OK)
		(void)error_widen(error, SCOPE_FOLDER); /* always -1 */
	else if (listing->observer.hold(listing->observer.context, &uids, error) == 0)
		result = FAR_OK;
	uid_set_release(&uids);
	return result;
}

static enum far_result finish_all(struct far_listing *listing, enum far_told *told_r,
				  struct error *error)
{
	/* It was empty when it was listed, and is not any more. */
	if (!listing->asked && listing->now.messages > 0) {
		if (open_mailbox(listing, error) != 0)
			return FAR_ERROR;
		send_list(listing);
	}
	*told_r = FAR_TOLD_ALL;
	return listing->method == METHOD_ALL_UIDS ? finish_uids(listing, error)
						  : finish_flags(listing, error);
}

/* The mailbox from the beginning, when changes did not do. */
static enum far_result tell_all(struct far_listing *listing, enum far_told *told_r,
				struct error *error)
{
	drop_commands(listing);
	if (listing->question.only_changes)
		return FAR_OK;
	if (open_mailbox(listing, error) != 0)
		return FAR_ERROR;
	listing->method = method_for_all(listing);
	listing->asked = false;
	restart(listing);
	return finish_all(listing, told_r, error);
}

/* --- Changes --- */

static int adds_up(const struct far_listing *listing, struct error *error)
{
	const struct far_observer *observer = &listing->observer;
	return observer->adds_up ? observer->adds_up(observer->context, error) : 1;
}

static enum far_result weigh(struct far_listing *listing, int good, enum far_told *told_r,
			     struct error *error)
{
	if (good < 0)
		return FAR_ERROR;
	if (good == 0)
		return tell_all(listing, told_r, error);
	*told_r = FAR_TOLD_CHANGES;
	return FAR_OK;
}

static enum far_result finish_resync(struct far_listing *listing, enum far_told *told_r,
				     struct error *error)
{
	return weigh(listing, listing->resynced ? adds_up(listing, error) : 0, told_r, error);
}

static enum far_result finish_changed_since(struct far_listing *listing, enum far_told *told_r,
					    struct error *error)
{
	struct error refusal = ERROR_INITIAL;
	enum imap_result result =
		imap_fetch_finish(listing->imap->session, &listing->list, &refusal);
	if (result == IMAP_RESULT_ERROR) {
		*error = refusal;
		return fail(error, result);
	}
	/* A lower modseq than the one known: the server lost count, or never had any here. */
	if (result == IMAP_RESULT_REFUSED ||
	    listing->now.highestmodseq < listing->question.known.highestmodseq)
		return tell_all(listing, told_r, error);
	int good = adds_up(listing, error);
	/* Removals change the number of messages and nothing else. */
	if (good == 0) {
		if (look_again(listing, error) != FAR_OK)
			return FAR_ERROR;
		good = adds_up(listing, error);
	}
	return weigh(listing, good, told_r, error);
}

static enum far_result finish_list(struct far_listing *listing, enum far_told *told_r,
				   struct error *error)
{
	switch (listing->method) {
	case METHOD_RESYNC:
		return finish_resync(listing, told_r, error);
	case METHOD_CHANGED_SINCE:
		return finish_changed_since(listing, told_r, error);
	case METHOD_ALL_FLAGS:
	case METHOD_ALL_UIDS:
		break;
	}
	/* Only changes were asked for, and this server tells none. */
	return listing->question.only_changes ? FAR_OK : finish_all(listing, told_r, error);
}

enum far_result far_imap_observe_finish(struct far_session *session, struct far_listing **listing,
					enum far_told *told_r, struct error *error)
{
	bool again = false;
	(void)session; /* the listing knows it */
	*told_r = FAR_TOLD_NOTHING;
	enum far_result result = finish_select(*listing, &again, error);
	if (result == FAR_OK && again)
		result = tell_all(*listing, told_r, error);
	else if (result == FAR_OK)
		result = finish_list(*listing, told_r, error);
	drop_commands(*listing);
	struct error later = ERROR_INITIAL; /* what follows a failure is not told */
	enum far_result news = finish_news(*listing, result == FAR_OK ? error : &later);
	/* So are they; a connection that failed fails what follows. */
	(void)far_imap_ahead_finish((*listing)->imap, &(*listing)->ahead,
				    result == FAR_OK ? (*listing)->now.uidvalidity : 0, &later);
	free(*listing);
	*listing = NULL;
	return result == FAR_OK ? news : result;
}
