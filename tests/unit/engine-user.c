/* What must come of what a user does. SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine-user.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

const char *const user_folders[USER_FOLDERS] = { "INBOX", "A", "B", "A/C" };

void user_begin(struct user *user, struct rig *rig, uint64_t seed)
{
	*user = (struct user){ .rig = rig, .folders = true };
	user->random.state = (uint32_t)(seed * 0x9e3779b97f4a7c15u >> 32) | 1;
	for (int i = 0; i < 8; i++) /* neighbours begin alike */
		(void)random_below(&user->random, 2);
}

void user_release(struct user *user)
{
	buffer_release(&user->diary);
}

uint32_t user_random(struct user *user, uint32_t below)
{
	return random_below(&user->random, below);
}

uint32_t user_flags(struct user *user)
{
	static const uint32_t bits[] = { FLAG_SEEN, FLAG_ANSWERED, FLAG_FLAGGED, FLAG_DELETED,
					 FLAG_DRAFT };
	uint32_t flags = 0;
	for (size_t i = 0; i < sizeof bits / sizeof *bits; i++) {
		if (user_random(user, 3) == 0)
			flags |= bits[i];
	}
	return flags;
}

unsigned int user_makes(struct user *user)
{
	return user->numbers + 1 < USER_NUMBERS ? user->numbers++ : USER_NUMBERS - 1;
}

void user_notes(struct user *user, bool far, struct rig_content content, enum user_change change,
		const char *text)
{
	struct user_message *message = &user->messages[content.number];
	unsigned int *least = &message->least[content.version];
	unsigned int *most = &message->most[content.version];
	static const char *const words[] = { "", "+1 ", "-1 ", "-> " };
	char *line = memory_format("%s: %u.%u %s%s\n", far ? "far" : "near", content.number,
				   content.version, words[change], text);
	buffer_add(&user->diary, line, strlen(line));
	free(line);
	if (far)
		message->far_acts++;
	else
		message->near_acts++;
	*least += change == USER_ADDS;
	(far ? message->far_added : message->near_added)[content.version] +=
		change == USER_ADDS || change == USER_MOVES;
	*most += change == USER_ADDS || change == USER_MOVES;
	*least -= change == USER_REMOVES && *least > 0;
}

unsigned int user_least(const struct user *user, struct rig_content content)
{
	const struct user_message *message = &user->messages[content.number];
	unsigned int near = message->near_added[content.version];
	unsigned int far = message->far_added[content.version];
	unsigned int least = message->least[content.version];
	unsigned int same = near < far ? near : far;
	return least > same ? least - same : 0;
}

bool user_edits(struct user *user, bool far, struct rig_content *content)
{
	struct user_message *message = &user->messages[content->number];
	if (user->keeps_bytes || message->version + 1 == USER_VERSIONS)
		return false;
	user->edited |= !far;
	user_notes(user, far, *content, USER_REMOVES, "is edited");
	content->version = ++message->version;
	user_notes(user, far, *content, USER_ADDS, "is its new version");
	return true;
}

char *user_names_folder(struct user *user, bool far, const char *folder)
{
	if (user->renames == USER_RENAMES)
		return NULL;
	user->renamed = true;
	char *name = memory_format("R%u", user->renames++);
	buffer_add_format(&user->diary, "%s: %s is called %s\n", far ? "far" : "near", folder,
			  name);
	return name;
}

void user_acts(struct user *user)
{
	if (user_random(user, 2) == 0)
		user_acts_near(user);
	else
		user_acts_far(user);
}

void user_settles(struct user *user)
{
	struct rig_files files;
	rig_files_read(user->rig, &files);
	for (unsigned int i = 0; i < USER_NUMBERS; i++)
		user->messages[i] = (struct user_message){ .version = user->messages[i].version };
	for (size_t i = 0; i < files.count; i++) {
		struct rig_content content = files.items[i].content;
		user->messages[content.number].least[content.version]++;
		user->messages[content.number].most[content.version]++;
	}
	rig_files_release(&files);
	user->edited = user->renamed = user->reshaped = false;
	buffer_add_text(&user->diary, "the sides agree\n");
}
