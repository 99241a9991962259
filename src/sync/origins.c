/* Where new mail of the server comes from: what is looked up for it, and what it means for the
 * plans of the folders. SPDX-License-Identifier: GPL-3.0-or-later */
#include "sync/plan/origins.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "mail/mailbox_attribute.h"
#include "sync/folder.h"
#include "sync/observe/base.h"
#include "sync/observe/flags.h"
#include "sync/observe/gather.h"
#include "sync/observe/mailbox.h"
#include "sync/plan/access.h"
#include "sync/recalls.h"
#include "sync/run.h"

/* Folders are numbered as in the table of the run: also those that take no part have mail here. */
struct gathering {
	struct run *run;
	struct origins origins;
	struct sync_folder **folders; /* by number; NULL: it takes no part */
	/* What the new ones are called, ascending and each once, and which of these were found. */
	struct object_id *objects;
	bool *found;
	size_t object_count;
	uint64_t *sizes; /* of the new ones, ascending */
	/* Which number a folder of the state has. */
	struct folder_number {
		uint32_t id;
		size_t number;
	} * numbers;
	size_t number_count, number_capacity;
	struct recalls recalls; /* files that moved, too, and may go back */
};

static const struct folder_view *view_of(const struct gathering *gathering, size_t number)
{
	return gathering->run->table.items[number];
}

static bool is_of_drafts(const struct folder_view *view)
{
	return (view->attributes & MAILBOX_DRAFTS) != 0;
}

/* --- What is new --- */

/* Servers that do not tell of all mailboxes at once are asked when it shows that something is lost.
 */
static void ask_new(struct gathering *gathering, size_t number)
{
	struct far_session *session;
	struct error ignored = ERROR_INITIAL;
	struct sync_folder *folder = gathering->folders[number];
	if (sync_gather_new_is_wanting(folder) &&
	    pool_session(gathering->run->pool, 0, &session, &ignored) == 0)
		sync_gather_new_again(folder, session);
}

static void add_new(struct gathering *gathering, size_t number)
{
	const struct sync_folder *folder = gathering->folders[number];
	for (size_t i = 0; i < folder->far.new.count; i++) {
		const struct far_new *told = &folder->far.new.items[i];
		if ((told->flags & FLAG_DRAFT) ||
		    !uid_set_contains(&folder->plan.downloads, told->uid))
			continue;
		const struct origin_new one = { .content = { .object = told->object,
							     .size = told->size,
							     .has_date = told->has_date,
							     .date = told->date },
						.uid = told->uid,
						.flags = told->flags,
						.folder = number };
		origins_add_new(&gathering->origins, &one);
	}
}

static int compare_objects(const void *a, const void *b)
{
	return object_id_compare(a, b);
}

static int compare_sizes(const void *a, const void *b)
{
	uint64_t one = *(const uint64_t *)a;
	uint64_t other = *(const uint64_t *)b;
	return (one > other) - (one < other);
}

static void list_wanted(struct gathering *gathering)
{
	const struct origins *origins = &gathering->origins;
	size_t count = 0;
	gathering->objects = memory_array(origins->new_count + 1, sizeof *gathering->objects);
	gathering->sizes = memory_array(origins->new_count + 1, sizeof *gathering->sizes);
	for (size_t i = 0; i < origins->new_count; i++) {
		gathering->sizes[i] = origins->new[i].content.size;
		if (object_id_is_known(&origins->new[i].content.object))
			gathering->objects[count++] = origins->new[i].content.object;
	}
	qsort(gathering->sizes, origins->new_count, sizeof *gathering->sizes, compare_sizes);
	qsort(gathering->objects, count, sizeof *gathering->objects, compare_objects);
	for (size_t i = 0; i < count; i++) {
		if (gathering->object_count == 0 ||
		    !object_id_equal(&gathering->objects[gathering->object_count - 1],
				     &gathering->objects[i]))
			gathering->objects[gathering->object_count++] = gathering->objects[i];
	}
	gathering->found = memory_array(gathering->object_count + 1, sizeof *gathering->found);
}

/* --- What is here --- */

static bool is_edited(const struct sync_folder *folder, uint32_t uid)
{
	for (size_t i = 0; i < folder->near.changes.added_count; i++) {
		if (folder->near.changes.added[i].edits == uid)
			return true;
	}
	return false;
}

/* Whether its file is here, as far as is known by now, and is what the server has. */
static bool has_file(const struct gathering *gathering, size_t number,
		     const struct state_message *message)
{
	const struct sync_folder *folder = gathering->folders[number];
	const struct folder_view *view = view_of(gathering, number);
	if (folder && recalls_of(&gathering->recalls, folder, message->uid))
		return true;
	if (!view->near || !view->path || folder_view_is_moved(view) || is_of_drafts(view) ||
	    state_is_absent_near(message->absent) || (message->flags & FLAG_DRAFT) ||
	    !file_stamp_is_known(&message->file))
		return false;
	return !folder || (!uid_set_contains(&folder->near.changes.removed, message->uid) &&
			   !is_edited(folder, message->uid));
}

#define SECOND_NS INT64_C(1000000000)

static void add_known(struct gathering *gathering, size_t number,
		      const struct state_message *message, bool is_lost)
{
	int64_t mtime = message->file.mtime_ns;
	const struct origin_known known = {
		.content = { .object = message->object,
			     .size = message->size,
			     .has_date = mtime >= 0,
			     .date = mtime / SECOND_NS, /* the file has the date of the message */
			     .has_identity = true,
			     .identity = message->identity },
		.body = message->body,
		.uid = message->uid,
		.base_flags = message->flags,
		.folder = number,
		.is_lost = is_lost
	};
	origins_add_known(&gathering->origins, &known);
}

/* Of what the far side lost only what could be one of the new ones. */
static int add_lost(struct gathering *gathering, size_t number, struct error *error)
{
	const struct sync_folder *folder = gathering->folders[number];
	struct sync_base base;
	int found = 0;
	if (uid_set_is_empty(&folder->far.changes.removed))
		return 0;
	if (sync_base_begin(folder, &base, error) != 0)
		return -1;
	for (uint32_t uid = 0; found >= 0 && uid_set_next(&folder->far.changes.removed, &uid);) {
		struct state_message message;
		found = base.view.by_uid(base.view.context, uid, &message, error);
		if (found > 0 && has_file(gathering, number, &message) &&
		    bsearch(&message.size, gathering->sizes, gathering->origins.new_count,
			    sizeof *gathering->sizes, compare_sizes))
			add_known(gathering, number, &message, true);
	}
	sync_base_end(&base);
	return found < 0 ? -1 : 0;
}

static int compare_names(const void *name, const void *view)
{
	return strcmp(name, (*(struct folder_view *const *)view)->name);
}

static int number_folder(void *context, const struct state_folder *record, struct error *error)
{
	struct gathering *gathering = context;
	const struct folder_table *table = &gathering->run->table;
	struct folder_view *const *view = bsearch(record->name, table->items, table->count,
						  sizeof *table->items, compare_names);
	(void)error; /* nothing fails */
	if (!view)
		return 0;
	memory_grow((void **)&gathering->numbers, &gathering->number_capacity,
		    gathering->number_count + 1, sizeof *gathering->numbers);
	gathering->numbers[gathering->number_count++] =
		(struct folder_number){ record->id, (size_t)(view - table->items) };
	return 0;
}

static int compare_numbers(const void *a, const void *b)
{
	const struct folder_number *one = a;
	const struct folder_number *other = b;
	return (one->id > other->id) - (one->id < other->id);
}

static const struct folder_number *find_number(const struct gathering *gathering, uint32_t id)
{
	const struct folder_number wanted = { .id = id };
	return gathering->number_count == 0
		       ? NULL
		       : bsearch(&wanted, gathering->numbers, gathering->number_count,
				 sizeof *gathering->numbers, compare_numbers);
}

/* One of each is enough, beside those that are lost, which are known already. */
static int see_known(void *context, uint32_t id, const struct state_message *message,
		     struct error *error)
{
	struct gathering *gathering = context;
	const struct folder_number *folder = find_number(gathering, id);
	const struct object_id *object =
		bsearch(&message->object, gathering->objects, gathering->object_count,
			sizeof *gathering->objects, compare_objects);
	(void)error; /* nothing fails */
	if (!folder || !object || gathering->found[object - gathering->objects])
		return 0;
	const struct sync_folder *other = gathering->folders[folder->number];
	if ((other && uid_set_contains(&other->far.changes.removed, message->uid)) ||
	    !has_file(gathering, folder->number, message))
		return 0;
	gathering->found[object - gathering->objects] = true;
	add_known(gathering, folder->number, message, false);
	return 0;
}

static int add_all_known(struct gathering *gathering, struct error *error)
{
	struct state *state = gathering->run->context.state;
	struct state_transaction *transaction;
	if (gathering->object_count == 0)
		return 0;
	if (state_identity_index(state, error) != 0 ||
	    state_read_begin(state, &transaction, error) != 0)
		return -1;
	int result = state_folder_each(transaction, number_folder, gathering, error);
	memory_sort(gathering->numbers, gathering->number_count, sizeof *gathering->numbers,
		    compare_numbers);
	if (result == 0)
		result = state_objects_each(transaction, gathering->objects,
					    gathering->object_count, see_known, gathering, error);
	state_read_end(&transaction);
	return result;
}

/* --- Identities: only where size and date are those of what is lost --- */

struct asking {
	struct gathering *gathering;
	size_t number;
};

static int compare_new(const void *a, const void *b)
{
	const struct origin_new *one = a;
	const struct origin_new *other = b;
	if (one->folder != other->folder)
		return one->folder < other->folder ? -1 : 1;
	return (one->uid > other->uid) - (one->uid < other->uid);
}

static int see_identity(void *context, const struct far_message *message, struct error *error)
{
	const struct asking *asking = context;
	const struct origins *origins = &asking->gathering->origins;
	const struct origin_new wanted = { .folder = asking->number, .uid = message->uid };
	struct origin_new *one = bsearch(&wanted, origins->new, origins->new_count,
					 sizeof *origins->new, compare_new);
	(void)error; /* nothing fails */
	if (!one || !message->has_header)
		return 0;
	one->content.identity = identity_of_header(message->header, message->header_length);
	one->content.has_identity = true;
	return 0;
}

/* What cannot be learnt is fetched; a failing connection shows soon enough. */
static void ask_identities(struct gathering *gathering, size_t number, bool *any)
{
	struct asking asking = { .gathering = gathering, .number = number };
	struct far_session *session;
	struct error ignored = ERROR_INITIAL;
	struct uid_set uids = UID_SET_INITIAL;
	for (size_t i = 0; i < gathering->origins.new_count; i++) {
		const struct origin_new *one = &gathering->origins.new[i];
		if (one->folder == number && one->wants_identity)
			uid_set_add(&uids, one->uid);
	}
	if (!uid_set_is_empty(&uids) &&
	    pool_session(gathering->run->pool, 0, &session, &ignored) == 0) {
		const struct far_fetch fetch = { .mailbox = sync_folder_mailbox(
							 gathering->folders[number]),
						 .uids = &uids,
						 .items = FAR_IDENTITY,
						 .context = &asking,
						 .see = see_identity };
		(void)far_fetch(session, &fetch, &ignored);
		*any = true;
	}
	uid_set_release(&uids);
}

/* --- What moved here as well goes back --- */

static struct recall *recall_of(const struct gathering *gathering, const struct origin_new *one)
{
	if (one->kind != ORIGIN_KNOWN)
		return NULL;
	const struct origin_known *known = &gathering->origins.known[one->from];
	return recalls_of(&gathering->recalls, gathering->folders[known->folder], known->uid);
}

/* Within one folder it was moved here alone. */
static void recall_moved(struct gathering *gathering)
{
	const struct origins *origins = &gathering->origins;
	for (size_t i = 0; i < origins->new_count; i++) {
		const struct origin_new *one = &origins->new[i];
		struct recall *recall = recall_of(gathering, one);
		if (recall && one->moves && origins->known[one->from].folder != one->folder)
			recall_do(&gathering->recalls, recall);
	}
	recalls_plan(gathering->run, &gathering->recalls);
}

/* --- What it means for the plans --- */

/* What was changed here of the flags of a message that moved there, as far as both folders name the
 * same flags and the rules let it go to the server. */
static void carry_flags(const struct sync_folder *source, const struct sync_folder *folder,
			struct plan_copy *copy, uint32_t base, uint32_t near)
{
	bool pushes = (access_push(&folder->base.record, sync_target_rules(&folder->target)) &
		       CONFIG_KIND_FLAGS) != 0;
	bool same_names = sync_flags_table(source) == sync_flags_table(folder);
	copy->changed = (near ^ base) & (same_names ? UINT32_MAX : FLAGS_SYSTEM) &
			(pushes ? folder->far.storable : 0);
	copy->changed_to = near;
}

static void plan_one(struct gathering *gathering, const struct origin_new *one)
{
	struct origins *origins = &gathering->origins;
	struct sync_folder *folder = gathering->folders[one->folder];
	struct plan_copy copy = { .uid = one->uid,
				  .flags = one->flags,
				  .size = one->content.size,
				  .object = one->content.object };
	const struct recall *recall = recall_of(gathering, one);
	size_t from;
	if (one->kind == ORIGIN_SERVER || folder->ending.ended || (recall && !recall->is_done))
		return;
	if (one->kind == ORIGIN_NEW) {
		from = origins->new[one->from].folder;
		copy.from_uid = origins->new[one->from].uid;
	} else {
		from = origins->known[one->from].folder;
		copy.from_uid = origins->known[one->from].uid;
	}
	copy.from = view_of(gathering, from)->name;
	copy.from_path = view_of(gathering, from)->path;
	if (one->moves) {
		struct sync_folder *source = gathering->folders[from];
		uint32_t near = 0;
		copy.moves = plan_move_near(&source->plan, copy.from_uid, sync_folder_name(folder),
					    !gathering->run->context.options->restore, &near);
		if (copy.moves)
			carry_flags(source, folder, &copy, origins->known[one->from].base_flags,
				    near);
	}
	copy_list_add(&folder->plan.copies, &copy);
}

/* --- The whole --- */

static void number_folders(struct gathering *gathering)
{
	struct run *run = gathering->run;
	gathering->folders = memory_array(run->table.count + 1, sizeof(struct sync_folder *));
	for (size_t i = 0; i < run->table.count; i++)
		gathering->folders[i] = run_find_folder(run, run->table.items[i]);
}

static bool takes_part(const struct gathering *gathering, size_t number)
{
	const struct sync_folder *folder = gathering->folders[number];
	return folder && !folder->ending.ended;
}

static int gather_known(struct gathering *gathering, struct error *error)
{
	list_wanted(gathering);
	if (recalls_find(gathering->run, &gathering->recalls, error) != 0)
		return -1;
	for (size_t i = 0; i < gathering->run->table.count; i++) {
		if (takes_part(gathering, i) && add_lost(gathering, i, error) != 0)
			return -1;
	}
	return add_all_known(gathering, error);
}

static void release(struct gathering *gathering)
{
	origins_release(&gathering->origins);
	free(gathering->folders);
	free(gathering->objects);
	free(gathering->found);
	free(gathering->sizes);
	free(gathering->numbers);
	recalls_release(&gathering->recalls);
}

static void pair(struct gathering *gathering)
{
	bool any = false;
	origins_pair(&gathering->origins);
	for (size_t i = 0; i < gathering->run->table.count; i++) {
		if (takes_part(gathering, i))
			ask_identities(gathering, i, &any);
	}
	if (any)
		origins_pair(&gathering->origins);
}

static bool has_lost(const struct gathering *gathering, size_t number)
{
	return takes_part(gathering, number) &&
	       !uid_set_is_empty(&gathering->folders[number]->far.changes.removed);
}

static void gather_new(struct gathering *gathering)
{
	const struct folder_table *table = &gathering->run->table;
	size_t losers = 0;
	for (size_t i = 0; i < table->count; i++)
		losers += has_lost(gathering, i);
	for (size_t i = 0; i < table->count; i++) {
		if (!takes_part(gathering, i))
			continue;
		if (losers > (has_lost(gathering, i) ? 1 : 0))
			ask_new(gathering, i);
		add_new(gathering, i);
	}
}

void run_plan_origins(struct run *run)
{
	struct gathering gathering = { .run = run };
	struct error error = ERROR_INITIAL;
	number_folders(&gathering);
	gather_new(&gathering);
	if (gathering.origins.new_count > 0 && !run->gave_up) {
		/* Where the state fails, it fails again where that ends the run. */
		if (gather_known(&gathering, &error) == 0) {
			pair(&gathering);
			recall_moved(&gathering);
			for (size_t i = 0; i < gathering.origins.new_count; i++)
				plan_one(&gathering, &gathering.origins.new[i]);
		}
	}
	release(&gathering);
}
