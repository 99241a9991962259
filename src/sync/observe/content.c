/* Whether a file of the base has another content now. SPDX-License-Identifier: GPL-3.0-or-later */
#include "sync/observe/content.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/memory.h"
#include "mail/mailbox_attribute.h"
#include "maildir/message.h"
#include "sync/folder.h"
#include "sync/report.h"

/* In a folder of so many messages each file is looked at in each scan. */
#define FEW_FILES 5000

/* A stamp is as coarse as this on local file systems (the kernel's tick). */
#define MOMENT_NS INT64_C(20000000)

bool content_is_of_drafts(const struct sync_folder *folder)
{
	return (folder->target.view->attributes & MAILBOX_DRAFTS) != 0;
}

bool content_is_of_this_moment(const struct file_stamp *stamp)
{
	int64_t now = clock_stamp_ns();
	return stamp->mtime_ns > now - MOMENT_NS && stamp->mtime_ns < now + MOMENT_NS;
}

struct content_scan content_scan_of(struct sync_folder *folder, const struct base_view *base)
{
	return (struct content_scan){
		.folder = folder,
		.is_off = !(sync_target_rules(&folder->target)->push & CONFIG_KIND_NEW),
		.all = base->count <= FEW_FILES || content_is_of_drafts(folder)
	};
}

static bool is_to_be_looked_at(const struct content_scan *scan, const struct maildir_entry *entry,
			       const struct state_message *message)
{
	bool is_watched = (message->flags & FLAG_DRAFT) ||
			  uid_set_contains(&scan->folder->base.watched, message->uid);
	if (scan->is_off || uid_set_contains(&scan->folder->base.stubs, message->uid))
		return false;
	if (!file_stamp_is_known(&message->file))
		return is_watched;
	return scan->all || is_watched || entry->inode != message->file.inode;
}

/* To be compared with BEFORE. */
static enum maildir_message_result read_file(const struct sync_folder *folder,
					     const struct maildir_location *location,
					     const struct file_stamp *before,
					     struct maildir_message_facts *facts_r,
					     struct error *error)
{
	return maildir_message_read_facts(folder->transfer.maildir, location,
					  file_stamp_is_of_sha256(before), facts_r, error);
}

static bool can_be_compared(const struct file_stamp *before, const struct file_stamp *now)
{
	return !file_stamp_is_known(before) || file_stamp_is_comparable(before, now);
}

/* Of a file that was not known before nobody can tell: from now on it is. */
static bool is_edited(const struct file_stamp *before, const struct file_stamp *now)
{
	return file_stamp_is_known(before) && !file_stamp_same_content(before, now);
}

/* Nothing else may show that it changed, so it must not count as seen. */
static void tell_unread(struct sync_folder *folder, const struct error *reason)
{
	struct error error = ERROR_INITIAL;
	(void)error_set(&error, ERROR_FAILED, SCOPE_MESSAGE, /* always -1 */
			"%s; it may have been edited, the next run looks again", reason->text);
	sync_report_message(folder, &error);
}

/* One that vanishes or is written to meanwhile is the next run's. */
static enum near_content read_content(struct sync_folder *folder,
				      const struct maildir_location *location,
				      const struct state_message *message,
				      struct near_content_facts *facts_r)
{
	struct maildir_message_facts facts;
	struct error error = ERROR_INITIAL;
	enum maildir_message_result result =
		read_file(folder, location, &message->file, &facts, &error);
	if (result == MAILDIR_MESSAGE_ERROR)
		tell_unread(folder, &error);
	if (result != MAILDIR_MESSAGE_OK)
		return NEAR_CONTENT_UNKNOWN;
	if (facts.is_stub || !can_be_compared(&message->file, &facts.file))
		return NEAR_CONTENT_SAME;
	facts_r->file = facts.file;
	if (is_edited(&message->file, &facts.file))
		return NEAR_CONTENT_EDITED;
	if (file_stamp_is_known(&message->file))
		facts_r->body = facts.body;
	return NEAR_CONTENT_TOUCHED;
}

enum near_content content_look(void *context, const struct maildir_entry *entry,
			       const struct state_message *message,
			       struct near_content_facts *facts_r)
{
	const struct content_scan *scan = context;
	struct file_stamp now = { .inode = 0 };
	enum near_content content = NEAR_CONTENT_SAME;
	if (!is_to_be_looked_at(scan, entry, message))
		return content;
	char *name = memory_text(entry->name);
	const struct maildir_location location = { .place = entry->place, .name = name };
	if (!maildir_message_stamp(scan->folder->transfer.maildir, &location, &now))
		content = NEAR_CONTENT_UNKNOWN;
	else if (!file_stamp_is_untouched(&message->file, now.size, now.mtime_ns))
		content = read_content(scan->folder, &location, message, facts_r);
	free(name);
	return content;
}

bool content_is_only_here(const struct sync_folder *folder, const struct maildir_location *location,
			  const struct state_message *message)
{
	struct maildir_message_facts facts;
	struct file_stamp now = { .inode = 0 };
	if (uid_set_contains(&folder->base.stubs, message->uid) ||
	    !file_stamp_is_known(&message->file) ||
	    !maildir_message_stamp(folder->transfer.maildir, location, &now) ||
	    file_stamp_is_untouched(&message->file, now.size, now.mtime_ns))
		return false;
	return read_file(folder, location, &message->file, &facts, NULL) != MAILDIR_MESSAGE_OK ||
	       !file_stamp_same_content(&message->file, &facts.file);
}
