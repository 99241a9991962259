/* The mailbox of a folder, and waiting until it is at rest. SPDX-License-Identifier:
 * GPL-3.0-or-later */
#include "sync/observe/mailbox.h"

#include <time.h>

#include "sync/folder.h"
#include "sync/report.h"

struct far_mailbox sync_folder_mailbox(const struct sync_folder *folder)
{
	return (struct far_mailbox){ .name = folder->target.mailbox,
				     .uidvalidity = folder->far.state.marks.uidvalidity,
				     .read_only = folder->context->options->dry_run };
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
	const struct far_mailbox mailbox = sync_folder_mailbox(folder);
	struct far_state now;
	int result = far_look(session, &mailbox, &now, error);
	if (result == 0) {
		bool same =
			now.marks.uidnext == seen->uidnext && now.marks.messages == seen->messages;
		*quiet = same ? *quiet + 1 : 0;
		*seen = (struct size_seen){ .uidnext = now.marks.uidnext,
					    .messages = now.marks.messages };
	}
	far_state_release(&now);
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
