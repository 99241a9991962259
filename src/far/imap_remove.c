/* The far side over IMAP: messages are removed, or moved or copied to another mailbox.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "far/imap_private.h"

/* Nothing is forgotten because a server said OK. Dovecot says it to a UID EXPUNGE in which it left
 * messages out, because another session expunged at the same moment. They were marked and stayed;
 * to a base that had forgotten them they looked like new mail. So a message counts as gone when the
 * server named it (VANISHED, with QRESYNC), or when it is not found any more. The search waits for
 * the answer to the EXPUNGE: sent along with it, it may be answered from before. */

/* Messages that leave their mailbox. */
struct removal {
	struct far_session *session;
	struct far_imap *imap;
	const struct far_mailbox *mailbox;
	struct uid_set left;   /* what is not surely gone yet */
	struct uid_set gone;   /* what the server named as gone */
	struct uid_set marked; /* other messages that are marked \Deleted */
};

static int begin(struct removal *removal, const struct uid_set *uids, struct error *error)
{
	if (far_imap_open(removal->imap, removal->mailbox, error) != 0)
		return -1;
	uid_set_add_set(&removal->left, uids);
	return 0;
}

/* UIDS becomes those that are surely gone: none of which nothing is known. */
static int end(struct removal *removal, struct uid_set *uids, int result)
{
	if (result == 0)
		uid_set_remove_set(uids, &removal->left);
	else
		uid_set_clear(uids);
	uid_set_release(&removal->left);
	uid_set_release(&removal->gone);
	uid_set_release(&removal->marked);
	return result;
}

/* Takes those that are gone, or not found, out of what is left. */
static int settle(struct removal *removal, struct error *error)
{
	struct uid_set unsure = UID_SET_INITIAL;
	int result = 0;
	uid_set_add_set(&unsure, &removal->left);
	uid_set_remove_set(&unsure, &removal->gone);
	uid_set_clear(&removal->left);
	if (!uid_set_is_empty(&unsure))
		result = far_imap_find(removal->session, removal->mailbox, &unsure, &removal->left,
				       error);
	uid_set_release(&unsure);
	return result;
}

/* --- Commands --- */

static struct imap_command *send_mark(struct imap_session *session, const struct uid_set *part,
				      const void *context)
{
	(void)context;
	return imap_store_send(session, part, true, FLAG_DELETED, NULL);
}

static enum imap_result finish_mark(struct imap_session *session, struct imap_command **command,
				    void *context, struct error *error)
{
	(void)context;
	return imap_store_finish(session, command, error);
}

static struct imap_command *send_expunge(struct imap_session *session, const struct uid_set *part,
					 const void *context)
{
	(void)context;
	return imap_uid_expunge_send(session, part);
}

static enum imap_result finish_expunge(struct imap_session *session, struct imap_command **command,
				       void *context, struct error *error)
{
	struct removal *removal = context;
	return imap_expunge_finish(session, command, &removal->gone, error);
}

/* --- With UIDPLUS --- */

/* Marks and expunges in one flight: where a STORE fails, UID EXPUNGE leaves those messages alone,
 * for it removes only what is marked. */
static int mark_and_expunge(struct removal *removal, struct error *error)
{
	struct far_imap_flight marks = { .count = 0 };
	struct far_imap_flight expunges = { .count = 0 };
	struct error expunging = ERROR_INITIAL;
	far_imap_flight_send(&marks, removal->imap, &removal->left, send_mark, NULL);
	far_imap_flight_send(&expunges, removal->imap, &removal->left, send_expunge, NULL);
	far_imap_next_send(removal->imap);
	int marked = far_imap_flight_finish(&marks, removal->imap, finish_mark, NULL, error);
	int expunged = far_imap_flight_finish(&expunges, removal->imap, finish_expunge, removal,
					      &expunging);
	if (marked != 0)
		return -1;
	if (expunged != 0) {
		*error = expunging;
		return -1;
	}
	return settle(removal, error);
}

/* What another session's expunge kept back is expected to go at the second try. */
static int remove_by_uid(struct removal *removal, struct error *error)
{
	if (mark_and_expunge(removal, error) != 0)
		return -1;
	if (uid_set_is_empty(&removal->left))
		return 0;
	/* The next one may have been opened behind it. */
	if (far_imap_open(removal->imap, removal->mailbox, error) != 0)
		return -1;
	return mark_and_expunge(removal, error);
}

/* --- Without UIDPLUS --- */

/* Of several news of one message the last counts. */
static int see_deleted(void *context, const struct imap_fetch_data *fetch, struct error *error)
{
	struct uid_set *marked = context;
	(void)error; /* nothing fails */
	if (fetch->has_flags && (fetch->flags.system & FLAG_DELETED))
		uid_set_add(marked, fetch->uid);
	else if (fetch->has_flags)
		uid_set_remove_range(marked, fetch->uid, fetch->uid);
	return 0;
}

/* Which messages are marked that nobody asked to remove. As a FETCH of the flags tells: some
 * servers ignore what a search asks for. */
static int find_others(struct removal *removal, struct error *error)
{
	struct imap_session *session = removal->imap->session;
	struct imap_command *command =
		imap_fetch_from_send(session, 1, IMAP_FETCH_FLAGS, see_deleted, &removal->marked);
	if (imap_fetch_finish(session, &command, error) != IMAP_RESULT_OK)
		return error_widen(error, SCOPE_FOLDER);
	uid_set_remove_set(&removal->marked, &removal->left);
	return 0;
}

static int expunge_all(struct removal *removal, struct error *error)
{
	struct imap_session *session = removal->imap->session;
	struct imap_command *command = imap_expunge_all_send(session);
	if (imap_expunge_finish(session, &command, &removal->gone, error) != IMAP_RESULT_OK)
		return error_widen(error, SCOPE_FOLDER);
	return settle(removal, error);
}

/* Only EXPUNGE is there, which removes everything marked \Deleted. So it is given only when nothing
 * is marked but what is to be removed; else ours stay marked, and a later removal, when the others
 * are gone or unmarked, finishes (RFC 4549 section 4.2.1 has no better way). */
static int remove_without_uidplus(struct removal *removal, struct error *error)
{
	struct far_imap_flight marks = { .count = 0 };
	far_imap_flight_send(&marks, removal->imap, &removal->left, send_mark, NULL);
	if (far_imap_flight_finish(&marks, removal->imap, finish_mark, NULL, error) != 0 ||
	    find_others(removal, error) != 0)
		return -1;
	return uid_set_is_empty(&removal->marked) ? expunge_all(removal, error) : 0;
}

int far_imap_remove(struct far_session *session, const struct far_mailbox *mailbox,
		    struct uid_set *uids, uint64_t *others_r, struct error *error)
{
	struct removal removal = { .session = session,
				   .imap = far_imap_of(session),
				   .mailbox = mailbox };
	const struct imap_session *imap = removal.imap->session;
	bool by_uid = imap_session_has(imap, IMAP_CAPABILITY_UIDPLUS) ||
		      imap_session_has(imap, IMAP_CAPABILITY_REV2);
	*others_r = 0;
	if (uid_set_is_empty(uids))
		return 0;
	int result = begin(&removal, uids, error);
	if (result == 0)
		result = by_uid ? remove_by_uid(&removal, error)
				: remove_without_uidplus(&removal, error);
	*others_r = result == 0 ? uid_set_size(&removal.marked) : 0;
	return end(&removal, uids, result);
}

/* --- To another mailbox --- */

/* Messages that go to another mailbox. */
struct transport {
	struct removal *removal; /* NULL: they stay as well */
	struct imap_copied copied;
};

static struct imap_command *send_move(struct imap_session *session, const struct uid_set *part,
				      const void *context)
{
	return imap_move_send(session, part, context);
}

static enum imap_result finish_move(struct imap_session *session, struct imap_command **command,
				    void *context, struct error *error)
{
	struct transport *transport = context;
	return imap_move_finish(session, command, &transport->removal->gone, &transport->copied,
				error);
}

static struct imap_command *send_copy(struct imap_session *session, const struct uid_set *part,
				      const void *context)
{
	return imap_copy_send(session, part, context);
}

static enum imap_result finish_copy(struct imap_session *session, struct imap_command **command,
				    void *context, struct error *error)
{
	struct transport *transport = context;
	return imap_copy_finish(session, command, &transport->copied, error);
}

static struct far_copied take_copied(struct imap_copied *copied)
{
	return (struct far_copied){ .uidvalidity = copied->uidvalidity,
				    .from = copied->from,
				    .to = copied->to };
}

/* One step for each message, which the server does wholly or not at all (RFC 6851). */
int far_imap_move(struct far_session *session, const struct far_mailbox *mailbox,
		  struct uid_set *uids, const char *to, struct far_copied *copied_r,
		  struct error *error)
{
	struct removal removal = { .session = session,
				   .imap = far_imap_of(session),
				   .mailbox = mailbox };
	struct transport transport = { .removal = &removal };
	struct far_imap_flight flight = { .count = 0 };
	*copied_r = (struct far_copied){ .uidvalidity = 0 };
	if (uid_set_is_empty(uids))
		return 0;
	int result = begin(&removal, uids, error);
	if (result == 0) {
		far_imap_flight_send(&flight, removal.imap, uids, send_move, to);
		result = far_imap_flight_finish(&flight, removal.imap, finish_move, &transport,
						error);
	}
	if (result == 0)
		result = settle(&removal, error);
	*copied_r = take_copied(&transport.copied);
	return end(&removal, uids, result);
}

int far_imap_copy(struct far_session *session, const struct far_mailbox *mailbox,
		  const struct uid_set *uids, const char *to, struct far_copied *copied_r,
		  struct error *error)
{
	struct far_imap *imap = far_imap_of(session);
	struct transport transport = { .removal = NULL };
	struct far_imap_flight flight = { .count = 0 };
	*copied_r = (struct far_copied){ .uidvalidity = 0 };
	if (uid_set_is_empty(uids))
		return 0;
	if (far_imap_open(imap, mailbox, error) != 0)
		return -1;
	far_imap_flight_send(&flight, imap, uids, send_copy, to);
	int result = far_imap_flight_finish(&flight, imap, finish_copy, &transport, error);
	*copied_r = take_copied(&transport.copied);
	return result;
}
