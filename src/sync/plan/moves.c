/* The plan of an account as a whole. SPDX-License-Identifier: GPL-3.0-or-later */
#include "sync/plan/moves.h"

#include <stdlib.h>

#include "base/memory.h"
#include "sync/plan/carry.h"

struct pairing {
	struct moves_folder *folders;
	size_t count;
	struct arrival_list *arrivals;
	bool *spent; /* of each arrival: a removal was found to be what it was */
	/* Of each folder, by index of the added file: its upload; NULL: none. */
	struct operation ***uploads;
};

/* --- What the plans make of new files --- */

/* The caller's. */
static struct operation **index_added(const struct moves_folder *folder, enum operation_kind kind)
{
	struct operation **index =
		memory_array(folder->changes->added_count, sizeof(struct operation *));
	if (!folder->plan)
		return index;
	struct operation_list *list = &folder->plan->operations[kind];
	for (size_t i = 0; i < list->count; i++) {
		if (list->items[i].added != SIZE_MAX)
			index[list->items[i].added] = &list->items[i];
	}
	return index;
}

static struct operation ***index_all(const struct pairing *pairing, enum operation_kind kind)
{
	struct operation ***all = memory_array(pairing->count, sizeof(struct operation **));
	for (size_t i = 0; i < pairing->count; i++)
		all[i] = index_added(&pairing->folders[i], kind);
	return all;
}

static void release_index(const struct pairing *pairing, struct operation ***all)
{
	for (size_t i = 0; i < pairing->count; i++)
		free(all[i]);
	free(all);
}

static struct operation *upload_of(const struct pairing *pairing, const struct arrival *arrival)
{
	return pairing->uploads[arrival->folder][arrival->added];
}

static const struct near_added *added_of(const struct pairing *pairing,
					 const struct arrival *arrival)
{
	return &pairing->folders[arrival->folder].changes->added[arrival->added];
}

/* What was to go to the server and is in no plan waits for another run. */
static void settle_kinds(const struct pairing *pairing)
{
	struct operation ***adopted = index_all(pairing, OPERATION_ADOPT);
	for (size_t i = 0; i < pairing->arrivals->count; i++) {
		struct arrival *arrival = &pairing->arrivals->items[i];
		if (arrival->kind != ARRIVAL_SENT)
			continue;
		if (adopted[arrival->folder][arrival->added])
			arrival->kind = ARRIVAL_THERE;
		else if (!upload_of(pairing, arrival))
			arrival->kind = ARRIVAL_WAITS;
	}
	release_index(pairing, adopted);
}

/* --- Far removals --- */

/* Of what an upload is the new version; 0: of nothing. */
static uint32_t old_version(const struct moves_folder *folder, const struct operation *upload)
{
	if (upload->upload.supersedes != 0 || upload->added == SIZE_MAX)
		return upload->upload.supersedes;
	return folder->changes->added[upload->added].begun_version_of;
}

/* In a folder of its own a new version is not what its old version became. */
static bool is_own_version(const struct pairing *pairing, const struct arrival *arrival,
			   size_t folder, uint32_t uid)
{
	if (arrival->folder != folder)
		return false;
	return old_version(&pairing->folders[folder], upload_of(pairing, arrival)) == uid;
}

/* Both are known, and not the same. */
static bool is_other_body(const struct pairing *pairing, const struct arrival *arrival,
			  const struct gone_message *gone)
{
	const struct body_digest *body = &added_of(pairing, arrival)->body;
	return body->known && gone->body.known && !body_digest_equal(body, &gone->body);
}

/* The first of its identity that goes to the server in this run and that no other took. */
static const struct arrival *find_partner(const struct pairing *pairing,
					  const struct gone_message *gone, size_t folder,
					  uint32_t uid)
{
	size_t count;
	size_t first = arrival_list_find(pairing->arrivals, &gone->identity, &count);
	for (size_t i = first; i < first + count; i++) {
		const struct arrival *arrival = &pairing->arrivals->items[i];
		if (arrival->kind == ARRIVAL_SENT &&
		    !upload_of(pairing, arrival)->upload.moved_from &&
		    !is_own_version(pairing, arrival, folder, uid) &&
		    !is_other_body(pairing, arrival, gone))
			return arrival;
	}
	return NULL;
}

static bool is_kept_here(const struct arrival_list *arrivals, const struct gone_message *gone)
{
	/* Stubs that are only here are told of instead: without the server they are nothing. */
	return arrival_list_holds(arrivals, &gone->identity, ARRIVAL_WITHHELD) ||
	       (!gone->is_stub && arrival_list_holds(arrivals, &gone->identity, ARRIVAL_HERE_ONLY));
}

static bool must_wait(const struct arrival_list *arrivals, const struct gone_message *gone)
{
	const bool *unknown = arrivals->unknown;
	if (unknown[ARRIVAL_WITHHELD] || unknown[ARRIVAL_HERE_ONLY] || unknown[ARRIVAL_SENT] ||
	    unknown[ARRIVAL_WAITS] || arrival_list_holds(arrivals, &gone->identity, ARRIVAL_WAITS))
		return true;
	return gone->is_stub && (unknown[ARRIVAL_STRAY] ||
				 arrival_list_holds(arrivals, &gone->identity, ARRIVAL_STRAY));
}

static bool is_somewhere(const struct arrival_list *arrivals, const struct gone_message *gone)
{
	return arrival_list_holds(arrivals, &gone->identity, ARRIVAL_SENT) ||
	       arrival_list_holds(arrivals, &gone->identity, ARRIVAL_THERE);
}

/* A run that did not end brought the message to another folder, where it was found again now: such
 * an arrival stands for one removal. */
static bool take_brought(struct pairing *pairing, const struct gone_message *gone)
{
	size_t count;
	size_t first = arrival_list_find(pairing->arrivals, &gone->identity, &count);
	for (size_t i = first; i < first + count; i++) {
		const struct arrival *arrival = &pairing->arrivals->items[i];
		if (arrival->kind != ARRIVAL_THERE || pairing->spent[i] ||
		    added_of(pairing, arrival)->upload_from_uid == 0 ||
		    is_other_body(pairing, arrival, gone))
			continue;
		pairing->spent[i] = true;
		return true;
	}
	return false;
}

static bool goes_to_trash(const struct pairing *pairing, const struct moves_folder *folder,
			  const struct gone_message *gone)
{
	/* One without a name of its own goes to the trash, rather than for good. */
	return folder->has_trash && (gone->is_nameless || (!gone->is_in_trash &&
							   !is_somewhere(pairing->arrivals, gone)));
}

static void note_move(const struct pairing *pairing, struct operation *removal,
		      const struct gone_message *gone, size_t number)
{
	const struct arrival *partner = find_partner(pairing, gone, number, removal->uid);
	if (!partner)
		return;
	removal->removal.moved_to = pairing->folders[partner->folder].name;
	removal->removal.has_moved = true;
	struct operation *upload = upload_of(pairing, partner);
	upload->upload.moved_from = pairing->folders[number].name;
	upload->upload.from_folder = number;
	upload->upload.from_id = pairing->folders[number].id;
	upload->upload.from_uid = removal->uid;
}

/* Ascending by UID, as the removals are. */
static const struct gone_message *gone_of(const struct moves_folder *folder, uint32_t uid)
{
	size_t low = 0;
	size_t high = folder->gone_count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (folder->gone[middle].uid < uid)
			low = middle + 1;
		else
			high = middle;
	}
	return &folder->gone[low];
}

/* Decides of one; what is to be withheld, and what goes to the trash, is collected. */
static void decide(struct pairing *pairing, size_t number, size_t i, struct uid_set *withheld,
		   struct uid_set *trashed)
{
	const struct moves_folder *folder = &pairing->folders[number];
	struct operation *removal = &folder->plan->operations[OPERATION_REMOVE_FAR].items[i];
	const struct gone_message *gone = gone_of(folder, removal->uid);
	if (removal->removal.has_moved) /* the server has it there, or brings it (carry.h) */
		return;
	bool kept_unknown = pairing->arrivals->unknown[ARRIVAL_WITHHELD] ||
			    pairing->arrivals->unknown[ARRIVAL_HERE_ONLY];
	if (!kept_unknown && is_kept_here(pairing->arrivals, gone)) {
		uid_set_add(withheld, removal->uid);
		return;
	}
	removal->removal.has_moved = take_brought(pairing, gone);
	bool waits = must_wait(pairing->arrivals, gone);
	if (waits)
		uid_set_add(&folder->plan->held, removal->uid);
	if (arrival_list_holds(pairing->arrivals, &gone->identity, ARRIVAL_SENT)) {
		removal->removal.awaits = gone->identity;
		if (!waits) /* else it is an upload so far, and no move */
			note_move(pairing, removal, gone, number);
	}
	if (goes_to_trash(pairing, folder, gone))
		uid_set_add(trashed, removal->uid);
}

/* --- Removals that are contested: the far side changed flags meanwhile --- */

/* Whether its file did not go, but went elsewhere, or may have: then it is no conflict. */
static bool is_elsewhere(struct pairing *pairing, struct operation *removal,
			 const struct gone_message *gone)
{
	const struct arrival_list *arrivals = pairing->arrivals;
	if (!removal->removal.has_moved)
		removal->removal.has_moved = take_brought(pairing, gone);
	return removal->removal.has_moved || is_kept_here(arrivals, gone) ||
	       must_wait(arrivals, gone);
}

static int compare_uids(const void *a, const void *b)
{
	const struct operation *one = a;
	const struct operation *other = b;
	return (one->uid > other->uid) - (one->uid < other->uid);
}

/* They come here no more, and are removals as any other. */
static void join_contested(struct pairing *pairing, const struct moves_folder *folder)
{
	struct plan *plan = folder->plan;
	struct operation_list *removals = &plan->operations[OPERATION_REMOVE_FAR];
	for (size_t i = 0; i < plan->contested.count; i++) {
		struct operation *removal = &plan->contested.items[i];
		uint32_t uid = removal->uid;
		if (!uid_set_contains(&plan->downloads, uid) ||
		    !is_elsewhere(pairing, removal, gone_of(folder, uid)))
			continue;
		uid_set_remove_range(&plan->downloads, uid, uid);
		*operation_list_add(removals, OPERATION_REMOVE_FAR, uid) = *removal;
		plan->removals_far++;
	}
	memory_sort(removals->items, removals->count, sizeof *removals->items, compare_uids);
}

/* --- All of a folder --- */

static void decide_all(struct pairing *pairing, size_t number)
{
	struct moves_folder *folder = &pairing->folders[number];
	struct uid_set withheld = UID_SET_INITIAL;
	struct uid_set trashed = UID_SET_INITIAL;
	join_contested(pairing, folder);
	size_t count = folder->plan->operations[OPERATION_REMOVE_FAR].count;
	for (size_t i = 0; i < count; i++)
		decide(pairing, number, i, &withheld, &trashed);
	plan_withhold_far(folder->plan, &withheld);
	plan_trash_far(folder->plan, &trashed);
	uid_set_release(&withheld);
	uid_set_release(&trashed);
}

/* --- New versions --- */

/* Whether the old version goes for good, and is nothing that waits to be sent from elsewhere: its
 * removal awaits no other file than the new version itself. */
static bool may_be_replaced(const struct moves_folder *folder, uint32_t uid)
{
	const struct operation_list *removals = &folder->plan->operations[OPERATION_REMOVE_FAR];
	const struct operation *removal = operation_list_find(removals, uid);
	return removal && !removal->removal.moved_to && !uid_set_contains(&folder->plan->held, uid);
}

static void choose_replacements(const struct moves_folder *folder)
{
	const struct operation_list *uploads = &folder->plan->operations[OPERATION_UPLOAD];
	for (size_t i = 0; folder->replaces && i < uploads->count; i++) {
		struct operation *upload = &uploads->items[i];
		uint32_t old = old_version(folder, upload);
		if (old != 0 && may_be_replaced(folder, old))
			upload->upload.in_place_of = old;
	}
}

/* --- The whole --- */

void moves_plan(struct moves_folder *folders, size_t count, struct arrival_list *arrivals,
		const struct source_list *sources)
{
	struct pairing pairing = { .folders = folders,
				   .count = count,
				   .arrivals = arrivals,
				   .spent = memory_array(arrivals->count, sizeof(bool)) };
	carry_choose(folders, count, sources);
	pairing.uploads = index_all(&pairing, OPERATION_UPLOAD);
	settle_kinds(&pairing);
	for (size_t i = 0; i < count; i++) {
		if (folders[i].plan)
			decide_all(&pairing, i);
	}
	for (size_t i = 0; i < count; i++) {
		if (folders[i].plan)
			choose_replacements(&folders[i]);
	}
	release_index(&pairing, pairing.uploads);
	free(pairing.spent);
}

/* --- When plans were refused --- */

static struct operation *find_removal(struct plan *plan, uint32_t uid)
{
	static const enum operation_kind kinds[] = { OPERATION_REMOVE_FAR, OPERATION_TRASH };
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
		struct operation_list *list = &plan->operations[kinds[i]];
		const struct operation *found = operation_list_find(list, uid);
		if (found)
			return &list->items[found - list->items];
	}
	return NULL;
}

/* What it was to be carried from stays there: it is copied. */
static void forget_move(struct operation_upload *upload)
{
	upload->moved_from = NULL;
	upload->moves = false;
}

/* Moves whose removal still stands are marked as such; the others are uploads. */
static void confirm_removals(struct plan *const *plans, const struct plan *plan)
{
	const struct operation_list *uploads = &plan->operations[OPERATION_UPLOAD];
	for (size_t i = 0; i < uploads->count; i++) {
		struct operation *upload = &uploads->items[i];
		struct operation *removal = NULL;
		if (!upload->upload.moved_from)
			continue;
		removal = find_removal(plans[upload->upload.from_folder], upload->upload.from_uid);
		if (removal)
			removal->removal.has_moved = true;
		else
			forget_move(&upload->upload);
	}
}

static void each_moved(struct plan *plan, void (*act)(struct plan *plan, struct operation *removal))
{
	static const enum operation_kind kinds[] = { OPERATION_REMOVE_FAR, OPERATION_TRASH };
	for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) {
		const struct operation_list *list = &plan->operations[kinds[k]];
		for (size_t i = 0; i < list->count; i++) {
			if (list->items[i].removal.moved_to)
				act(plan, &list->items[i]);
		}
	}
}

static void doubt(struct plan *plan, struct operation *removal)
{
	(void)plan;
	removal->removal.has_moved = false;
}

static void hold_unconfirmed(struct plan *plan, struct operation *removal)
{
	if (removal->removal.has_moved)
		return;
	removal->removal.moved_to = NULL;
	uid_set_add(&plan->held, removal->uid);
}

void moves_settle(struct plan *const *plans, size_t count)
{
	for (size_t i = 0; i < count; i++)
		each_moved(plans[i], doubt);
	for (size_t i = 0; i < count; i++)
		confirm_removals(plans, plans[i]);
	for (size_t i = 0; i < count; i++)
		each_moved(plans[i], hold_unconfirmed);
}
