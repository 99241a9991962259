/* How many of each message a side has. SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine-counts.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

size_t counts_folder(const char *name)
{
	size_t folder = 0;
	while (folder < USER_FOLDERS && strcmp(user_folders[folder], name) != 0)
		folder++;
	cr_assert_lt(folder, USER_FOLDERS, "nobody made the folder %s", name);
	return folder;
}

struct rig_content counts_content(const struct world *world, const struct world_message *message)
{
	char *text =
		memory_text_length((const char *)world->bytes + message->body, message->length);
	struct rig_content content = rig_content_of(text);
	free(text);
	return content;
}

static void count(struct counts *counts, const char *folder, struct rig_content content)
{
	counts->of[counts_folder(folder)][content.number][content.version]++;
}

void counts_near(const struct rig *rig, struct counts *counts_r)
{
	struct rig_files files;
	*counts_r = (struct counts){ { { { 0 } } } };
	rig_files_read(rig, &files);
	for (size_t i = 0; i < files.count; i++)
		count(counts_r, files.items[i].folder, files.items[i].content);
	rig_files_release(&files);
}

void counts_far_of(const struct rig *rig, counts_takes *takes, const void *context,
		   struct counts *counts_r)
{
	*counts_r = (struct counts){ { { { 0 } } } };
	for (size_t i = 0; i < WORLD_MAILBOXES; i++) {
		const struct world_mailbox *mailbox = &rig->world->mailboxes[i];
		for (size_t k = 0; mailbox->exists && k < mailbox->count; k++) {
			const struct world_message *message = &mailbox->messages[k];
			if (!message->is_gone && (!takes || takes(context, mailbox, message)))
				count(counts_r, mailbox->name, counts_content(rig->world, message));
		}
	}
}

void counts_far(const struct rig *rig, struct counts *counts_r)
{
	counts_far_of(rig, NULL, NULL, counts_r);
}
