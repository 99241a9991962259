/* States as they were before: without a key of digests, with a table of keywords a folder.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine-old-state.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "mail/letters.h"
#include "maildir/folder.h"
#include "maildir/name.h"
#include "state-fixture.h"
#include "state/keywords.h"

static struct state *open_state(const struct rig *rig, enum state_mode mode)
{
	struct error error = ERROR_INITIAL;
	struct state *state = NULL;
	char *path = memory_format("%s/navette/work", rig->directory);
	cr_assert_eq(state_open_any(path, FIXTURE_KEY, mode, 0, &state, &error), 0, "%s",
		     error.text);
	fixture_use(path);
	free(path);
	return state;
}

/* --- SHA-256 in all records --- */

struct folder {
	uint32_t id;
	char *name;
};

struct folders {
	const struct rig *rig;
	struct folder *items;
	size_t count, capacity;
};

static int see_folder(void *context, const struct state_folder *record, struct error *error)
{
	struct folders *folders = context;
	(void)error;
	memory_grow((void **)&folders->items, &folders->capacity, folders->count + 1,
		    sizeof *folders->items);
	folders->items[folders->count++] =
		(struct folder){ .id = record->id, .name = memory_text(record->name) };
	return 0;
}

static void digest_file(const struct folders *folders, const struct folder *folder,
			struct state_message *message)
{
	struct file_digest *digest = file_digest_create();
	char bytes[4096];
	char *directory = rig_path(folders->rig, folder->name,
				   maildir_place_name((enum maildir_place)message->place));
	char *path = memory_format("%s/%s", directory, message->name);
	FILE *file = fopen(path, "re");
	cr_assert_not_null(file, "%s", path);
	for (size_t got; (got = fread(bytes, 1, sizeof bytes, file)) > 0;)
		file_digest_feed(digest, bytes, got);
	(void)fclose(file);
	file_digest_finish(&digest, &message->file);
	free(path);
	free(directory);
}

static int make_records_old(struct state_transaction *transaction, const struct folders *folders,
			    const struct folder *folder, struct error *error)
{
	struct state_message message;
	uint32_t from = 1;
	int found;
	while ((found = state_message_next(transaction, folder->id, from, &message, error)) > 0) {
		char *name = memory_text(message.name);
		message.name = name;
		message.body.known = false;
		if (file_stamp_is_known(&message.file) && message.absent == 0)
			digest_file(folders, folder, &message);
		else
			message.file = (struct file_stamp){ .inode = 0 };
		int result = state_message_put(transaction, folder->id, &message, error);
		from = message.uid + 1;
		free(name);
		if (result != 0)
			return -1;
	}
	return found;
}

static int make_all_old(struct state_transaction *transaction, void *context, struct error *error)
{
	struct folders *folders = context;
	int result = state_folder_each(transaction, see_folder, folders, error);
	for (size_t i = 0; i < folders->count; i++) {
		if (result == 0)
			result = make_records_old(transaction, folders, &folders->items[i], error);
		free(folders->items[i].name);
	}
	folders->count = 0;
	return result;
}

void old_state_make(const struct rig *rig)
{
	struct folders folders = { .rig = rig };
	struct state *state = open_state(rig, STATE_READ_WRITE);
	fixture_write(state, make_all_old, &folders);
	free(folders.items);
	state_close(&state);
	fixture_make_format_5();
	fixture_end();
}

/* --- A table of keywords in each folder --- */

struct reversal {
	const struct rig *rig;
	const char *folder;
	struct keyword_table table; /* the account's */
	struct keyword_table reversed;
	struct letter_map map;
};

static char *reversed_name(const struct reversal *reversal, const char *name)
{
	struct maildir_name parsed;
	maildir_name_parse(name, &parsed);
	return maildir_name_with_flags(name, letter_map_apply(&reversal->map, parsed.flags),
				       FLAGS_KEYWORDS, ':');
}

static int reverse_records(struct state_transaction *transaction, const struct reversal *reversal,
			   uint32_t id, struct error *error)
{
	struct state_message message;
	uint32_t from = 1;
	int found;
	while ((found = state_message_next(transaction, id, from, &message, error)) > 0) {
		char *name = reversed_name(reversal, message.name);
		message.name = name;
		message.flags = letter_map_apply(&reversal->map, message.flags);
		int result = state_message_put(transaction, id, &message, error);
		from = message.uid + 1;
		free(name);
		if (result != 0)
			return -1;
	}
	return found;
}

static int put_tables(struct state_transaction *transaction, void *context, struct error *error)
{
	const struct reversal *reversal = context;
	static const char *const names[] = { "INBOX", "Other" };
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		struct state_folder record;
		bool is_reversed = strcmp(names[i], reversal->folder) == 0;
		cr_assert_eq(state_folder_get(transaction, names[i], &record, error), 1);
		struct state_folder now = record;
		now.keywords = is_reversed ? reversal->reversed : reversal->table;
		int result = state_folder_put(transaction, &now, error);
		if (result == 0 && is_reversed)
			result = reverse_records(transaction, reversal, record.id, error);
		state_folder_release(&record);
		if (result != 0)
			return -1;
	}
	return 0;
}

static void reverse_files(const struct reversal *reversal)
{
	struct rig_files files;
	rig_files_read(reversal->rig, &files);
	for (size_t i = 0; i < files.count; i++) {
		const struct rig_file *file = &files.items[i];
		if (strcmp(file->folder, reversal->folder) != 0)
			continue;
		char *directory = rig_path(reversal->rig, file->folder, file->place);
		char *name = reversed_name(reversal, file->name);
		char *from = memory_format("%s/%s", directory, file->name);
		char *to = memory_format("%s/%s", directory, name);
		cr_assert_eq(rename(from, to), 0);
		free(from);
		free(to);
		free(name);
		free(directory);
	}
	rig_files_release(&files);
}

void old_state_make_lettered(const struct rig *rig, const char *reversed)
{
	struct state *state = open_state(rig, STATE_READ_WRITE);
	struct reversal reversal = { .rig = rig, .folder = reversed };
	state_keywords_copy(state, &reversal.table);
	reversal.reversed = reversal.table;
	reversal.reversed.names[0] = reversal.table.names[1];
	reversal.reversed.names[1] = reversal.table.names[0];
	reversal.map = letter_map_make(&reversal.table, &reversal.reversed);
	fixture_write(state, put_tables, &reversal);
	reverse_files(&reversal);
	keyword_table_release(&reversal.table);
	state_close(&state);
	fixture_make_format_6();
	fixture_end();
}

/* --- A look into it --- */

struct state_message old_state_record(const struct rig *rig, const char *folder, const char *name)
{
	struct error error = ERROR_INITIAL;
	struct state *state = open_state(rig, STATE_READ_ONLY);
	struct state_transaction *transaction = fixture_read(state);
	struct state_folder record;
	struct state_message message;
	cr_assert_eq(state_folder_get(transaction, folder, &record, &error), 1);
	cr_assert_eq(state_message_by_name(transaction, record.id, name, strcspn(name, ":"),
					   &message, &error),
		     1, "%s", name);
	state_folder_release(&record);
	state_read_end(&transaction);
	state_close(&state);
	fixture_end();
	return message;
}
