/* Messages that moved on both sides. SPDX-License-Identifier: GPL-3.0-or-later */
#include "sync/recalls.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "mail/letters.h"
#include "maildir/name.h"
#include "sync/folder.h"
#include "sync/observe/arrivals.h"
#include "sync/observe/content.h"
#include "sync/observe/flags.h"
#include "sync/observe/gather.h"
#include "sync/observe/look.h"
#include "sync/plan/rules.h"
#include "sync/report.h"

void recalls_release(struct recalls *recalls)
{
	for (size_t i = 0; i < recalls->count; i++)
		free(recalls->items[i].back.name);
	free(recalls->items);
	*recalls = (struct recalls){ .items = NULL };
}

struct recall *recalls_of(const struct recalls *recalls, const struct sync_folder *home,
			  uint32_t uid)
{
	for (size_t i = 0; i < recalls->count; i++) {
		if (recalls->items[i].home == home && recalls->items[i].uid == uid)
			return &recalls->items[i];
	}
	return NULL;
}

/* --- Which folders it can be about --- */

static bool sends(const struct sync_folder *folder)
{
	return !folder->ending.ended && plan_has(&folder->plan, OPERATION_UPLOAD);
}

/* What moves on the server moves here, and what somebody did here to its flags meanwhile goes
 * along; see plan_far_removed(). */
static bool may_lose(const struct sync_folder *folder)
{
	const struct plan_rules rules = rules_of_plan(folder->context->options, &folder->target,
						      &folder->base, &folder->far);
	return !folder->ending.ended && plan_has(&folder->plan, OPERATION_FORGET) &&
	       folder->target.action == FOLDER_SYNC && folder->base.state == FOLDER_BASE_VALID &&
	       !folder_view_is_moved(folder->target.view) && !content_is_of_drafts(folder) &&
	       !rules.restore && (rules.pull & CONFIG_KIND_DELETIONS) &&
	       (rules.push & CONFIG_KIND_NEW) && (rules.expunge & CONFIG_SIDE_NEAR);
}

/* Of what an earlier run began to send it is not known what came of it. */
static bool may_give_back(const struct sync_folder *away, const struct sync_folder *home)
{
	return sends(away) && away != home && !away->base.uploads_pending &&
	       sync_flags_table(away) == sync_flags_table(home);
}

/* --- Which file it is --- */

struct search {
	struct run *run;
	struct recalls *recalls;
	struct arrival_list arrivals; /* of folders that send something */
	bool *taken;                  /* of each arrival */
};

/* A lost message, as the base has it. */
struct lost {
	struct sync_folder *home;
	const struct state_message *message;
	struct identity identity; /* identity_with_size() */
};

static const struct operation *upload_of(const struct sync_folder *folder, size_t added)
{
	const struct operation_list *uploads = &folder->plan.operations[OPERATION_UPLOAD];
	for (size_t i = 0; i < uploads->count; i++) {
		if (uploads->items[i].added == added)
			return &uploads->items[i];
	}
	return NULL;
}

static void read_file(struct sync_folder *folder, struct near_added *added)
{
	struct error ignored = ERROR_INITIAL; /* it stays unknown */
	if (!added->is_identified && sync_folder_open(folder, &ignored) == 0)
		sync_identify_near(folder, added, false);
	maildir_close(&folder->transfer.maildir);
}

static bool is_same(const struct lost *lost, const struct sync_folder *away,
		    const struct near_added *added)
{
	const struct source_folder folder = { .has_drafts = content_is_of_drafts(lost->home) };
	const struct state_message *message = lost->message;
	struct source source = { .identity = lost->identity,
				 .folder = &folder,
				 .flags = message->flags,
				 .far_flags = message->flags,
				 .size = message->size,
				 .body = message->body,
				 .is_stub =
					 uid_set_contains(&lost->home->base.stubs, message->uid) };
	source.base = memory_text_length(message->name, message->base_length);
	bool same = source_is_same(&source, added, content_is_of_drafts(away));
	free(source.base);
	return same;
}

#define SECOND_NS INT64_C(1000000000)

/* The file of a message has the time when that arrived, by which it is known for what moved on the
 * server. */
static bool has_time(const struct lost *lost, const struct near_added *added)
{
	return added->file.mtime_ns / SECOND_NS == lost->message->file.mtime_ns / SECOND_NS;
}

/* Whether that new file is the message, as nothing but a whole file that is sent can be. */
static bool may_be(const struct search *search, const struct lost *lost, size_t i)
{
	const struct arrival *arrival = &search->arrivals.items[i];
	struct sync_folder *away = &search->run->folders[arrival->folder];
	struct near_added *added = &away->near.changes.added[arrival->added];
	const struct operation *upload = upload_of(away, arrival->added);
	if (search->taken[i] || !upload || upload->upload.replaces != 0 ||
	    upload->upload.supersedes != 0 || !may_give_back(away, lost->home))
		return false;
	read_file(away, added);
	return is_same(lost, away, added) && has_time(lost, added);
}

static void find_file(struct search *search, const struct lost *lost)
{
	size_t count;
	size_t first = arrival_list_find(&search->arrivals, &lost->identity, &count);
	for (size_t i = first; i < first + count; i++) {
		const struct arrival *arrival = &search->arrivals.items[i];
		struct recalls *recalls = search->recalls;
		if (!may_be(search, lost, i))
			continue;
		search->taken[i] = true;
		memory_grow((void **)&recalls->items, &recalls->capacity, recalls->count + 1,
			    sizeof *recalls->items);
		recalls->items[recalls->count++] =
			(struct recall){ .home = lost->home,
					 .uid = lost->message->uid,
					 .away = &search->run->folders[arrival->folder],
					 .added = arrival->added };
		return;
	}
}

/* Where there is one more of it somebody made a copy, and nobody can say which it is. */
static bool has_others(const struct search *search, const struct lost *lost)
{
	size_t count;
	size_t first = arrival_list_find(&search->arrivals, &lost->identity, &count);
	for (size_t i = first; i < first + count; i++) {
		if (may_be(search, lost, i))
			return true;
	}
	return false;
}

/* --- Where it goes back to --- */

static char *name_at_home(const struct state_message *message, const struct near_added *added)
{
	struct maildir_name away;
	maildir_name_parse(added->name, &away);
	return memory_format("%.*s%s", (int)message->base_length, message->name,
			     added->name + away.base_length);
}

static void describe(struct recall *recall, const struct state_message *message)
{
	const struct near_added *added = &recall->away->near.changes.added[recall->added];
	uint32_t managed = recall->home->far.managed;
	struct maildir_name before;
	maildir_name_parse(message->name, &before);
	recall->back = (struct maildir_location){ .place = added->place,
						  .name = name_at_home(message, added) };
	recall->flags = letters_meant(before.flags & managed, added->flags, true);
	recall->dropped = recall->flags & ~added->flags;
	recall->is_known = file_stamp_same_file(&message->file, &added->file);
}

/* --- All of a folder --- */

/* Calls SEE for each that the base had on both sides until now. */
static int each_lost(struct search *search, struct sync_folder *home,
		     void (*see)(struct search *search, const struct lost *lost),
		     struct error *error)
{
	const struct operation_list *forgotten = &home->plan.operations[OPERATION_FORGET];
	struct sync_base base;
	int found = 0;
	if (!may_lose(home))
		return 0;
	if (sync_base_begin(home, &base, error) != 0)
		return -1;
	for (size_t i = 0; found >= 0 && i < forgotten->count; i++) {
		struct state_message message;
		uint32_t uid = forgotten->items[i].uid;
		found = base.view.by_uid(base.view.context, uid, &message, error);
		if (found <= 0 || message.absent != STATE_ABSENT_NOWHERE ||
		    !file_stamp_is_known(&message.file))
			continue;
		const struct lost lost = { .home = home,
					   .message = &message,
					   .identity = identity_with_size(&message.identity,
									  message.size) };
		see(search, &lost);
	}
	sync_base_end(&base);
	return found < 0 ? -1 : 0;
}

static void settle(struct search *search, const struct lost *lost)
{
	struct recalls *recalls = search->recalls;
	struct recall *recall = recalls_of(recalls, lost->home, lost->message->uid);
	if (!recall)
		return;
	if (has_others(search, lost))
		*recall = recalls->items[--recalls->count];
	else
		describe(recall, lost->message);
}

static int each_folder(struct search *search,
		       void (*see)(struct search *search, const struct lost *lost),
		       struct error *error)
{
	for (size_t i = 0; i < search->run->folder_count; i++) {
		if (each_lost(search, &search->run->folders[i], see, error) != 0)
			return -1;
	}
	return 0;
}

int recalls_find(struct run *run, struct recalls *recalls, struct error *error)
{
	struct search search = { .run = run, .recalls = recalls };
	bool any = false;
	for (size_t i = 0; i < run->folder_count; i++)
		any = any || may_lose(&run->folders[i]);
	for (size_t i = 0; any && i < run->folder_count; i++) {
		if (sends(&run->folders[i]))
			arrivals_add_folder(&search.arrivals, &run->folders[i], ARRIVAL_SENT, i);
	}
	if (search.arrivals.count == 0)
		return 0;
	arrival_list_sort(&search.arrivals);
	search.taken = memory_array(search.arrivals.count, sizeof *search.taken);
	int result = each_folder(&search, find_file, error);
	if (result == 0)
		result = each_folder(&search, settle, error);
	arrival_list_release(&search.arrivals);
	free(search.taken);
	return result;
}

/* --- Putting it back --- */

static bool is_untouched(const struct recall *recall, const struct maildir_location *location,
			 const struct near_added *added)
{
	struct file_stamp now = { .inode = 0 };
	return maildir_message_stamp(recall->away->transfer.maildir, location, &now) &&
	       file_stamp_is_known(&added->file) && now.inode == added->file.inode &&
	       file_stamp_is_untouched(&added->file, now.size, now.mtime_ns);
}

/* As some readers write it anew when they move it, with other fields in its header: the message is
 * to be known by it. */
static int record_file(struct state_transaction *transaction, void *context, struct error *error)
{
	const struct recall *recall = context;
	const struct near_added *added = &recall->away->near.changes.added[recall->added];
	uint32_t folder = recall->home->base.record.id;
	struct state_message message;
	int found = state_message_by_uid(transaction, folder, recall->uid, &message, error);
	if (found <= 0)
		return found;
	message.file = added->file;
	return state_message_put(transaction, folder, &message, error);
}

static bool put_back(struct recall *recall)
{
	struct sync_folder *home = recall->home;
	struct sync_folder *away = recall->away;
	const struct near_added *added = &away->near.changes.added[recall->added];
	const struct maildir_location location = { .place = added->place, .name = added->name };
	struct error ignored = ERROR_INITIAL; /* where it cannot go back it is sent */
	if (sync_folder_open(home, &ignored) != 0 || sync_folder_open(away, &ignored) != 0 ||
	    !is_untouched(recall, &location, added))
		return false;
	if (!recall->is_known &&
	    state_write(home->context->state, record_file, recall, &ignored) != 0)
		return false;
	if (maildir_message_bring(home->transfer.maildir, &recall->back, away->transfer.maildir,
				  &location, &ignored) != MAILDIR_MESSAGE_OK)
		return false;
	sync_report_change(away, SYNC_CHANGE_GONE, &location, NULL);
	sync_report_change(home, SYNC_CHANGE_NEW, &recall->back, NULL);
	return true;
}

/* --- As if it had been there --- */

static void add_changed(const struct recall *recall)
{
	struct near_changes *changes = &recall->home->near.changes;
	memory_grow((void **)&changes->changed, &changes->changed_capacity,
		    changes->changed_count + 1, sizeof *changes->changed);
	size_t i = changes->changed_count++;
	for (; i > 0 && changes->changed[i - 1].uid > recall->uid; i--)
		changes->changed[i] = changes->changed[i - 1];
	changes->changed[i] = (struct near_changed){ .uid = recall->uid,
						     .place = recall->back.place,
						     .name = memory_text(recall->back.name),
						     .flags = recall->flags,
						     .dropped = recall->dropped };
}

static void drop_added(const struct recalls *recalls, const struct recall *recall)
{
	struct near_changes *changes = &recall->away->near.changes;
	size_t dropped = recall->added;
	free(changes->added[dropped].name);
	for (size_t i = dropped; i + 1 < changes->added_count; i++)
		changes->added[i] = changes->added[i + 1];
	changes->added_count--;
	for (size_t i = 0; i < recalls->count; i++) {
		struct recall *other = &recalls->items[i];
		if (other->away == recall->away && other->added > dropped)
			other->added--;
	}
}

void recall_do(struct recalls *recalls, struct recall *recall)
{
	bool done = recall->home->context->options->dry_run || put_back(recall);
	maildir_close(&recall->home->transfer.maildir);
	maildir_close(&recall->away->transfer.maildir);
	if (!done)
		return;
	recall->is_done = true;
	uid_set_remove_range(&recall->home->near.changes.removed, recall->uid, recall->uid);
	add_changed(recall);
	drop_added(recalls, recall);
}

static bool is_about(const struct recalls *recalls, const struct sync_folder *folder)
{
	for (size_t i = 0; i < recalls->count; i++) {
		const struct recall *recall = &recalls->items[i];
		if (recall->is_done && (recall->home == folder || recall->away == folder))
			return true;
	}
	return false;
}

void recalls_plan(struct run *run, const struct recalls *recalls)
{
	for (size_t i = 0; i < run->folder_count; i++) {
		struct sync_folder *folder = &run->folders[i];
		struct error error = ERROR_INITIAL;
		if (!is_about(recalls, folder) || folder->ending.ended)
			continue;
		plan_release(&folder->plan);
		if (run_plan_folder(folder, &error) != 0)
			run_fail_folder(run, folder, &error);
	}
}
