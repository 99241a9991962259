/* Removing messages from a mailbox, and making sure that they are gone. SPDX-License-Identifier:
 * GPL-3.0-or-later */
#include "sync/apply/remove_far.h"

#include <stdlib.h>

#include "base/log.h"
#include "base/memory.h"
#include "base/text.h"
#include "sync/folder.h"
#include "sync/observe/mailbox.h"
#include "sync/observe/present.h"
#include "sync/report.h"

/* Nothing is forgotten because a server said OK. Dovecot says it to a UID EXPUNGE in which it left
 * messages out, because another session expunged at the same moment. They were marked and stayed;
 * to a base that had forgotten them they looked like new mail. So a message counts as gone when the
 * server named it (VANISHED, with QRESYNC), or when it is not found any more. The search waits for
 * the answer to the EXPUNGE: sent along with it, it may be answered from before. */

/* Commands of one kind under way, each about a part of the messages. */
struct flight {
	struct imap_command **commands;
	size_t count, capacity;
};

static void add_command(struct flight *flight, struct imap_command *command)
{
	memory_grow((void **)&flight->commands, &flight->capacity, flight->count + 1,
		    sizeof(struct imap_command *));
	flight->commands[flight->count++] = command;
}

typedef struct imap_command *send_function(struct imap_session *session,
					   const struct uid_set *part);

static struct imap_command *send_mark(struct imap_session *session, const struct uid_set *part)
{
	return imap_store_send(session, part, true, FLAG_DELETED, NULL);
}

static struct flight send_parts(struct far_session *session, const struct uid_set *uids,
				send_function *send)
{
	struct flight flight = { .count = 0 };
	struct uid_set left = UID_SET_INITIAL;
	struct uid_set part = UID_SET_INITIAL;
	uid_set_add_set(&left, uids);
	while (uid_set_take_part(&left, SYNC_SET_BYTES, &part))
		add_command(&flight, send(far_imap_session(session), &part));
	uid_set_release(&left);
	uid_set_release(&part);
	return flight;
}

/* The first failure of all the commands is told. */
struct outcome {
	int result;
	struct error *error;
};

static void note(struct outcome *outcome, enum imap_result result, const struct error *failure)
{
	if (result == IMAP_RESULT_OK || outcome->result != 0)
		return;
	*outcome->error = *failure;
	outcome->result = error_widen(outcome->error, SCOPE_FOLDER);
}

static void finish_marks(struct flight *flight, struct far_session *session,
			 struct outcome *outcome)
{
	for (size_t i = 0; i < flight->count; i++) {
		struct error failure = ERROR_INITIAL;
		note(outcome,
		     imap_store_finish(far_imap_session(session), &flight->commands[i], &failure),
		     &failure);
	}
	free(flight->commands);
}

static void finish_expunges(struct flight *flight, struct far_session *session,
			    struct uid_set *gone, struct outcome *outcome)
{
	for (size_t i = 0; i < flight->count; i++) {
		struct error failure = ERROR_INITIAL;
		note(outcome,
		     imap_expunge_finish(far_imap_session(session), &flight->commands[i], gone,
					 &failure),
		     &failure);
	}
	free(flight->commands);
}

/* Those of UIDS that the mailbox still has, told by their flags. */
static int fetch_left(struct far_session *session, const struct uid_set *uids, struct uid_set *left,
		      bool *told_r, struct error *error)
{
	struct uid_set rest = UID_SET_INITIAL;
	struct uid_set part = UID_SET_INITIAL;
	enum imap_result result = IMAP_RESULT_OK;
	struct error failure = ERROR_INITIAL;
	uid_set_add_set(&rest, uids);
	while (result == IMAP_RESULT_OK && uid_set_take_part(&rest, SYNC_SET_BYTES, &part))
		result = present_fetch_set(session, &part, left, &failure);
	uid_set_release(&rest);
	uid_set_release(&part);
	*told_r = result == IMAP_RESULT_OK;
	if (result != IMAP_RESULT_ERROR)
		return 0;
	*error = failure;
	return error_widen(error, SCOPE_FOLDER);
}

/* A server that does not answer has not said that they are gone: all may be left then. One that
 * says OK to a search and nothing else, as some do that found nothing, is asked in another way. */
int sync_find_left(struct far_session *session, const struct uid_set *uids, struct uid_set *left,
		   struct error *error)
{
	struct flight searches = send_parts(session, uids, imap_search_set_send);
	struct outcome outcome = { .error = error };
	bool told = true;
	bool silent = false;
	uid_set_clear(left);
	for (size_t i = 0; i < searches.count; i++) {
		struct error failure = ERROR_INITIAL;
		bool says_nothing = imap_search_is_silent(searches.commands[i]);
		enum imap_result result = imap_search_finish(far_imap_session(session),
							     &searches.commands[i], left, &failure);
		silent = silent || says_nothing;
		told = told && (result == IMAP_RESULT_OK || says_nothing);
		if (result == IMAP_RESULT_ERROR)
			note(&outcome, result, &failure);
	}
	free(searches.commands);
	if (told && silent && outcome.result == 0)
		outcome.result = fetch_left(session, uids, left, &told, error);
	if (!told)
		uid_set_add_set(left, uids);
	uid_set_keep_only(left, uids); /* a server may tell more than it was asked */
	return outcome.result;
}

/* Takes the UIDs of GONE, and those that are not found, out of LEFT. */
static int settle(struct far_session *session, const struct uid_set *gone, struct uid_set *left,
		  struct error *error)
{
	struct uid_set unsure = UID_SET_INITIAL;
	uid_set_add_set(&unsure, left);
	uid_set_remove_set(&unsure, gone);
	uid_set_clear(left);
	int result = uid_set_is_empty(&unsure) ? 0 : sync_find_left(session, &unsure, left, error);
	uid_set_release(&unsure);
	return result;
}

/* Marks and expunges in one flight: where a STORE fails, UID EXPUNGE leaves those messages alone,
 * for it removes only what is marked. LEFT becomes what is still there of it. */
static int mark_and_expunge(struct far_session *session, struct uid_set *left, struct error *error)
{
	struct outcome outcome = { .error = error };
	struct uid_set gone = UID_SET_INITIAL;
	struct flight marks = send_parts(session, left, send_mark);
	struct flight expunges = send_parts(session, left, imap_uid_expunge_send);
	finish_marks(&marks, session, &outcome);
	finish_expunges(&expunges, session, &gone, &outcome);
	if (outcome.result == 0)
		outcome.result = settle(session, &gone, left, error);
	uid_set_release(&gone);
	return outcome.result;
}

/* What another session's expunge kept back is expected to go at the second try. */
static int remove_by_uid(struct far_session *session, struct uid_set *left, struct error *error)
{
	int result = mark_and_expunge(session, left, error);
	if (result == 0 && !uid_set_is_empty(left))
		result = mark_and_expunge(session, left, error);
	return result;
}

/* --- Without UIDPLUS --- */

/* How many messages are marked that the user did not remove. */
static int count_others(struct far_session *session, const struct uid_set *uids, uint64_t *others_r,
			struct error *error)
{
	struct uid_set others = UID_SET_INITIAL;
	int result = present_find_deleted(session, &others, error);
	uid_set_remove_set(&others, uids);
	*others_r = uid_set_size(&others);
	uid_set_release(&others);
	return result;
}

static int expunge_all(struct far_session *session, struct uid_set *left, struct error *error)
{
	struct uid_set gone = UID_SET_INITIAL;
	struct imap_command *command = imap_expunge_all_send(far_imap_session(session));
	enum imap_result expunged =
		imap_expunge_finish(far_imap_session(session), &command, &gone, error);
	int result = expunged == IMAP_RESULT_OK ? settle(session, &gone, left, error)
						: error_widen(error, SCOPE_FOLDER);
	uid_set_release(&gone);
	return result;
}

/* Only EXPUNGE is there, which removes everything marked \Deleted. So it is given only when nothing
 * is marked but what the user removed; else ours stay marked, and a later run, when the others are
 * gone or unmarked, finishes (RFC 4549 section 4.2.1 has no better way). *waits_r: they stay. */
static int remove_without_uidplus(struct sync_folder *folder, struct far_session *session,
				  struct uid_set *left, bool *waits_r, struct error *error)
{
	uint64_t others;
	struct outcome outcome = { .error = error };
	struct flight marks = send_parts(session, left, send_mark);
	finish_marks(&marks, session, &outcome);
	if (outcome.result != 0 || count_others(session, left, &others, error) != 0)
		return -1;
	*waits_r = others > 0;
	if (others == 0)
		return expunge_all(session, left, error);
	uint64_t ours = uid_set_size(left);
	log_line(
		LOG_WARNING,
		"%s: %llu removed %s marked \\Deleted on the server but %s there: %llu %s marked "
		"too, and the server (without UIDPLUS) could only remove all of them together. The "
		"removal follows when no other is marked.",
		sync_folder_name(folder), (unsigned long long)ours,
		text_plural(ours, "message is", "messages are"), text_plural(ours, "stays", "stay"),
		(unsigned long long)others, text_plural(others, "other is", "others are"));
	return 0;
}

/* --- The whole --- */

static void tell_left(struct sync_folder *folder, const struct uid_set *left)
{
	struct error error = ERROR_INITIAL;
	uint64_t count = uid_set_size(left);
	(void)error_set(&error, ERROR_FAILED, SCOPE_MESSAGE, /* always -1 */
			"%llu %s still on the server, or it does not say; the next run tries again",
			(unsigned long long)count,
			text_plural(count, "message that was removed here is",
				    "messages that were removed here are"));
	sync_report_messages(folder, count, &error);
}

int sync_settle_removal(struct sync_folder *folder, struct far_session *session,
			struct uid_set *left, struct error *error)
{
	const struct uid_set none = UID_SET_INITIAL;
	int result = settle(session, &none, left, error);
	if (result == 0 && !uid_set_is_empty(left))
		tell_left(folder, left);
	return result;
}

int sync_remove_from_mailbox(struct sync_folder *folder, struct far_session *session,
			     struct uid_set *uids, struct error *error)
{
	struct uid_set left = UID_SET_INITIAL;
	bool by_uid = imap_session_has(far_imap_session(session), IMAP_CAPABILITY_UIDPLUS) ||
		      imap_session_has(far_imap_session(session), IMAP_CAPABILITY_REV2);
	bool waits = false;
	uid_set_add_set(&left, uids);
	int result = by_uid ? remove_by_uid(session, &left, error)
			    : remove_without_uidplus(folder, session, &left, &waits, error);
	if (result == 0 && !waits && !uid_set_is_empty(&left))
		tell_left(folder, &left);
	uid_set_remove_set(uids, &left);
	uid_set_release(&left);
	return result;
}
