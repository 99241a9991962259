/* Which Maildir that is new is one that is gone. SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>

#include "base/memory.h"
#include "maildir/name.h"
#include "maildir/scan.h"
#include "sync/observe/marks.h"
#include "sync/observe/other_names_private.h"

/* Its files, held against what the base has of the one that is gone. */
struct comparison {
	struct state_transaction *transaction;
	uint32_t folder;
	uint32_t known;
};

static int see_file(void *context, const struct maildir_entry *entry, struct error *error)
{
	struct comparison *comparison = context;
	struct maildir_name name;
	struct state_message message;
	maildir_name_parse(entry->name, &name);
	int found = state_message_by_name(comparison->transaction, comparison->folder, name.base,
					  name.base_length, &message, error);
	comparison->known += found > 0 && !state_is_absent_near(message.absent);
	return found < 0 ? -1 : 0;
}

/* Whether it holds most of the files that the base knows. */
static int holds_its_files(const struct other_names_sources *sources,
			   const struct lost_folder *lost, const struct maildir *maildir,
			   bool *holds_r, struct error *error)
{
	struct comparison comparison = { .folder = lost->record.id };
	uint32_t near;
	uint32_t far;
	bool stable; /* of no use: what is seen more or less matters little */
	if (state_read_begin(sources->state, &comparison.transaction, error) != 0)
		return -1;
	int result =
		state_message_absent(comparison.transaction, lost->record.id, &near, &far, error);
	if (result == 0)
		result = maildir_scan(maildir, see_file, &comparison, &stable, NULL, error);
	state_read_end(&comparison.transaction);
	uint64_t files = lost->view->base_messages - (result == 0 ? near : 0);
	*holds_r = comparison.known > 0 && (uint64_t)comparison.known * 2 >= files;
	return result;
}

static uint64_t inode_of(const struct state_folder *record)
{
	if (record->cur_inode != 0)
		return record->cur_inode;
	return record->near_known ? record->near_inode[MAILDIR_CUR] : 0;
}

enum place_answer other_names_compare_place(const struct state_folder *record,
					    const struct new_place *place)
{
	bool same_device = record->cur_inode == 0 || record->cur_device == place->device;
	if (inode_of(record) == 0 || inode_of(record) != place->inode)
		return PLACE_IS_OTHER;
	if (record->cur_born_ns != 0 && place->born_ns != 0 && same_device)
		return record->cur_born_ns == place->born_ns ? PLACE_IS_SAME : PLACE_IS_OTHER;
	/* That nobody has changed since. */
	if (same_device && near_marks_equal(record, &place->fingerprint))
		return PLACE_IS_SAME;
	return PLACE_MAY_BE_SAME;
}

static int is_same(const struct other_names_sources *sources, const struct lost_folder *lost,
		   const struct new_place *place, bool *same_r, struct error *error)
{
	struct maildir *maildir = NULL;
	enum place_answer answer = other_names_compare_place(&lost->record, place);
	*same_r = answer == PLACE_IS_SAME;
	if (answer != PLACE_MAY_BE_SAME)
		return 0;
	enum maildir_open_result opened = maildir_open(place->view->path, &maildir, error);
	if (opened != MAILDIR_OPEN_OK)
		return opened == MAILDIR_OPEN_MISSING ? 0 : -1;
	int result = holds_its_files(sources, lost, maildir, same_r, error);
	maildir_close(&maildir);
	return result;
}

/* 1 it is known, 0 it is no Maildir that could be one that is gone, -1 nobody knows. */
static int identify(struct new_place *place, struct folder_view *view, struct error *error)
{
	struct maildir *maildir = NULL;
	dev_t device = 0;
	ino_t inode = 0;
	bool safe; /* of no use here */
	/* What opening it would make is not to be made of one that only is looked at. */
	if (maildir_lacks(view->path, MAILDIR_CUR) || maildir_lacks(view->path, MAILDIR_NEW))
		return 0;
	enum maildir_open_result opened = maildir_open(view->path, &maildir, error);
	if (opened != MAILDIR_OPEN_OK)
		return opened == MAILDIR_OPEN_MISSING ? 0 : -1;
	int result = maildir_identify(maildir, &device, &inode, error);
	if (result == 0)
		result = maildir_fingerprint_take(maildir, &place->fingerprint, &safe, error);
	place->born_ns = maildir_born_ns(maildir);
	maildir_close(&maildir);
	place->view = view;
	place->device = device;
	place->inode = inode;
	return result == 0 ? 1 : -1;
}

/* Of what could not be looked at the first reason is told. */
static void doubt(struct folder_view *view, const struct error *reason, struct error *first)
{
	other_names_block(view, reason);
	if (first->kind == ERROR_NONE)
		*first = *reason;
}

static void find(const struct other_names_sources *sources, struct lost_folder *lost,
		 const struct new_place *places, size_t count, struct error *first)
{
	for (size_t i = 0; i < count; i++) {
		struct error error = ERROR_INITIAL;
		bool same = false;
		if (places[i].view == lost->view)
			continue;
		if (is_same(sources, lost, &places[i], &same, &error) != 0)
			doubt(places[i].view, &error, first);
		lost->near_doubt = lost->near_doubt || (same && lost->near);
		if (same)
			lost->near = places[i].view;
	}
}

static bool is_other(const struct state_folder *record, struct folder_view *view)
{
	struct new_place place;
	struct error ignored = ERROR_INITIAL; /* it is looked at as its own later */
	return inode_of(record) != 0 && identify(&place, view, &ignored) > 0 &&
	       other_names_compare_place(record, &place) == PLACE_IS_OTHER;
}

int other_names_see_others(const struct other_names_sources *sources, struct error *error)
{
	struct state_transaction *transaction;
	int found = 0;
	if (state_read_begin(sources->state, &transaction, error) != 0)
		return -1;
	for (size_t i = 0; found >= 0 && i < sources->table->count; i++) {
		struct folder_view *view = sources->table->items[i];
		struct state_folder record;
		if (!view->base || !view->near || !other_names_may_be(view))
			continue;
		found = state_folder_get(transaction, view->name, &record, error);
		if (found <= 0)
			continue;
		view->near_other = is_other(&record, view);
		state_folder_release(&record);
	}
	state_read_end(&transaction);
	return found < 0 ? -1 : 0;
}

void other_names_near(const struct other_names_sources *sources, struct lost_folders *lost)
{
	const struct folder_table *table = sources->table;
	struct new_place *places = memory_array(table->count + 1, sizeof *places);
	struct error first = ERROR_INITIAL;
	size_t count = 0;
	for (size_t i = 0; i < table->count; i++) {
		struct folder_view *view = table->items[i];
		struct error error = ERROR_INITIAL;
		if (!other_names_is_new_near(view))
			continue;
		int known = identify(&places[count], view, &error);
		if (known < 0)
			doubt(view, &error, &first);
		count += known > 0;
	}
	for (size_t i = 0; i < lost->count; i++) {
		struct lost_folder *one = &lost->items[i];
		if (!other_names_lack_near(one->view))
			continue;
		find(sources, one, places, count, &first);
		if (!one->near && first.kind != ERROR_NONE)
			other_names_block(one->view, &first);
	}
	free(places);
}
