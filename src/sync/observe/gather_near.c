/* Gather: the near side of one folder. SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/text.h"
#include "state/keywords.h"
#include "sync/folder.h"
#include "sync/observe/base.h"
#include "sync/observe/content.h"
#include "sync/observe/gather.h"
#include "sync/observe/look.h"
#include "sync/observe/told_view.h"
#include "sync/plan/rules.h"
#include "sync/report.h"

/* A scan under way. */
struct near_scan {
	struct sync_folder *folder;
	const struct base_view *base;
	struct content_scan contents;
	struct near_diff diff;
	struct name_digest names;
	bool editors;           /* there was an editor's copy */
	struct told_view *told; /* NULL: the directories are listed */
};

static int see_file(void *context, const struct maildir_entry *entry, struct error *error)
{
	struct near_scan *scan = context;
	name_digest_add(&scan->names, entry->place, entry->name);
	return near_diff_see(&scan->diff, entry, error);
}

static int see_editors(void *context, const struct maildir_entry *entry, struct error *error)
{
	struct near_scan *scan = context;
	scan->editors = true;
	return near_diff_see_editors(&scan->diff, entry, error);
}

/* As plan_near_removed() does. */
static enum near_absence absence_in(const struct sync_folder *folder)
{
	struct plan_rules rules = rules_of_plan(folder->context->options, &folder->target,
						&folder->base, &folder->far);
	if (rules.restore)
		return NEAR_ABSENCE_IS_UNDONE;
	if (!(rules.push & CONFIG_KIND_DELETIONS))
		return NEAR_ABSENCE_IS_LEFT;
	return (rules.expunge & CONFIG_SIDE_FAR) ? NEAR_ABSENCE_IS_UNDONE : NEAR_ABSENCE_IS_MARKED;
}

static int begin_scan(void *context, struct error *error)
{
	struct near_scan *scan = context;
	struct sync_folder *folder = scan->folder;
	(void)error; /* nothing fails */
	folder->near.moment = told_moment(told_of(folder));
	near_changes_release(&folder->near.changes);
	scan->names = (struct name_digest){ .words = { 0, 0 } };
	scan->editors = false;
	scan->contents = content_scan_of(folder, scan->base);
	near_diff_begin(&scan->diff, scan->base, folder->far.managed, &folder->near.changes);
	scan->diff.look = content_look;
	scan->diff.look_context = &scan->contents;
	scan->diff.absence = absence_in(folder);
	return 0;
}

/* What is gone under its own name may be there under that of an editor's copy. What is in doubt is
 * for a listing: this is enough. */
static void doubt_removals(struct near_scan *scan, bool *enough_r)
{
	struct told_view *told = scan->told;
	told->doubtful = told->doubtful || (!told->names.lists_all &&
					    !uid_set_is_empty(&scan->folder->near.changes.removed));
	*enough_r = *enough_r || told->doubtful;
}

static int end_scan(void *context, bool stable, const struct maildir_fingerprint *fingerprint,
		    bool *enough_r, struct error *error)
{
	struct near_scan *scan = context;
	struct sync_folder *folder = scan->folder;
	folder->near.scanned = stable && !scan->told;
	folder->near.named = stable && scan->told;
	folder->near.lists_all = folder->near.scanned && !scan->editors;
	folder->near.fingerprint = *fingerprint;
	folder->near.names = scan->names;
	folder->near.letters = scan->diff.letters;
	if (!folder->base.has_letters)
		state_keywords_note_letters(folder->context->state, scan->diff.letters);
	int result = near_diff_finish(&scan->diff, stable, enough_r, error);
	if (scan->told)
		doubt_removals(scan, enough_r);
	return result;
}

/* A removal counts only when no rename can have raced the scan (invariant 3); a folder that never
 * comes to rest keeps its missing messages until the next run. */
static int scan_until_certain(struct sync_folder *folder, const struct base_view *base,
			      struct error *error)
{
	struct near_scan scan = { .folder = folder, .base = base };
	const struct maildir_scanner scanner = { .context = &scan,
						 .begin = begin_scan,
						 .see = see_file,
						 .see_editors = see_editors,
						 .end = end_scan };
	bool certain;
	return maildir_scan_stable(folder->transfer.maildir, &scanner, &certain, error);
}

static int list_told(void *context, const struct maildir_fingerprint *before, bool *doubtful_r,
		     struct error *error)
{
	struct near_scan *scan = context;
	int result = told_view_list(scan->told, before, see_file, scan, error);
	scan->folder->near.moment = scan->told->names.until;
	*doubtful_r = *doubtful_r || scan->told->doubtful;
	return result;
}

/* The same of those files alone that inotify named. *known_r: that was enough. */
static int scan_by_names(struct sync_folder *folder, const struct sync_base *base, bool *known_r,
			 struct error *error)
{
	struct told_view told;
	struct near_scan scan = { .folder = folder, .base = &told.base, .told = &told };
	const struct maildir_scanner scanner = { .context = &scan,
						 .begin = begin_scan,
						 .see = see_file,
						 .list = list_told,
						 .end = end_scan };
	bool certain;
	*known_r = false;
	if (!folder->near.by_names || folder->base.state != FOLDER_BASE_VALID)
		return 0;
	told_view_begin(&told, folder, base);
	int result = maildir_scan_stable(folder->transfer.maildir, &scanner, &certain, error);
	*known_r = result == 0 && !told.doubtful;
	told_view_end(&told);
	return result;
}

static int scan_near(struct sync_folder *folder, const struct sync_base *base, struct error *error)
{
	bool known;
	if (scan_by_names(folder, base, &known, error) != 0)
		return -1;
	return known ? 0 : scan_until_certain(folder, &base->view, error);
}

/* Messages that are recorded but still wait in tmp/ are not missing: a run that may write has put
 * them into place before, a dry run leaves them there. */
static int except_pending(struct sync_folder *folder, struct state_transaction *transaction,
			  struct error *error)
{
	if (!transaction)
		return 0;
	uint32_t uid;
	const char *temporary_name;
	uint32_t from = 1;
	int found;
	while ((found = state_download_next(transaction, folder->base.record.id, from, &uid,
					    &temporary_name, error)) > 0) {
		uid_set_remove_range(&folder->near.changes.removed, uid, uid);
		if (uid == UINT32_MAX)
			break;
		from = uid + 1;
	}
	return found < 0 ? -1 : 0;
}

/* The same of those that an interrupted run began to take out of the window. */
static int except_leaving(struct sync_folder *folder, struct state_transaction *transaction,
			  struct error *error)
{
	struct uid_set expiring = UID_SET_INITIAL;
	if (!transaction)
		return 0;
	int result = state_set_get(transaction, folder->base.record.id, STATE_EXPIRING, &expiring,
				   error);
	uid_set_remove_set(&folder->near.changes.removed, &expiring);
	uid_set_release(&expiring);
	return result;
}

static int scan(struct sync_folder *folder, struct error *error)
{
	struct sync_base base;
	if (sync_base_begin(folder, &base, error) != 0)
		return -1;
	int result = scan_near(folder, &base, error);
	if (result == 0)
		result = except_pending(folder, base.state.transaction, error);
	if (result == 0)
		result = except_leaving(folder, base.state.transaction, error);
	if (result == 0)
		result = sync_gather_renamed(folder, &base.view, error);
	sync_base_end(&base);
	return result;
}

/* A Maildir that is not there is as an empty one: all that the base has of it is removed. */
static int gather_no_maildir(struct sync_folder *folder, struct error *error)
{
	struct sync_base base;
	bool certain;
	if (sync_base_begin(folder, &base, error) != 0)
		return -1;
	struct near_diff diff;
	near_diff_begin(&diff, &base.view, folder->far.managed, &folder->near.changes);
	int result = near_diff_finish(&diff, true, &certain, error);
	sync_base_end(&base);
	return result;
}

/* Directories of thousands of folders would not all fit into the table of open files. */
int sync_gather_near_again(struct sync_folder *folder, struct error *error)
{
	if (sync_folder_open(folder, error) != 0)
		return -1;
	int result = scan(folder, error);
	maildir_close(&folder->transfer.maildir);
	return result;
}

static void tell_renamed(struct sync_folder *folder)
{
	struct error error = ERROR_INITIAL;
	uint64_t count = uid_set_size(&folder->near.changes.renamed);
	if (count == 0)
		return;
	(void)error_set(&error, ERROR_FAILED, SCOPE_MESSAGE, /* always -1 */
			"%llu %s only names of editors' copies in %s (x~ or #x#), so it "
			"cannot be told whether %s removed; nothing was done with %s: "
			"give the files their names back, or remove the copies",
			(unsigned long long)count,
			text_plural(count, "message has", "messages have"),
			folder->target.view->path, text_plural(count, "it was", "they were"),
			text_plural(count, "it", "them"));
	sync_report_messages(folder, count, &error);
}

int sync_gather_near(struct sync_folder *folder, struct error *error)
{
	if (!folder->target.view->near)
		return gather_no_maildir(folder, error);
	/* Against a void base every file is new, whether it changed or not. */
	if (!folder->near.changed && folder->base.state != FOLDER_BASE_VOID)
		return 0;
	if (sync_gather_near_again(folder, error) != 0)
		return -1;
	tell_renamed(folder);
	return 0;
}
