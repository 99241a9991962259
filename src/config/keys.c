/* Tables of the keys that a section may hold. SPDX-License-Identifier: GPL-3.0-or-later */
#include "config/keys.h"

#include <string.h>

#include "base/memory.h"
#include "config/peer_words.h"

/* The key of that number; *offset_r is where it reads into. NULL past the last. */
static const struct config_key *find_key(const struct config_keys *keys, size_t index,
					 size_t *offset_r)
{
	for (size_t part = 0; part < CONFIG_KEY_PARTS && keys->parts[part].keys; part++) {
		for (const struct config_key *key = keys->parts[part].keys; key->name; key++) {
			if (index-- > 0)
				continue;
			*offset_r = keys->parts[part].offset + key->offset;
			return key;
		}
	}
	return NULL;
}

const char *config_key_name(const struct config_keys *keys, size_t index)
{
	size_t offset;
	const struct config_key *key = find_key(keys, index, &offset);
	return key ? key->name : NULL;
}

int config_key_index(const struct config_keys *keys, const char *name)
{
	const char *known;
	for (size_t i = 0; (known = config_key_name(keys, i)) != NULL; i++) {
		if (strcmp(known, name) == 0)
			return (int)i;
	}
	return -1;
}

bool config_key_is_list(const struct config_keys *keys, const char *name)
{
	size_t offset;
	int index = config_key_index(keys, name);
	const struct config_key *key = index < 0 ? NULL : find_key(keys, (size_t)index, &offset);
	return key && key->is_list;
}

static const char *nearest_key(const struct config_keys *keys, const char *name)
{
	const char *names[CONFIG_KEYS_MAX + 1] = { NULL };
	for (size_t i = 0; i < CONFIG_KEYS_MAX; i++)
		names[i] = config_key_name(keys, i);
	return text_nearest(name, names);
}

bool config_key_set(const struct config_keys *keys, void *section, const char *name,
		    const char *value, char **problem_r)
{
	size_t offset;
	int index = config_key_index(keys, name);
	const struct config_key *key = index < 0 ? NULL : find_key(keys, (size_t)index, &offset);
	if (key)
		return key->read((char *)section + offset, value, problem_r);
	const char *theirs = config_peer_word(name);
	const char *nearest = nearest_key(keys, name);
	if (theirs) {
		*problem_r = memory_format("is no key of %s; %s", keys->of, theirs);
		return false;
	}
	*problem_r = nearest ? memory_format("is no key of %s; did you mean %s?", keys->of, nearest)
			     : memory_format("is no key of %s; see navette.conf(5)", keys->of);
	return false;
}
