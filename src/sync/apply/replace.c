/* Which new versions may take the place of the old ones. SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "sync/apply/replace.h"

#include "maildir/name.h"
#include "sync/folder.h"
#include "sync/observe/base.h"
#include "sync/observe/gather.h"
#include "sync/observe/identity_list.h"
#include "sync/observe/look.h"

/* The old version may be what a new file elsewhere is, and then it waits for that (hold.c). To
 * learn so here reads all new files once more: among many it is not worth it. */
#define NEW_FILES_MAX 1000

uint32_t replace_find_begun(const struct sync_folder *folder, const char *base, size_t base_length)
{
	struct state_transaction *transaction;
	struct state_upload upload;
	uint32_t replaces = 0;
	if (!folder->base.uploads_pending || folder->base.record.id == 0 ||
	    folder->base.state == FOLDER_BASE_CLEARED ||
	    state_read_begin(folder->context->state, &transaction, NULL) != 0)
		return 0;
	if (state_upload_get(transaction, folder->base.record.id, base, base_length, &upload,
			     NULL) > 0 &&
	    upload.uidvalidity == folder->far.state.marks.uidvalidity)
		replaces = upload.replaces;
	state_read_end(&transaction);
	return replaces;
}

/* Of an upload; 0: it is no new version. */
static uint32_t old_version_of(const struct sync_folder *folder, const struct operation *operation)
{
	struct maildir_name name;
	if (operation->added == SIZE_MAX)
		return 0;
	if (operation->supersedes != 0)
		return operation->supersedes;
	maildir_name_parse(operation->name, &name);
	return replace_find_begun(folder, name.base, name.base_length);
}

static bool may_have_new_versions(const struct sync_folder *folder)
{
	if (folder->ending.ended || folder->target.has_trash ||
	    folder->target.action != FOLDER_SYNC || folder->plan.removals_far == 0)
		return false;
	const struct operation_list *uploads = &folder->plan.operations[OPERATION_UPLOAD];
	for (size_t i = 0; i < uploads->count; i++) {
		if (uploads->items[i].supersedes != 0 || folder->base.uploads_pending)
			return true;
	}
	return false;
}

static bool is_worth_it(const struct run *run)
{
	uint64_t files = 0;
	bool any = false;
	for (size_t i = 0; i < run->folder_count; i++) {
		files += run->folders[i].near.changes.added_count;
		any = any || may_have_new_versions(&run->folders[i]);
	}
	return any && files <= NEW_FILES_MAX;
}

/* The server offers it; a failing connection shows soon enough. */
static bool is_offered(const struct run *run)
{
	struct far_session *session;
	struct error ignored = ERROR_INITIAL;
	return !run->gave_up && pool_session(run->pool, &session, &ignored) == 0 &&
	       far_has(session, FAR_REPLACES);
}

/* What is removed for good, and need not wait already. */
static void collect_removals(const struct sync_folder *folder, struct uid_set *removals)
{
	operation_list_uids(&folder->plan.operations[OPERATION_REMOVE_FAR], removals);
	uid_set_remove_set(removals, &folder->transfer.held);
}

/* Whether a new file, other than the new version itself, is as the old version is. */
static bool is_elsewhere(const struct identity_list *waiting, const struct near_added *added,
			 const struct state_message *old)
{
	struct identity_list own = { .items = NULL };
	if (added->is_identified)
		identity_list_add_known(&own, &added->identity, added->size);
	bool elsewhere = identity_list_count(waiting, old) > identity_list_count(&own, old);
	identity_list_release(&own);
	return elsewhere;
}

static int choose(struct sync_folder *folder, const struct identity_list *waiting,
		  struct error *error)
{
	struct operation_list *uploads = &folder->plan.operations[OPERATION_UPLOAD];
	struct uid_set removals = UID_SET_INITIAL;
	struct sync_base base;
	int result = 0;
	if (sync_base_begin(folder, &base, error) != 0)
		return -1;
	collect_removals(folder, &removals);
	for (size_t i = 0; result == 0 && i < uploads->count; i++) {
		struct operation *operation = &uploads->items[i];
		struct state_message message;
		uint32_t old = old_version_of(folder, operation);
		if (old == 0 || !uid_set_contains(&removals, old))
			continue;
		int found = base.view.by_uid(base.view.context, old, &message, error);
		if (found > 0 &&
		    !is_elsewhere(waiting, &folder->near.changes.added[operation->added], &message))
			operation->in_place_of = old;
		result = found < 0 ? -1 : 0;
	}
	uid_set_release(&removals);
	sync_base_end(&base);
	return result;
}

/* So that a new version is not taken for another file. */
static void identify_new_versions(struct sync_folder *folder)
{
	const struct operation_list *uploads = &folder->plan.operations[OPERATION_UPLOAD];
	struct error ignored = ERROR_INITIAL;
	if (sync_folder_open(folder, &ignored) != 0)
		return;
	for (size_t i = 0; i < uploads->count; i++) {
		const struct operation *operation = &uploads->items[i];
		if (old_version_of(folder, operation) == 0)
			continue;
		struct near_added *added = &folder->near.changes.added[operation->added];
		if (!added->is_identified)
			sync_identify_near(folder, added);
	}
	maildir_close(&folder->transfer.maildir);
}

void run_choose_replacements(struct run *run)
{
	struct identity_list waiting = { .items = NULL };
	if (!is_worth_it(run) || !is_offered(run))
		return;
	for (size_t i = 0; i < run->folder_count; i++) {
		if (may_have_new_versions(&run->folders[i]))
			identify_new_versions(&run->folders[i]);
	}
	run_collect_waiting(run, &waiting);
	for (size_t i = 0; i < run->folder_count; i++) {
		struct sync_folder *folder = &run->folders[i];
		struct error error = ERROR_INITIAL;
		if (may_have_new_versions(folder) && choose(folder, &waiting, &error) != 0)
			run_fail_folder(run, folder, &error);
	}
	identity_list_release(&waiting);
}
