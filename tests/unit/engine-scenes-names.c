/* Scenes of folders that get other names. SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/memory.h"
#include "engine-scenes.h"
#include "mail/mailbox_attribute.h"

static void set_tree(struct rig *rig)
{
	(void)rig_append(rig, "INBOX", FLAG_SEEN, 1, 0);
	for (unsigned int i = 10; i < 14; i++)
		(void)rig_append(rig, "Other", FLAG_SEEN, i, 0);
	(void)rig_append(rig, "Other/Below", FLAG_SEEN, 20, 0);
	(void)rig_append(rig, "Other/Below", FLAG_FLAGGED, 21, 0);
	world_find(rig->world, "Other")->attributes |= MAILBOX_SUBSCRIBED;
}

static void set_tree_with_ids(struct rig *rig)
{
	rig->world->ways.with_mailbox_ids = true;
	set_tree(rig);
}

static void set_tree_that_forgets(struct rig *rig)
{
	rig->world->ways.renames_anew = true;
	set_tree_with_ids(rig);
}

/* Flags there, and new mail on both sides. */
static void change_inside(struct rig *rig, const char *near, const char *far)
{
	struct world_mailbox *mailbox = world_find(rig->world, far);
	world_set_flags(mailbox, 2, FLAG_SEEN | FLAG_FLAGGED);
	world_remove(mailbox, 3);
	(void)rig_append(rig, far, 0, 30, 0);
	rig_deliver(rig, near, "31.test:2,S", 31, 0);
}

static void rename_near(struct rig *rig)
{
	rig_rename(rig, "Other", "Near");
	change_inside(rig, "Near", "Other");
}

static void rename_far(struct rig *rig)
{
	cr_assert(world_rename(rig->world, "Other", "Far"));
	change_inside(rig, "Other", "Far");
}

static void rename_apart(struct rig *rig)
{
	rig_rename(rig, "Other", "Near");
	cr_assert(world_rename(rig->world, "Other", "Far"));
	change_inside(rig, "Near", "Far");
}

/* Without changes inside: where UIDs are void, what one side alone did cannot be told. */
static void only_rename(struct rig *rig)
{
	rig_rename(rig, "Other", "Near");
}

const struct scene scene_named_near = { .name = "named here", .set = set_tree, .act = rename_near };
const struct scene scene_named_far = { .name = "named there",
				       .set = set_tree_with_ids,
				       .act = rename_far };
const struct scene scene_named_apart = { .name = "named apart",
					 .set = set_tree,
					 .act = rename_apart };
const struct scene scene_named_anew = {
	.name = "named anew", .set = set_tree_that_forgets, .act = only_rename, .runs = 2
};
