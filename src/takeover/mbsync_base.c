/* What mbsync knows of one folder. SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/memory.h"
#include "base/path.h"
#include "mail/utf7.h"
#include "maildir/name.h"
#include "takeover/base.h"
#include "takeover/files.h"
#include "takeover/lock.h"
#include "takeover/mbsync_state.h"
#include "takeover/mbsync_uidmap.h"
#include "takeover/read_file.h"

/* --- Where its state lies --- */

static char *with_exclamations(const char *name)
{
	char *copy = memory_text(name);
	for (char *byte = copy; *byte != '\0'; byte++) {
		if (*byte == '/')
			*byte = '!';
	}
	return copy;
}

static char *in_utf7(const char *name)
{
	struct buffer encoded = BUFFER_INITIAL;
	if (utf7_encode(&encoded, name, strlen(name)))
		return buffer_take(&encoded);
	buffer_release(&encoded);
	return memory_text(name);
}

/* The path for names in one spelling; the caller's. */
static char *spelt_path(const struct takeover_source *source, const char *far, const char *local)
{
	char *far_box = with_exclamations(far);
	char *near_box = with_exclamations(local);
	char *path = source->sync_state ? memory_format("%s%s", source->sync_state, near_box)
					: memory_format("%s:%s:%s_:%s:%s", source->state_directory,
							source->far_store, far_box,
							source->near_store, near_box);
	free(far_box);
	free(near_box);
	return path;
}

/* Up to 1.4 names are in modified UTF-7, since then in UTF-8; the local one may be in either, as it
 * stands on the disk. */
static char *state_path(const struct takeover_source *source, const struct takeover_place *place)
{
	if (source->sync_state && strcmp(source->sync_state, "*") == 0)
		return path_join(place->path, ".mbsyncstate");
	char *far = in_utf7(place->far);
	char *local = in_utf7(place->local);
	const char *const spellings[][2] = { { place->far, place->local },
					     { far, place->local },
					     { far, local },
					     { place->far, local } };
	char *path = NULL;
	for (size_t i = 0; i < 4 && (!path || access(path, F_OK) != 0); i++) {
		free(path);
		path = spelt_path(source, spellings[i][0], spellings[i][1]);
	}
	free(far);
	free(local);
	return path;
}

static int check_lock(const char *path, struct error *error)
{
	char *name = memory_format("%s.lock", path);
	int result = takeover_check_lock(name, "mbsync", error);
	free(name);
	return result;
}

/* --- UIDs of files --- */

struct uid_map {
	struct mapped {
		char *base;
		uint32_t uid;
	} * items;
	size_t count, capacity;
};

static void see_mapped(void *context, const char *base, size_t base_length, uint32_t uid)
{
	struct uid_map *map = context;
	memory_grow((void **)&map->items, &map->capacity, map->count + 1, sizeof *map->items);
	map->items[map->count++] =
		(struct mapped){ .base = memory_text_length(base, base_length), .uid = uid };
}

static int compare_mapped(const void *a, const void *b)
{
	return strcmp(((const struct mapped *)a)->base, ((const struct mapped *)b)->base);
}

static uint32_t find_mapped(void *context, const char *name)
{
	const struct uid_map *map = context;
	struct maildir_name parsed;
	maildir_name_parse(name, &parsed);
	struct mapped key = { .base = memory_text_length(parsed.base, parsed.base_length) };
	const struct mapped *found = map->count > 0 ? bsearch(&key, map->items, map->count,
							      sizeof *map->items, compare_mapped)
						    : NULL;
	free(key.base);
	return found ? found->uid : 0;
}

static void release_map(struct uid_map *map)
{
	for (size_t i = 0; i < map->count; i++)
		free(map->items[i].base);
	free(map->items);
}

static int read_map(const char *path, struct uid_map *map, struct error *error)
{
	char *name = path_join(path, ".isyncuidmap.db");
	char *bytes;
	size_t length;
	int found = read_file_bytes(name, &bytes, &length, error);
	if (found > 0 && !mbsync_uidmap_read(bytes, length, see_mapped, map))
		found = error_set(error, ERROR_FAILED, SCOPE_FOLDER,
				  "%s is no table of UIDs that is known", name);
	free(bytes);
	free(name);
	memory_sort(map->items, map->count, sizeof *map->items, compare_mapped);
	return found < 0 ? -1 : 0;
}

static uint32_t uid_in_name(void *context, const char *name)
{
	(void)context;
	return takeover_name_uid(name);
}

static int read_files(const struct takeover_source *source, const char *path,
		      struct takeover_files *files, struct error *error)
{
	struct uid_map map = { .items = NULL };
	if (!source->alt_map)
		return takeover_files_read(path, uid_in_name, NULL, files, error);
	int result = read_map(path, &map, error);
	if (result == 0)
		result = takeover_files_read(path, find_mapped, &map, files, error);
	release_map(&map);
	return result;
}

/* Whether the UIDs of the files are those that the state means: .uidvalidity has that number first,
 * then the highest UID given. */
static bool is_valid(const struct takeover_source *source, const char *path, uint32_t uidvalidity)
{
	struct error ignored = ERROR_INITIAL;
	char *name = path_join(path, ".uidvalidity");
	char *text = NULL;
	bool good = source->alt_map || (read_file(name, &text, &ignored) > 0 &&
					strtoull(text, NULL, 10) == uidvalidity);
	free(text);
	free(name);
	return good;
}

/* --- The whole --- */

static uint32_t flags_of_name(const char *name)
{
	struct maildir_name parsed;
	maildir_name_parse(name, &parsed);
	return parsed.flags;
}

static void add_pair(struct takeover_base *base, const struct mbsync_pair *pair,
		     const struct takeover_file *file)
{
	char *name = file ? memory_text(file->name) : NULL;
	uint32_t flags = pair->flags;
	enum takeover_kind kind = pair->placeholder ? TAKEOVER_STUB : TAKEOVER_PAIR;
	if (pair->near == 0)
		kind = TAKEOVER_ABSENT_NEAR;
	else if (pair->far == 0)
		kind = TAKEOVER_ABSENT_FAR;
	/* mbsync marks files so that it is about to take away: the user did not. */
	if (file && (pair->expired || pair->far == 0))
		flags |= flags_of_name(file->name) & FLAG_DELETED;
	takeover_base_add(base, kind, pair->far, flags, name, file ? file->place : 1);
}

static void take_pair(struct takeover_base *base, const struct mbsync_pair *pair,
		      const struct takeover_files *files)
{
	const struct takeover_file *file =
		pair->near != 0 ? takeover_files_find(files, pair->near) : NULL;
	bool doubted = pair->doubtful || pair->far_placeholder || (file && file->doubled);
	/* What was not transferred has nothing here, and what the limit took away is gone by no
	 * hand of the user's. */
	if (pair->skipped || (pair->expired && !file) || (pair->far == 0 && !file))
		return;
	if (doubted)
		base->doubtful++;
	else
		add_pair(base, pair, file);
}

static int take_state(const struct takeover_source *source, const struct takeover_place *place,
		      const struct mbsync_state *state, struct takeover_base *base,
		      struct error *error)
{
	struct takeover_files files = { .items = NULL };
	if (!is_valid(source, place->path, state->near_uidvalidity))
		return error_set(error, ERROR_FAILED, SCOPE_FOLDER,
				 "the UIDs in %s are not those that mbsync's state speaks of",
				 place->path);
	if (read_files(source, place->path, &files, error) != 0)
		return -1;
	base->uidvalidity = state->far_uidvalidity;
	base->uidnext = state->far_pulled + 1;
	for (size_t i = 0; i < state->count; i++) {
		take_pair(base, &state->pairs[i], &files);
		if (state->pairs[i].far >= base->uidnext)
			base->uidnext = state->pairs[i].far + 1;
	}
	takeover_files_release(&files);
	return 0;
}

int takeover_mbsync_base(const struct takeover_source *source, const struct takeover_place *place,
			 struct takeover_base *base, struct error *error)
{
	struct mbsync_state state = { .pairs = NULL };
	char *path = state_path(source, place);
	int found = check_lock(path, error);
	if (found == 0)
		found = mbsync_state_read(path, &state, error);
	if (found > 0 && take_state(source, place, &state, base, error) != 0)
		found = -1;
	mbsync_state_release(&state);
	free(path);
	return found;
}
