/* Whether a folder changed at all since the last run: what the server said with its list of
 * mailboxes, and the stamps of the Maildir's directories. SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "sync/observe/look.h"

#include <stdlib.h>

#include "base/memory.h"
#include "base/text.h"
#include "sync/folder.h"
#include "sync/observe/base.h"
#include "sync/observe/letters.h"
#include "sync/observe/stubs.h"
#include "sync/observe/told_view.h"
#include "sync/observe/watch.h"
#include "sync/plan/rules.h"

int sync_folder_load(struct sync_folder *folder, bool *pending_r, struct error *error)
{
	struct state_transaction *transaction;
	uint32_t uid;
	const char *temporary_name;
	if (state_read_begin(folder->context->state, &transaction, error) != 0)
		return -1;
	int found = state_folder_get(transaction, folder->target.view->name, &folder->base.record,
				     error);
	int pending = 0;
	uint32_t uploads = 0;
	uint32_t expiring = 0;
	if (found > 0)
		pending = state_download_next(transaction, folder->base.record.id, 1, &uid,
					      &temporary_name, error);
	if (found > 0 && pending >= 0 &&
	    (state_upload_count(transaction, folder->base.record.id, &uploads, error) != 0 ||
	     state_set_count(transaction, folder->base.record.id, STATE_EXPIRING, &expiring,
			     error) != 0))
		pending = -1;
	if (found == 0)
		folder->base.record.name = memory_text(folder->target.view->name);
	if (found >= 0 && sync_letters_load(folder, transaction, error) != 0)
		pending = -1;
	if (found >= 0 && rules_apply(&folder->base.record, sync_target_rules(&folder->target),
				      folder->context->options, transaction, error) != 0)
		pending = -1;
	if (found > 0 && pending >= 0 &&
	    (state_set_get(transaction, folder->base.record.id, STATE_MOVED, &folder->base.moved,
			   error) != 0 ||
	     sync_deferred_load(folder, transaction, error) != 0 ||
	     sync_stubs_look(folder, transaction, error) != 0))
		pending = -1;
	state_read_end(&transaction);
	if (found < 0 || pending < 0)
		return -1;
	folder->base.uploads_pending = uploads > 0;
	if (folder->target.view->path) {
		free(folder->base.record.near_path);
		folder->base.record.near_path = memory_text(folder->target.view->path);
	}
	*pending_r = pending > 0 || expiring > 0;
	return 0;
}

static bool far_is_unchanged(const struct sync_folder *folder)
{
	if (folder->target.view->far_still)
		return window_is_settled(&folder->far.window.rule, folder->base.record.window);
	const struct far_marks known = far_marks_of_record(&folder->base.record);
	bool equal = far_marks_equal(&known, &folder->target.view->status) ||
		     (far_marks_both_empty(&known, &folder->target.view->status) &&
		      folder->target.view->base_messages == 0);
	return equal && window_is_settled(&folder->far.window.rule, folder->base.record.window);
}

/* A number of newest messages can only be told with all of them at hand. */
static bool window_is_known(const struct sync_folder *folder)
{
	return folder->far.window.rule.newest == 0 &&
	       window_is_settled(&folder->far.window.rule, folder->base.record.window);
}

/* Two folders in one directory would each take the other's mail for their own new mail, and send
 * all of it to both mailboxes. Links make such, and file systems that ignore the case of letters or
 * how they are composed. */
static int claim_place(struct sync_folder *folder, struct error *error)
{
	struct sync_context *context = folder->context;
	dev_t device;
	ino_t inode;
	if (maildir_identify(folder->transfer.maildir, &device, &inode, error) != 0)
		return -1;
	(void)pthread_mutex_lock(&context->lock);
	const char *other =
		places_claim(&context->places, device, inode, folder->target.view->name);
	(void)pthread_mutex_unlock(&context->lock);
	folder->base.record.cur_device = device;
	folder->base.record.cur_inode = inode;
	folder->base.record.cur_born_ns = maildir_born_ns(folder->transfer.maildir);
	if (!other)
		return 0;
	return error_set(error, ERROR_FAILED, SCOPE_FOLDER,
			 "%s is one directory for the two folders %s and %s, by a link or because "
			 "the file system takes their names for one; this one was left alone: "
			 "rename its mailbox on the server, or remove the link",
			 maildir_path(folder->transfer.maildir), other, folder->target.view->name);
}

/* How many messages of the base stood in new/ when they were seen last. */
static int count_in_new(const struct sync_folder *folder, uint32_t *count_r, struct error *error)
{
	struct sync_base base;
	struct state_message message;
	uint32_t from = 1;
	int found;
	*count_r = 0;
	if (sync_base_begin(folder, &base, error) != 0)
		return -1;
	while ((found = base.view.next(base.view.context, from, &message, error)) > 0) {
		*count_r += message.place == MAILDIR_NEW;
		if (message.uid == UINT32_MAX)
			break;
		from = message.uid + 1;
	}
	sync_base_end(&base);
	return found < 0 ? -1 : 0;
}

/* Some tools leave out empty directories when they copy a Maildir; one that held messages was not
 * empty. */
static int check_new(const struct sync_folder *folder, const char *path, struct error *error)
{
	const struct sync_options *options = folder->context->options;
	uint32_t lost;
	if (folder->base.record.id == 0 || options->force_delete || options->restore ||
	    !maildir_lacks(path, MAILDIR_NEW) || maildir_lacks(path, MAILDIR_CUR))
		return 0;
	if (count_in_new(folder, &lost, error) != 0)
		return -1;
	if (lost == 0)
		return 0;
	return error_set(
		error, ERROR_SAFETY, SCOPE_FOLDER,
		"the Maildir %s has lost its directory new, in which %s %u %s; "
		"nothing was done. Put it back; or make an empty one if you removed what was "
		"in it; or run with --restore to download that again",
		path, text_plural(lost, "was", "were"), lost,
		text_plural(lost, "message", "messages"));
}

int sync_folder_open(struct sync_folder *folder, struct error *error)
{
	if (folder->transfer.maildir)
		return 0;
	const char *path = folder->target.view->path;
	if (check_new(folder, path, error) != 0)
		return -1;
	enum maildir_open_result opened = maildir_open(path, &folder->transfer.maildir, error);
	if (opened == MAILDIR_OPEN_MISSING)
		(void)error_set(error, ERROR_TEMPORARY, SCOPE_FOLDER,
				"the Maildir %s vanished while navette worked on it; run again",
				path);
	if (opened != MAILDIR_OPEN_OK)
		return -1;
	maildir_set_digest_key(folder->transfer.maildir, state_digest_key(folder->context->state));
	if (folder->target.view->channel)
		maildir_set_separator(folder->transfer.maildir,
				      folder->target.view->channel->rules.separator);
	if (claim_place(folder, error) == 0)
		return 0;
	maildir_close(&folder->transfer.maildir);
	return -1;
}

/* Whether no name was added, removed or changed in the Maildir since the fingerprint was noted: it
 * was noted only when any later change was certain to show. *now_r: what it is now. */
static int see_near_unchanged(struct sync_folder *folder, struct maildir_fingerprint *now_r,
			      bool *unchanged_r, struct error *error)
{
	struct state_folder *record = &folder->base.record;
	bool moved = folder_view_is_moved(folder->target.view);
	struct maildir_fingerprint now = { .inode = { 0, 0 } };
	bool safe; /* of no use here */
	*unchanged_r = false;
	if (record->near_known &&
	    maildir_fingerprint_take(folder->transfer.maildir, &now, &safe, error) != 0)
		return -1;
	*now_r = now;
	/* In a new place it is the Maildir that the base knows only when it was moved there. Any
	 * other, such as a copy of long ago, would tell of removals that nobody did. */
	bool same = record->near_known && now.inode[0] == record->near_inode[0] &&
		    now.inode[1] == record->near_inode[1];
	folder->base.state =
		moved && !same && record->id != 0 ? FOLDER_BASE_VOID : FOLDER_BASE_VALID;
	*unchanged_r = record->near_known && !moved && near_marks_equal(record, &now);
	return 0;
}

/* Where inotify told of all that happened since the Maildir was as the base says, nothing else has
 * to be looked at. MOMENT: from before the fingerprint NOW. */
static int see_told(struct sync_folder *folder, const struct maildir_fingerprint *now,
		    uint64_t moment, bool *unchanged, struct error *error)
{
	struct told *told = told_of(folder);
	const char *name = folder->target.view->name;
	struct told_names names;
	struct told_settling settling = { .now = *now, .names = moment, .contents = moment };
	bool fits;
	if (folder_view_is_moved(folder->target.view))
		return 0;
	if (told_view_fits(folder, &fits, &settling.base, error) != 0)
		return -1;
	if (fits && told_take(told, name, now, &names)) {
		*unchanged = names.count == 0 && name_digest_equal(&names.base, &settling.base);
		folder->near.by_names = !*unchanged;
		told_names_release(&names);
	} else if (fits && *unchanged) {
		told_settle(told, name, &settling);
	}
	return 0;
}

/* Messages to be asked for again, or put off in this very run: then the folder is not in sync. */
static bool has_deferred_news(const struct sync_folder *folder)
{
	return !uid_set_is_empty(&folder->base.deferred.due) || folder->ending.failed;
}

int sync_folder_look(struct sync_folder *folder, struct error *error)
{
	bool pending;
	bool near_unchanged = false;
	struct maildir_fingerprint now;
	uint64_t moment = told_moment(told_of(folder));
	if (sync_folder_load(folder, &pending, error) != 0)
		return -1;
	folder->near.changed = folder->far.changed = true;
	folder->far.window.settled = window_is_known(folder);
	if (!folder->target.view->near)
		return 0;
	if (sync_folder_open(folder, error) != 0 ||
	    see_near_unchanged(folder, &now, &near_unchanged, error) != 0 ||
	    sync_watch_look(folder, error) != 0)
		return -1;
	near_unchanged = near_unchanged && uid_set_is_empty(&folder->base.watched);
	if (folder->target.action == FOLDER_SYNC && !pending &&
	    folder->base.state != FOLDER_BASE_VOID) {
		if (see_told(folder, &now, moment, &near_unchanged, error) != 0)
			return -1;
		folder->near.changed = !near_unchanged;
		folder->far.changed = !far_is_unchanged(folder) || has_deferred_news(folder);
	}
	return folder->near.changed ? sync_letters_look(folder, error) : 0;
}

bool sync_folder_may_recover(const struct sync_folder *folder)
{
	return folder->target.view->near && sync_folder_has_changed(folder) &&
	       !folder->context->options->dry_run && folder->base.state != FOLDER_BASE_VOID;
}

bool sync_folder_has_changed(const struct sync_folder *folder)
{
	return folder->near.changed || folder->far.changed ||
	       !uid_set_is_empty(&folder->transfer.wanted);
}
