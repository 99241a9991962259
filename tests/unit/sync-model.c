/* Models of both sides and the base. SPDX-License-Identifier: GPL-3.0-or-later */
#include "sync-model.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "maildir/name.h"
#include "sync/diff.h"

void model_begin(struct model *model, uint64_t seed)
{
	memset(model, 0, sizeof *model);
	model->random = seed * 0x9e3779b97f4a7c15u + 1;
	model->uidnext = 1;
}

uint32_t model_random(struct model *model, uint32_t bound)
{
	model->random ^= model->random << 13;
	model->random ^= model->random >> 7;
	model->random ^= model->random << 17;
	return (uint32_t)(model->random >> 33) % bound;
}

uint32_t model_near_flags(const struct model_near *file)
{
	struct maildir_name name;
	maildir_name_parse(file->name, &name);
	return name.flags & MODEL_MANAGED;
}

static uint32_t random_flags(struct model *model)
{
	static const uint32_t bits[] = { FLAG_SEEN,    FLAG_ANSWERED, FLAG_FLAGGED,
					 FLAG_DELETED, FLAG_DRAFT,    FLAG_KEYWORD(0) };
	uint32_t flags = 0;
	for (size_t i = 0; i < sizeof bits / sizeof *bits; i++) {
		if (model_random(model, 3) == 0)
			flags |= bits[i];
	}
	return flags;
}

static void set_near_flags(struct model_near *file, uint32_t flags)
{
	char *name = maildir_name_with_flags(file->name, flags, MODEL_MANAGED);
	(void)snprintf(file->name, sizeof file->name, "%s", name);
	free(name);
}

static struct model_near *add_near(struct model *model, uint32_t content, uint32_t flags)
{
	struct model_near *file = &model->near[model->near_count++];
	*file = (struct model_near){ .content = content,
				     .place = flags & FLAG_SEEN ? MAILDIR_CUR : MAILDIR_NEW };
	(void)snprintf(file->name, sizeof file->name, "%u.model", ++model->names);
	if (flags != 0)
		set_near_flags(file, flags);
	return file;
}

static void add_far(struct model *model, uint32_t content, uint32_t flags)
{
	model->far[model->far_count++] = (struct model_far){ .content = content,
							     .uid = model->uidnext++,
							     .flags = flags & MODEL_STORABLE };
}

static void drop_near(struct model *model, size_t index)
{
	model->near[index] = model->near[--model->near_count];
}

static void drop_far(struct model *model, size_t index)
{
	/* In order: UIDs ascend. */
	memmove(&model->far[index], &model->far[index + 1],
		(--model->far_count - index) * sizeof *model->far);
}

/* --- The user --- */

static bool is_full(const struct model *model)
{
	return model->near_count + 2 >= MODEL_MESSAGES_MAX / 2 ||
	       model->far_count + 2 >= MODEL_MESSAGES_MAX / 2 ||
	       model->contents + 1 >= MODEL_CONTENTS_MAX;
}

static void user_adds(struct model *model)
{
	if (is_full(model))
		return;
	uint32_t content = model->contents++;
	uint32_t sides = model_random(model, 8);
	model->made[content] = 1;
	if (sides == 0) { /* the same mail reached both sides another way */
		add_near(model, content, random_flags(model));
		add_far(model, content, random_flags(model));
	} else if (sides < 4) {
		add_near(model, content, random_flags(model));
	} else {
		add_far(model, content, random_flags(model));
	}
}

/* A copy of a file: under its own base name in the other directory, or under a new name. */
static void user_copies(struct model *model)
{
	if (is_full(model) || model->near_count == 0)
		return;
	struct model_near *from = &model->near[model_random(model, (uint32_t)model->near_count)];
	model->made[from->content]++;
	if (model_random(model, 2) == 0) {
		add_near(model, from->content, model_near_flags(from));
		return;
	}
	struct model_near *copy = &model->near[model->near_count++];
	*copy = *from;
	copy->place = from->place == MAILDIR_NEW ? MAILDIR_CUR : MAILDIR_NEW;
}

static void user_removes(struct model *model)
{
	if (model_random(model, 2) == 0 && model->near_count > 0) {
		size_t index = model_random(model, (uint32_t)model->near_count);
		model->removed[model->near[index].content]++;
		drop_near(model, index);
	} else if (model->far_count > 0) {
		size_t index = model_random(model, (uint32_t)model->far_count);
		model->removed[model->far[index].content]++;
		drop_far(model, index);
	}
}

static void user_flags(struct model *model)
{
	if (model_random(model, 2) == 0 && model->near_count > 0) {
		struct model_near *file =
			&model->near[model_random(model, (uint32_t)model->near_count)];
		set_near_flags(file, random_flags(model));
		file->place = MAILDIR_CUR;
	} else if (model->far_count > 0) {
		model->far[model_random(model, (uint32_t)model->far_count)].flags =
			random_flags(model) & MODEL_STORABLE;
	}
}

/* A file gets another base name: to navette the old is gone and a new one there. */
static void user_renames(struct model *model)
{
	if (model->near_count == 0)
		return;
	struct model_near *file = &model->near[model_random(model, (uint32_t)model->near_count)];
	uint32_t flags = model_near_flags(file);
	(void)snprintf(file->name, sizeof file->name, "%u.renamed", ++model->names);
	set_near_flags(file, flags);
	file->place = MAILDIR_CUR;
	/* The old message may be removed before or after the new one is there, but never more. */
	model->made[file->content]++;
	model->removed[file->content]++;
}

void model_user_acts(struct model *model)
{
	switch (model_random(model, 10)) {
	case 0:
	case 1:
	case 2:
		user_adds(model);
		break;
	case 3:
		user_copies(model);
		break;
	case 4:
	case 5:
		user_removes(model);
		break;
	case 6:
		user_renames(model);
		break;
	default:
		user_flags(model);
		break;
	}
}

/* --- The base --- */

static struct model_base *find_base(struct model *model, uint32_t uid)
{
	for (size_t i = 0; i < model->base_count; i++) {
		if (model->base[i].message.uid == uid)
			return &model->base[i];
	}
	return NULL;
}

static void forget(struct model *model, uint32_t uid)
{
	struct model_base *record = find_base(model, uid);
	if (record)
		*record = model->base[--model->base_count];
}

static void record(struct model *model, uint32_t uid, uint32_t flags, uint32_t content,
		   enum maildir_place place, const char *name, bool pending)
{
	forget(model, uid);
	struct model_base *base = &model->base[model->base_count++];
	struct maildir_name parsed;
	maildir_name_parse(name, &parsed);
	*base = (struct model_base){ .message = { .uid = uid,
						  .flags = flags,
						  .place = (uint8_t)place,
						  .base_length = parsed.base_length,
						  .size = content + 1 },
				     .pending = pending,
				     .content = content };
	(void)snprintf(base->name, sizeof base->name, "%s", name);
}

static int give(struct model_base *record, struct state_message *message_r)
{
	*message_r = record->message;
	message_r->name = record->name;
	return 1;
}

static int by_uid(void *context, uint32_t uid, struct state_message *message_r, struct error *error)
{
	struct model_base *found = find_base(context, uid);
	(void)error;
	return found ? give(found, message_r) : 0;
}

static int by_name(void *context, const char *base, size_t base_length,
		   struct state_message *message_r, struct error *error)
{
	struct model *model = context;
	(void)error;
	for (size_t i = 0; i < model->base_count; i++) {
		struct model_base *record = &model->base[i];
		if (record->message.base_length == base_length &&
		    memcmp(record->name, base, base_length) == 0)
			return give(record, message_r);
	}
	return 0;
}

static int next(void *context, uint32_t from_uid, struct state_message *message_r,
		struct error *error)
{
	struct model *model = context;
	struct model_base *best = NULL;
	(void)error;
	for (size_t i = 0; i < model->base_count; i++) {
		struct model_base *record = &model->base[i];
		if (record->message.uid >= from_uid &&
		    (!best || record->message.uid < best->message.uid))
			best = record;
	}
	return best ? give(best, message_r) : 0;
}

/* --- Gather --- */

static void shuffle_near(struct model *model)
{
	for (size_t i = model->near_count; i > 1; i--) {
		size_t j = model_random(model, (uint32_t)i);
		struct model_near swap = model->near[i - 1];
		model->near[i - 1] = model->near[j];
		model->near[j] = swap;
	}
}

static struct identity identity_of(uint32_t content)
{
	struct identity identity = { .bytes = { 0 } };
	memcpy(identity.bytes, &content, sizeof content);
	return identity;
}

static struct model_near *find_file(struct model *model, enum maildir_place place, const char *name)
{
	for (size_t i = 0; i < model->near_count; i++) {
		if (model->near[i].place == place && strcmp(model->near[i].name, name) == 0)
			return &model->near[i];
	}
	return NULL;
}

static uint32_t upload_from(const struct model *model, const char *file)
{
	struct maildir_name name;
	maildir_name_parse(file, &name);
	for (size_t i = 0; i < model->upload_count; i++) {
		if (strlen(model->uploads[i].base) == name.base_length &&
		    memcmp(model->uploads[i].base, name.base, name.base_length) == 0)
			return model->uploads[i].from_uid;
	}
	return 0;
}

static void identify(struct model *model, struct near_changes *near, struct far_changes *far)
{
	if (near->added_count == 0 || uid_set_is_empty(&far->added))
		return;
	for (size_t i = 0; i < near->added_count; i++) {
		struct near_added *added = &near->added[i];
		uint32_t content = find_file(model, added->place, added->name)->content;
		added->is_identified = true;
		added->identity = identity_of(content);
		added->size = content + 1;
		added->upload_from_uid = upload_from(model, added->name);
	}
	far->identified = calloc(model->far_count, sizeof *far->identified);
	for (size_t i = 0; i < model->far_count; i++) {
		const struct model_far *message = &model->far[i];
		if (uid_set_contains(&far->added, message->uid))
			far->identified[far->identified_count++] =
				(struct far_identified){ .uid = message->uid,
							 .flags = message->flags,
							 .size = message->content + 1,
							 .identity =
								 identity_of(message->content) };
	}
}

static void gather(struct model *model, const struct base_view *base, struct near_changes *near,
		   struct far_changes *far)
{
	struct error error = ERROR_INITIAL;
	struct near_diff near_diff;
	struct far_diff far_diff;
	bool certain;
	shuffle_near(model);
	near_diff_begin(&near_diff, base, MODEL_MANAGED, near);
	for (size_t i = 0; i < model->near_count; i++) {
		const struct maildir_entry entry = { .place = model->near[i].place,
						     .name = model->near[i].name };
		(void)near_diff_see(&near_diff, &entry, &error);
	}
	(void)near_diff_finish(&near_diff, true, &certain, &error);
	far_diff_begin(&far_diff, base, MODEL_MANAGED, far);
	for (size_t i = 0; i < model->far_count; i++)
		(void)far_diff_see(&far_diff, model->far[i].uid, model->far[i].flags, &error);
	(void)far_diff_finish(&far_diff, true, &error);
	identify(model, near, far);
}

/* --- Apply, in the order and with the records of src/sync --- */

struct applying {
	struct model *model;
	size_t left; /* steps until the kill */
	size_t taken;
};

/* One step is done: false when the run is killed now. */
static bool step(struct applying *applying)
{
	applying->taken++;
	if (applying->left == 0)
		return false;
	applying->left--;
	return true;
}

static struct model_far *find_far(struct model *model, uint32_t uid)
{
	for (size_t i = 0; i < model->far_count; i++) {
		if (model->far[i].uid == uid)
			return &model->far[i];
	}
	return NULL;
}

/* Recorded downloads get their files. */
static void recover(struct model *model)
{
	for (size_t i = 0; i < model->base_count; i++) {
		struct model_base *record = &model->base[i];
		if (!record->pending)
			continue;
		struct model_near *file = &model->near[model->near_count++];
		*file = (struct model_near){ .content = record->content,
					     .place = (enum maildir_place)record->message.place };
		memcpy(file->name, record->name, sizeof file->name);
		record->pending = false;
	}
}

static bool apply_downloads(struct applying *applying, const struct plan *plan)
{
	struct model *model = applying->model;
	for (uint32_t uid = 0; uid_set_next(&plan->downloads, &uid);) {
		const struct model_far *message = find_far(model, uid);
		if (!step(applying)) /* written to tmp/ */
			return false;
		struct model_near file = *add_near(model, message->content, message->flags);
		model->near_count--;
		record(model, uid, message->flags, message->content, file.place, file.name, true);
		if (!step(applying))
			return false;
		recover(model);
		if (!step(applying))
			return false;
	}
	return true;
}

static void begin_upload(struct model *model, const char *file, uint32_t from_uid)
{
	struct model_upload *upload = &model->uploads[model->upload_count++];
	struct maildir_name name;
	maildir_name_parse(file, &name);
	memcpy(upload->base, name.base, name.base_length);
	upload->base[name.base_length] = '\0';
	upload->from_uid = from_uid;
}

static bool apply_upload(struct applying *applying, const struct operation *operation)
{
	struct model *model = applying->model;
	struct model_near *file = find_file(model, operation->place, operation->name);
	if (operation->needs_new_name) {
		uint32_t flags = model_near_flags(file);
		(void)snprintf(file->name, sizeof file->name, "%u.unique", ++model->names);
		set_near_flags(file, flags);
		if (!step(applying))
			return false;
	}
	if (operation->replaces != 0)
		forget(model, operation->replaces);
	begin_upload(model, file->name, model->uidnext);
	if (!step(applying))
		return false;
	add_far(model, file->content, operation->far_wanted);
	if (!step(applying))
		return false;
	record(model, model->uidnext - 1, operation->base_flags, file->content, file->place,
	       file->name, false);
	return step(applying);
}

static bool apply_merge(struct applying *applying, const struct operation *operation)
{
	struct model *model = applying->model;
	struct model_near *file = find_file(model, operation->place, operation->name);
	find_far(model, operation->uid)->flags = operation->far_wanted;
	if (!step(applying))
		return false;
	if (operation->needs_new_name) {
		uint32_t flags = model_near_flags(file);
		(void)snprintf(file->name, sizeof file->name, "%u.unique", ++model->names);
		set_near_flags(file, flags);
	}
	if (operation->near_flags != operation->near_wanted) {
		set_near_flags(file, operation->near_wanted);
		file->place = MAILDIR_CUR;
	}
	if (!step(applying))
		return false;
	record(model, operation->uid, operation->base_flags, file->content, file->place, file->name,
	       false);
	return step(applying);
}

static bool apply_removal(struct applying *applying, const struct operation *operation)
{
	struct model *model = applying->model;
	if (operation->kind == OPERATION_REMOVE_NEAR)
		drop_near(model, (size_t)(find_file(model, operation->place, operation->name) -
					  model->near));
	if (operation->kind == OPERATION_REMOVE_FAR)
		drop_far(model, (size_t)(find_far(model, operation->uid) - model->far));
	if (!step(applying))
		return false;
	forget(model, operation->uid);
	return step(applying);
}

static bool is_removal(enum operation_kind kind)
{
	return kind == OPERATION_REMOVE_NEAR || kind == OPERATION_REMOVE_FAR ||
	       kind == OPERATION_FORGET;
}

static bool apply_kind(struct applying *applying, const struct plan *plan, int pass)
{
	for (size_t i = 0; i < plan->count; i++) {
		const struct operation *operation = &plan->operations[i];
		bool good = true;
		if (pass == 0 && operation->kind == OPERATION_UPLOAD)
			good = apply_upload(applying, operation);
		else if (pass == 1 &&
			 (operation->kind == OPERATION_MERGE || operation->kind == OPERATION_ADOPT))
			good = apply_merge(applying, operation);
		else if (pass == 2 && is_removal(operation->kind))
			good = apply_removal(applying, operation);
		if (!good)
			return false;
	}
	return true;
}

static void apply(struct applying *applying, const struct plan *plan)
{
	if (!step(applying) || !apply_downloads(applying, plan))
		return;
	for (int pass = 0; pass < 3; pass++) {
		if (!apply_kind(applying, plan, pass))
			return;
	}
	applying->model->upload_count = 0;
}

size_t model_run(struct model *model, size_t steps, bool *empty_r)
{
	struct near_changes near = { .added = NULL };
	struct far_changes far = { .changed = NULL };
	struct error error = ERROR_INITIAL;
	struct plan plan;
	struct applying applying = { .model = model, .left = steps };
	const struct plan_rules rules = { .far_storable = MODEL_STORABLE,
					  .max_delete_count = UINT32_MAX,
					  .max_delete_percent = 100,
					  .force_delete = true };
	recover(model);
	const struct base_view base = { .context = model,
					.by_uid = by_uid,
					.by_name = by_name,
					.next = next,
					.count = (uint32_t)model->base_count };
	gather(model, &base, &near, &far);
	(void)plan_make(&base, &near, &far, &rules, &plan, &error);
	*empty_r = plan_is_empty(&plan);
	apply(&applying, &plan);
	plan_release(&plan);
	near_changes_release(&near);
	far_changes_release(&far);
	return applying.taken;
}

/* --- What must hold --- */

static const char *check_counts(const struct model *model)
{
	uint32_t near[MODEL_CONTENTS_MAX] = { 0 };
	uint32_t far[MODEL_CONTENTS_MAX] = { 0 };
	for (size_t i = 0; i < model->near_count; i++)
		near[model->near[i].content]++;
	for (size_t i = 0; i < model->far_count; i++)
		far[model->far[i].content]++;
	for (uint32_t content = 0; content < model->contents; content++) {
		if (near[content] != far[content])
			return "the sides do not hold the same messages";
		if (near[content] > model->made[content])
			return "a message was doubled";
		if (near[content] + model->removed[content] < model->made[content])
			return "a message was lost";
	}
	return NULL;
}

const char *model_check(const struct model *model)
{
	if (model->near_count != model->far_count || model->base_count != model->far_count)
		return "the sides and the base do not hold equally many messages";
	for (size_t i = 0; i < model->near_count; i++) {
		const struct model_near *file = &model->near[i];
		struct model *mutable = (struct model *)(uintptr_t)model;
		struct state_message message;
		struct maildir_name name;
		maildir_name_parse(file->name, &name);
		if (by_name(mutable, name.base, name.base_length, &message, NULL) != 1)
			return "a file is not in the base";
		const struct model_far *far = find_far(mutable, message.uid);
		if (!far || far->content != file->content)
			return "the base pairs different messages";
		if (far->flags != message.flags ||
		    ((name.flags ^ message.flags) & MODEL_STORABLE) != 0)
			return "flags differ";
	}
	return check_counts(model);
}
