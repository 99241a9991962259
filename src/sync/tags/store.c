/* Keywords go to the server: one STORE for each name and direction, over UID sets.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "far/far.h"
#include "mail/name_set.h"
#include "sync/folder.h"
#include "sync/observe/mailbox.h"
#include "sync/run.h"
#include "sync/tags/pass.h"

/* What one folder is to have stored. */
struct tags_store {
	struct tags_pass *pass;
	size_t folder;
	struct text_list names; /* in order */
	struct tags_name_change {
		struct uid_set add, remove;
	} * changes;           /* one for each name */
	struct uid_set undone; /* messages of which something was not stored */
	bool failed;           /* nothing is sure */
};

/* --- What is to be stored --- */

static void collect_names(struct tags_store *store)
{
	const struct tags_pass *pass = store->pass;
	for (size_t i = 0; i < pass->work_count; i++) {
		const struct tags_work *work = &pass->works[i];
		for (size_t k = 0; k < work->merge.count; k++) {
			if (work->places[k].folder != store->folder)
				continue;
			name_set_add_all(&store->names, &work->merge.copies[k].add);
			name_set_add_all(&store->names, &work->merge.copies[k].remove);
		}
	}
	store->changes = memory_array(store->names.count + 1, sizeof *store->changes);
}

static void add_copy(struct tags_store *store, const struct tag_copy *copy, uint32_t uid)
{
	for (size_t i = 0; i < store->names.count; i++) {
		const char *name = store->names.items[i];
		if (name_set_has(&copy->add, name))
			uid_set_add(&store->changes[i].add, uid);
		if (name_set_has(&copy->remove, name))
			uid_set_add(&store->changes[i].remove, uid);
	}
}

static void collect_changes(struct tags_store *store)
{
	const struct tags_pass *pass = store->pass;
	for (size_t i = 0; i < pass->work_count; i++) {
		const struct tags_work *work = &pass->works[i];
		for (size_t k = 0; k < work->merge.count; k++) {
			if (work->places[k].folder == store->folder)
				add_copy(store, &work->merge.copies[k], work->places[k].uid);
		}
	}
}

/* --- Storing --- */

static struct sync_folder *folder_of(const struct tags_store *store)
{
	return store->pass->folders[store->folder].round;
}

static void note_refused(struct tags_store *store, const struct far_change *change,
			 const char *name)
{
	struct error error = change->reason;
	if (!change->refused)
		return;
	uid_set_add_set(&store->undone, &change->uids);
	(void)error_prefix(&error, "the keyword %s cannot be stored", name); /* always -1 */
	run_tell_failure(store->pass->run, sync_folder_name(folder_of(store)), &error);
}

/* As many names as a table of keywords has room for, from the one of number FIRST on. */
static int store_some(struct tags_store *store, struct far_session *session, size_t first,
		      size_t count, struct error *error)
{
	struct keyword_table table = { .names = { NULL } };
	struct far_change *changes = memory_array(count * 2, sizeof *changes);
	size_t used = 0;
	const struct far_mailbox mailbox = sync_folder_mailbox(folder_of(store));
	for (size_t i = 0; i < count; i++) {
		const struct tags_name_change *change = &store->changes[first + i];
		table.names[i] = store->names.items[first + i];
		if (!uid_set_is_empty(&change->add))
			changes[used++] =
				(struct far_change){ .add = FLAG_KEYWORD(i), .uids = change->add };
		if (!uid_set_is_empty(&change->remove))
			changes[used++] = (struct far_change){ .remove = FLAG_KEYWORD(i),
							       .uids = change->remove };
	}
	int result = far_store(session, &mailbox, changes, used, &table, error);
	for (size_t i = 0; result == 0 && i < used; i++) {
		size_t number = 0;
		while (!((changes[i].add | changes[i].remove) & FLAG_KEYWORD(number)))
			number++;
		note_refused(store, &changes[i], table.names[number]);
	}
	free(changes);
	return result;
}

static int store_all(struct tags_store *store, struct far_session *session, struct error *error)
{
	for (size_t i = 0; i < store->names.count; i += FLAG_KEYWORD_COUNT) {
		size_t left = store->names.count - i;
		size_t count = left < FLAG_KEYWORD_COUNT ? left : FLAG_KEYWORD_COUNT;
		if (store_some(store, session, i, count, error) != 0)
			return -1;
	}
	return 0;
}

/* A folder that nothing was known to have happened in was not opened yet: whether it takes the
 * names is asked now, and what it is confirmed by is what is known of it. */
static int open_unseen(struct sync_folder *folder, struct far_session *session, struct error *error)
{
	if (folder->far.state.marks.uidvalidity != 0)
		return 0;
	const struct far_mailbox mailbox = { .name = folder->target.mailbox,
					     .uidvalidity = folder->base.record.uidvalidity };
	if (far_look(session, &mailbox, &folder->far.state, error) != 0)
		return -1;
	folder->far.changed = true;
	folder->far.seen = far_marks_of_record(&folder->base.record);
	folder->base.withheld.far = folder->base.record.far_withheld;
	folder->base.withheld.near = folder->base.record.near_withheld;
	return 0;
}

static bool takes(const struct flag_names *permanent, const char *name)
{
	for (size_t i = 0; i < permanent->keywords.count; i++) {
		if (text_equal_ignoring_case(permanent->keywords.items[i], name))
			return true;
	}
	return permanent->any_keyword;
}

/* What it does not take is left: it stays as it is on both sides. */
static void leave_out(struct tags_store *store)
{
	const struct sync_folder *folder = folder_of(store);
	for (size_t i = 0; i < store->names.count; i++) {
		if (takes(&folder->far.state.permanent_flags, store->names.items[i]))
			continue;
		uid_set_add_set(&store->undone, &store->changes[i].add);
		uid_set_add_set(&store->undone, &store->changes[i].remove);
		uid_set_clear(&store->changes[i].add);
		uid_set_clear(&store->changes[i].remove);
	}
}

static int finish(void *context, void *task, struct far_session *session, struct error *error)
{
	struct tags_store *store = task;
	(void)context;
	if (open_unseen(folder_of(store), session, error) != 0)
		return -1;
	leave_out(store);
	folder_of(store)->transfer.far_written = true;
	return store_all(store, session, error);
}

static void end(void *context, void *task, int result, struct error *error)
{
	struct tags_store *store = task;
	(void)context;
	store->failed = result != 0;
	if (store->failed)
		run_tell_failure(store->pass->run, sync_folder_name(folder_of(store)), error);
}

static bool needs_session(const void *task)
{
	(void)task;
	return true;
}

/* --- The whole --- */

static void note_done(struct tags_store *store)
{
	struct tags_pass *pass = store->pass;
	for (size_t i = 0; i < pass->work_count; i++) {
		struct tags_work *work = &pass->works[i];
		for (size_t k = 0; k < work->merge.count; k++) {
			struct tag_copy *copy = &work->merge.copies[k];
			if (work->places[k].folder != store->folder || !tag_copy_writes_far(copy))
				continue;
			copy->done = !store->failed &&
				     !uid_set_contains(&store->undone, work->places[k].uid);
			pass->stored += copy->done;
		}
	}
}

static void release(struct tags_store *store)
{
	for (size_t i = 0; i < store->names.count; i++) {
		uid_set_release(&store->changes[i].add);
		uid_set_release(&store->changes[i].remove);
	}
	free(store->changes);
	text_list_release(&store->names);
	uid_set_release(&store->undone);
}

void tags_store(struct tags_pass *pass)
{
	const struct pool_work work = {
		.needs_session = needs_session, .finish = finish, .end = end, .window = 1
	};
	struct tags_store *stores = memory_array(pass->folder_count + 1, sizeof *stores);
	size_t tasks = 0;
	for (size_t i = 0; i < pass->folder_count; i++) {
		stores[i] = (struct tags_store){ .pass = pass, .folder = i };
		if (!pass->folders[i].round)
			continue;
		collect_names(&stores[i]);
		collect_changes(&stores[i]);
		if (stores[i].names.count == 0)
			continue;
		stores[i].failed = true; /* until it has ended well */
		pool_add(pass->run->pool, &stores[i]);
		tasks++;
	}
	if (tasks > 0)
		pool_run(pass->run->pool, &work, 1);
	for (size_t i = 0; i < pass->folder_count; i++) {
		note_done(&stores[i]);
		release(&stores[i]);
	}
	free(stores);
}
