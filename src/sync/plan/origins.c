/* Where the bodies of new far messages come from. SPDX-License-Identifier: GPL-3.0-or-later */
#include "sync/plan/origins.h"

#include <stdlib.h>

#include "base/memory.h"

void origins_add_known(struct origins *origins, const struct origin_known *known)
{
	memory_grow((void **)&origins->known, &origins->known_capacity, origins->known_count + 1,
		    sizeof *origins->known);
	origins->known[origins->known_count++] = *known;
}

void origins_add_new(struct origins *origins, const struct origin_new *one)
{
	memory_grow((void **)&origins->new, &origins->new_capacity, origins->new_count + 1,
		    sizeof *origins->new);
	origins->new[origins->new_count++] = *one;
}

void origins_release(struct origins *origins)
{
	free(origins->known);
	free(origins->new);
	*origins = (struct origins){ .known = NULL };
}

/* --- Sorted by what is compared, and among equal ones as they stand --- */

struct key {
	const struct origin_content *content;
	size_t index;
};

typedef int compare_keys(const void *a, const void *b);

static int compare_numbers(uint64_t a, uint64_t b)
{
	return (a > b) - (a < b);
}

static int compare_objects(const void *a, const void *b)
{
	const struct key *one = a;
	const struct key *other = b;
	return object_id_compare(&one->content->object, &other->content->object);
}

static int by_object(const void *a, const void *b)
{
	int order = compare_objects(a, b);
	return order != 0 ? order
			  : compare_numbers(((const struct key *)a)->index,
					    ((const struct key *)b)->index);
}

static int compare_places(const void *a, const void *b)
{
	const struct key *one = a;
	const struct key *other = b;
	int order = compare_numbers(one->content->size, other->content->size);
	return order != 0 ? order
			  : (one->content->date > other->content->date) -
				    (one->content->date < other->content->date);
}

static int by_place(const void *a, const void *b)
{
	int order = compare_places(a, b);
	return order != 0 ? order
			  : compare_numbers(((const struct key *)a)->index,
					    ((const struct key *)b)->index);
}

struct keys {
	struct key *items;
	size_t count;
};

/* The first that is equal to CONTENT; they follow one another. */
static size_t find_first(const struct keys *keys, const struct origin_content *content,
			 compare_keys *compare)
{
	const struct key wanted = { .content = content };
	size_t low = 0;
	size_t high = keys->count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (compare(&keys->items[middle], &wanted) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static bool is_equal(const struct keys *keys, size_t i, const struct origin_content *content,
		     compare_keys *compare)
{
	const struct key wanted = { .content = content };
	return i < keys->count && compare(&keys->items[i], &wanted) == 0;
}

static void sort(struct keys *keys, compare_keys *compare)
{
	memory_sort(keys->items, keys->count, sizeof *keys->items, compare);
}

static struct keys known_by_object(const struct origins *origins)
{
	struct keys keys = { .items = memory_array(origins->known_count, sizeof *keys.items) };
	for (size_t i = 0; i < origins->known_count; i++) {
		const struct origin_content *content = &origins->known[i].content;
		if (object_id_is_known(&content->object))
			keys.items[keys.count++] = (struct key){ content, i };
	}
	sort(&keys, by_object);
	return keys;
}

static struct keys new_by_object(const struct origins *origins)
{
	struct keys keys = { .items = memory_array(origins->new_count, sizeof *keys.items) };
	for (size_t i = 0; i < origins->new_count; i++) {
		const struct origin_content *content = &origins->new[i].content;
		if (object_id_is_known(&content->object))
			keys.items[keys.count++] = (struct key){ content, i };
	}
	sort(&keys, by_object);
	return keys;
}

static struct keys lost_by_place(const struct origins *origins)
{
	struct keys keys = { .items = memory_array(origins->known_count, sizeof *keys.items) };
	for (size_t i = 0; i < origins->known_count; i++) {
		const struct origin_known *known = &origins->known[i];
		if (known->is_lost && known->content.has_date && known->content.has_identity &&
		    !identity_is_empty(&known->content.identity))
			keys.items[keys.count++] = (struct key){ &known->content, i };
	}
	sort(&keys, by_place);
	return keys;
}

/* --- One origin --- */

static void take(struct origins *origins, struct origin_new *one, size_t index)
{
	struct origin_known *known = &origins->known[index];
	one->kind = ORIGIN_KNOWN;
	one->from = index;
	one->moves = known->is_lost && !known->is_taken;
	known->is_taken = known->is_taken || one->moves;
}

/* Whether A serves better: what moved goes first, and to one place. */
static bool is_better(const struct origin_known *a, const struct origin_known *b)
{
	bool a_moves = a->is_lost && !a->is_taken;
	bool b_moves = b->is_lost && !b->is_taken;
	return a_moves && !b_moves;
}

/* A link has the time of its file, which is to be that of the message: what came twice at two times
 * is two files. */
static bool may_be_one_file(const struct origin_content *a, const struct origin_content *b)
{
	return a->size == b->size && (!a->has_date || !b->has_date || a->date == b->date);
}

static void pair_by_object(struct origins *origins, const struct keys *keys, struct origin_new *one)
{
	size_t best = SIZE_MAX;
	if (!object_id_is_known(&one->content.object))
		return;
	size_t i = find_first(keys, &one->content, compare_objects);
	for (; is_equal(keys, i, &one->content, compare_objects); i++) {
		size_t index = keys->items[i].index;
		if (may_be_one_file(&origins->known[index].content, &one->content) &&
		    (best == SIZE_MAX || is_better(&origins->known[index], &origins->known[best])))
			best = index;
	}
	if (best != SIZE_MAX)
		take(origins, one, best);
}

/* The first new one of the same content is fetched, and serves the others. */
static void pair_with_new(struct origins *origins, const struct keys *keys, size_t number)
{
	struct origin_new *one = &origins->new[number];
	if (one->kind != ORIGIN_SERVER || !object_id_is_known(&one->content.object))
		return;
	size_t i = find_first(keys, &one->content, compare_objects);
	for (; is_equal(keys, i, &one->content, compare_objects); i++) {
		size_t index = keys->items[i].index;
		if (index >= number)
			return;
		if (origins->new[index].kind != ORIGIN_SERVER ||
		    !may_be_one_file(&origins->new[index].content, &one->content))
			continue;
		one->kind = ORIGIN_NEW;
		one->from = index;
		return;
	}
}

/* Whether it cannot have moved there: the server says that they are of two contents, or they are in
 * one folder, where one is rather the other as somebody edited it. */
static bool are_told_apart(const struct origin_known *known, const struct origin_new *one)
{
	const struct object_id *a = &known->content.object;
	const struct object_id *b = &one->content.object;
	return known->folder == one->folder ||
	       (object_id_is_known(a) && object_id_is_known(b) && !object_id_equal(a, b));
}

static bool are_alike(const struct origin_known *a, const struct origin_known *b)
{
	return body_digest_equal(&a->body, &b->body);
}

static void pair_by_place(struct origins *origins, const struct keys *keys, struct origin_new *one)
{
	const struct origin_content *content = &one->content;
	size_t best = SIZE_MAX;
	if (one->kind != ORIGIN_SERVER || !content->has_date)
		return;
	size_t i = find_first(keys, content, compare_places);
	for (; is_equal(keys, i, content, compare_places); i++) {
		size_t index = keys->items[i].index;
		const struct origin_known *known = &origins->known[index];
		if (are_told_apart(known, one))
			continue;
		one->wants_identity = !content->has_identity;
		if (one->wants_identity)
			return;
		if (!identity_equal(&known->content.identity, &content->identity))
			continue;
		if (best != SIZE_MAX && !are_alike(known, &origins->known[best]))
			return; /* nobody knows which of them it is */
		if (best == SIZE_MAX || is_better(known, &origins->known[best]))
			best = index;
	}
	if (best != SIZE_MAX && !origins->known[best].is_taken)
		take(origins, one, best);
}

/* --- The whole --- */

/* Whether one name stands for messages of several sizes. */
static bool names_lie(const struct keys *keys)
{
	for (size_t i = 1; i < keys->count; i++) {
		const struct origin_content *before = keys->items[i - 1].content;
		const struct origin_content *content = keys->items[i].content;
		if (object_id_equal(&before->object, &content->object) &&
		    before->size != content->size)
			return true;
	}
	return false;
}

void origins_pair(struct origins *origins)
{
	struct keys known = known_by_object(origins);
	struct keys new = new_by_object(origins);
	struct keys lost = lost_by_place(origins);
	bool believed = !names_lie(&new);
	for (size_t i = 0; i < origins->known_count; i++)
		origins->known[i].is_taken = false;
	for (size_t i = 0; i < origins->new_count; i++) {
		origins->new[i].kind = ORIGIN_SERVER;
		origins->new[i].moves = origins->new[i].wants_identity = false;
		if (believed)
			pair_by_object(origins, &known, &origins->new[i]);
	}
	for (size_t i = 0; i < origins->new_count; i++)
		pair_by_place(origins, &lost, &origins->new[i]);
	for (size_t i = 0; believed && i < origins->new_count; i++)
		pair_with_new(origins, &new, i);
	free(known.items);
	free(new.items);
	free(lost.items);
}
