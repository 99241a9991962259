/* What other clients do on the server. SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "engine-user.h"

struct chosen {
	struct world_mailbox *mailbox;
	struct world_message *message;
	struct rig_content content;
};

static struct rig_content content_of(const struct user *user, const struct world_message *message)
{
	char *text = memory_text_length((const char *)user->rig->world->bytes + message->body,
					message->length);
	struct rig_content content = rig_content_of(text);
	free(text);
	return content;
}

/* Folder by folder, however the server came to have them. */
static bool choose(struct user *user, struct chosen *chosen_r)
{
	size_t count = 0;
	for (size_t i = 0; i < USER_FOLDERS; i++) {
		struct world_mailbox *mailbox = world_find(user->rig->world, user_folders[i]);
		count += mailbox ? world_count(mailbox) : 0;
	}
	if (count == 0)
		return false;
	size_t left = user_random(user, (uint32_t)count);
	for (size_t i = 0;; i++) {
		struct world_mailbox *mailbox = world_find(user->rig->world, user_folders[i]);
		size_t here = mailbox ? world_count(mailbox) : 0;
		if (left >= here) {
			left -= here;
			continue;
		}
		chosen_r->mailbox = mailbox;
		chosen_r->message = world_nth(mailbox, left);
		chosen_r->content = content_of(user, chosen_r->message);
		return true;
	}
}

/* --- One thing --- */

/* What had been removed there is not known any more: files of it are as new. */
static void forgets_all(struct user *user, const char *folder)
{
	struct rig_files files;
	rig_files_read(user->rig, &files);
	for (size_t i = 0; i < files.count; i++) {
		if (strcmp(files.items[i].folder, folder) != 0)
			continue;
		user_notes(user, false, files.items[i].content, USER_MOVES, "has no UID");
		user_notes(user, true, files.items[i].content, USER_CHANGES, "any more");
	}
	rig_files_release(&files);
}

/* Perhaps one of that name was there until now. */
static void makes_mailbox(struct user *user, const char *folder)
{
	if (world_find(user->rig->world, folder))
		return;
	forgets_all(user, folder);
	(void)world_make(user->rig->world, folder);
}

static void adds(struct user *user)
{
	const char *folder = user_folders[user_random(user, USER_FOLDERS)];
	if (!world_find(user->rig->world, folder) && !user->folders)
		return;
	struct rig_content content = { .number = user_makes(user) };
	makes_mailbox(user, folder);
	(void)rig_append(user->rig, folder, user_flags(user), content.number, 0);
	user_notes(user, true, content, USER_ADDS, folder);
}

/* The same mail reached both sides, each in its way. */
static void adds_to_both(struct user *user)
{
	struct rig_content content = { .number = user_makes(user) };
	char *name = memory_format("%u.both", user->names++);
	(void)rig_append(user->rig, "INBOX", user_flags(user), content.number, 0);
	rig_deliver(user->rig, "INBOX", name, content.number, 0);
	user_notes(user, true, content, USER_ADDS, "INBOX");
	user_notes(user, false, content, USER_CHANGES, "INBOX, too");
	free(name);
}

static void moves(struct user *user, const struct chosen *chosen, bool copies)
{
	const char *folder = user_folders[user_random(user, USER_FOLDERS)];
	struct world_mailbox *to = world_find(user->rig->world, folder);
	if (!to || (!copies && to == chosen->mailbox))
		return;
	struct world_message message = *chosen->message;
	user_notes(user, true, chosen->content, copies ? USER_ADDS : USER_MOVES, folder);
	(void)world_copy(to, &message);
	user->messages[chosen->content.number].far_moves += !copies;
	if (!copies)
		world_remove(chosen->mailbox, message.uid);
}

/* As mail programs do: a new message. */
static void edits(struct user *user, const struct chosen *chosen)
{
	struct rig_content content = chosen->content;
	struct world_message message = *chosen->message;
	if (!user_edits(user, true, &content))
		return;
	(void)rig_append(user->rig, chosen->mailbox->name, message.flags, content.number,
			 content.version);
	world_remove(chosen->mailbox, message.uid);
}

static void notes_all(struct user *user, const struct world_mailbox *mailbox,
		      enum user_change change, const char *text)
{
	for (size_t i = 0; i < mailbox->count; i++) {
		if (!mailbox->messages[i].is_gone)
			user_notes(user, true, content_of(user, &mailbox->messages[i]), change,
				   text);
	}
}

static void changes_folder(struct user *user)
{
	const char *folder = user_folders[user_random(user, USER_FOLDERS)];
	struct world_mailbox *mailbox = world_find(user->rig->world, folder);
	user->reshaped = true;
	if (!mailbox) {
		makes_mailbox(user, folder);
	} else if (mailbox->name[0] == 'I' || user_random(user, 2) == 0) {
		notes_all(user, mailbox, USER_CHANGES, "has another UID");
		forgets_all(user, folder);
		world_renumber(user->rig->world, mailbox);
	} else {
		notes_all(user, mailbox, USER_REMOVES, "goes with its folder");
		mailbox->exists = false;
	}
}

static void renames_folder(struct user *user)
{
	const char *folder = user_folders[1 + user_random(user, USER_FOLDERS - 1)];
	char *name =
		world_find(user->rig->world, folder) ? user_names_folder(user, true, folder) : NULL;
	if (name)
		(void)world_rename(user->rig->world, folder, name);
	free(name);
}

static void acts_on(struct user *user, const struct chosen *chosen)
{
	switch (user_random(user, 9)) {
	case 0:
	case 1:
		moves(user, chosen, false);
		break;
	case 2:
		moves(user, chosen, true);
		break;
	case 3:
		edits(user, chosen);
		break;
	case 4:
	case 5:
		user_notes(user, true, chosen->content, USER_REMOVES, chosen->mailbox->name);
		world_remove(chosen->mailbox, chosen->message->uid);
		break;
	default:
		user_notes(user, true, chosen->content, USER_CHANGES, "has other flags");
		world_set_flags(chosen->mailbox, chosen->message->uid, user_flags(user));
		break;
	}
}

void user_acts_far(struct user *user)
{
	struct chosen chosen;
	uint32_t what = user_random(user, 40);
	if (what < 2 && user->folders)
		changes_folder(user);
	else if (what < 3)
		adds_to_both(user);
	else if (what == 3 && user->folders)
		renames_folder(user);
	else if (what < 12 || !choose(user, &chosen))
		adds(user);
	else
		acts_on(user, &chosen);
}
