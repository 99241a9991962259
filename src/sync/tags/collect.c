/* Which messages are to be compared, and what becomes of each. SPDX-License-Identifier:
 * GPL-3.0-or-later */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "mail/name_set.h"
#include "maildir/name.h"
#include "sync/tags/pass.h"

/* --- The copies of one message --- */

static bool has_place(const struct tags_work *work, size_t folder, uint32_t uid)
{
	for (size_t i = 0; i < work->merge.count; i++) {
		if (work->places[i].folder == folder && work->places[i].uid == uid)
			return true;
	}
	return false;
}

/* It is said to have been taken away only by a database that knew it by that thread. */
static bool never_had(const struct tags_folder *folder, const struct state_tags *known,
		      const char *thread)
{
	return folder->is_fresh || !known->thread || strcmp(known->thread, thread) != 0;
}

static struct tag_copy make_copy(const struct tags_pass *pass, const struct tags_folder *folder,
				 const struct state_message *message,
				 const struct state_tags *known, const char *thread)
{
	struct tag_copy copy = { .is_fresh = never_had(folder, known, thread),
				 .pulls = folder->pulls,
				 .pushes = folder->pushes && !state_is_absent_far(message->absent),
				 .stores_any = folder->stores_any,
				 .storable = &folder->storable };
	tag_names_carried(&pass->names, &known->base, &copy.base);
	tag_names_carried(&pass->names, &known->far, &copy.far);
	return copy;
}

static int add_copy(struct tags_pass *pass, struct tags_work *work, size_t number,
		    const struct state_message *message, struct error *error)
{
	struct tags_folder *folder = &pass->folders[number];
	struct tags_place place = { .folder = number, .uid = message->uid };
	if (has_place(work, number, message->uid))
		return 0;
	place.waited = uid_set_contains(&folder->waiting, message->uid);
	if (state_tags_get(pass->transaction, folder->id, message->uid, &place.known, error) < 0)
		return -1;
	size_t count = work->merge.count;
	work->places = memory_resize_array(work->places, count + 1, sizeof *work->places);
	work->merge.copies =
		memory_resize_array(work->merge.copies, count + 1, sizeof *work->merge.copies);
	work->places[count] = place;
	work->merge.copies[count] = make_copy(pass, folder, message, &place.known, work->thread);
	work->merge.count++;
	uid_set_add(&folder->seen, message->uid);
	return 0;
}

static int add_file(struct tags_pass *pass, struct tags_work *work, const char *file,
		    struct error *error)
{
	const char *name;
	struct maildir_name parts;
	struct state_message message;
	size_t folder = tags_places_find(pass, file, &name);
	if (folder == SIZE_MAX)
		return 0;
	maildir_name_parse(name, &parts);
	int found = state_message_by_name(pass->transaction, pass->folders[folder].id, parts.base,
					  parts.base_length, &message, error);
	if (found <= 0 || state_is_absent_near(message.absent))
		return found < 0 ? -1 : 0;
	return add_copy(pass, work, folder, &message, error);
}

/* --- Whether anything is to be done or noted --- */

static bool is_settled(const struct tags_work *work)
{
	if (tag_merge_writes_near(&work->merge))
		return false;
	for (size_t i = 0; i < work->merge.count; i++) {
		const struct tag_copy *copy = &work->merge.copies[i];
		const struct tags_place *place = &work->places[i];
		const char *thread = place->known.thread ? place->known.thread : "";
		if (tag_copy_writes_far(copy) || place->waited ||
		    !name_set_equal(&copy->base, &work->merge.near) ||
		    !name_set_equal(&copy->base, &place->known.base) ||
		    (place->known.base.count > 0 && strcmp(thread, work->thread) != 0))
			return false;
	}
	return true;
}

static void release_work(struct tags_work *work)
{
	for (size_t i = 0; i < work->merge.count; i++)
		state_tags_release(&work->places[i].known);
	free(work->places);
	tag_merge_release(&work->merge);
	text_list_release(&work->tags);
	free(work->thread);
	free(work->id);
	*work = (struct tags_work){ .id = NULL };
}

static void keep(struct tags_pass *pass, const struct tags_work *work)
{
	memory_grow((void **)&pass->works, &pass->work_capacity, pass->work_count + 1,
		    sizeof *pass->works);
	pass->works[pass->work_count++] = *work;
}

static int see(void *context, const struct tags_message *message, struct error *error)
{
	struct tags_pass *pass = context;
	/* Another database may give the same numbers to its threads. */
	struct tags_work work = { .id = memory_text(message->id),
				  .thread =
					  memory_format("%s/%s", pass->now.uuid, message->thread) };
	int result = 0;
	for (size_t i = 0; result == 0 && i < message->files.count; i++)
		result = add_file(pass, &work, message->files.items[i], error);
	if (result == 0 && work.merge.count > 0) {
		for (size_t i = 0; i < message->tags.count; i++)
			text_list_add(&work.tags, message->tags.items[i]);
		tag_names_keywords(&pass->names, &work.tags, &work.merge.near, &pass->invalid);
		tag_merge_make(&work.merge);
	}
	if (result == 0 && work.merge.count > 0 && !is_settled(&work))
		keep(pass, &work);
	else
		release_work(&work);
	return result;
}

/* --- All of them --- */

/* What is not in the database yet is told by it when it is. */
static int find_waiting(struct tags_pass *pass, size_t number, uint32_t uid, struct error *error)
{
	struct tags_folder *folder = &pass->folders[number];
	struct state_message message;
	int found = state_message_by_uid(pass->transaction, folder->id, uid, &message, error);
	if (found <= 0 || state_is_absent_near(message.absent))
		return found < 0 ? -1 : 0;
	char *file = memory_format("%s/%s/%s", folder->real_path,
				   message.place == 0 ? "new" : "cur", message.name);
	found = tags_find(pass->side, pass->database, file, see, pass, error);
	free(file);
	return found < 0 ? -1 : 0;
}

static int find_all_waiting(struct tags_pass *pass, struct error *error)
{
	for (size_t i = 0; i < pass->folder_count; i++) {
		struct tags_folder *folder = &pass->folders[i];
		for (uint32_t uid = 0; uid_set_next(&folder->waiting, &uid);) {
			if (!uid_set_contains(&folder->seen, uid) &&
			    find_waiting(pass, i, uid, error) != 0)
				return -1;
		}
	}
	return 0;
}

static int read_waiting(struct tags_pass *pass, struct tags_folder *folder, struct error *error)
{
	uint32_t from = 1;
	uint32_t uid;
	int found;
	while ((found = state_tags_next_waiting(pass->transaction, folder->id, from, &uid, error)) >
	       0) {
		uid_set_add(&folder->waiting, uid);
		if (uid == UINT32_MAX)
			break;
		from = uid + 1;
	}
	return found < 0 ? -1 : 0;
}

/* A folder of another database, or of none, looks at all there is. */
static uint64_t oldest_mark(const struct tags_pass *pass)
{
	uint64_t oldest = pass->now.revision;
	for (size_t i = 0; i < pass->folder_count; i++) {
		const struct tags_folder *folder = &pass->folders[i];
		uint64_t mark = folder->is_fresh ? 0 : folder->mark.revision;
		if (mark < oldest)
			oldest = mark;
	}
	return oldest;
}

static int collect(struct tags_pass *pass, struct error *error)
{
	for (size_t i = 0; i < pass->folder_count; i++) {
		if (read_waiting(pass, &pass->folders[i], error) != 0)
			return -1;
	}
	uint64_t since = oldest_mark(pass);
	if (since < pass->now.revision &&
	    tags_changed(pass->side, pass->database, since, see, pass, error) != 0)
		return -1;
	return find_all_waiting(pass, error);
}

int tags_collect(struct tags_pass *pass, struct error *error)
{
	if (state_read_begin(pass->state, &pass->transaction, error) != 0)
		return -1;
	int result = collect(pass, error);
	state_read_end(&pass->transaction);
	return result;
}

void tags_works_release(struct tags_pass *pass)
{
	for (size_t i = 0; i < pass->work_count; i++)
		release_work(&pass->works[i]);
	free(pass->works);
	pass->works = NULL;
	pass->work_count = 0;
}
