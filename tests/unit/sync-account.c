/* An account that is planned, for tests. SPDX-License-Identifier: GPL-3.0-or-later */
#include "sync-account.h"

#include <string.h>

#include "base/memory.h"

struct identity account_identity(uint32_t content)
{
	struct identity identity = { .bytes = { 1 } };
	memcpy(identity.bytes + 8, &content, sizeof content);
	return identity;
}

void account_begin(struct account *account)
{
	static const char *const names[ACCOUNT_FOLDERS] = { "A", "B", "C", "D" };
	*account = (struct account){ .arrivals = { .items = NULL } };
	for (size_t i = 0; i < ACCOUNT_FOLDERS; i++) {
		account->changes[i].added = account->added[i];
		account->folders[i] = (struct moves_folder){ .plan = &account->plans[i],
							     .changes = &account->changes[i],
							     .gone = account->gone[i],
							     .name = names[i] };
	}
}

void account_end(struct account *account)
{
	for (size_t i = 0; i < ACCOUNT_FOLDERS; i++)
		plan_release(&account->plans[i]);
	arrival_list_release(&account->arrivals);
	source_list_release(&account->sources);
}

struct gone_message *account_gone(struct account *account, size_t folder, uint32_t content)
{
	struct plan *plan = &account->plans[folder];
	struct operation_list *list = &plan->operations[OPERATION_REMOVE_FAR];
	(void)operation_list_add(list, OPERATION_REMOVE_FAR, content);
	plan->removals_far++;
	struct gone_message *message =
		&account->gone[folder][account->folders[folder].gone_count++];
	*message = (struct gone_message){ .uid = content, .identity = account_identity(content) };
	return message;
}

struct operation *account_arrives(struct account *account, size_t folder, uint32_t content,
				  enum operation_kind planned)
{
	struct near_changes *changes = &account->changes[folder];
	const struct arrival arrival = { .identity = account_identity(content),
					 .kind = ARRIVAL_SENT,
					 .folder = folder,
					 .added = changes->added_count };
	changes->added[changes->added_count++] = (struct near_added){ .name = NULL };
	arrival_list_add(&account->arrivals, &arrival);
	if (planned == OPERATION_FORGET)
		return NULL;
	struct operation *operation =
		operation_list_add(&account->plans[folder].operations[planned], planned, 0);
	operation->added = arrival.added;
	return operation;
}

void account_stands(struct account *account, uint32_t content, enum arrival_kind kind)
{
	const struct arrival arrival = { .identity = account_identity(content),
					 .kind = kind,
					 .folder = SIZE_MAX,
					 .added = SIZE_MAX };
	arrival_list_add(&account->arrivals, &arrival);
}

void account_plan(struct account *account)
{
	arrival_list_sort(&account->arrivals);
	source_list_sort(&account->sources);
	moves_plan(account->folders, ACCOUNT_FOLDERS, &account->arrivals, &account->sources);
}

const struct operation *account_find(const struct account *account, size_t folder,
				     enum operation_kind kind, uint32_t uid)
{
	const struct operation_list *list = &account->plans[folder].operations[kind];
	for (size_t i = 0; i < list->count; i++) {
		if (list->items[i].uid == uid)
			return &list->items[i];
	}
	return NULL;
}

const char *account_fate(const struct account *account, size_t folder, uint32_t uid)
{
	const struct operation *removal = account_find(account, folder, OPERATION_REMOVE_FAR, uid);
	if (uid_set_contains(&account->plans[folder].held, uid))
		return "held";
	if (account_find(account, folder, OPERATION_TRASH, uid))
		return "trash";
	if (account_find(account, folder, OPERATION_WITHHOLD, uid))
		return "withheld";
	if (!removal)
		return "nothing";
	if (removal->removal.moved_to)
		return removal->removal.moved_to;
	return identity_is_none(&removal->removal.awaits) ? "removed" : "awaits";
}

struct source *account_has(struct account *account, size_t folder, uint32_t content, uint8_t body)
{
	uint32_t id = (uint32_t)folder + 1;
	const struct source_folder place = { .number = folder, .id = id };
	const struct source_folder *known = source_list_find_folder(&account->sources, id);
	if (!known) {
		known = source_list_add_folder(&account->sources, &place);
		account->sources.folders[account->sources.folder_count - 1]->name =
			memory_text(account->folders[folder].name);
	}
	const struct source source = { .identity = account_identity(content),
				       .folder = known,
				       .uid = content,
				       .body = { .known = true, .bytes = { body } },
				       .base = memory_text("name") };
	source_list_add(&account->sources, &source);
	return &account->sources.items[account->sources.count - 1];
}

struct operation *account_arrives_as(struct account *account, size_t folder, uint32_t content,
				     uint8_t body)
{
	static char name[] = "name:2,S";
	struct operation *upload = account_arrives(account, folder, content, OPERATION_UPLOAD);
	struct near_added *added = &account->added[folder][upload->added];
	added->name = name;
	added->is_identified = true;
	added->identity = account_identity(content);
	added->body = (struct body_digest){ .known = true, .bytes = { body } };
	return upload;
}
