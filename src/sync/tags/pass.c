/* Tags and keywords, when all else of a round is done. First what the server told is recorded, so
 * that nothing of it hangs on the database; then names are stored on the server and written to the
 * database; at last, in one transaction, what both have in common. A kill in between leaves both
 * sides alike and the record behind, or one of them behind and the message among those that wait or
 * that the mark has before it: the next pass finds either. SPDX-License-Identifier:
 * GPL-3.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/memory.h"
#include "mail/name_set.h"
#include "sync/folder.h"
#include "sync/plan/access.h"
#include "sync/run.h"
#include "sync/tags/pass.h"
#include "sync/tags/tags.h"

/* --- What the server told --- */

static bool has_tags(const struct sync_folder *folder)
{
	return folder->target.view->channel &&
	       sync_target_rules(&folder->target)->keywords == CONFIG_KEYWORDS_NOTMUCH;
}

/* Whose base says what both sides have. */
static bool is_compared(const struct sync_folder *folder)
{
	enum folder_action action = folder->target.action;
	return has_tags(folder) && folder->ending.ended && !folder->ending.deferral &&
	       folder->ending.outcome == SYNC_FOLDER_DONE && folder->base.record.id != 0 &&
	       folder->base.state != FOLDER_BASE_VOID && folder->target.mailbox &&
	       (action == FOLDER_SYNC || action == FOLDER_CREATE_NEAR ||
		action == FOLDER_CREATE_FAR);
}

static int record_one(struct state_transaction *transaction, uint32_t folder,
		      const struct far_keyword_set *told, struct error *error)
{
	struct state_tags tags;
	if (state_tags_get(transaction, folder, told->uid, &tags, error) < 0)
		return -1;
	text_list_release(&tags.far);
	name_set_read(&tags.far, told->names);
	int result = state_tags_put(transaction, folder, told->uid, &tags, error);
	state_tags_release(&tags);
	return result == 0 ? state_tags_wait(transaction, folder, told->uid, true, error) : -1;
}

/* One that has none any more would have all changes since its mark told for ever. */
static int forget_mark(struct state_transaction *transaction, uint32_t folder, struct error *error)
{
	struct state_tag_mark mark;
	int found = folder != 0 ? state_tag_mark_get(transaction, folder, &mark, error) : 0;
	if (found <= 0)
		return found;
	state_tag_mark_release(&mark);
	return state_tag_mark_remove(transaction, folder, error);
}

static int record_told(struct state_transaction *transaction, void *context, struct error *error)
{
	const struct run *run = context;
	for (size_t i = 0; i < run->folder_count; i++) {
		const struct sync_folder *folder = &run->folders[i];
		if (!has_tags(folder) &&
		    forget_mark(transaction, folder->base.record.id, error) != 0)
			return -1;
		for (size_t k = 0; is_compared(folder) && k < folder->far.names.count; k++) {
			if (record_one(transaction, folder->base.record.id,
				       &folder->far.names.items[k], error) != 0)
				return -1;
		}
	}
	return 0;
}

/* --- The folders --- */

static int read_marks(struct tags_pass *pass, struct error *error)
{
	struct state_transaction *transaction;
	int result = 0;
	if (state_read_begin(pass->state, &transaction, error) != 0)
		return -1;
	for (size_t i = 0; result == 0 && i < pass->folder_count; i++) {
		struct tags_folder *folder = &pass->folders[i];
		uint32_t uid;
		int waits = state_tags_next_waiting(transaction, folder->id, 1, &uid, error);
		if (waits < 0 ||
		    state_tag_mark_get(transaction, folder->id, &folder->mark, error) < 0)
			result = -1;
		folder->waits = waits > 0;
	}
	state_read_end(&transaction);
	return result;
}

static void add_round_folder(struct tags_pass *pass, struct sync_folder *round)
{
	const struct config_rules *rules = sync_target_rules(&round->target);
	struct tags_folder *folder = &pass->folders[pass->folder_count++];
	*folder = tags_folder_of(round->base.record.id, round->target.view->path);
	const struct flag_names *permanent = &round->far.state.permanent_flags;
	folder->round = round;
	folder->pulls = (rules->pull & CONFIG_KIND_FLAGS) != 0;
	folder->pushes = (access_push(&round->base.record, rules) & CONFIG_KIND_FLAGS) != 0;
	/* Of one that was not opened yet it is asked before anything is stored. */
	folder->stores_any = permanent->any_keyword || round->far.state.marks.uidvalidity == 0;
	name_set_add_all(&folder->storable, &permanent->keywords);
}

static void add_round_folders(struct tags_pass *pass)
{
	struct run *run = pass->run;
	pass->folders = memory_array(run->folder_count + 1, sizeof *pass->folders);
	for (size_t i = 0; i < run->folder_count; i++) {
		if (is_compared(&run->folders[i]))
			add_round_folder(pass, &run->folders[i]);
	}
}

/* --- Whether there is anything to do --- */

static bool is_at_rest(const struct tags_pass *pass, const struct tags_mark *now)
{
	for (size_t i = 0; i < pass->folder_count; i++) {
		const struct tags_folder *folder = &pass->folders[i];
		if (folder->waits || tags_mark_is_fresh(&folder->mark, now, pass->settings) ||
		    folder->mark.revision != now->revision)
			return false;
	}
	return true;
}

/* --- Writing to the database --- */

/* Tags that are the keyword NAME, in whatever spelling. */
static void add_tags_of(const struct tags_pass *pass, const struct tags_work *work,
			const char *name, struct text_list *tags)
{
	for (size_t i = 0; i < work->tags.count; i++) {
		char *keyword;
		(void)tag_names_keyword(&pass->names, work->tags.items[i], &keyword); /* as said by
											 it */
		if (keyword && text_equal_ignoring_case(keyword, name))
			text_list_add(tags, work->tags.items[i]);
		free(keyword);
	}
}

static struct tags_change change_of(const struct tags_pass *pass, const struct tags_work *work)
{
	struct tags_change change = { .id = memory_text(work->id) };
	for (size_t i = 0; i < work->merge.add.count; i++) {
		char *tag = tag_names_tag(&pass->names, work->merge.add.items[i]);
		if (tag)
			text_list_adopt(&change.add, tag);
	}
	for (size_t i = 0; i < work->merge.remove.count; i++)
		add_tags_of(pass, work, work->merge.remove.items[i], &change.remove);
	return change;
}

/* *after_r: the revision that all was looked at up to. */
static int write_changes(struct tags_pass *pass, const struct tags_change *changes, size_t count,
			 struct tags_mark *after_r, struct error *error)
{
	struct tags_mark opened;
	struct tags_mark before;
	struct tags_mark after;
	*after_r = pass->now;
	if (count == 0)
		return 0;
	if (tags_open(pass->side, &pass->database, &opened, error) != 0)
		return -1;
	if (tags_write(pass->side, pass->database, changes, count, &before, &after, error) != 0)
		return -1;
	/* Else what others did in between is looked at by the next run, and ours with it. */
	if (strcmp(before.uuid, pass->now.uuid) == 0 && before.revision == pass->now.revision)
		*after_r = after;
	pass->tagged += count;
	return 0;
}

static int write_tags(struct tags_pass *pass, struct tags_mark *after_r, struct error *error)
{
	struct tags_change *changes = memory_array(pass->work_count + 1, sizeof *changes);
	size_t count = 0;
	for (size_t i = 0; i < pass->work_count; i++) {
		if (tag_merge_writes_near(&pass->works[i].merge))
			changes[count++] = change_of(pass, &pass->works[i]);
	}
	int result = write_changes(pass, changes, count, after_r, error);
	for (size_t i = 0; i < count; i++)
		tags_change_release(&changes[i]);
	free(changes);
	for (size_t i = 0; result == 0 && i < pass->work_count; i++)
		pass->works[i].merge.done = true;
	return result;
}

/* --- The record --- */

struct tags_record {
	struct tags_pass *pass;
	struct tags_mark mark;
	bool written; /* to the database, or there was nothing to be written */
};

/* What is carried is in the merge; other names of the server stay as they are noted. */
static void take_names(const struct tags_pass *pass, const struct tag_copy *copy,
		       struct state_tags *known)
{
	struct text_list carried = { .items = NULL };
	tag_names_carried(&pass->names, &known->far, &carried);
	for (size_t i = 0; i < carried.count; i++)
		name_set_remove(&known->far, carried.items[i]);
	name_set_add_all(&known->far, &copy->far);
	text_list_release(&carried);
	text_list_release(&known->base);
	name_set_add_all(&known->base, &copy->base);
}

static int record_copy(struct state_transaction *transaction, const struct tags_pass *pass,
		       const struct tags_work *work, size_t number, struct error *error)
{
	const struct tag_copy *copy = &work->merge.copies[number];
	const struct tags_place *place = &work->places[number];
	uint32_t folder = pass->folders[place->folder].id;
	bool near_left = tag_merge_writes_near(&work->merge) && !work->merge.done;
	bool far_left = tag_copy_writes_far(copy) && !copy->done;
	struct state_tags known;
	if (state_tags_get(transaction, folder, place->uid, &known, error) < 0)
		return -1;
	take_names(pass, copy, &known);
	/* As long as tags are to come back it is not known by its new thread. */
	if (!near_left) {
		free(known.thread);
		known.thread = memory_text(work->thread);
	}
	int result = state_tags_put(transaction, folder, place->uid, &known, error);
	state_tags_release(&known);
	if (result != 0 || (near_left || far_left) == place->waited)
		return result;
	return state_tags_wait(transaction, folder, place->uid, near_left || far_left, error);
}

/* What waited and is not in the database is told by it when it is. */
static int forget_unknown(struct state_transaction *transaction, const struct tags_folder *folder,
			  struct error *error)
{
	for (uint32_t uid = 0; uid_set_next(&folder->waiting, &uid);) {
		if (!uid_set_contains(&folder->kept, uid) &&
		    state_tags_wait(transaction, folder->id, uid, false, error) != 0)
			return -1;
	}
	return 0;
}

static int put_mark(struct state_transaction *transaction, const struct tags_record *record,
		    const struct tags_folder *folder, struct error *error)
{
	struct tags_mark now = record->mark;
	const struct state_tag_mark mark = { .uuid = now.uuid,
					     .revision = now.revision,
					     .settings = record->pass->settings };
	return state_tag_mark_put(transaction, folder->id, &mark, error);
}

static int record_all(struct state_transaction *transaction, void *context, struct error *error)
{
	const struct tags_record *record = context;
	const struct tags_pass *pass = record->pass;
	for (size_t i = 0; i < pass->work_count; i++) {
		for (size_t k = 0; k < pass->works[i].merge.count; k++) {
			if (record_copy(transaction, pass, &pass->works[i], k, error) != 0)
				return -1;
		}
	}
	/* Where tags were to be written and were not, what the database lacked counts on. */
	for (size_t i = 0; record->written && i < pass->folder_count; i++) {
		if (forget_unknown(transaction, &pass->folders[i], error) != 0 ||
		    put_mark(transaction, record, &pass->folders[i], error) != 0)
			return -1;
	}
	return 0;
}

static void settle_works(struct tags_pass *pass)
{
	for (size_t i = 0; i < pass->work_count; i++) {
		struct tags_work *work = &pass->works[i];
		tag_merge_settle(&work->merge);
		for (size_t k = 0; k < work->merge.count; k++)
			uid_set_add(&pass->folders[work->places[k].folder].kept,
				    work->places[k].uid);
	}
}

/* --- What is told --- */

static void tell(const struct tags_pass *pass)
{
	const char *account = pass->account->name;
	for (size_t i = 0; i < pass->invalid.count; i++)
		log_line(LOG_WARNING,
			 "%s: the tag %s stays here: no keyword of a server can be called so; "
			 "name it in tags-ignore, or give it another name in tag-map",
			 account, pass->invalid.items[i]);
	if (pass->stored > 0)
		log_line(LOG_VERBOSE, "%s: tags of %llu %s are keywords on the server", account,
			 (unsigned long long)pass->stored,
			 text_plural(pass->stored, "message", "messages"));
	if (pass->tagged > 0)
		log_line(LOG_VERBOSE, "%s: keywords of %llu %s are tags", account,
			 (unsigned long long)pass->tagged,
			 text_plural(pass->tagged, "message", "messages"));
}

/* --- The whole --- */

static int pass_over(struct tags_pass *pass, struct error *error)
{
	struct tags_record record = { .pass = pass };
	struct error failure = ERROR_INITIAL;
	if (tags_open(pass->side, &pass->database, &pass->now, error) != 0)
		return -1;
	for (size_t i = 0; i < pass->folder_count; i++)
		pass->folders[i].is_fresh =
			tags_mark_is_fresh(&pass->folders[i].mark, &pass->now, pass->settings);
	tags_places_make(pass);
	if (tags_collect(pass, error) != 0)
		return -1;
	/* Other accounts need not wait for this one's server. */
	tags_close(pass->side, &pass->database);
	tags_store(pass);
	record.written = write_tags(pass, &record.mark, &failure) == 0;
	settle_works(pass);
	if (state_write(pass->state, record_all, &record, error) != 0)
		return -1;
	tell(pass);
	if (!record.written)
		*error = failure;
	return record.written ? 0 : -1;
}

static void release(struct tags_pass *pass)
{
	tags_close(pass->side, &pass->database);
	tags_works_release(pass);
	for (size_t i = 0; i < pass->folder_count; i++)
		tags_folder_release(&pass->folders[i]);
	free(pass->folders);
	free(pass->directories);
	free(pass->settings);
	text_list_release(&pass->invalid);
}

static struct tags_pass begin(struct run *run)
{
	return (struct tags_pass){ .run = run,
				   .state = run->context.state,
				   .account = run->context.account,
				   .side = run->tags.side,
				   .names = tags_names_of(run->context.account),
				   .settings = tags_settings_text(run->context.account) };
}

/* What the server told is recorded in any case; the rest only where the database can be opened. */
void run_tags_apply(struct run *run)
{
	struct error error = ERROR_INITIAL;
	if (!run->tags.side || run->gave_up)
		return;
	struct tags_pass pass = begin(run);
	add_round_folders(&pass);
	int result = state_write(run->context.state, record_told, run, &error);
	if (result == 0)
		result = read_marks(&pass, &error);
	if (result == 0 && run->tags.open && !is_at_rest(&pass, &run->tags.seen))
		result = pass_over(&pass, &error);
	if (result != 0)
		run_tell_failure(run, NULL, &error);
	release(&pass);
}

/* --- Without the server --- */

static int add_known_folder(void *context, const struct state_folder *record, struct error *error)
{
	struct tags_pass *pass = context;
	struct state_tag_mark mark;
	int found = state_tag_mark_get(pass->transaction, record->id, &mark, error);
	state_tag_mark_release(&mark);
	if (found <= 0 || !record->near_path)
		return found < 0 ? -1 : 0;
	pass->folders =
		memory_resize_array(pass->folders, pass->folder_count + 1, sizeof *pass->folders);
	struct tags_folder *folder = &pass->folders[pass->folder_count++];
	*folder = tags_folder_of(record->id, record->near_path);
	/* What is to be stored waits for a run with the server. */
	folder->pulls = folder->pushes = folder->stores_any = true;
	return 0;
}

static int add_known_folders(struct tags_pass *pass, struct error *error)
{
	if (state_read_begin(pass->state, &pass->transaction, error) != 0)
		return -1;
	int result = state_folder_each(pass->transaction, add_known_folder, pass, error);
	state_read_end(&pass->transaction);
	return result == 0 ? read_marks(pass, error) : -1;
}

void run_tags_settle(struct run *run)
{
	struct error error = ERROR_INITIAL;
	const struct tags_side *wanted = run->context.options->tags;
	run->tags.side = wanted ? wanted : tags_notmuch();
	if (!run->tags.side) /* the run said so */
		return;
	struct tags_pass pass = begin(run);
	if (add_known_folders(&pass, &error) != 0 ||
	    (pass.folder_count > 0 && pass_over(&pass, &error) != 0))
		run_tell_failure(run, NULL, &error);
	release(&pass);
}
