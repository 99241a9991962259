/* The far side over IMAP: which messages a mailbox has. SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <stdlib.h>

#include "base/log.h"
#include "far/imap_private.h"

/* --- All of them --- */

static int see(void *context, const struct imap_fetch_data *fetch, struct error *error)
{
	struct uid_set *uids = context;
	(void)error; /* nothing fails */
	uid_set_add(uids, fetch->uid);
	return 0;
}

enum imap_result far_imap_list_again(const struct far_imap *imap, struct uid_set *uids,
				     struct error *refusal)
{
	struct uid_set found = UID_SET_INITIAL;
	if (far_wants_pause(refusal))
		return IMAP_RESULT_REFUSED;
	log_line(LOG_VERBOSE, "%s; it is asked in another way", refusal->text);
	error_clear(refusal);
	struct imap_command *command =
		imap_fetch_from_send(imap->session, 1, IMAP_FETCH_FLAGS, see, &found);
	enum imap_result result = imap_fetch_finish(imap->session, &command, refusal);
	if (result == IMAP_RESULT_OK)
		uid_set_add_set(uids, &found);
	uid_set_release(&found);
	return result;
}

int far_imap_list_uids(const struct far_imap *imap, struct uid_set *uids, struct error *error)
{
	struct error refusal = ERROR_INITIAL;
	enum imap_result result = imap_search_all(imap->session, uids, &refusal);
	if (result == IMAP_RESULT_REFUSED)
		result = far_imap_list_again(imap, uids, &refusal);
	if (result == IMAP_RESULT_OK)
		return 0;
	*error = refusal;
	return error_widen(error, SCOPE_FOLDER);
}

/* --- Some of them --- */

static struct imap_command *send_search(struct imap_session *session, const struct uid_set *part,
					const void *context)
{
	(void)context;
	return imap_search_set_send(session, part);
}

/* What all the searches together came to. */
struct answer {
	bool told;   /* none was refused */
	bool silent; /* one said OK and nothing else */
	bool failed; /* the connection did, for this reason: */
	struct error failure;
};

static void finish_search(const struct far_imap *imap, struct imap_command **command,
			  struct uid_set *there, struct answer *answer)
{
	struct error failure = ERROR_INITIAL;
	bool silent = imap_search_is_silent(*command);
	enum imap_result result = imap_search_finish(imap->session, command, there, &failure);
	answer->silent = answer->silent || silent;
	answer->told = answer->told && (result == IMAP_RESULT_OK || silent);
	if (result == IMAP_RESULT_ERROR && !answer->failed) {
		answer->failed = true;
		answer->failure = failure;
	}
}

/* Those of UIDS that the mailbox has, as a FETCH of the flags tells. */
static enum imap_result fetch_there(const struct far_imap *imap, const struct uid_set *uids,
				    struct uid_set *there, struct error *error)
{
	struct uid_set left = UID_SET_INITIAL;
	struct uid_set part = UID_SET_INITIAL;
	enum imap_result result = IMAP_RESULT_OK;
	uid_set_add_set(&left, uids);
	while (result == IMAP_RESULT_OK && uid_set_take_part(&left, FAR_IMAP_SET_BYTES, &part)) {
		struct imap_command *command =
			imap_fetch_send(imap->session, &part, IMAP_FETCH_FLAGS, see, there, NULL);
		result = imap_fetch_finish(imap->session, &command, error);
	}
	uid_set_release(&left);
	uid_set_release(&part);
	return result;
}

static void ask_in_another_way(const struct far_imap *imap, const struct uid_set *uids,
			       struct uid_set *there, struct answer *answer)
{
	enum imap_result result = fetch_there(imap, uids, there, &answer->failure);
	answer->told = result == IMAP_RESULT_OK;
	answer->failed = result == IMAP_RESULT_ERROR;
}

/* One that says OK to a search and nothing else, as some servers do that found nothing, is asked in
 * another way. */
int far_imap_find(struct far_session *session, const struct far_mailbox *mailbox,
		  const struct uid_set *uids, struct uid_set *there, struct error *error)
{
	const struct far_imap *imap = far_imap_of(session);
	struct answer answer = { .told = true };
	struct imap_command *select = far_imap_open_send(imap, mailbox);
	struct far_imap_flight searches = { .count = 0 };
	far_imap_flight_send(&searches, imap, uids, send_search, NULL);
	int opened = far_imap_open_finish(imap, mailbox, &select, error);
	uid_set_clear(there);
	for (size_t i = 0; i < searches.count; i++)
		finish_search(imap, &searches.commands[i], there, &answer);
	free(searches.commands);
	if (opened == 0 && answer.told && answer.silent && !answer.failed)
		ask_in_another_way(imap, uids, there, &answer);
	if (!answer.told || opened != 0)
		uid_set_add_set(there, uids);
	uid_set_keep_only(there, uids); /* a server may tell more than it was asked */
	if (opened != 0)
		return -1;
	if (!answer.failed)
		return 0;
	*error = answer.failure;
	return error_widen(error, SCOPE_FOLDER);
}
