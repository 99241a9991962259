/* What a server has. SPDX-License-Identifier: GPL-3.0-or-later */
#include "sync/survey.h"

#include <stdlib.h>

#include "base/memory.h"
#include "far/imap.h"
#include "sync/folders/mailboxes.h"

struct survey {
	struct far_session *session;
	struct mailboxes mailboxes;
	struct far_size *sizes; /* one for each of them */
};

static int ask_for_sizes(struct survey *survey, struct error *error)
{
	for (size_t i = 0; i < survey->mailboxes.count; i++)
		survey->sizes[i].mailbox = survey->mailboxes.items[i].mailbox;
	return far_ask_sizes(survey->session, survey->sizes, survey->mailboxes.count, error);
}

static void tell(const struct survey *survey,
		 void (*see)(void *context, const struct sync_surveyed *folder), void *context)
{
	for (size_t i = 0; i < survey->mailboxes.count; i++) {
		const struct mailbox *mailbox = &survey->mailboxes.items[i];
		const struct folder_view view = { .attributes = mailbox->attributes };
		if (!mailbox->name)
			continue;
		const struct sync_surveyed folder = {
			.name = mailbox->name,
			.uses = folder_view_facts(&view, mailbox->name).uses,
			.messages_known = mailbox->status.uidvalidity != 0,
			.messages = mailbox->status.messages,
			.bytes_known = survey->sizes[i].known,
			.bytes = survey->sizes[i].bytes,
		};
		see(context, &folder);
	}
}

int sync_survey(const struct config_account *account, struct far_side *far,
		const atomic_bool *cancel,
		void (*see)(void *context, const struct sync_surveyed *folder), void *context,
		bool *refused_r, struct error *error)
{
	struct survey survey = { .session = NULL };
	struct far_side *own = far ? NULL : far_imap_create(account, cancel);
	int result = far_open(far ? far : own, 0, &survey.session, error);
	*refused_r = own && far_imap_was_refused(own);
	if (result == 0)
		result = mailboxes_gather(&survey.mailboxes, survey.session, false, error);
	survey.sizes = memory_array(survey.mailboxes.count + 1, sizeof *survey.sizes);
	if (result == 0)
		result = ask_for_sizes(&survey, error);
	if (result == 0)
		tell(&survey, see, context);
	far_close(&survey.session);
	far_side_destroy(&own);
	mailboxes_release(&survey.mailboxes);
	free(survey.sizes);
	return result;
}
