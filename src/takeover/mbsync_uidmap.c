/* Reading a hash of Berkeley DB, as its documentation of the format and its own files tell: pages
 * of one size; the first describes the file; on those of a hash an index of 16-bit offsets, keys
 * and values in turn. SPDX-License-Identifier: GPL-3.0-or-later */
#include "takeover/mbsync_uidmap.h"

#include <string.h>

#define MAGIC_OFFSET 12
#define HASH_MAGIC UINT32_C(0x00061561)
#define PAGE_SIZE_OFFSET 20
#define PAGE_SIZE_MIN 512u
#define PAGE_SIZE_MAX 65536u

/* Of each page. */
#define ENTRIES_OFFSET 20
#define TYPE_OFFSET 25
#define INDEX_OFFSET 26
#define TYPE_HASH_UNSORTED 2
#define TYPE_HASH 13
#define ITEM_KEYDATA 1

struct page {
	const unsigned char *bytes;
	size_t size;
	bool swapped; /* it was written by a machine of the other byte order */
};

static uint16_t read_u16(const struct page *page, size_t offset)
{
	uint16_t number;
	memcpy(&number, page->bytes + offset, sizeof number);
	return page->swapped ? (uint16_t)(number >> 8 | number << 8) : number;
}

static uint32_t swap_u32(uint32_t number)
{
	return number >> 24 | (number >> 8 & 0xff00) | (number << 8 & 0xff0000) | number << 24;
}

/* One item of the page, without the byte of its type. Each ends where the one before begins: they
 * are laid down from the page's end on. */
static bool item_at(const struct page *page, unsigned int index, const unsigned char **bytes_r,
		    size_t *length_r)
{
	size_t start = read_u16(page, INDEX_OFFSET + 2 * (size_t)index);
	size_t end =
		index == 0 ? page->size : read_u16(page, INDEX_OFFSET + 2 * ((size_t)index - 1));
	if (start >= end || end > page->size || page->bytes[start] != ITEM_KEYDATA)
		return false;
	*bytes_r = page->bytes + start + 1;
	*length_r = end - start - 1;
	return true;
}

/* False: the page is damaged. */
static bool read_page(const struct page *page,
		      void (*see)(void *context, const char *base, size_t base_length,
				  uint32_t uid),
		      void *context)
{
	unsigned int count = read_u16(page, ENTRIES_OFFSET);
	if (INDEX_OFFSET + 2 * (size_t)count > page->size)
		return false;
	for (unsigned int i = 0; i + 1 < count; i += 2) {
		const unsigned char *key;
		const unsigned char *value;
		size_t key_length;
		size_t value_length;
		uint32_t uid;
		if (!item_at(page, i, &key, &key_length) ||
		    !item_at(page, i + 1, &value, &value_length))
			return false;
		/* "UIDVALIDITY" has a value of two numbers. A UID is in the machine's own order. */
		if (value_length != sizeof uid)
			continue;
		memcpy(&uid, value, sizeof uid);
		see(context, (const char *)key, key_length, page->swapped ? swap_u32(uid) : uid);
	}
	return true;
}

bool mbsync_uidmap_read(const void *bytes, size_t length,
			void (*see)(void *context, const char *base, size_t base_length,
				    uint32_t uid),
			void *context)
{
	const unsigned char *start = bytes;
	uint32_t magic;
	uint32_t page_size;
	if (length < PAGE_SIZE_MIN)
		return false;
	memcpy(&magic, start + MAGIC_OFFSET, sizeof magic);
	memcpy(&page_size, start + PAGE_SIZE_OFFSET, sizeof page_size);
	bool swapped = magic == swap_u32(HASH_MAGIC);
	page_size = swapped ? swap_u32(page_size) : page_size;
	if ((magic != HASH_MAGIC && !swapped) || page_size < PAGE_SIZE_MIN ||
	    page_size > PAGE_SIZE_MAX || length % page_size != 0)
		return false;
	for (size_t at = page_size; at < length; at += page_size) {
		const struct page page = { .bytes = start + at,
					   .size = page_size,
					   .swapped = swapped };
		unsigned char type = page.bytes[TYPE_OFFSET];
		if ((type == TYPE_HASH || type == TYPE_HASH_UNSORTED) &&
		    !read_page(&page, see, context))
			return false;
	}
	return true;
}
