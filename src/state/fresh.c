/* Messages whose files the next run is to look at. SPDX-License-Identifier: GPL-3.0-or-later */
#include "state/fresh.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/memory.h"
#include "base/path.h"
#include "state/private.h"

#define FILE_NAME "fresh"
#define ENTRY_SIZE 8
#define ENTRIES_MAX 200000 /* as large as the file may become: 1.6 MB */

static int open_file(const struct state *state, int flags)
{
	char *path = path_join(state->directory, FILE_NAME);
	int file = open(path, flags | O_CLOEXEC | O_NOFOLLOW, 0600);
	free(path);
	return file;
}

static void add_entry(struct buffer *bytes, uint32_t folder, uint32_t uid)
{
	unsigned char entry[ENTRY_SIZE];
	state_write_u32(entry, folder);
	state_write_u32(entry + 4, uid);
	buffer_add(bytes, entry, sizeof entry);
}

static int fail(const struct state *state, struct error *error)
{
	return error_set_errno(error, ERROR_FAILED, SCOPE_MESSAGE, errno,
			       "cannot note in %s/" FILE_NAME
			       " what was sent, so the next run does "
			       "not see whether it was still being written",
			       state->directory);
}

int state_fresh_add(const struct state *state, uint32_t folder, const struct uid_set *uids,
		    struct error *error)
{
	struct buffer bytes = BUFFER_INITIAL;
	struct stat status;
	if (uid_set_is_empty(uids) || uid_set_size(uids) > ENTRIES_MAX)
		return 0;
	int file = open_file(state, O_WRONLY | O_CREAT | O_APPEND);
	if (file < 0)
		return fail(state, error);
	int result = fstat(file, &status) == 0 ? 0 : fail(state, error);
	for (uint32_t uid = 0; uid_set_next(uids, &uid);)
		add_entry(&bytes, folder, uid);
	/* In one write, which others of this process do not come between. */
	if (result == 0 && status.st_size < (off_t)ENTRIES_MAX * ENTRY_SIZE &&
	    write(file, bytes.bytes, bytes.length) < 0)
		result = fail(state, error);
	if (close(file) != 0 && result == 0)
		result = fail(state, error);
	buffer_release(&bytes);
	return result;
}

static int compare(const void *a, const void *b)
{
	uint32_t one = ((const struct state_fresh_entry *)a)->folder;
	uint32_t other = ((const struct state_fresh_entry *)b)->folder;
	return (one > other) - (one < other);
}

static void read_entries(int file, struct state_fresh *fresh)
{
	unsigned char bytes[4096];
	size_t held = 0;
	ssize_t got;
	while ((got = read(file, bytes + held, sizeof bytes - held)) > 0) {
		held += (size_t)got;
		size_t used = 0;
		for (; held - used >= ENTRY_SIZE; used += ENTRY_SIZE) {
			memory_grow((void **)&fresh->items, &fresh->capacity, fresh->count + 1,
				    sizeof *fresh->items);
			fresh->items[fresh->count++] =
				(struct state_fresh_entry){ state_read_u32(bytes + used),
							    state_read_u32(bytes + used + 4) };
		}
		for (size_t i = 0; i < held - used; i++)
			bytes[i] = bytes[used + i];
		held -= used;
	}
}

void state_fresh_take(const struct state *state, struct state_fresh *fresh)
{
	int file = open_file(state, O_RDONLY);
	if (file < 0)
		return;
	read_entries(file, fresh);
	(void)close(file); /* only read from */
	char *path = path_join(state->directory, FILE_NAME);
	(void)unlink(path); /* else they are looked at once more */
	free(path);
	memory_sort(fresh->items, fresh->count, sizeof *fresh->items, compare);
}

void state_fresh_get(const struct state_fresh *fresh, uint32_t folder, struct uid_set *uids)
{
	size_t low = 0;
	size_t high = fresh->count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (fresh->items[middle].folder < folder)
			low = middle + 1;
		else
			high = middle;
	}
	for (; low < fresh->count && fresh->items[low].folder == folder; low++) {
		if (fresh->items[low].uid != 0)
			uid_set_add(uids, fresh->items[low].uid);
	}
}

void state_fresh_release(struct state_fresh *fresh)
{
	free(fresh->items);
	*fresh = (struct state_fresh){ .items = NULL };
}
