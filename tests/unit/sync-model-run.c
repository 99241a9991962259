/* A run over the models. SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "maildir/name.h"
#include "sync-model-parts.h"
#include "sync/observe/diff.h"

/* --- The base --- */

struct model_base *model_base_find(struct model *model, uint32_t uid)
{
	for (size_t i = 0; i < model->base_count; i++) {
		if (model->base[i].message.uid == uid)
			return &model->base[i];
	}
	return NULL;
}

void model_base_forget(struct model *model, uint32_t uid)
{
	struct model_base *record = model_base_find(model, uid);
	if (record)
		*record = model->base[--model->base_count];
}

static struct model_base *record(struct model *model, uint32_t uid, uint32_t flags,
				 uint32_t content, enum maildir_place place, const char *name,
				 bool pending)
{
	model_base_forget(model, uid);
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
	return base;
}

static int give(struct model_base *record, struct state_message *message_r)
{
	*message_r = record->message;
	message_r->name = record->name;
	return 1;
}

static int by_uid(void *context, uint32_t uid, struct state_message *message_r, struct error *error)
{
	struct model_base *found = model_base_find(context, uid);
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
		uint32_t content = model_near_find(model, added->place, added->name)->content;
		added->is_identified = true;
		added->has_likeness = true; /* of the model's messages it is all the same */
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
							 .has_likeness = true,
							 .flags = message->flags,
							 .size = message->content + 1,
							 .identity =
								 identity_of(message->content) };
	}
}

/* Whether nothing changed there since it was noted. */
static bool near_is_as_noted(const struct model *model)
{
	return model->noted.known && model->noted.near_version == model->near_version;
}

static void gather_near(struct model *model, const struct base_view *base,
			struct near_changes *near)
{
	struct near_diff diff;
	bool certain;
	if (near_is_as_noted(model))
		return;
	shuffle_near(model);
	near_diff_begin(&diff, base, MODEL_MANAGED, near);
	for (size_t i = 0; i < model->near_count; i++) {
		const struct maildir_entry entry = { .place = model->near[i].place,
						     .name = model->near[i].name };
		(void)near_diff_see(&diff, &entry, NULL);
	}
	(void)near_diff_finish(&diff, true, &certain, NULL);
}

/* All there is, or, as with QRESYNC, what changed since it was noted and now and then more. */
static void gather_far(struct model *model, const struct base_view *base,
		       const struct uid_set *outside, struct far_changes *far)
{
	const struct model_noted *noted = &model->noted;
	struct uid_set vanished = UID_SET_INITIAL;
	struct far_diff diff;
	far_diff_begin(&diff, base, outside, MODEL_MANAGED, far);
	for (size_t i = 0; i < model->far_count; i++) {
		if (!noted->known || model->far[i].modseq > noted->modseq ||
		    model_random(model, 16) == 0)
			(void)far_diff_see(&diff, model->far[i].uid, model->far[i].flags, NULL);
	}
	for (uint32_t uid = 1; noted->known && uid < model->uidnext; uid++) {
		if (model->vanished[uid] > noted->modseq)
			uid_set_add(&vanished, uid);
	}
	(void)far_diff_vanished(&diff, &vanished, NULL);
	(void)far_diff_finish(&diff, !noted->known, NULL);
	uid_set_release(&vanished);
}

static void gather(struct model *model, const struct base_view *base, const struct uid_set *outside,
		   struct near_changes *near, struct far_changes *far)
{
	gather_near(model, base, near);
	gather_far(model, base, outside, far);
	identify(model, near, far);
}

/* --- Apply, in the order and with the records of src/sync --- */

bool model_step(struct applying *applying)
{
	applying->taken++;
	if (applying->left == 0)
		return false;
	applying->left--;
	return true;
}

/* Recorded downloads get their files, unless the rules let none come any more. */
static void recover(struct model *model)
{
	for (size_t i = model->base_count; i > 0; i--) {
		struct model_base *record = &model->base[i - 1];
		if (!record->pending)
			continue;
		if (!(model->rules.pull & CONFIG_KIND_NEW)) {
			*record = model->base[--model->base_count];
			continue;
		}
		model->near_version++;
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
		const struct model_far *message = model_far_find(model, uid);
		if (!model_step(applying)) /* written to tmp/ */
			return false;
		struct model_near file = *model_near_add(model, message->content, message->flags);
		model->near_count--;
		(void)record(model, uid, message->flags, message->content, file.place, file.name,
			     true);
		model_come_in(model, uid);
		if (!model_step(applying))
			return false;
		recover(model);
		if (!model_step(applying))
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
	struct model_near *file = model_near_find(model, operation->place, operation->name);
	if (operation->needs_new_name) {
		uint32_t flags = model_near_flags(file);
		(void)snprintf(file->name, sizeof file->name, "%u.unique", ++model->names);
		model_near_set_flags(file, flags);
		if (!model_step(applying))
			return false;
	}
	if (operation->replaces != 0)
		model_base_forget(model, operation->replaces);
	begin_upload(model, file->name, model->uidnext);
	if (!model_step(applying))
		return false;
	model_far_add(model, file->content, operation->far_wanted);
	if (!model_step(applying))
		return false;
	(void)record(model, model->uidnext - 1, operation->base_flags, file->content, file->place,
		     file->name, false);
	return model_step(applying);
}

static bool record_absence(struct applying *applying, const struct operation *operation)
{
	struct model_base *base = model_base_find(applying->model, operation->uid);
	base->message.flags = operation->base_flags;
	base->message.absent = operation->absent;
	return model_step(applying);
}

/* As STORE does: the far side may have other flags by now, or have had for long. */
static void store(struct model *model, struct model_far *message, const struct operation *operation)
{
	uint32_t flags = message->flags | (operation->far_wanted & ~operation->far_flags);
	flags &= ~(operation->far_flags & ~operation->far_wanted);
	if (flags != message->flags)
		message->modseq = ++model->modseq;
	message->flags = flags;
}

static bool apply_merge(struct applying *applying, const struct operation *operation)
{
	struct model *model = applying->model;
	struct model_far *message = model_far_find(model, operation->uid);
	if (message)
		store(model, message, operation);
	if (!model_step(applying))
		return false;
	if (!operation->name)
		return record_absence(applying, operation);
	struct model_near *file = model_near_find(model, operation->place, operation->name);
	if (operation->needs_new_name) {
		uint32_t flags = model_near_flags(file);
		(void)snprintf(file->name, sizeof file->name, "%u.unique", ++model->names);
		model_near_set_flags(file, flags);
	}
	if (operation->near_flags != operation->near_wanted) {
		model_near_set_flags(file, operation->near_wanted);
		file->place = MAILDIR_CUR;
	}
	if (!model_step(applying))
		return false;
	record(model, operation->uid, operation->base_flags, file->content, file->place, file->name,
	       false)
		->message.absent = operation->absent;
	return model_step(applying);
}

static bool apply_removal(struct applying *applying, const struct operation *operation)
{
	struct model *model = applying->model;
	if (operation->kind == OPERATION_REMOVE_NEAR)
		model_near_drop(model,
				(size_t)(model_near_find(model, operation->place, operation->name) -
					 model->near));
	if (operation->kind == OPERATION_REMOVE_FAR)
		model_check_removal(model, operation->uid);
	if (operation->kind == OPERATION_REMOVE_FAR)
		model_far_drop(model, (size_t)(model_far_find(model, operation->uid) - model->far));
	if (!model_step(applying))
		return false;
	model_base_forget(model, operation->uid);
	return model_step(applying);
}

static bool apply_one(struct applying *applying, const struct operation *operation)
{
	if (operation->kind == OPERATION_UPLOAD)
		return apply_upload(applying, operation);
	return operation_facts(operation->kind)->removes ? apply_removal(applying, operation)
							 : apply_merge(applying, operation);
}

static bool apply_kind(struct applying *applying, const struct operation_list *list)
{
	for (size_t i = 0; i < list->count; i++) {
		if (!apply_one(applying, &list->items[i]))
			return false;
	}
	return true;
}

static bool apply(struct applying *applying, const struct far_changes *far, const struct plan *plan)
{
	if (!model_step(applying) || !model_note_withheld(applying, far, plan) ||
	    !apply_downloads(applying, plan))
		return false;
	/* As apply does: uploads, flags, removals; so they stand in the plan. */
	for (size_t kind = 0; kind < OPERATION_KINDS; kind++) {
		if (!apply_kind(applying, &plan->operations[kind]))
			return false;
	}
	if (!model_leave(applying, plan))
		return false;
	applying->model->upload_count = 0;
	model_settle(applying->model, plan);
	return true;
}

/* --- The run --- */

struct base_view model_base_view(struct model *model)
{
	struct base_view view = { .context = model,
				  .by_uid = by_uid,
				  .by_name = by_name,
				  .next = next,
				  .count = (uint32_t)model->base_count };
	for (size_t i = 0; i < model->base_count; i++) {
		view.absent_near += state_is_absent_near(model->base[i].message.absent);
		view.absent_far += state_is_absent_far(model->base[i].message.absent);
	}
	return view;
}

static bool same_rules(const struct plan_rules *a, const struct plan_rules *b)
{
	return a->pull == b->pull && a->push == b->push && a->expunge == b->expunge;
}

/* Whether the near side holds the files of the base and those that the rules leave out: only then
 * may it be noted. */
static bool near_is_certain(const struct model *model, const struct name_digest *outside)
{
	struct name_digest base = *outside;
	struct name_digest there = { .words = { 0, 0 } };
	for (size_t i = 0; i < model->base_count; i++) {
		const struct model_base *record = &model->base[i];
		if (!state_is_absent_near(record->message.absent))
			name_digest_add(&base, record->message.place, record->name);
	}
	for (size_t i = 0; i < model->near_count; i++)
		name_digest_add(&there, model->near[i].place, model->near[i].name);
	return name_digest_equal(&base, &there);
}

static void note(struct model *model, const struct name_digest *outside)
{
	struct model_noted *noted = &model->noted;
	noted->known = near_is_certain(model, outside);
	noted->rules = model->rules;
	noted->near_withheld = *outside;
	noted->near_version = model->near_version;
	noted->modseq = model->modseq;
}

size_t model_run(struct model *model, size_t steps, bool *empty_r)
{
	struct near_changes near = { .added = NULL };
	struct far_changes far = { .changed = NULL };
	struct plan plan;
	struct applying applying = { .model = model, .left = steps };
	if (!same_rules(&model->rules, &model->noted.rules))
		model->noted.known = false;
	struct plan_rules rules = model->rules;
	struct uid_set outside = UID_SET_INITIAL;
	struct window window;
	recover(model);
	model_recover_leaving(model);
	for (size_t i = 0; i < model->outside_count; i++)
		uid_set_add(&outside, model->outside[i]);
	rules.window = &window;
	rules.outside = &outside;
	bool scanned = !near_is_as_noted(model);
	const struct base_view base = model_base_view(model);
	gather(model, &base, &outside, &near, &far);
	model_look_for_window(model, &base, &near, &window);
	(void)plan_make(&base, &near, &far, &rules, &plan, NULL);
	*empty_r = plan_is_empty(&plan);
	if (!*empty_r)
		model->near_version++;
	if (apply(&applying, &far, &plan))
		note(model, scanned ? &plan.near_withheld : &model->noted.near_withheld);
	plan_release(&plan);
	window_release(&window);
	uid_set_release(&outside);
	near_changes_release(&near);
	far_changes_release(&far);
	return applying.taken;
}
