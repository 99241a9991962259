/* The tags of one message and the keywords of its copies. SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "sync/plan/tags.h"

#include <stdlib.h>

#include "mail/name_set.h"

/* What happened to one name, over all copies. */
struct fate {
	bool added_far, removed_far;
	bool removed_near; /* as a tag, by somebody who had it */
	bool lost_near;    /* there is no such tag, but nobody took it away */
};

static void see_copy(const struct tag_copy *copy, const char *name, bool near, struct fate *fate)
{
	bool base = name_set_has(&copy->base, name);
	bool far = name_set_has(&copy->far, name);
	if (copy->pulls && far && !base)
		fate->added_far = true;
	if (copy->pulls && base && !far)
		fate->removed_far = true;
	if (near || !base)
		return;
	if (!copy->is_fresh)
		fate->removed_near = true;
	else if (far && copy->pulls)
		fate->lost_near = true;
}

static bool is_wanted(const struct tag_merge *merge, const char *name)
{
	struct fate fate = { .added_far = false };
	bool near = name_set_has(&merge->near, name);
	for (size_t i = 0; i < merge->count; i++)
		see_copy(&merge->copies[i], name, near, &fate);
	if (near)
		return fate.added_far || !fate.removed_far;
	return fate.added_far || (fate.lost_near && !fate.removed_near && !fate.removed_far);
}

static bool can_store(const struct tag_copy *copy, const char *name)
{
	return copy->pushes &&
	       (copy->stores_any || (copy->storable && name_set_has(copy->storable, name)));
}

/* What the server changed and may not come here stays there until it is changed here. */
static void plan_copy(struct tag_copy *copy, const char *name, bool wanted)
{
	bool far = name_set_has(&copy->far, name);
	bool changed = name_set_has(&copy->base, name) != wanted;
	if (far == wanted || !can_store(copy, name) || (!copy->pulls && !changed))
		return;
	name_set_add(wanted ? &copy->add : &copy->remove, name);
}

static void plan_name(struct tag_merge *merge, const char *name)
{
	bool near = name_set_has(&merge->near, name);
	bool wanted = is_wanted(merge, name);
	if (near != wanted)
		name_set_add(wanted ? &merge->add : &merge->remove, name);
	for (size_t i = 0; i < merge->count; i++)
		plan_copy(&merge->copies[i], name, wanted);
}

void tag_merge_make(struct tag_merge *merge)
{
	struct text_list all = { .items = NULL };
	name_set_add_all(&all, &merge->near);
	/* What neither side has any more needs no plan. */
	for (size_t i = 0; i < merge->count; i++)
		name_set_add_all(&all, &merge->copies[i].far);
	for (size_t i = 0; i < all.count; i++)
		plan_name(merge, all.items[i]);
	text_list_release(&all);
}

bool tag_merge_writes_near(const struct tag_merge *merge)
{
	return merge->add.count > 0 || merge->remove.count > 0;
}

bool tag_copy_writes_far(const struct tag_copy *copy)
{
	return copy->add.count > 0 || copy->remove.count > 0;
}

static void change(struct text_list *set, const struct text_list *add,
		   const struct text_list *remove)
{
	name_set_add_all(set, add);
	for (size_t i = 0; i < remove->count; i++)
		name_set_remove(set, remove->items[i]);
}

/* Both have it or both lack it: agreed. Else it stays as it was agreed on before. */
static void settle_base(struct tag_copy *copy, const struct text_list *near)
{
	struct text_list base = { .items = NULL };
	for (size_t i = 0; i < copy->far.count; i++) {
		const char *name = copy->far.items[i];
		if (name_set_has(near, name) || name_set_has(&copy->base, name))
			name_set_add(&base, name);
	}
	for (size_t i = 0; i < copy->base.count; i++) {
		if (name_set_has(near, copy->base.items[i]))
			name_set_add(&base, copy->base.items[i]);
	}
	text_list_release(&copy->base);
	copy->base = base;
}

void tag_merge_settle(struct tag_merge *merge)
{
	if (merge->done)
		change(&merge->near, &merge->add, &merge->remove);
	for (size_t i = 0; i < merge->count; i++) {
		struct tag_copy *copy = &merge->copies[i];
		if (copy->done)
			change(&copy->far, &copy->add, &copy->remove);
		settle_base(copy, &merge->near);
	}
}

static void release_copy(struct tag_copy *copy)
{
	text_list_release(&copy->base);
	text_list_release(&copy->far);
	text_list_release(&copy->add);
	text_list_release(&copy->remove);
}

void tag_merge_release(struct tag_merge *merge)
{
	for (size_t i = 0; i < merge->count; i++)
		release_copy(&merge->copies[i]);
	free(merge->copies);
	text_list_release(&merge->near);
	text_list_release(&merge->add);
	text_list_release(&merge->remove);
	*merge = (struct tag_merge){ .copies = NULL };
}
