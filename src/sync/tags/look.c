/* Before the folders are listed: which of them the database of tags has something for.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "sync/run.h"
#include "sync/tags/pass.h"
#include "sync/tags/tags.h"

/* What is looked for, folder by folder of the state. */
struct tags_look {
	struct run *run;
	struct tags_pass pass;  /* its folders are those that have a mark */
	struct text_list names; /* theirs */
	size_t capacity;
	struct state_transaction *transaction;
	uint64_t since;
	bool *concerned;
};

static int add_folder(void *context, const struct state_folder *record, struct error *error)
{
	struct tags_look *look = context;
	struct tags_pass *pass = &look->pass;
	struct state_tag_mark mark;
	uint32_t uid;
	int found = state_tag_mark_get(look->transaction, record->id, &mark, error);
	int waits = found > 0
			    ? state_tags_next_waiting(look->transaction, record->id, 1, &uid, error)
			    : 0;
	if (found <= 0 || waits < 0 || !record->near_path) {
		state_tag_mark_release(&mark);
		return found < 0 || waits < 0 ? -1 : 0;
	}
	struct tags_folder folder = tags_folder_of(record->id, record->near_path);
	folder.mark = mark;
	folder.is_fresh = tags_mark_is_fresh(&folder.mark, &pass->now, pass->settings);
	folder.waits = waits > 0;
	memory_grow((void **)&pass->folders, &look->capacity, pass->folder_count + 1,
		    sizeof *pass->folders);
	pass->folders[pass->folder_count++] = folder;
	text_list_add(&look->names, record->name);
	return 0;
}

static int see(void *context, const struct tags_message *message, struct error *error)
{
	struct tags_look *look = context;
	const char *name;
	(void)error; /* nothing fails */
	for (size_t i = 0; i < message->files.count; i++) {
		size_t folder = tags_places_find(&look->pass, message->files.items[i], &name);
		if (folder != SIZE_MAX &&
		    look->pass.folders[folder].mark.revision != look->pass.now.revision)
			look->concerned[folder] = true;
	}
	return 0;
}

/* The oldest revision of which changes are to be told; those of another database look at all
 * anyway. */
static uint64_t oldest_mark(const struct tags_pass *pass)
{
	uint64_t oldest = pass->now.revision;
	for (size_t i = 0; i < pass->folder_count; i++) {
		if (!pass->folders[i].is_fresh && pass->folders[i].mark.revision < oldest)
			oldest = pass->folders[i].mark.revision;
	}
	return oldest;
}

static int read_folders(struct tags_look *look, struct error *error)
{
	if (state_read_begin(look->run->context.state, &look->transaction, error) != 0)
		return -1;
	int result = state_folder_each(look->transaction, add_folder, look, error);
	state_read_end(&look->transaction);
	return result;
}

static int find_concerned(struct tags_look *look, struct error *error)
{
	struct tags_pass *pass = &look->pass;
	tags_places_make(pass);
	look->concerned = memory_array(pass->folder_count + 1, sizeof *look->concerned);
	uint64_t since = oldest_mark(pass);
	if (since < pass->now.revision &&
	    tags_changed(pass->side, pass->database, since, see, look, error) != 0)
		return -1;
	for (size_t i = 0; i < pass->folder_count; i++) {
		if (look->concerned[i] || pass->folders[i].waits || pass->folders[i].is_fresh)
			text_list_add(&look->run->tags.concerned, look->names.items[i]);
	}
	return 0;
}

static void release(struct tags_look *look)
{
	tags_close(look->pass.side, &look->pass.database);
	for (size_t i = 0; i < look->pass.folder_count; i++)
		tags_folder_release(&look->pass.folders[i]);
	free(look->pass.folders);
	free(look->pass.directories);
	free(look->pass.settings);
	free(look->concerned);
	text_list_release(&look->names);
}

static int look_into(struct tags_look *look, struct error *error)
{
	struct tags_pass *pass = &look->pass;
	if (tags_open(pass->side, &pass->database, &pass->now, error) != 0 ||
	    read_folders(look, error) != 0)
		return -1;
	return find_concerned(look, error);
}

int run_tags_look(struct run *run, struct error *error)
{
	const struct sync_options *options = run->context.options;
	struct error failure = ERROR_INITIAL;
	run_tags_release(run);
	if (!tags_are_wanted(run->context.account))
		return 0;
	const struct tags_side *side = options->tags ? options->tags : tags_notmuch();
	if (!side)
		return tags_refuse_absent(error);
	if (options->dry_run || options->fetch)
		return 0;
	struct tags_look look = { .run = run, .pass = { .side = side } };
	look.pass.settings = tags_settings_text(run->context.account);
	run->tags.side = side;
	run->tags.open = look_into(&look, &failure) == 0;
	run->tags.seen = look.pass.now;
	release(&look);
	if (!run->tags.open)
		run_tell_failure(run, NULL, &failure);
	return 0;
}

void run_tags_release(struct run *run)
{
	text_list_release(&run->tags.concerned);
	run->tags = (struct run_tags){ .side = NULL };
}
