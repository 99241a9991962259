/* A folder as far as inotify named files of it. SPDX-License-Identifier: GPL-3.0-or-later */
#include "sync/observe/told_view.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "maildir/message.h"
#include "maildir/name.h"
#include "sync/folder.h"

struct told *told_of(const struct sync_folder *folder)
{
	return folder->context->options->told;
}

/* What the rules leave where it is shows in whole listings only, and so does what is absent. */
int told_view_fits(const struct sync_folder *folder, bool *fits_r, struct name_digest *names_r,
		   struct error *error)
{
	const struct state_folder *record = &folder->base.record;
	struct sync_base base;
	*fits_r = false;
	if (!told_of(folder) || record->id == 0 || !record->near_known ||
	    folder->base.state != FOLDER_BASE_VALID || folder->base.has_letters ||
	    folder->base.uploads_pending || !uid_set_is_empty(&folder->base.watched) ||
	    !name_digest_is_empty(&record->near_withheld))
		return 0;
	if (sync_base_begin(folder, &base, error) != 0)
		return -1;
	*fits_r = base.view.absent_near == 0;
	int result =
		names_r ? state_message_digest(base.state.transaction, record->id, names_r, error)
			: 0;
	sync_base_end(&base);
	return result;
}

/* --- The base, as far as it was told of --- */

static int by_uid(void *context, uint32_t uid, struct state_message *message_r, struct error *error)
{
	const struct told_view *view = context;
	return view->whole->view.by_uid(view->whole->view.context, uid, message_r, error);
}

static int by_name(void *context, const char *base, size_t base_length,
		   struct state_message *message_r, struct error *error)
{
	const struct told_view *view = context;
	return view->whole->view.by_name(view->whole->view.context, base, base_length, message_r,
					 error);
}

static int next(void *context, uint32_t from_uid, struct state_message *message_r,
		struct error *error)
{
	const struct told_view *view = context;
	uint32_t uid = from_uid > 0 ? from_uid - 1 : 0;
	return uid_set_next(&view->uids, &uid) ? by_uid(context, uid, message_r, error) : 0;
}

void told_view_begin(struct told_view *view, const struct sync_folder *folder,
		     const struct sync_base *whole)
{
	*view = (struct told_view){
		.folder = folder,
		.whole = whole,
		.base = { .context = view, .by_uid = by_uid, .by_name = by_name, .next = next },
	};
}

static void forget(struct told_view *view)
{
	told_names_release(&view->names);
	uid_set_release(&view->uids);
	view->base.count = 0;
}

void told_view_end(struct told_view *view)
{
	forget(view);
}

/* --- The files --- */

/* Where a file of one of the told base names may stand. */
struct spots {
	struct maildir_location *items; /* the names are their own */
	size_t count, capacity;
};

static void add_spot(struct spots *spots, enum maildir_place place, const char *name)
{
	memory_grow((void **)&spots->items, &spots->capacity, spots->count + 1,
		    sizeof *spots->items);
	spots->items[spots->count++] =
		(struct maildir_location){ .place = place, .name = memory_text(name) };
}

static void release_spots(struct spots *spots)
{
	for (size_t i = 0; i < spots->count; i++)
		free(spots->items[i].name);
	free(spots->items);
}

/* new/ before cur/, as in a listing. */
static int compare_spots(const void *a, const void *b)
{
	const struct maildir_location *one = a;
	const struct maildir_location *other = b;
	return one->place != other->place ? (int)one->place - (int)other->place
					  : strcmp(one->name, other->name);
}

static bool is_editors(const char *name)
{
	const char *file;
	size_t length;
	return maildir_name_is_editors(name, &file, &length);
}

/* That which was told of, and where the base has a message of that base name. Without all these
 * the base must have the same files as then: what else became of a record was not told. */
static int collect(struct told_view *view, struct spots *spots, struct error *error)
{
	struct name_digest now;
	struct name_digest *then = &view->names.base;
	if (state_message_digest(view->whole->state.transaction, view->folder->base.record.id, &now,
				 error) != 0)
		return -1;
	for (size_t i = 0; i < view->names.count; i++) {
		const struct told_name *told = &view->names.items[i];
		struct maildir_name name;
		struct state_message message;
		maildir_name_parse(told->name, &name);
		view->doubtful = view->doubtful || is_editors(told->name);
		int found = by_name(view, name.base, name.base_length, &message, error);
		if (found < 0)
			return -1;
		add_spot(spots, told->place, told->name);
		if (told->was_there)
			name_digest_remove(then, told->place, told->name);
		if (found == 0 || uid_set_contains(&view->uids, message.uid))
			continue;
		uid_set_add(&view->uids, message.uid);
		view->base.count++;
		add_spot(spots, (enum maildir_place)message.place, message.name);
		name_digest_remove(&now, message.place, message.name);
	}
	view->doubtful = view->doubtful || !name_digest_equal(&now, then);
	memory_sort(spots->items, spots->count, sizeof *spots->items, compare_spots);
	return 0;
}

static int see_all(struct told_view *view, const struct spots *spots, maildir_entry_function *see,
		   void *context, struct error *error)
{
	for (size_t i = 0; i < spots->count; i++) {
		const struct maildir_location *item = &spots->items[i];
		if (i > 0 && compare_spots(item, item - 1) == 0)
			continue;
		if (maildir_see_name(view->folder->transfer.maildir, item->place, item->name, see,
				     context, &view->doubtful, error) != 0)
			return -1;
	}
	return 0;
}

int told_view_list(struct told_view *view, const struct maildir_fingerprint *before,
		   maildir_entry_function *see, void *context, struct error *error)
{
	struct spots spots = { .items = NULL };
	forget(view);
	maildir_await_changes(view->folder->transfer.maildir);
	view->doubtful = !told_take(told_of(view->folder), view->folder->target.view->name, before,
				    &view->names);
	if (view->doubtful)
		return 0;
	int result = collect(view, &spots, error);
	if (result == 0 && !view->doubtful)
		result = see_all(view, &spots, see, context, error);
	release_spots(&spots);
	return result;
}

/* --- Afterwards --- */

/* How many files are just as the base says. */
struct settling {
	const struct base_view *base;
	uint32_t same;
	bool other; /* and there was one that is not */
};

/* One that stands in its place since is another. */
static bool is_settled(const struct state_message *message, const struct maildir_entry *entry)
{
	return !state_is_absent_near(message->absent) && message->place == (uint8_t)entry->place &&
	       strcmp(message->name, entry->name) == 0 &&
	       (!file_stamp_is_known(&message->file) || message->file.inode == entry->inode);
}

static int see_settled(void *context, const struct maildir_entry *entry, struct error *error)
{
	struct settling *settling = context;
	struct maildir_name name;
	struct state_message message;
	maildir_name_parse(entry->name, &name);
	int found = settling->base->by_name(settling->base->context, name.base, name.base_length,
					    &message, error);
	if (found < 0)
		return -1;
	if (found > 0 && is_settled(&message, entry))
		settling->same++;
	else
		settling->other = true;
	return 0;
}

static int compare_with_base(struct sync_folder *folder, const struct sync_base *base,
			     const struct maildir_fingerprint *now, bool safe, bool *enough_r,
			     struct error *error)
{
	struct told_view view;
	struct settling settling = { .base = &base->view };
	struct maildir_fingerprint after;
	bool ignored;
	told_view_begin(&view, folder, base);
	int result = told_view_list(&view, now, see_settled, &settling, error);
	if (result == 0)
		result =
			maildir_fingerprint_take(folder->transfer.maildir, &after, &ignored, error);
	*enough_r = result == 0 && !view.doubtful;
	if (*enough_r && safe && !settling.other && settling.same == view.base.count &&
	    maildir_fingerprint_equal(now, &after)) {
		struct told_settling noted = { .now = *now,
					       .names = view.names.until,
					       .contents = folder->near.moment };
		if (state_message_digest(base->state.transaction, folder->base.record.id,
					 &noted.base, error) != 0)
			result = -1;
		else
			told_settle(told_of(folder), folder->target.view->name, &noted);
	}
	told_view_end(&view);
	return result;
}

int told_view_settle(struct sync_folder *folder, const struct maildir_fingerprint *now, bool safe,
		     bool *enough_r, struct error *error)
{
	struct sync_base base;
	bool fits;
	*enough_r = false;
	if (told_view_fits(folder, &fits, NULL, error) != 0)
		return -1;
	if (!fits || folder->near.scanned || !name_digest_is_empty(&folder->base.withheld.near))
		return 0;
	if (sync_base_begin(folder, &base, error) != 0)
		return -1;
	int result = compare_with_base(folder, &base, now, safe, enough_r, error);
	sync_base_end(&base);
	return result;
}
