/* Which mailbox a session's commands are about: each folder makes sure of it before it sends any
 * that name messages by UID. SPDX-License-Identifier: GPL-3.0-or-later */
#include "sync/observe/mailbox.h"

#include <time.h>

#include "sync/folder.h"
#include "sync/report.h"

int sync_folder_check_validity(const struct sync_folder *folder, uint32_t now, struct error *error)
{
	uint32_t before = folder->far.state.uidvalidity;
	if (now == 0)
		return error_set(
			error, ERROR_FAILED, SCOPE_FOLDER,
			"the server gives this mailbox no UIDVALIDITY, so its messages "
			"cannot be told apart from one run to the next; it was left alone");
	if (before != 0 && before != now)
		return error_set(error, ERROR_TEMPORARY, SCOPE_FOLDER,
				 "the mailbox was replaced on the server during the run (its "
				 "UIDVALIDITY changed); the next run takes it as it is then");
	return 0;
}

int sync_folder_select(const struct sync_folder *folder, struct far_session *session,
		       struct imap_mailbox_state *now_r, struct error *error)
{
	struct imap_command *command =
		imap_select_send(far_imap_session(session), folder->target.mailbox,
				 folder->context->options->dry_run, NULL);
	if (imap_select_finish(far_imap_session(session), &command, now_r, error) != IMAP_RESULT_OK)
		return error_widen(error, SCOPE_FOLDER);
	return sync_folder_check_validity(folder, now_r->uidvalidity, error);
}

int sync_folder_need_mailbox(const struct sync_folder *folder, struct far_session *session,
			     struct error *error)
{
	struct imap_mailbox_state now = { .uidvalidity = 0 };
	uint32_t selected = imap_session_selected(far_imap_session(session), folder->target.mailbox,
						  folder->context->options->dry_run);
	if (selected != 0)
		return sync_folder_check_validity(folder, selected, error);
	int result = sync_folder_select(folder, session, &now, error);
	imap_mailbox_state_release(&now);
	return result;
}

/* --- Stragglers --- */

/* When an earlier run died, the server had bytes of it that nobody can call back, and goes on
 * storing the messages in them. A run that looked at the mailbox meanwhile would miss those and
 * send them again. Nothing tells when the server is done with a connection that is gone, but it
 * does not rest while it has something to store: so the mailbox must not have grown for a while. */
#define STRAGGLERS_GONE_SECONDS 120 /* after that the server has long given up the connection */
#define LOOK_PAUSE_MS 250
#define QUIET_LOOKS 6
#define LOOKS_MAX 240

struct size_seen {
	uint32_t uidnext;
	uint32_t messages;
};

static int look_again(const struct sync_folder *folder, struct far_session *session,
		      struct size_seen *seen, unsigned int *quiet, struct error *error)
{
	struct imap_mailbox_state now = { .uidvalidity = 0 };
	int result = sync_folder_select(folder, session, &now, error);
	if (result == 0) {
		bool same = now.uidnext == seen->uidnext && now.messages == seen->messages;
		*quiet = same ? *quiet + 1 : 0;
		*seen = (struct size_seen){ .uidnext = now.uidnext, .messages = now.messages };
	}
	imap_mailbox_state_release(&now);
	return result;
}

int sync_folder_wait_for_stragglers(const struct sync_folder *folder, struct far_session *session,
				    struct error *error)
{
	struct timespec pause = { .tv_nsec = LOOK_PAUSE_MS * 1000000L };
	struct size_seen seen = { .uidnext = 0 };
	unsigned int quiet = 0;
	if (!folder->base.uploads_pending ||
	    state_rested_seconds(folder->context->state) > STRAGGLERS_GONE_SECONDS)
		return 0;
	sync_report_progress(folder, "waiting", 0, 0);
	for (unsigned int looks = 0; quiet < QUIET_LOOKS; looks++) {
		if (looks == LOOKS_MAX)
			return error_set(error, ERROR_TEMPORARY, SCOPE_FOLDER,
					 "messages that an earlier run sent keep arriving; the "
					 "next run goes on");
		if (look_again(folder, session, &seen, &quiet, error) != 0)
			return -1;
		(void)nanosleep(&pause, NULL); /* waking early only means one more look */
	}
	return 0;
}
