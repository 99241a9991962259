/* Uploads to a server that does not tell UIDs (UIDPLUS): which did they get?
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>

#include "base/memory.h"
#include "sync/apply/upload.h"
#include "sync/folder.h"
#include "sync/observe/gather.h"
#include "sync/observe/mailbox.h"
#include "sync/plan/match.h"

static bool is_missing(const struct outgoing *outgoing)
{
	return outgoing->sent->state == FAR_SENT_STORED && outgoing->sent->uid == 0;
}

static int see_arrived(void *context, const struct far_message *message, struct error *error)
{
	(void)error;
	if (message->has_header && message->has_size)
		sync_identified_take(context, message, 0);
	return 0;
}

/* Those whose UID was told are others. */
static void drop_assigned(const struct upload *upload, struct far_changes *arrived)
{
	struct uid_set assigned = UID_SET_INITIAL;
	size_t kept = 0;
	for (size_t i = 0; i < upload->count; i++) {
		if (upload->sent[i].uid != 0)
			uid_set_add(&assigned, upload->sent[i].uid);
	}
	for (size_t i = 0; i < arrived->identified_count; i++) {
		if (!uid_set_contains(&assigned, arrived->identified[i].uid))
			arrived->identified[kept++] = arrived->identified[i];
	}
	arrived->identified_count = kept;
	uid_set_release(&assigned);
}

static void pair_arrived(struct upload *upload, const struct far_changes *arrived)
{
	struct near_added *added = memory_array(upload->count, sizeof *added);
	struct near_changes sent = { .added = added, .added_count = upload->count };
	for (size_t i = 0; i < upload->count; i++) {
		const struct outgoing *outgoing = &upload->batch[i];
		added[i] = (struct near_added){ .is_identified = is_missing(outgoing),
						.size = outgoing->facts.wire_size,
						.identity = outgoing->facts.identity,
						.plain = outgoing->facts.plain,
						.upload_from_uid = upload->batch_from_uid };
	}
	struct match_pair *pairs;
	size_t count = match_added(&sent, arrived, &pairs);
	for (size_t i = 0; i < count; i++) {
		uint32_t uid = arrived->identified[pairs[i].far_index].uid;
		upload->sent[pairs[i].near_index].uid = uid;
		upload->batch[pairs[i].near_index].told_size =
			arrived->identified[pairs[i].far_index].size;
		far_append_learn(upload->append, uid);
	}
	free(pairs);
	free(added);
}

static bool uid_is_missing(const struct upload *upload)
{
	for (size_t i = 0; i < upload->count; i++) {
		if (is_missing(&upload->batch[i]))
			return true;
	}
	return false;
}

/* What is not found keeps its intent: the next run finds it. */
static int ask(struct upload *upload, struct far_changes *arrived, struct error *error)
{
	const struct far_fetch fetch = { .mailbox = sync_folder_mailbox(upload->folder),
					 .first = upload->batch_from_uid,
					 .items = FAR_SIZE | FAR_IDENTITY,
					 .anew = true,
					 .context = arrived,
					 .see = see_arrived };
	return far_fetch(upload->session, &fetch, error) == FAR_OK
		       ? 0
		       : error_widen(error, SCOPE_FOLDER);
}

int upload_find_uids(struct upload *upload, struct error *error)
{
	if (!uid_is_missing(upload))
		return 0;
	struct far_changes arrived = { .identified_count = 0 };
	int result = ask(upload, &arrived, error);
	if (result == 0) {
		drop_assigned(upload, &arrived);
		pair_arrived(upload, &arrived);
	}
	far_changes_release(&arrived);
	return result;
}
