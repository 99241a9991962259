/* What the near side did since the base. SPDX-License-Identifier: GPL-3.0-or-later */
#include "sync/observe/diff.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "mail/letters.h"
#include "maildir/name.h"

void near_diff_begin(struct near_diff *diff, const struct base_view *base, uint32_t managed,
		     struct near_changes *changes)
{
	*diff = (struct near_diff){ .base = base, .managed = managed, .changes = changes };
}

static void add_new(struct near_changes *changes, const struct maildir_entry *entry, uint32_t flags)
{
	memory_grow((void **)&changes->added, &changes->added_capacity, changes->added_count + 1,
		    sizeof *changes->added);
	changes->added[changes->added_count++] = (struct near_added){
		.place = entry->place, .name = memory_text(entry->name), .flags = flags
	};
}

static void add_changed(struct near_changes *changes, const struct maildir_entry *entry,
			uint32_t uid, uint32_t flags)
{
	memory_grow((void **)&changes->changed, &changes->changed_capacity,
		    changes->changed_count + 1, sizeof *changes->changed);
	changes->changed[changes->changed_count++] = (struct near_changed){
		.uid = uid, .place = entry->place, .name = memory_text(entry->name), .flags = flags
	};
}

/* Its message gets a new version, whatever else became of the file. */
static void add_edited(struct near_changes *changes, const struct maildir_entry *entry,
		       uint32_t uid, uint32_t flags)
{
	add_new(changes, entry, flags);
	changes->added[changes->added_count - 1].edits = uid;
}

static bool is_as_recorded(const struct state_message *message, const struct maildir_entry *entry)
{
	return message->place == (uint8_t)entry->place && strcmp(message->name, entry->name) == 0;
}

/* What the user meant by the name that the file has now. */
static uint32_t flags_meant(const struct near_diff *diff, const struct maildir_entry *entry,
			    const struct state_message *message, uint32_t flags)
{
	struct maildir_name before;
	maildir_name_parse(message->name, &before);
	return letters_meant(before.flags & diff->managed, flags,
			     message->place != (uint8_t)entry->place);
}

static int compare_with_base(struct near_diff *diff, const struct maildir_entry *entry,
			     const struct state_message *message, uint32_t in_name)
{
	struct near_changes *changes = diff->changes;
	uint32_t flags = flags_meant(diff, entry, message, in_name);
	struct near_content_facts facts = { .file = { .inode = 0 } };
	enum near_content content = diff->look
					    ? diff->look(diff->look_context, entry, message, &facts)
					    : NEAR_CONTENT_SAME;
	diff->unread |= content == NEAR_CONTENT_UNKNOWN;
	if (content == NEAR_CONTENT_EDITED)
		add_edited(changes, entry, message->uid, flags);
	/* One that counted as absent is there again. */
	if (!state_is_absent_near(message->absent) && is_as_recorded(message, entry) &&
	    ((message->flags ^ flags) & diff->managed) == 0 && content != NEAR_CONTENT_TOUCHED)
		return 0;
	add_changed(changes, entry, message->uid, flags);
	struct near_changed *changed = &changes->changed[changes->changed_count - 1];
	changed->dropped = flags & ~in_name;
	if (content == NEAR_CONTENT_TOUCHED) {
		changed->file = facts.file;
		changed->body = facts.body;
	}
	return 0;
}

int near_diff_see(void *context, const struct maildir_entry *entry, struct error *error)
{
	struct near_diff *diff = context;
	struct maildir_name name;
	maildir_name_parse(entry->name, &name);
	uint32_t flags = name.flags & diff->managed;
	diff->letters |= name.flags & FLAGS_KEYWORDS;

	struct state_message message;
	int found = diff->base->by_name(diff->base->context, name.base, name.base_length, &message,
					error);
	if (found < 0)
		return -1;
	if (!found) {
		add_new(diff->changes, entry, flags);
		return 0;
	}
	if (!uid_bits_add(&diff->seen, message.uid)) {
		/* Either a reader renamed it while we read, or it is a copy under the same base
		 * name: finish() knows which. */
		diff->raced = true;
		add_new(diff->changes, entry, flags);
		diff->changes->added[diff->changes->added_count - 1].is_copy = true;
		return 0;
	}
	return compare_with_base(diff, entry, &message, flags);
}

int near_diff_see_editors(void *context, const struct maildir_entry *entry, struct error *error)
{
	struct near_diff *diff = context;
	struct state_message message;
	const char *file;
	size_t length;
	if (!maildir_name_is_editors(entry->name, &file, &length))
		return near_diff_see(context, entry, error);
	char *original = memory_text_length(file, length);
	struct maildir_name copied;
	struct maildir_name own;
	maildir_name_parse(original, &copied);
	maildir_name_parse(entry->name, &own);
	int known = 0;
	if (own.base_length != copied.base_length ||
	    memcmp(own.base, copied.base, own.base_length) != 0)
		known = diff->base->by_name(diff->base->context, own.base, own.base_length,
					    &message, error);
	int found = known == 0 ? diff->base->by_name(diff->base->context, copied.base,
						     copied.base_length, &message, error)
			       : 0;
	if (found > 0)
		uid_set_add(&diff->editors, message.uid);
	free(original);
	if (known < 0 || found < 0)
		return -1;
	return known > 0 ? near_diff_see(context, entry, error) : 0;
}

/* Whether such a message was removed, or its file renamed, cannot be known. */
static void except_editors(struct near_diff *diff, struct uid_set *missing)
{
	for (uint32_t uid = 0; uid_set_next(&diff->editors, &uid);) {
		if (uid_set_contains(missing, uid))
			uid_set_add(&diff->changes->renamed, uid);
	}
	uid_set_remove_set(missing, &diff->changes->renamed);
	uid_set_release(&diff->editors);
}

static int compare_added(const void *a, const void *b)
{
	const struct near_added *one = a;
	const struct near_added *other = b;
	struct maildir_name one_name;
	struct maildir_name other_name;
	maildir_name_parse(one->name, &one_name);
	maildir_name_parse(other->name, &other_name);
	size_t shorter = one_name.base_length < other_name.base_length ? one_name.base_length
								       : other_name.base_length;
	int order = memcmp(one_name.base, other_name.base, shorter);
	if (order == 0 && one_name.base_length != other_name.base_length)
		order = one_name.base_length < other_name.base_length ? -1 : 1;
	/* Of an edited file and its copy the copy gets the new name. */
	if (order == 0)
		order = (other->edits != 0) - (one->edits != 0);
	if (order == 0)
		order = strcmp(one->name, other->name);
	return order != 0 ? order : (int)one->place - (int)other->place;
}

static bool same_base(const struct near_added *a, const struct near_added *b)
{
	struct maildir_name a_name;
	struct maildir_name b_name;
	maildir_name_parse(a->name, &a_name);
	maildir_name_parse(b->name, &b_name);
	return a_name.base_length == b_name.base_length &&
	       memcmp(a_name.base, b_name.base, a_name.base_length) == 0;
}

/* New files that share a base name: all but the first are copies. */
static bool mark_copies(struct near_changes *changes)
{
	bool any = false;
	memory_sort(changes->added, changes->added_count, sizeof *changes->added, compare_added);
	for (size_t i = 1; i < changes->added_count; i++) {
		if (same_base(&changes->added[i - 1], &changes->added[i])) {
			changes->added[i].is_copy = true;
			any = true;
		}
	}
	return any;
}

/* In a scan that a rename could have raced, a second sighting is more likely the same file again.
 */
static void drop_copies(struct near_changes *changes)
{
	size_t kept = 0;
	for (size_t i = 0; i < changes->added_count; i++) {
		if (changes->added[i].is_copy)
			free(changes->added[i].name);
		else
			changes->added[kept++] = changes->added[i];
	}
	changes->added_count = kept;
}

static int compare_changed(const void *a, const void *b)
{
	uint32_t one = ((const struct near_changed *)a)->uid;
	uint32_t other = ((const struct near_changed *)b)->uid;
	return (one > other) - (one < other);
}

/* One that was known to be absent may still wait for what the rules make of it: a run was killed
 * before, or it is the old version of an edited message. */
static bool is_news(const struct near_diff *diff, const struct state_message *message)
{
	if (!state_is_absent_near(message->absent))
		return true;
	return diff->absence == NEAR_ABSENCE_IS_UNDONE ||
	       (diff->absence == NEAR_ABSENCE_IS_MARKED && !(message->flags & FLAG_DELETED));
}

/* What the base has and the scan did not see. *news_r: with some of it something is to be done. */
static int find_missing(const struct near_diff *diff, struct uid_set *missing, bool *news_r,
			struct error *error)
{
	struct state_message message;
	uint32_t from = 1;
	int found;
	*news_r = false;
	if (diff->seen.count == diff->base->count)
		return 0;
	while ((found = diff->base->next(diff->base->context, from, &message, error)) > 0) {
		if (!uid_bits_contains(&diff->seen, message.uid)) {
			uid_set_add(missing, message.uid);
			*news_r = *news_r || is_news(diff, &message);
		}
		if (message.uid == UINT32_MAX)
			break;
		from = message.uid + 1;
	}
	return found < 0 ? -1 : 0;
}

int near_diff_finish(struct near_diff *diff, bool stable, bool *certain_r, struct error *error)
{
	struct near_changes *changes = diff->changes;
	bool doubtful = mark_copies(changes) || diff->raced;
	memory_sort(changes->changed, changes->changed_count, sizeof *changes->changed,
		    compare_changed);
	struct uid_set missing = UID_SET_INITIAL;
	bool news;
	int result = find_missing(diff, &missing, &news, error);
	except_editors(diff, &missing);
	if (stable) {
		uid_set_add_set(&changes->removed, &missing);
		doubtful = false;
	} else {
		doubtful = doubtful || news;
		drop_copies(changes);
	}
	*certain_r = !doubtful;
	changes->is_partial = doubtful || diff->unread;
	uid_set_release(&missing);
	uid_bits_release(&diff->seen);
	return result;
}
