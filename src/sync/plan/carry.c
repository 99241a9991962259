/* New files that the server has already, in another folder. SPDX-License-Identifier:
 * GPL-3.0-or-later */
#include "sync/plan/carry.h"

#include <stdlib.h>

#include "base/memory.h"

struct carrying {
	struct moves_folder *folders;
	size_t count;
	const struct source_list *sources;
	unsigned int *uses;     /* of each source: by how many uploads */
	struct uid_set *edited; /* of each folder: the messages that have new versions */
};

/* How good a source is for an upload. */
enum fitness {
	FITNESS_NONE,
	FITNESS_LEAVING, /* it leaves its folder, and is another's that moved */
	FITNESS_STAYING, /* it stays in its folder, for a copy */
	FITNESS_MOVED    /* its file is gone from its folder: it is what became of it */
};

/* --- Sources --- */

static struct operation *find_in(const struct operation_list *list, uint32_t uid)
{
	const struct operation *found = operation_list_find(list, uid);
	return found ? &list->items[found - list->items] : NULL;
}

/* NULL: its folder takes no part in the round, or failed. */
static const struct plan *plan_of_source(const struct carrying *carrying,
					 const struct source *source)
{
	size_t number = source->folder->number;
	return number == SIZE_MAX ? NULL : carrying->folders[number].plan;
}

/* The removal of the source's message that is planned, or would be but for its flags; NULL: there
 * is none. */
static struct operation *removal_of(const struct carrying *carrying, const struct source *source)
{
	const struct plan *plan = plan_of_source(carrying, source);
	if (!plan)
		return NULL;
	struct operation *removal = find_in(&plan->operations[OPERATION_REMOVE_FAR], source->uid);
	if (!removal && uid_set_contains(&plan->downloads, source->uid))
		removal = find_in(&plan->contested, source->uid);
	return removal;
}

/* Where its flags are changed at the same time nobody knows which of them a copy would have. */
static bool is_stored_to(const struct carrying *carrying, const struct source *source)
{
	const struct plan *plan = plan_of_source(carrying, source);
	for (enum operation_kind kind = 0; plan && kind < OPERATION_KINDS; kind++) {
		const struct operation *operation =
			operation_facts(kind)->has_flags
				? operation_list_find(&plan->operations[kind], source->uid)
				: NULL;
		if (operation && operation_stores(operation))
			return true;
	}
	return false;
}

static bool is_edited(const struct carrying *carrying, const struct source *source)
{
	return source->folder->number != SIZE_MAX &&
	       uid_set_contains(&carrying->edited[source->folder->number], source->uid);
}

static enum fitness fitness_of(const struct carrying *carrying, size_t i)
{
	const struct source *source = &carrying->sources->items[i];
	if (uid_set_contains(&source->folder->gone, source->uid) || is_edited(carrying, source) ||
	    is_stored_to(carrying, source))
		return FITNESS_NONE;
	if (!removal_of(carrying, source))
		return FITNESS_STAYING;
	return carrying->uses[i] == 0 ? FITNESS_MOVED : FITNESS_LEAVING;
}

/* --- Uploads --- */

static bool may_be_carried(const struct moves_folder *folder, const struct operation *upload)
{
	return upload->added != SIZE_MAX && upload->upload.replaces == 0 &&
	       upload->upload.supersedes == 0 &&
	       folder->changes->added[upload->added].begun_version_of == 0;
}

/* The first of the fittest; SIZE_MAX: there is none. */
static size_t choose(const struct carrying *carrying, size_t number, const struct near_added *added)
{
	const struct identity identity = identity_with_size(&added->identity, added->size);
	enum fitness best = FITNESS_NONE;
	size_t chosen = SIZE_MAX;
	size_t count;
	size_t first = source_list_find(carrying->sources, &identity, &count);
	for (size_t i = first; i < first + count; i++) {
		const struct source *source = &carrying->sources->items[i];
		enum fitness fitness = FITNESS_NONE;
		if (source->folder->number != number &&
		    source_is_same(source, added, carrying->folders[number].has_drafts))
			fitness = fitness_of(carrying, i);
		if (fitness > best) {
			best = fitness;
			chosen = i;
		}
	}
	return chosen;
}

static void note_place(struct operation *upload, const struct source *source)
{
	upload->upload.from_id = source->folder->id;
	upload->upload.from_uid = source->uid;
}

/* What the server did to its flags stays also where it is sent after all. */
static void note_move(const struct moves_folder *folder, struct operation *upload,
		      struct operation *removal)
{
	const struct source *source = upload->upload.source;
	uint32_t pulled = (source->far_flags ^ source->flags) &
			  ~(upload->near_flags ^ source->flags) & FLAGS_SYSTEM;
	upload->far_wanted = (upload->far_wanted & ~pulled) | (source->far_flags & pulled);
	upload->upload.moved_from = source->folder->name;
	upload->upload.from_folder = source->folder->number;
	note_place(upload, source);
	/* Where it is sent after all it must have come. */
	removal->removal.awaits = source->identity;
	removal->removal.moved_to = folder->name;
	removal->removal.has_moved = true;
}

static void carry_one(struct carrying *carrying, size_t number, struct operation *upload)
{
	const struct moves_folder *folder = &carrying->folders[number];
	if (!may_be_carried(folder, upload))
		return;
	size_t i = choose(carrying, number, &folder->changes->added[upload->added]);
	if (i == SIZE_MAX)
		return;
	upload->upload.source = &carrying->sources->items[i];
	if (fitness_of(carrying, i) == FITNESS_MOVED)
		note_move(folder, upload, removal_of(carrying, upload->upload.source));
	else if (!plan_of_source(carrying, upload->upload.source))
		note_place(upload, upload->upload.source); /* its file may be gone from there */
	carrying->uses[i]++;
}

static void carry_all(struct carrying *carrying, size_t number)
{
	struct operation_list *uploads =
		&carrying->folders[number].plan->operations[OPERATION_UPLOAD];
	for (size_t i = 0; i < uploads->count; i++)
		carry_one(carrying, number, &uploads->items[i]);
}

/* One that is needed for others as well is copied to each, and goes when they are there. */
static void allow_moves(struct carrying *carrying, size_t number)
{
	struct operation_list *uploads =
		&carrying->folders[number].plan->operations[OPERATION_UPLOAD];
	for (size_t i = 0; i < uploads->count; i++) {
		struct operation_upload *upload = &uploads->items[i].upload;
		if (upload->source && upload->moved_from)
			upload->moves =
				carrying->uses[upload->source - carrying->sources->items] == 1;
	}
}

static void find_edited(const struct moves_folder *folder, struct uid_set *edited)
{
	for (size_t i = 0; i < folder->changes->added_count; i++) {
		const struct near_added *added = &folder->changes->added[i];
		if (added->edits != 0)
			uid_set_add(edited, added->edits);
		if (added->begun_version_of != 0)
			uid_set_add(edited, added->begun_version_of);
	}
}

void carry_choose(struct moves_folder *folders, size_t count, const struct source_list *sources)
{
	struct carrying carrying = { .folders = folders, .count = count, .sources = sources };
	if (sources->count == 0)
		return;
	carrying.uses = memory_array(sources->count, sizeof *carrying.uses);
	carrying.edited = memory_array(count, sizeof *carrying.edited);
	for (size_t i = 0; i < count; i++)
		find_edited(&folders[i], &carrying.edited[i]);
	for (size_t i = 0; i < count; i++) {
		if (folders[i].plan)
			carry_all(&carrying, i);
	}
	for (size_t i = 0; i < count; i++) {
		if (folders[i].plan)
			allow_moves(&carrying, i);
		uid_set_release(&carrying.edited[i]);
	}
	free(carrying.edited);
	free(carrying.uses);
}
