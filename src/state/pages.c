/* Whether the data file is a sound tree of pages. LMDB trusts its pages: a damaged one would lead
 * it to addresses outside of the map, or to pages that hold something else. So a file that is not
 * as navette left it is walked through as a whole, by reading, before LMDB maps it; one that is
 * costs nothing. SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/path.h"
#include "state/private.h"

/* --- LMDB 0.9's format, on 64-bit machines (mdb.c: MDB_page, MDB_meta, MDB_db, MDB_node) --- */

#define PAGE_HEADER 16
#define PAGE_FLAGS_AT 10
#define PAGE_LOWER_AT 12 /* of an overflow page: its number of pages, in 32 bits */
#define PAGE_UPPER_AT 14
#define PAGE_BRANCH 0x01
#define PAGE_LEAF 0x02
#define PAGE_OVERFLOW 0x04
#define PAGE_META 0x08
#define META_MAGIC_AT 16
#define META_MAGIC 0xBEEFC0DE
#define META_VERSION_AT 20
#define META_FREE_AT 40 /* the two trees that every other one hangs on */
#define META_MAIN_AT 88
#define META_LAST_AT 136
#define META_TXNID_AT 144
#define META_SIZE 152
#define TREE_SIZE 48
#define TREE_DEPTH_AT 6
#define TREE_ROOT_AT 40
#define NODE_HEADER 8
#define NODE_FLAGS_AT 4
#define NODE_KEY_SIZE_AT 6
#define NODE_BIG 0x01
#define NODE_TREE 0x02
#define NO_PAGE UINT64_MAX
#define DEPTH_MAX 32
#define PAGE_SIZE_MIN 512
#define PAGE_SIZE_MAX 65536

enum tree_kind { TREE_FREE, TREE_MAIN, TREE_TABLE };

/* The file as it is read. */
struct source {
	int descriptor;
	int reason; /* errno of a read that failed; 0: none did */
};

struct walk {
	struct source *source;
	uint64_t page_size;
	uint64_t pages;      /* how many there may be */
	unsigned char *seen; /* one bit a page */
	enum tree_kind kind;
};

static uint16_t get_u16(const unsigned char *bytes)
{
	uint16_t number;
	memcpy(&number, bytes, sizeof number);
	return number;
}

static uint32_t get_u32(const unsigned char *bytes)
{
	uint32_t number;
	memcpy(&number, bytes, sizeof number);
	return number;
}

static uint64_t get_u64(const unsigned char *bytes)
{
	uint64_t number;
	memcpy(&number, bytes, sizeof number);
	return number;
}

/* --- Pages --- */

static bool read_at(struct source *source, void *bytes, uint64_t length, uint64_t offset)
{
	char *to = bytes;
	while (length > 0) {
		ssize_t got = pread(source->descriptor, to, length, (off_t)offset);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			source->reason = errno;
		if (got <= 0)
			return false;
		to += got;
		length -= (uint64_t)got;
		offset += (uint64_t)got;
	}
	return true;
}

/* Marks pages as used; false when one is not there or used already. */
static bool claim(struct walk *walk, uint64_t first, uint64_t count)
{
	if (first < 2 || first >= walk->pages || count > walk->pages - first)
		return false;
	for (uint64_t page = first; page < first + count; page++) {
		unsigned char bit = (unsigned char)(1u << (page % CHAR_BIT));
		if (walk->seen[page / CHAR_BIT] & bit)
			return false;
		walk->seen[page / CHAR_BIT] |= bit;
	}
	return true;
}

/* The page's bytes, which the caller owns; NULL when it cannot be right. */
static unsigned char *read_page(const struct walk *walk, uint64_t number)
{
	unsigned char *page = memory_allocate(walk->page_size);
	if (read_at(walk->source, page, walk->page_size, number * walk->page_size) &&
	    get_u64(page) == number)
		return page;
	free(page);
	return NULL;
}

/* --- Values --- */

/* A list of free pages: their number, then each, descending. LMDB will write to them. */
static bool check_free_list(struct walk *walk, const unsigned char *value, uint64_t size)
{
	uint64_t count = size >= 8 ? get_u64(value) : UINT64_MAX;
	uint64_t before = walk->pages;
	if (count > size / 8 - 1)
		return false;
	for (uint64_t i = 1; i <= count; i++) {
		uint64_t page = get_u64(value + 8 * i);
		if (page >= before || !claim(walk, page, 1))
			return false;
		before = page;
	}
	return true;
}

static bool check_tree(struct walk *walk, const unsigned char *tree);

static bool check_value(struct walk *walk, unsigned int flags, const unsigned char *value,
			uint64_t size)
{
	if (walk->kind == TREE_FREE)
		return flags == 0 && check_free_list(walk, value, size);
	if (walk->kind == TREE_TABLE)
		return flags == 0;
	if (flags != NODE_TREE || size != TREE_SIZE)
		return false;
	walk->kind = TREE_TABLE;
	bool good = check_tree(walk, value);
	walk->kind = TREE_MAIN;
	return good;
}

/* A value that has pages of its own. */
static bool check_big_value(struct walk *walk, unsigned int flags, uint64_t first, uint64_t size)
{
	uint64_t count = (PAGE_HEADER + size - 1) / walk->page_size + 1;
	if (!claim(walk, first, count))
		return false;
	unsigned char *pages = memory_allocate(count * walk->page_size);
	bool good = read_at(walk->source, pages, PAGE_HEADER + size, first * walk->page_size) &&
		    get_u64(pages) == first && get_u16(pages + PAGE_FLAGS_AT) == PAGE_OVERFLOW &&
		    get_u32(pages + PAGE_LOWER_AT) == count &&
		    check_value(walk, flags & ~(unsigned int)NODE_BIG, pages + PAGE_HEADER, size);
	free(pages);
	return good;
}

/* --- Nodes --- */

/* One entry of a page with ROOM bytes from its start to the page's end. */
static bool check_leaf_node(struct walk *walk, const unsigned char *node, uint64_t room)
{
	uint64_t key = get_u16(node + NODE_KEY_SIZE_AT);
	uint64_t size = get_u32(node);
	unsigned int flags = get_u16(node + NODE_FLAGS_AT);
	uint64_t head = NODE_HEADER + key;
	if (key == 0 || head > room || (walk->kind == TREE_FREE && key != 8))
		return false;
	if (flags & NODE_BIG)
		return room - head >= 8 && check_big_value(walk, flags, get_u64(node + head), size);
	return size <= room - head && check_value(walk, flags, node + head, size);
}

static bool check_page(struct walk *walk, uint64_t number, unsigned int levels);

static bool check_branch_node(struct walk *walk, const unsigned char *node, uint64_t room,
			      unsigned int levels)
{
	uint64_t child = get_u32(node) | (uint64_t)get_u16(node + NODE_FLAGS_AT) << 32;
	return NODE_HEADER + (uint64_t)get_u16(node + NODE_KEY_SIZE_AT) <= room &&
	       check_page(walk, child, levels - 1);
}

/* Whether the key of the node is above the one before it. Of a branch the first key is no key. */
static bool is_above(const struct walk *walk, const unsigned char *before,
		     const unsigned char *node)
{
	uint16_t before_size = get_u16(before + NODE_KEY_SIZE_AT);
	uint16_t size = get_u16(node + NODE_KEY_SIZE_AT);
	if (walk->kind == TREE_FREE)
		return before_size != 8 || size != 8 ||
		       get_u64(before + NODE_HEADER) < get_u64(node + NODE_HEADER);
	int order = memcmp(before + NODE_HEADER, node + NODE_HEADER,
			   before_size < size ? before_size : size);
	return order < 0 || (order == 0 && before_size < size);
}

static bool check_nodes(struct walk *walk, const unsigned char *page, unsigned int levels)
{
	uint64_t lower = get_u16(page + PAGE_LOWER_AT);
	uint64_t upper = get_u16(page + PAGE_UPPER_AT);
	const unsigned char *before = NULL;
	if (lower < PAGE_HEADER || lower % 2 != 0 || lower > upper || upper > walk->page_size)
		return false;
	uint64_t count = (lower - PAGE_HEADER) / 2;
	if (count < (levels > 1 && walk->kind != TREE_FREE ? 2 : 1))
		return false;
	for (uint64_t i = 0; i < count; i++) {
		uint64_t at = get_u16(page + PAGE_HEADER + 2 * i);
		if (at < upper || at % 2 != 0 || at > walk->page_size - NODE_HEADER)
			return false;
		const unsigned char *node = page + at;
		uint64_t room = walk->page_size - at;
		if (levels > 1 ? !check_branch_node(walk, node, room, levels)
			       : !check_leaf_node(walk, node, room))
			return false;
		if (before && !is_above(walk, before, node))
			return false;
		before = node;
	}
	return true;
}

/* --- Trees --- */

/* LEVELS: how many there must be from this page down to the leaves. */
static bool check_page(struct walk *walk, uint64_t number, unsigned int levels)
{
	if (!claim(walk, number, 1))
		return false;
	unsigned char *page = read_page(walk, number);
	bool good = page &&
		    get_u16(page + PAGE_FLAGS_AT) == (levels > 1 ? PAGE_BRANCH : PAGE_LEAF) &&
		    check_nodes(walk, page, levels);
	free(page);
	return good;
}

static bool check_tree(struct walk *walk, const unsigned char *tree)
{
	uint64_t root = get_u64(tree + TREE_ROOT_AT);
	unsigned int levels = get_u16(tree + TREE_DEPTH_AT);
	if (root == NO_PAGE)
		return levels == 0;
	return levels > 0 && levels < DEPTH_MAX && check_page(walk, root, levels);
}

/* --- The file --- */

static bool check_meta(const unsigned char *meta, uint64_t page_size)
{
	return get_u16(meta + PAGE_FLAGS_AT) == PAGE_META &&
	       get_u32(meta + META_MAGIC_AT) == META_MAGIC &&
	       get_u32(meta + META_VERSION_AT) == 1 && get_u32(meta + META_FREE_AT) == page_size;
}

static bool check_trees(struct source *source, const unsigned char *meta, uint64_t page_size,
			uint64_t file_size)
{
	uint64_t last = get_u64(meta + META_LAST_AT);
	/* Pages that were taken and given back in one transaction are counted and never written,
	 * see size.c; but that many cannot be. */
	if (last < 1 || last > UINT32_MAX || last > file_size / page_size * 2 + UINT16_MAX)
		return false;
	struct walk walk = { .source = source,
			     .page_size = page_size,
			     .pages = last + 1,
			     .seen = memory_allocate(last / CHAR_BIT + 1) };
	walk.kind = TREE_FREE;
	bool good = check_tree(&walk, meta + META_FREE_AT);
	walk.kind = TREE_MAIN;
	good = good && check_tree(&walk, meta + META_MAIN_AT);
	free(walk.seen);
	return good;
}

static bool check_file(struct source *source, uint64_t file_size)
{
	unsigned char metas[2][META_SIZE];
	if (!read_at(source, metas[0], META_SIZE, 0))
		return false;
	uint64_t page_size = get_u32(metas[0] + META_FREE_AT);
	if (page_size < PAGE_SIZE_MIN || page_size > PAGE_SIZE_MAX ||
	    (page_size & (page_size - 1)) != 0 || !check_meta(metas[0], page_size) ||
	    !read_at(source, metas[1], META_SIZE, page_size) || !check_meta(metas[1], page_size) ||
	    file_size < 2 * page_size)
		return false;
	/* As LMDB chooses. */
	bool second = get_u64(metas[1] + META_TXNID_AT) > get_u64(metas[0] + META_TXNID_AT);
	return check_trees(source, metas[second], page_size, file_size);
}

/* Whether a run was at work while the file was read without the lock: then what was read is of
 * several moments, and says nothing. */
static bool has_moved(const struct state *state, int descriptor, const struct stat *before)
{
	struct stat after;
	int64_t process;
	if (state->lock >= 0)
		return false;
	return state_is_held(state->directory, &process) || fstat(descriptor, &after) != 0 ||
	       after.st_size != before->st_size || after.st_mtim.tv_sec != before->st_mtim.tv_sec ||
	       after.st_mtim.tv_nsec != before->st_mtim.tv_nsec;
}

/* 0 or -1; of a file that was read without one who writes to it. */
static int judge(const struct state *state, const struct source *source, struct error *error)
{
	if (source->reason == 0)
		return state_refuse(state, "is damaged (" STATE_DATA_FILE " is not sound)", error);
	return error_set_errno(error, ERROR_FAILED, SCOPE_ACCOUNT, source->reason,
			       "cannot read %s/" STATE_DATA_FILE, state->directory);
}

int state_pages_check(const struct state *state, struct error *error)
{
	struct stat status;
	bool same_format = sizeof(size_t) == 8 && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__;
	char *path = path_join(state->directory, STATE_DATA_FILE);
	struct source source = { .descriptor = open(path, O_RDONLY | O_CLOEXEC) };
	int result = 0;
	free(path);
	if (source.descriptor < 0)
		return 0; /* not there, or LMDB's opening says why */
	if (same_format && fstat(source.descriptor, &status) == 0 && status.st_size > 0 &&
	    !state_size_is_noted(state, &status) &&
	    !check_file(&source, (uint64_t)status.st_size) &&
	    !has_moved(state, source.descriptor, &status))
		result = judge(state, &source, error);
	(void)close(source.descriptor); /* nothing was written through it */
	return result;
}
