/* Stubs are made whole. SPDX-License-Identifier: GPL-3.0-or-later */
#include "sync/apply/fill.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "maildir/delivery.h"
#include "maildir/message_id.h"
#include "maildir/name.h"
#include "sync/apply/bodies.h"
#include "sync/folder.h"
#include "sync/observe/base.h"
#include "sync/observe/look.h"
#include "sync/observe/stubs.h"
#include "sync/report.h"

/* The order of steps: the whole message lies in tmp/, durable; it takes the stub's place in one
 * step; that is made durable; then the state forgets that it was a stub, and learns what the file
 * is now, or it would look edited. A crash before that only means that the file, which is whole
 * by then, is looked at once more. At last it gets another name, which the state has already:
 * readers that keep an index look at a name once. A crash before that leaves a file that the next
 * run knows again by its stamp, as one that a reader renamed. */

/* A message that is a stub no more, when it is in place. */
struct whole {
	uint32_t uid;
	char *temporary_name;   /* where it came; NULL: it was there already, or is gone */
	struct file_stamp file; /* not known: the record stays as it is */
	struct body_digest body;
	bool in_place;
	struct maildir_location location; /* where it stands; name NULL: nowhere */
	char *new_name;                   /* in the state; NULL: it keeps its own */
};

struct fills {
	struct sync_folder *folder;
	struct whole *items;
	size_t count, capacity;
};

/* --- Which --- */

static bool is_stub(const struct sync_folder *folder, const struct operation *operation)
{
	if (operation->kind == OPERATION_ADOPT && operation->added != SIZE_MAX &&
	    folder->near.changes.added[operation->added].is_stub)
		return true;
	return operation->uid != 0 && uid_set_contains(&folder->base.stubs, operation->uid);
}

static void want(struct sync_folder *folder, const struct operation_list *list)
{
	for (size_t i = 0; i < list->count; i++) {
		const struct operation *operation = &list->items[i];
		bool flagged =
			((operation->near_wanted | operation->far_wanted) & FLAG_FLAGGED) != 0;
		if (is_stub(folder, operation) && (flagged || !sync_stubs_are_made(folder)))
			uid_set_add(&folder->transfer.wanted, operation->uid);
	}
}

void sync_fill_plan(struct sync_folder *folder)
{
	want(folder, &folder->plan.operations[OPERATION_MERGE]);
	want(folder, &folder->plan.operations[OPERATION_ADOPT]);
}

static void collect_adopted(const struct sync_folder *folder, struct uid_set *stubs)
{
	const struct operation_list *adopted = &folder->plan.operations[OPERATION_ADOPT];
	for (size_t i = 0; i < adopted->count; i++) {
		if (is_stub(folder, &adopted->items[i]))
			uid_set_add(stubs, adopted->items[i].uid);
	}
}

int sync_fill_note(struct state_transaction *transaction, const struct sync_folder *folder,
		   struct error *error)
{
	struct uid_set adopted = UID_SET_INITIAL;
	uint32_t id = folder->base.record.id;
	collect_adopted(folder, &adopted);
	int result = state_set_add(transaction, id, STATE_STUBS, &adopted, error);
	if (result == 0)
		result = state_set_add(transaction, id, STATE_WANTED, &folder->transfer.wanted,
				       error);
	uid_set_release(&adopted);
	return result;
}

/* --- The bodies --- */

static void add(struct fills *fills, const struct whole *whole)
{
	memory_grow((void **)&fills->items, &fills->capacity, fills->count + 1,
		    sizeof *fills->items);
	fills->items[fills->count++] = *whole;
}

static int take_message(void *context, const struct far_message *message,
			const struct maildir_delivered *delivered, struct error *error)
{
	(void)error; /* nothing fails */
	add(context, &(struct whole){ .uid = message->uid,
				      .temporary_name = delivered->temporary_name,
				      .file = delivered->file,
				      .body = delivered->body });
	return 0;
}

/* --- Into place --- */

/* Where the message's file stands, as the base or, when a reader renamed it since, the directory
 * says. GONE: nowhere, or not in the base. A failure is told. */
static enum maildir_message_result locate(struct fills *fills, const struct base_view *base,
					  uint32_t uid, struct maildir_location *location_r)
{
	struct state_message message;
	struct error error = ERROR_INITIAL;
	enum maildir_message_result result = MAILDIR_MESSAGE_GONE;
	int found = base->by_uid(base->context, uid, &message, &error);
	if (found > 0) {
		struct maildir_location known = { .place = (enum maildir_place)message.place,
						  .name = memory_text(message.name) };
		if (maildir_message_exists(fills->folder->transfer.maildir, &known)) {
			*location_r = known;
			return MAILDIR_MESSAGE_OK;
		}
		result = maildir_message_find(fills->folder->transfer.maildir, known.name,
					      location_r, &error);
		free(known.name);
	}
	if (found < 0 || result == MAILDIR_MESSAGE_ERROR) {
		sync_report_message(fills->folder, &error);
		return MAILDIR_MESSAGE_ERROR;
	}
	return result;
}

static void put_into_place(struct fills *fills, const struct base_view *base, struct whole *whole)
{
	struct maildir_location location;
	struct error error = ERROR_INITIAL;
	if (locate(fills, base, whole->uid, &location) != MAILDIR_MESSAGE_OK)
		return; /* removed or renamed meanwhile: the next run looks again */
	switch (maildir_delivery_replace(fills->folder->transfer.maildir, whole->temporary_name,
					 &location, &error)) {
	case MAILDIR_MESSAGE_OK:
		whole->in_place = true;
		whole->location = location;
		fills->folder->transfer.counts.fetched++;
		return;
	case MAILDIR_MESSAGE_ERROR:
		sync_report_message(fills->folder, &error);
		break;
	case MAILDIR_MESSAGE_GONE:
		break;
	}
	free(location.name);
}

/* Where a reader renamed it since, what the name says is news to the base: it stays. */
static void choose_name(struct whole *whole, struct state_message *message)
{
	struct maildir_name parsed;
	if (!whole->location.name || message->place != whole->location.place ||
	    strcmp(message->name, whole->location.name) != 0)
		return;
	if (!whole->new_name) /* the transaction may be repeated */
		whole->new_name = maildir_name_anew(whole->location.name);
	maildir_name_parse(whole->new_name, &parsed);
	message->name = whole->new_name;
	message->base_length = parsed.base_length;
}

/* One that left the base meanwhile has no record. */
static int record_file(struct state_transaction *transaction, uint32_t folder, struct whole *whole,
		       struct error *error)
{
	struct state_message message;
	if (!file_stamp_is_known(&whole->file))
		return 0;
	int found = state_message_by_uid(transaction, folder, whole->uid, &message, error);
	if (found <= 0)
		return found;
	message.file = whole->file;
	message.body = whole->body;
	choose_name(whole, &message);
	return state_message_put(transaction, folder, &message, error);
}

static int record_whole(struct state_transaction *transaction, void *context, struct error *error)
{
	struct fills *fills = context;
	uint32_t id = fills->folder->base.record.id;
	struct uid_set done = UID_SET_INITIAL;
	int result = 0;
	for (size_t i = 0; result == 0 && i < fills->count; i++) {
		if (!fills->items[i].in_place)
			continue;
		uid_set_add(&done, fills->items[i].uid);
		result = record_file(transaction, id, &fills->items[i], error);
	}
	if (result == 0)
		result = state_set_remove(transaction, id, STATE_STUBS, &done, error);
	if (result == 0)
		result = state_set_remove(transaction, id, STATE_WANTED, &done, error);
	if (result == 0)
		result = sync_deferred_remove(transaction, fills->folder, &done, error);
	uid_set_release(&done);
	return result;
}

static int record(struct fills *fills, struct error *error)
{
	if (fills->count == 0)
		return 0;
	return state_write(fills->folder->context->state, record_whole, fills, error);
}

/* Whoever renamed it meanwhile gave it a name that is as new to an index; the next run sees that.
 */
static void rename_one(struct fills *fills, struct whole *whole)
{
	struct maildir_location now = whole->location;
	struct error error = ERROR_INITIAL;
	enum maildir_message_result result = MAILDIR_MESSAGE_OK;
	if (whole->new_name)
		result = maildir_message_rename(fills->folder->transfer.maildir, &whole->location,
						whole->new_name, &error);
	if (result == MAILDIR_MESSAGE_ERROR)
		sync_report_message(fills->folder, &error);
	if (result != MAILDIR_MESSAGE_OK)
		fills->folder->transfer.near_raced = true;
	else if (whole->new_name)
		now.name = whole->new_name;
	sync_report_change(fills->folder, SYNC_CHANGE_CHANGED, &now, &whole->location);
}

static int record_and_rename(struct fills *fills, struct error *error)
{
	if (record(fills, error) != 0)
		return -1;
	for (size_t i = 0; i < fills->count; i++) {
		if (fills->items[i].location.name)
			rename_one(fills, &fills->items[i]);
	}
	return 0;
}

static void clear(struct fills *fills)
{
	for (size_t i = 0; i < fills->count; i++) {
		free(fills->items[i].temporary_name);
		free(fills->items[i].location.name);
		free(fills->items[i].new_name);
	}
	fills->count = 0;
}

static int put_all(struct fills *fills, struct error *error)
{
	struct sync_base base;
	if (maildir_sync(fills->folder->transfer.maildir, error) != 0 ||
	    sync_base_begin(fills->folder, &base, error) != 0)
		return -1;
	for (size_t i = 0; i < fills->count; i++)
		put_into_place(fills, &base.view, &fills->items[i]);
	sync_base_end(&base);
	if (maildir_sync(fills->folder->transfer.maildir, error) != 0)
		return -1;
	return record_and_rename(fills, error);
}

static int commit(void *context, struct error *error)
{
	struct fills *fills = context;
	int result = fills->count > 0 ? put_all(fills, error) : 0;
	clear(fills);
	return result;
}

enum stub_state { STUB_STILL, STUB_DONE, STUB_NOT_FOUND };

/* Whether an interrupted run put it into place. Else somebody wrote to it: the record keeps the
 * stamp of the stub, so that it counts as edited. */
static bool is_as_on_server(const struct state_message *message,
			    const struct maildir_message_facts *facts)
{
	return message->size == facts->wire_size &&
	       identity_equal(&message->identity, &facts->identity);
}

/* A file that cannot be looked at is told, and stays wanted. WHOLE learns what it is, where the
 * state may take that for the message. */
static enum stub_state look_at(struct fills *fills, const struct base_view *base,
			       struct whole *whole)
{
	struct maildir_location location;
	struct maildir_message_facts facts;
	struct state_message message = { .uid = whole->uid };
	struct error error = ERROR_INITIAL;
	if (base->by_uid(base->context, whole->uid, &message, NULL) == 0)
		return STUB_DONE; /* removed on both sides */
	if (locate(fills, base, whole->uid, &location) != MAILDIR_MESSAGE_OK)
		return STUB_NOT_FOUND;
	enum maildir_message_result read = maildir_message_read_facts(
		fills->folder->transfer.maildir, &location, false, &facts, &error);
	if (read == MAILDIR_MESSAGE_OK && !facts.is_stub && is_as_on_server(&message, &facts)) {
		whole->file = facts.file;
		whole->body = facts.body;
		whole->location = location;
		return STUB_DONE;
	}
	free(location.name);
	if (read == MAILDIR_MESSAGE_ERROR)
		sync_report_message(fills->folder, &error);
	if (read != MAILDIR_MESSAGE_OK)
		return STUB_NOT_FOUND;
	return facts.is_stub ? STUB_STILL : STUB_DONE;
}

/* No directory tells of those that somebody wrote to: the next run looks at them all the same. */
static int note_edited(const struct fills *fills, struct error *error)
{
	const struct sync_folder *folder = fills->folder;
	struct uid_set edited = UID_SET_INITIAL;
	for (size_t i = 0; i < fills->count; i++) {
		if (!file_stamp_is_known(&fills->items[i].file))
			uid_set_add(&edited, fills->items[i].uid);
	}
	int result = uid_set_is_empty(&edited)
			     ? 0
			     : state_fresh_add(folder->context->state, folder->base.record.id,
					       &edited, error);
	uid_set_release(&edited);
	return result;
}

/* Takes out of LEFT what is gone or whole already, as done, and what cannot be found now. */
static int leave_out_whole(struct fills *fills, struct uid_set *left, struct error *error)
{
	struct sync_base base;
	struct uid_set all = UID_SET_INITIAL;
	if (sync_base_begin(fills->folder, &base, error) != 0)
		return -1;
	uid_set_add_set(&all, left);
	for (uint32_t uid = 0; uid_set_next(&all, &uid);) {
		struct whole whole = { .uid = uid, .in_place = true };
		enum stub_state state = look_at(fills, &base.view, &whole);
		if (state == STUB_DONE)
			add(fills, &whole);
		if (state != STUB_STILL)
			uid_set_remove_range(left, uid, uid);
	}
	sync_base_end(&base);
	uid_set_release(&all);
	int result = record_and_rename(fills, error);
	if (result == 0)
		result = note_edited(fills, error);
	clear(fills);
	return result;
}

/* --- By their Message-IDs --- */

static bool is_asked_for(const struct sync_fetch *fetch, const char *id)
{
	bool any = false;
	for (size_t i = 0; i < fetch->count; i++) {
		if (strcmp(fetch->ids[i], id) != 0)
			continue;
		fetch->found[i] = true;
		any = true;
	}
	return any;
}

static bool is_wanted(struct fills *fills, const struct base_view *base, uint32_t uid)
{
	struct maildir_location location;
	if (locate(fills, base, uid, &location) != MAILDIR_MESSAGE_OK)
		return false;
	char *id = maildir_message_id(fills->folder->transfer.maildir, &location);
	bool wanted = id && is_asked_for(fills->folder->context->options->fetch, id);
	free(id);
	free(location.name);
	return wanted;
}

int sync_fill_find(struct sync_folder *folder, struct error *error)
{
	struct fills fills = { .folder = folder };
	struct sync_base base;
	uid_set_clear(&folder->transfer.wanted);
	if (uid_set_is_empty(&folder->base.stubs))
		return 0;
	if (sync_folder_open(folder, error) != 0 || sync_base_begin(folder, &base, error) != 0)
		return -1;
	for (uint32_t uid = 0; uid_set_next(&folder->base.stubs, &uid);) {
		if (is_wanted(&fills, &base.view, uid))
			uid_set_add(&folder->transfer.wanted, uid);
	}
	sync_base_end(&base);
	return 0;
}

/* --- The whole --- */

int sync_apply_fills(struct sync_folder *folder, struct far_session *session, struct error *error)
{
	struct fills fills = { .folder = folder };
	const struct body_taker taker = { .context = &fills,
					  .take = take_message,
					  .commit = commit };
	struct uid_set left = UID_SET_INITIAL;
	int result = 0;
	uid_set_add_set(&left, &folder->transfer.wanted);
	uid_set_remove_set(&left, &folder->base.deferred.waiting);
	if (!uid_set_is_empty(&left))
		result = sync_folder_open(folder, error);
	if (result == 0 && !uid_set_is_empty(&left))
		result = leave_out_whole(&fills, &left, error);
	if (result == 0 && !uid_set_is_empty(&left))
		result = sync_bodies_fetch(folder, session, &left, &taker, error);
	free(fills.items);
	uid_set_release(&left);
	return result;
}
