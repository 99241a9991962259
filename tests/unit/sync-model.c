/* Models of both sides and the base. SPDX-License-Identifier: GPL-3.0-or-later */
#include "sync-model-parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "maildir/name.h"

void model_begin(struct model *model, uint64_t seed)
{
	memset(model, 0, sizeof *model);
	model->random = seed * 0x9e3779b97f4a7c15u + 1;
	model->uidnext = 1;
	model->today = 30;
	model->rules = (struct plan_rules){ .pull = CONFIG_KINDS_ALL,
					    .push = CONFIG_KINDS_ALL,
					    .expunge = CONFIG_SIDES_BOTH,
					    .far_storable = MODEL_STORABLE,
					    .max_delete_count = UINT32_MAX,
					    .max_delete_percent = 100,
					    .force_delete = true };
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

void model_near_set_flags(struct model_near *file, uint32_t flags)
{
	char *name = maildir_name_with_flags(file->name, flags, MODEL_MANAGED, ':');
	(void)snprintf(file->name, sizeof file->name, "%s", name);
	free(name);
}

struct model_near *model_near_add(struct model *model, uint32_t content, uint32_t flags)
{
	struct model_near *file = &model->near[model->near_count++];
	*file = (struct model_near){ .content = content,
				     .place = flags & FLAG_SEEN ? MAILDIR_CUR : MAILDIR_NEW };
	(void)snprintf(file->name, sizeof file->name, "%u.model", ++model->names);
	if (flags != 0)
		model_near_set_flags(file, flags);
	return file;
}

void model_far_add(struct model *model, uint32_t content, uint32_t flags)
{
	model->far[model->far_count++] = (struct model_far){ .content = content,
							     .uid = model->uidnext++,
							     .modseq = ++model->modseq,
							     .flags = flags & MODEL_STORABLE };
}

void model_near_drop(struct model *model, size_t index)
{
	model->near[index] = model->near[--model->near_count];
}

void model_far_drop(struct model *model, size_t index)
{
	model->vanished[model->far[index].uid] = ++model->modseq;
	/* In order: UIDs ascend. */
	memmove(&model->far[index], &model->far[index + 1],
		(--model->far_count - index) * sizeof *model->far);
}

struct model_near *model_near_find(struct model *model, enum maildir_place place, const char *name)
{
	for (size_t i = 0; i < model->near_count; i++) {
		if (model->near[i].place == place && strcmp(model->near[i].name, name) == 0)
			return &model->near[i];
	}
	return NULL;
}

struct model_far *model_far_find(struct model *model, uint32_t uid)
{
	for (size_t i = 0; i < model->far_count; i++) {
		if (model->far[i].uid == uid)
			return &model->far[i];
	}
	return NULL;
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
		model_near_add(model, content, random_flags(model));
		model_far_add(model, content, random_flags(model));
	} else if (sides < 4) {
		model_near_add(model, content, random_flags(model));
	} else {
		model_far_add(model, content, random_flags(model));
	}
}

/* A copy of a file: under its own base name in the other directory, or under a new name. */
static void user_copies(struct model *model)
{
	if (is_full(model) || model->near_count == 0)
		return;
	struct model_near *from = &model->near[model_random(model, (uint32_t)model->near_count)];
	model->made[from->content]++;
	if (model->copies_are_renamed || model_random(model, 2) == 0) {
		model_near_add(model, from->content, model_near_flags(from));
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
		model_near_drop(model, index);
	} else if (model->far_count > 0) {
		size_t index = model_random(model, (uint32_t)model->far_count);
		model->removed[model->far[index].content]++;
		model_far_drop(model, index);
	}
}

static void user_flags(struct model *model)
{
	if (model_random(model, 2) == 0 && model->near_count > 0) {
		struct model_near *file =
			&model->near[model_random(model, (uint32_t)model->near_count)];
		model_near_set_flags(file, random_flags(model));
		file->place = MAILDIR_CUR;
	} else if (model->far_count > 0) {
		struct model_far *message =
			&model->far[model_random(model, (uint32_t)model->far_count)];
		message->flags = random_flags(model) & MODEL_STORABLE;
		message->modseq = ++model->modseq;
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
	model_near_set_flags(file, flags);
	file->place = MAILDIR_CUR;
	/* The old message may be removed before or after the new one is there, but never more. */
	model->made[file->content]++;
	model->removed[file->content]++;
}

void model_user_acts(struct model *model)
{
	model->near_version++; /* often in vain, as stamps are */
	if (model->windows && model_random(model, 6) == 0) {
		model_rule_changes(model);
		return;
	}
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
		const struct base_view base = model_base_view(mutable);
		if (base.by_name(mutable, name.base, name.base_length, &message, NULL) != 1)
			return "a file is not in the base";
		const struct model_far *far = model_far_find(mutable, message.uid);
		if (!far || far->content != file->content)
			return "the base pairs different messages";
		if (far->flags != message.flags ||
		    ((name.flags ^ message.flags) & MODEL_STORABLE) != 0)
			return "flags differ";
	}
	return check_counts(model);
}

uint64_t model_history_count(uint64_t usual)
{
	uint64_t count = usual;
	const char *text = getenv("NAVETTE_HISTORIES");
	if (text)
		(void)text_parse_number(text, UINT32_MAX, &count);
	return count;
}

void model_live(struct model *model, uint32_t rounds, uint32_t acts)
{
	uint32_t left = 1 + model_random(model, rounds);
	bool empty;
	for (; left > 0; left--) {
		uint32_t acting = 1 + model_random(model, acts);
		for (; acting > 0; acting--)
			model_user_acts(model);
		uint32_t kills = model_random(model, 3);
		for (; kills > 0; kills--) {
			(void)model_run(model, model_random(model, 40), &empty);
			if (model_random(model, 2) == 0)
				model_user_acts(model);
		}
		(void)model_run(model, SIZE_MAX, &empty);
	}
}
