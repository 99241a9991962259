/* The window of the models. SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "maildir/name.h"
#include "sync-model-parts.h"

/* --- The rule, and what it means --- */

static int64_t day_of(uint32_t content)
{
	return 30 - (int64_t)(content * 7 % 12);
}

static uint64_t size_of(uint32_t content)
{
	return content * 5 % 9 + 1;
}

void model_rule_changes(struct model *model)
{
	const struct config_window config = { .max_age_days = model_random(model, 3) * 5,
					      .max_messages = model_random(model, 3) * 3,
					      .max_size = model_random(model, 3) * 3,
					      .keep = { .unseen = model_random(model, 3) == 0,
							.flagged = model_random(model, 2) == 0 } };
	if (model_random(model, 3) == 0)
		model->today++;
	model->rule = window_rule_make(&config, model->today * 86400);
}

static bool is_matching(const struct model *model, uint32_t content)
{
	const struct window_rule *rule = &model->rule;
	return (!rule->dated || day_of(content) >= rule->since_day) &&
	       (rule->largest == 0 || size_of(content) <= rule->largest);
}

static bool is_inside(const struct model *model, const struct model_far *message)
{
	uint32_t newer = 0;
	if (window_rule_is_open(&model->rule) || window_rule_keeps(&model->rule, message->flags))
		return true;
	for (size_t i = 0; i < model->far_count; i++)
		newer += model->far[i].uid > message->uid &&
			 is_matching(model, model->far[i].content);
	return is_matching(model, message->content) &&
	       (model->rule.newest == 0 || newer < model->rule.newest);
}

static bool is_settled(const struct model *model)
{
	return model->rule.newest == 0 &&
	       window_is_settled(&model->rule, *model->settled ? model->settled : NULL);
}

/* --- What gather learns --- */

/* Whether the base has the message as one that flags keep, and it has others now. */
static bool may_leave(const struct model *model, const struct state_message *message,
		      const struct near_changes *near, uint32_t far_flags)
{
	if (!window_rule_keeps(&model->rule, message->flags))
		return false;
	for (size_t i = 0; i < near->changed_count; i++) {
		if (near->changed[i].uid == message->uid &&
		    !window_rule_keeps(&model->rule, near->changed[i].flags))
			return true;
	}
	return !window_rule_keeps(&model->rule, far_flags);
}

static void look_at(const struct model *model, const struct base_view *base,
		    const struct near_changes *near, const struct model_far *far,
		    struct window *window)
{
	struct state_message message;
	bool known = base->by_uid(base->context, far->uid, &message, NULL) > 0;
	bool asked = !window->settled || !known || may_leave(model, &message, near, far->flags);
	if (asked && window_rule_searches(&model->rule) && is_matching(model, far->content))
		uid_set_add(&window->found, far->uid);
	if ((!window->settled || !known || message.flags != far->flags) &&
	    window_rule_keeps(&model->rule, far->flags))
		uid_set_add(&window->kept, far->uid);
}

void model_look_for_window(struct model *model, const struct base_view *base,
			   const struct near_changes *near, struct window *window_r)
{
	*window_r = (struct window){ .rule = model->rule, .settled = is_settled(model) };
	model->was_settled = window_r->settled;
	for (size_t i = 0; i < model->far_count; i++)
		look_at(model, base, near, &model->far[i], window_r);
}

/* --- Apply --- */

static void put_number(uint32_t *numbers, size_t *count, uint32_t number)
{
	numbers[(*count)++] = number;
}

static void drop_number(uint32_t *numbers, size_t *count, uint32_t number)
{
	for (size_t i = 0; i < *count; i++) {
		if (numbers[i] == number)
			numbers[i--] = numbers[--*count];
	}
}

bool model_note_withheld(struct applying *applying, const struct far_changes *far,
			 const struct plan *plan)
{
	struct model *model = applying->model;
	for (uint32_t uid = 0; uid_set_next(&far->outside_removed, &uid);)
		drop_number(model->outside, &model->outside_count, uid);
	for (uint32_t uid = 0; uid_set_next(&plan->outside, &uid);)
		put_number(model->outside, &model->outside_count, uid);
	if (!uid_set_is_empty(&plan->expires))
		(void)snprintf(model->settled, sizeof model->settled, WINDOW_UNSETTLED);
	return model_step(applying);
}

void model_come_in(struct model *model, uint32_t uid)
{
	drop_number(model->outside, &model->outside_count, uid);
}

void model_check_removal(struct model *model, uint32_t uid)
{
	for (size_t i = 0; i < model->far_count; i++) {
		const struct model_far *message = &model->far[i];
		/* By the number of newest it may have been among them when the run began. */
		if (message->uid == uid && !model->was_settled &&
		    !window_rule_is_open(&model->rule) && !is_matching(model, message->content) &&
		    !window_rule_keeps(&model->rule, message->flags))
			model->wrong = "a message outside of the window was removed";
	}
}

static struct model_near *file_of(struct model *model, uint32_t uid)
{
	const struct model_base *record = model_base_find(model, uid);
	return record ? model_near_find(model, (enum maildir_place)record->message.place,
					record->name)
		      : NULL;
}

static bool has_base_name(struct model *model, const struct model_base *record)
{
	for (size_t i = 0; i < model->near_count; i++) {
		struct maildir_name name;
		maildir_name_parse(model->near[i].name, &name);
		if (name.base_length == record->message.base_length &&
		    memcmp(name.base, record->name, name.base_length) == 0)
			return true;
	}
	return false;
}

/* One whose file is gone has left; one whose file is there, perhaps under another name, has not. */
static void end_leaving(struct model *model, uint32_t uid)
{
	const struct model_base *record = model_base_find(model, uid);
	drop_number(model->expiring, &model->expiring_count, uid);
	if (!record || has_base_name(model, record))
		return;
	model_base_forget(model, uid);
	put_number(model->outside, &model->outside_count, uid);
}

void model_recover_leaving(struct model *model)
{
	while (model->expiring_count > 0)
		end_leaving(model, model->expiring[0]);
}

bool model_leave(struct applying *applying, const struct plan *plan)
{
	struct model *model = applying->model;
	for (uint32_t uid = 0; uid_set_next(&plan->expires, &uid);)
		put_number(model->expiring, &model->expiring_count, uid);
	if (!model_step(applying))
		return false;
	for (uint32_t uid = 0; uid_set_next(&plan->expires, &uid);) {
		struct model_near *file = file_of(model, uid);
		if (file)
			model_near_drop(model, (size_t)(file - model->near));
		if (!model_step(applying))
			return false;
	}
	model_recover_leaving(model);
	return model_step(applying);
}

void model_settle(struct model *model, const struct plan *plan)
{
	bool uploaded = plan_has(plan, OPERATION_UPLOAD);
	char *text = window_rule_text(&model->rule);
	bool again = uploaded && window_rule_needs_look_after_upload(&model->rule);
	(void)snprintf(model->settled, sizeof model->settled, "%s",
		       again  ? WINDOW_UNSETTLED
		       : text ? text
			      : "");
	free(text);
}

/* --- What must hold --- */

static bool is_outside(const struct model *model, uint32_t uid)
{
	for (size_t i = 0; i < model->outside_count; i++) {
		if (model->outside[i] == uid)
			return true;
	}
	return false;
}

static const char *check_message(const struct model *model, const struct model_far *message,
				 bool exactly)
{
	struct model *mutable = (struct model *)(uintptr_t)model;
	bool inside = is_inside(model, message);
	bool near = model_base_find(mutable, message->uid) != NULL;
	if (near == is_outside(model, message->uid))
		return "a message is neither in the base nor left out, or both";
	if (!near && inside)
		return "a message of the window is left out";
	if (near && !inside && exactly)
		return "a message outside of the window stayed";
	if (near && !file_of(mutable, message->uid))
		return "a message of the base has no file";
	return NULL;
}

static const char *check_counts(const struct model *model)
{
	uint32_t near[MODEL_CONTENTS_MAX] = { 0 };
	uint32_t far[MODEL_CONTENTS_MAX] = { 0 };
	for (size_t i = 0; i < model->near_count; i++)
		near[model->near[i].content]++;
	for (size_t i = 0; i < model->far_count; i++)
		far[model->far[i].content]++;
	for (uint32_t content = 0; content < model->contents; content++) {
		if (near[content] > far[content])
			return "the near side has what the far side has not";
		if (far[content] > model->made[content])
			return "a message was doubled";
		if (far[content] + model->removed[content] < model->made[content])
			return "a message was lost";
	}
	return NULL;
}

const char *model_check_window(const struct model *model, bool exactly)
{
	const char *problem = NULL;
	if (model->wrong)
		return model->wrong;
	if (model->near_count != model->base_count)
		return "the near side and the base do not hold equally many messages";
	if (model->base_count + model->outside_count != model->far_count)
		return "base and left-out messages are not as many as the far side has";
	for (size_t i = 0; !problem && i < model->far_count; i++)
		problem = check_message(model, &model->far[i], exactly);
	return problem ? problem : check_counts(model);
}
