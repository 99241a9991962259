/* Files whose base name somebody changed. SPDX-License-Identifier: GPL-3.0-or-later */
#include "sync/observe/renamed.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "mail/flags.h"

void vanished_list_add(struct vanished_list *list, const struct state_message *message)
{
	memory_grow((void **)&list->items, &list->capacity, list->count + 1, sizeof *list->items);
	list->items[list->count++] = (struct vanished){ .uid = message->uid,
							.flags = message->flags,
							.size = message->size,
							.identity = message->identity,
							.file = message->file };
	list->sorted = false;
	list->any_unknown = list->any_unknown || !file_stamp_is_known(&message->file);
	list->any_sha256 = list->any_sha256 || file_stamp_is_of_sha256(&message->file);
}

void vanished_list_release(struct vanished_list *list)
{
	free(list->items);
	*list = (struct vanished_list){ .items = NULL };
}

/* --- Order: so that one of many is found fast --- */

static int compare_numbers(uint64_t a, uint64_t b)
{
	return (a > b) - (a < b);
}

static int compare_files(const struct file_stamp *a, const struct file_stamp *b)
{
	int order = compare_numbers(a->inode, b->inode);
	if (order == 0)
		order = compare_numbers(a->size, b->size);
	return order != 0 ? order : (a->mtime_ns > b->mtime_ns) - (a->mtime_ns < b->mtime_ns);
}

/* Those without a digest of KIND come first among those of their size. */
static int compare_bytes(const struct file_stamp *a, const struct file_stamp *b,
			 enum file_digest_kind kind)
{
	const uint8_t *one = file_stamp_digest(a, kind);
	const uint8_t *other = file_stamp_digest(b, kind);
	int order = compare_numbers(a->size, b->size);
	if (order != 0)
		return order;
	if (!one || !other)
		return (one != NULL) - (other != NULL);
	return memcmp(one, other, FILE_DIGEST_SIZE);
}

static int compare_same(const struct vanished *a, const struct vanished *b,
			enum vanished_order order)
{
	int result = 0;
	switch (order) {
	case VANISHED_BY_FILE:
		return compare_files(&a->file, &b->file);
	case VANISHED_BY_BYTES:
		return compare_bytes(&a->file, &b->file, FILE_DIGEST_KEYED);
	case VANISHED_BY_SHA256:
		return compare_bytes(&a->file, &b->file, FILE_DIGEST_SHA256);
	case VANISHED_BY_IDENTITY:
		result = compare_numbers(a->size, b->size);
		break;
	}
	return result != 0 ? result : memcmp(a->identity.bytes, b->identity.bytes, IDENTITY_SIZE);
}

static int compare(const void *a, const void *b, void *order)
{
	const struct vanished *one = a;
	const struct vanished *other = b;
	int result = compare_same(one, other, *(enum vanished_order *)order);
	return result != 0 ? result : compare_numbers(one->uid, other->uid);
}

static void sort(struct vanished_list *list, enum vanished_order order)
{
	if (list->sorted && list->order == order)
		return;
	if (list->count > 1)
		qsort_r(list->items, list->count, sizeof *list->items, compare, &order);
	list->sorted = true;
	list->order = order;
}

/* The first that is not before KEY. */
static size_t find_first(const struct vanished_list *list, const struct vanished *key)
{
	size_t low = 0;
	size_t high = list->count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (compare_same(&list->items[middle], key, list->order) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* --- Pairs --- */

static bool may_be_renamed(const struct near_added *added)
{
	return added->name && !added->is_copy && added->edits == 0 &&
	       file_stamp_is_known(&added->file);
}

/* Whether ADDED has what ORDER is made by: all without it are the same, and none is found. */
static bool has_key(const struct near_added *added, enum vanished_order order)
{
	if (order == VANISHED_BY_BYTES)
		return file_stamp_digest(&added->file, FILE_DIGEST_KEYED) != NULL;
	if (order == VANISHED_BY_SHA256)
		return file_stamp_digest(&added->file, FILE_DIGEST_SHA256) != NULL;
	return true;
}

/* Whether the two, which are the same by ORDER, may be a pair. */
static bool is_enough(const struct vanished *vanished, const struct near_added *added,
		      enum vanished_order order)
{
	bool known = file_stamp_is_known(&vanished->file);
	if (order == VANISHED_BY_FILE)
		return known;
	if (order != VANISHED_BY_IDENTITY)
		return added->is_identified &&
		       file_stamp_same_content(&vanished->file, &added->file);
	return !known && added->is_identified && !added->is_stub &&
	       !identity_is_empty(&vanished->identity) &&
	       !((vanished->flags | added->flags) & FLAG_DRAFT);
}

static struct vanished *find(const struct vanished_list *list, const struct near_added *added)
{
	const struct vanished key = { .size = added->size,
				      .identity = added->identity,
				      .file = added->file };
	for (size_t i = find_first(list, &key); i < list->count; i++) {
		struct vanished *vanished = &list->items[i];
		if (compare_same(vanished, &key, list->order) != 0)
			break;
		if (!vanished->has_file && is_enough(vanished, added, list->order))
			return vanished;
	}
	return NULL;
}

static void take_pair(struct near_changes *changes, struct near_added *added,
		      struct vanished *vanished)
{
	memory_grow((void **)&changes->changed, &changes->changed_capacity,
		    changes->changed_count + 1, sizeof *changes->changed);
	struct near_changed *changed = &changes->changed[changes->changed_count++];
	*changed = (struct near_changed){ .uid = vanished->uid,
					  .place = added->place,
					  .name = added->name,
					  .flags = added->flags };
	if (added->is_identified) {
		changed->file = added->file;
		/* Where the base does not know the file, that it is the same is likely, no more. */
		if (file_stamp_is_known(&vanished->file))
			changed->body = added->body;
	}
	uid_set_remove_range(&changes->removed, vanished->uid, vanished->uid);
	added->name = NULL;
	vanished->has_file = true;
}

static void drop_taken(struct near_changes *changes)
{
	size_t kept = 0;
	for (size_t i = 0; i < changes->added_count; i++) {
		if (changes->added[i].name)
			changes->added[kept++] = changes->added[i];
	}
	changes->added_count = kept;
}

static int compare_changed(const void *a, const void *b)
{
	return compare_numbers(((const struct near_changed *)a)->uid,
			       ((const struct near_changed *)b)->uid);
}

static void pair_by(struct vanished_list *list, struct near_changes *changes,
		    enum vanished_order order)
{
	size_t before = changes->changed_count;
	sort(list, order);
	for (size_t i = 0; i < changes->added_count; i++) {
		struct near_added *added = &changes->added[i];
		struct vanished *vanished = NULL;
		if (may_be_renamed(added) && has_key(added, order))
			vanished = find(list, added);
		if (vanished)
			take_pair(changes, added, vanished);
	}
	if (changes->changed_count == before)
		return;
	drop_taken(changes);
	qsort(changes->changed, changes->changed_count, sizeof *changes->changed, compare_changed);
}

void renamed_pair_files(struct vanished_list *list, struct near_changes *changes)
{
	pair_by(list, changes, VANISHED_BY_FILE);
}

bool renamed_must_read(struct vanished_list *list, const struct near_added *added)
{
	const struct vanished key = { .file = { .size = added->file.size } };
	if (!may_be_renamed(added))
		return false;
	sort(list, VANISHED_BY_BYTES);
	size_t i = find_first(list, &key);
	return list->any_unknown || (i < list->count && list->items[i].file.size == key.file.size);
}

void renamed_pair_contents(struct vanished_list *list, struct near_changes *changes)
{
	pair_by(list, changes, VANISHED_BY_BYTES);
	pair_by(list, changes, VANISHED_BY_SHA256);
	pair_by(list, changes, VANISHED_BY_IDENTITY);
}
