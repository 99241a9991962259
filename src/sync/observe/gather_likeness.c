/* Gather: closer looks at messages that both sides may have. Sizes tell messages of equal
 * identities apart, such as two drafts of one letter. But other synchronisers add a header field on
 * one side, and some servers tell sizes that are not the messages': then all mail would be carried
 * in both directions. So where sizes differ, first the added fields are asked for, and at last the
 * messages themselves, to compare them. SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>

#include "base/memory.h"
#include "maildir/message.h"
#include "sync/folder.h"
#include "sync/observe/gather.h"
#include "sync/observe/look.h"
#include "sync/observe/mailbox.h"
#include "sync/plan/match.h"
#include "sync/report.h"

#define READ_SIZE 65536

struct closer_look {
	struct sync_folder *folder;
	struct likeness_reader *reader; /* of the body that is coming in */
	uint64_t done, total;
	/* What the server refuses to give, one by one. */
	struct uid_set refused;
	struct error reason; /* of the last */
};

static int compare_uids(const void *key, const void *item)
{
	const uint32_t *uid = key;
	const struct far_identified *identified = item;
	return (*uid > identified->uid) - (*uid < identified->uid);
}

static int compare_identified(const void *a, const void *b)
{
	const struct far_identified *one = a;
	const struct far_identified *other = b;
	return (one->uid > other->uid) - (one->uid < other->uid);
}

/* Servers answer in any order, and may answer twice. */
static struct far_identified *find_far(struct sync_folder *folder, uint32_t uid)
{
	const struct far_changes *far = &folder->far.changes;
	return bsearch(&uid, far->identified, far->identified_count, sizeof *far->identified,
		       compare_uids);
}

static void collect_doubtful(const struct sync_folder *folder, struct uid_set *uids)
{
	for (size_t i = 0; i < folder->far.changes.identified_count; i++) {
		if (folder->far.changes.identified[i].is_doubtful)
			uid_set_add(uids, folder->far.changes.identified[i].uid);
	}
}

/* --- Fields that were added --- */

static int see_added(void *context, const struct far_message *message, struct error *error)
{
	(void)error;
	struct closer_look *look = context;
	struct far_identified *found = find_far(look->folder, message->uid);
	if (found && found->is_doubtful && message->has_header)
		found->added_size = identity_added_size(message->header, message->header_length);
	return 0;
}

/* --- Whole messages --- */

static int begin_body(void *context, uint32_t uid, struct error *error)
{
	struct closer_look *look = context;
	(void)uid, (void)error;
	likeness_reader_destroy(&look->reader);
	look->reader = likeness_reader_create();
	return 0;
}

static int write_body(void *context, const void *bytes, size_t length, struct error *error)
{
	struct closer_look *look = context;
	(void)error;
	likeness_reader_feed(look->reader, bytes, length);
	return 0;
}

static int see_body(void *context, const struct far_message *message, struct error *error)
{
	(void)error;
	struct closer_look *look = context;
	struct far_identified *found = find_far(look->folder, message->uid);
	if (message->body != FAR_BODY_RECEIVED || !look->reader)
		return 0;
	struct likeness likeness = likeness_reader_finish(&look->reader);
	if (!found || !found->is_doubtful)
		return 0;
	found->likeness = likeness;
	found->has_likeness = true;
	sync_report_progress(look->folder, "comparing", ++look->done, look->total);
	return 0;
}

static int note_refused(void *context, uint32_t uid, const struct error *reason,
			struct error *error)
{
	(void)error;
	struct closer_look *look = context;
	uid_set_add(&look->refused, uid);
	look->reason = *reason;
	return 0;
}

static void liken_near(struct sync_folder *folder, struct near_added *added)
{
	struct maildir_location location = { .place = added->place, .name = added->name };
	struct maildir_message_facts facts;
	struct maildir_reader *file;
	struct error error = ERROR_INITIAL;
	enum maildir_message_result opened =
		maildir_reader_open(folder->transfer.maildir, &location, &file, &facts, &error);
	if (opened == MAILDIR_MESSAGE_ERROR)
		sync_near_unreadable(folder, added, &error);
	if (opened != MAILDIR_MESSAGE_OK)
		return; /* its upload looks for it once more */
	struct likeness_reader *reader = likeness_reader_create();
	char *bytes = memory_allocate(READ_SIZE);
	size_t length = 0;
	int result;
	while ((result = maildir_reader_read(file, bytes, READ_SIZE, &length, &error)) == 0 &&
	       length > 0)
		likeness_reader_feed(reader, bytes, length);
	added->likeness = likeness_reader_finish(&reader);
	added->has_likeness = result == 0;
	if (result != 0)
		sync_near_unreadable(folder, added, &error);
	free(bytes);
	maildir_reader_close(&file);
}

static int liken_all_near(struct sync_folder *folder, struct error *error)
{
	if (sync_folder_open(folder, error) != 0)
		return -1;
	for (size_t i = 0; i < folder->near.changes.added_count; i++) {
		if (folder->near.changes.added[i].is_doubtful)
			liken_near(folder, &folder->near.changes.added[i]);
	}
	maildir_close(&folder->transfer.maildir);
	return 0;
}

/* --- The whole --- */

/* What is gone by now is not told of, and different. */
static int ask(struct closer_look *look, struct far_session *session, unsigned int items,
	       int (*see)(void *context, const struct far_message *message, struct error *error),
	       struct error *error)
{
	static const struct far_sink sink = { .begin = begin_body, .write = write_body };
	struct error failure = ERROR_INITIAL;
	struct uid_set doubtful = UID_SET_INITIAL;
	collect_doubtful(look->folder, &doubtful);
	look->total = uid_set_size(&doubtful);
	const struct far_fetch fetch = { .mailbox = sync_folder_mailbox(look->folder),
					 .uids = &doubtful,
					 .items = items,
					 .context = look,
					 .see = see,
					 .sink = &sink,
					 .refused = note_refused };
	enum far_result result = far_fetch(session, &fetch, &failure);
	likeness_reader_destroy(&look->reader);
	if (result == FAR_REFUSED && !far_wants_pause(&failure)) {
		uid_set_add_set(&look->refused, &doubtful);
		look->reason = failure;
		result = FAR_OK;
	}
	uid_set_release(&doubtful);
	if (result == FAR_OK)
		return 0;
	*error = failure;
	return error_widen(error, SCOPE_FOLDER);
}

static bool may_be_same(const struct near_added *near, const struct far_identified *far)
{
	return identity_equal(&near->identity, &far->identity) ||
	       identity_equal(&near->plain.fields, &far->plain.fields);
}

static void leave(const struct closer_look *look, struct near_added *added, uint32_t uid)
{
	struct error error = ERROR_INITIAL;
	(void)error_set(&error, ERROR_FAILED, SCOPE_MESSAGE, /* always -1 */
			"the server does not give the message with UID %u, to which the file %s "
			"is to be compared: %s",
			uid, added->name, look->reason.text);
	sync_near_unreadable(look->folder, added, &error);
}

/* Files that are perhaps what the server refuses to give: better carry neither now than both. */
static int leave_refused(struct closer_look *look, struct error *error)
{
	struct near_changes *near = &look->folder->near.changes;
	const struct far_changes *far = &look->folder->far.changes;
	if (sync_folder_open(look->folder, error) != 0)
		return -1;
	for (size_t j = 0; j < far->identified_count; j++) {
		const struct far_identified *message = &far->identified[j];
		bool unknown = message->is_doubtful && !message->has_likeness &&
			       uid_set_contains(&look->refused, message->uid);
		for (size_t i = 0; unknown && i < near->added_count; i++) {
			struct near_added *added = &near->added[i];
			if (added->is_doubtful && !added->is_unreadable &&
			    may_be_same(added, message))
				leave(look, added, message->uid);
		}
	}
	maildir_close(&look->folder->transfer.maildir);
	return 0;
}

static int compare_bodies(struct closer_look *look, struct far_session *session,
			  struct error *error)
{
	uid_set_clear(&look->refused); /* that fields were refused matters no more */
	if (liken_all_near(look->folder, error) != 0 ||
	    ask(look, session, FAR_BODY, see_body, error) != 0)
		return -1;
	return uid_set_is_empty(&look->refused) ? 0 : leave_refused(look, error);
}

int sync_gather_likenesses(struct sync_folder *folder, struct far_session *session,
			   struct error *error)
{
	struct closer_look look = { .folder = folder };
	struct far_changes *far = &folder->far.changes;
	memory_sort(far->identified, far->identified_count, sizeof *far->identified,
		    compare_identified);
	if (!match_find_doubtful(&folder->near.changes, far))
		return 0;
	int result = ask(&look, session, FAR_ADDED, see_added, error);
	if (result == 0 && match_find_doubtful(&folder->near.changes, far))
		result = compare_bodies(&look, session, error);
	uid_set_release(&look.refused);
	return result;
}
