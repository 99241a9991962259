/* Random histories under random rules of direction that change between runs: whatever goes one way
 * only, nothing is lost or doubled, and no side is touched against the rules.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <string.h>

#include "maildir/name.h"
#include "sync-model-parts.h"

/* How many; NAVETTE_HISTORIES sets another number. */
#define HISTORIES 100000

static void choose_rules(struct model *model)
{
	static const struct {
		enum config_kinds pull, push;
	} usual[] = { { CONFIG_KINDS_ALL, CONFIG_KINDS_ALL },
		      { CONFIG_KINDS_ALL, CONFIG_KINDS_NONE },
		      { CONFIG_KINDS_NONE, CONFIG_KINDS_ALL } };
	uint32_t chosen = model_random(model, 8);
	if (chosen < 3) {
		model->rules.pull = usual[chosen].pull;
		model->rules.push = usual[chosen].push;
	} else {
		model->rules.pull = (enum config_kinds)model_random(model, 8);
		model->rules.push = (enum config_kinds)model_random(model, 8);
	}
	model->rules.expunge = CONFIG_SIDES_BOTH;
	if (model_random(model, 3) == 0)
		model->rules.expunge = (enum config_sides)model_random(model, 4);
}

/* --- What a run may not do --- */

static bool marks(enum config_kinds kinds, enum config_sides expunge, enum config_sides side)
{
	return (kinds & CONFIG_KIND_DELETIONS) && !(expunge & side);
}

static bool removes(enum config_kinds kinds, enum config_sides expunge, enum config_sides side)
{
	return (kinds & CONFIG_KIND_DELETIONS) && (expunge & side);
}

static const char *check_far(struct model *before, struct model *after)
{
	const struct plan_rules *rules = &after->rules;
	uint32_t fixed = rules->push & CONFIG_KIND_FLAGS ? 0 : UINT32_MAX;
	if (marks(rules->push, rules->expunge, CONFIG_SIDE_FAR))
		fixed &= ~(uint32_t)FLAG_DELETED;
	for (size_t i = 0; i < after->far_count; i++) {
		const struct model_far *old = model_far_find(before, after->far[i].uid);
		if (!old && !(rules->push & CONFIG_KIND_NEW))
			return "a message was uploaded against the rules";
		if (old && ((old->flags ^ after->far[i].flags) & fixed))
			return "far flags were changed against the rules";
	}
	for (size_t i = 0; i < before->far_count; i++) {
		if (!removes(rules->push, rules->expunge, CONFIG_SIDE_FAR) &&
		    !model_far_find(after, before->far[i].uid))
			return "a far message was removed against the rules";
	}
	return NULL;
}

static const struct model_near *find_base_name(const struct model *model, const char *file)
{
	struct maildir_name wanted;
	struct maildir_name name;
	maildir_name_parse(file, &wanted);
	for (size_t i = 0; i < model->near_count; i++) {
		maildir_name_parse(model->near[i].name, &name);
		if (name.base_length == wanted.base_length &&
		    memcmp(name.base, wanted.base, name.base_length) == 0)
			return &model->near[i];
	}
	return NULL;
}

static void count_near(const struct model *model, uint32_t counts[MODEL_CONTENTS_MAX])
{
	for (size_t i = 0; i < model->near_count; i++)
		counts[model->near[i].content]++;
}

static const char *check_near_flags(const struct model *before, const struct model *after)
{
	const struct plan_rules *rules = &after->rules;
	uint32_t fixed = rules->pull & CONFIG_KIND_FLAGS ? 0 : UINT32_MAX;
	if (marks(rules->pull, rules->expunge, CONFIG_SIDE_NEAR))
		fixed &= ~(uint32_t)FLAG_DELETED;
	for (size_t i = 0; i < before->near_count; i++) {
		const struct model_near *now = find_base_name(after, before->near[i].name);
		if (now &&
		    ((model_near_flags(&before->near[i]) ^ model_near_flags(now)) & fixed) != 0)
			return "near flags were changed against the rules";
	}
	return NULL;
}

static const char *check_near(const struct model *before, const struct model *after)
{
	const struct plan_rules *rules = &after->rules;
	uint32_t had[MODEL_CONTENTS_MAX] = { 0 };
	uint32_t has[MODEL_CONTENTS_MAX] = { 0 };
	count_near(before, had);
	count_near(after, has);
	for (uint32_t content = 0; content < after->contents; content++) {
		if (has[content] > had[content] && !(rules->pull & CONFIG_KIND_NEW))
			return "a message was downloaded against the rules";
		if (has[content] < had[content] &&
		    !removes(rules->pull, rules->expunge, CONFIG_SIDE_NEAR))
			return "a file was removed against the rules";
	}
	return check_near_flags(before, after);
}

/* --- What a whole run must have done --- */

/* Removals that the rules let go are done, but where a message should be brought back and may not
 * be. */
static const char *check_removals(const struct base_view *base, const struct plan_rules *rules)
{
	if (removes(rules->pull, rules->expunge, CONFIG_SIDE_NEAR) &&
	    ((rules->push & CONFIG_KIND_NEW) || !(rules->push & CONFIG_KIND_FLAGS)) &&
	    base->absent_far > 0)
		return "a removal was not pulled";
	if (removes(rules->push, rules->expunge, CONFIG_SIDE_FAR) &&
	    ((rules->pull & CONFIG_KIND_NEW) || !(rules->pull & CONFIG_KIND_FLAGS)) &&
	    base->absent_near > 0)
		return "a removal was not pushed";
	return NULL;
}

static const char *check_record(struct model *model, const struct state_message *message)
{
	const struct plan_rules *rules = &model->rules;
	const struct model_far *far = model_far_find(model, message->uid);
	const struct model_near *near =
		model_near_find(model, (enum maildir_place)message->place, message->name);
	if ((near == NULL) != (message->absent == STATE_ABSENT_NEAR) ||
	    (far == NULL) != (message->absent == STATE_ABSENT_FAR))
		return "the base has a message where it is not, or has it not where it is";
	if (message->absent != STATE_ABSENT_NOWHERE)
		return NULL;
	if (near->content != far->content)
		return "the base pairs different messages";
	if ((rules->pull & CONFIG_KIND_FLAGS) && far->flags != message->flags)
		return "far flags were not pulled";
	if ((rules->push & CONFIG_KIND_FLAGS) &&
	    ((model_near_flags(near) ^ message->flags) & MODEL_STORABLE))
		return "near flags were not pushed";
	return NULL;
}

static const char *check_done(struct model *model)
{
	const struct base_view base = model_base_view(model);
	struct state_message message;
	struct maildir_name name;
	const char *problem = NULL;
	for (size_t i = 0; i < model->far_count; i++) {
		if ((model->rules.pull & CONFIG_KIND_NEW) &&
		    base.by_uid(base.context, model->far[i].uid, &message, NULL) != 1)
			return "a new far message was not pulled";
	}
	for (size_t i = 0; i < model->near_count; i++) {
		maildir_name_parse(model->near[i].name, &name);
		if ((model->rules.push & CONFIG_KIND_NEW) &&
		    base.by_name(base.context, name.base, name.base_length, &message, NULL) != 1)
			return "a new file was not pushed";
	}
	for (size_t i = 0; !problem && i < model->base_count; i++) {
		message = model->base[i].message;
		message.name = model->base[i].name;
		problem = check_record(model, &message);
	}
	if (!problem && !model->noted.known)
		problem = "what was certain was not noted";
	return problem ? problem : check_removals(&base, &model->rules);
}

/* --- Histories --- */

#define CHECK(problem)                                                                      \
	do {                                                                                \
		const char *found = (problem);                                              \
		cr_assert_null(found, "history %llu: %s", (unsigned long long)seed, found); \
	} while (0)

static void run(struct model *model, size_t steps, uint64_t seed)
{
	static struct model before;
	bool empty;
	before = *model;
	(void)model_run(model, steps, &empty);
	/* What a killed run had recorded comes into place first. */
	if (model_base_view(&before).count == 0 || steps == SIZE_MAX) {
		CHECK(check_far(&before, model));
		CHECK(check_near(&before, model));
	}
}

static void run_whole(struct model *model, uint64_t seed)
{
	bool empty;
	run(model, SIZE_MAX, seed);
	CHECK(check_done(model));
	(void)model_run(model, SIZE_MAX, &empty);
	cr_assert(empty, "history %llu: the second run is not empty", (unsigned long long)seed);
}

static void act(struct model *model)
{
	uint32_t acts = 1 + model_random(model, 8);
	for (uint32_t i = 0; i < acts; i++)
		model_user_acts(model);
}

static void live(struct model *model, uint64_t seed)
{
	uint32_t rounds = 1 + model_random(model, 4);
	for (uint32_t round = 0; round < rounds; round++) {
		if (model_random(model, 3) > 0)
			choose_rules(model);
		act(model);
		if (model_random(model, 2) == 0) {
			run(model, model_random(model, 40), seed);
			if (model_random(model, 2) == 0)
				choose_rules(model);
		}
		run_whole(model, seed);
	}
}

Test(sync_directions, rules_that_change_lose_nothing, .timeout = 600)
{
	static struct model model;
	uint64_t count = model_history_count(HISTORIES);
	for (uint64_t seed = 1; seed <= count; seed++) {
		model_begin(&model, seed + 5000000);
		model.copies_are_renamed = true;
		const struct plan_rules everything = model.rules;
		live(&model, seed);
		model.rules = everything;
		run_whole(&model, seed);
		CHECK(model_check(&model));
	}
}
