/* States as they were before digests had a key. SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine-old-state.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "maildir/folder.h"
#include "state-fixture.h"

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
