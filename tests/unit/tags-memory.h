/* A database of tags in memory that a process shares with its children, so that it outlives a run
 * that is killed. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_TESTS_TAGS_MEMORY_H
#define NAVETTE_TESTS_TAGS_MEMORY_H

#include "engine-rig.h"
#include "tags/tags.h"

#define TAGS_MEMORY_MESSAGES 32
#define TAGS_MEMORY_FILES 6

struct tags_memory_message {
	unsigned int number; /* of rig_message() */
	unsigned int thread;
	uint64_t changed; /* the revision */
	char tags[512];   /* a set as text */
	char files[TAGS_MEMORY_FILES][512];
	size_t file_count;
};

/* When the process that writes is killed. */
enum tags_memory_fault { TAGS_MEMORY_WELL, TAGS_MEMORY_DIES, TAGS_MEMORY_DIES_AFTER };

struct tags_memory {
	bool absent, locked;
	enum tags_memory_fault fault; /* of the next write */
	unsigned int uuid, threads;
	uint64_t revision, opened, writes; /* the last two: how often */
	struct tags_memory_message messages[TAGS_MEMORY_MESSAGES];
	size_t count;
};

struct tags_memory *tags_memory_create(void);
void tags_memory_destroy(struct tags_memory *memory);
/* The port to it, for one at a time. */
const struct tags_side *tags_memory_side(struct tags_memory *memory);

/* What notmuch new does: it learns which files there are. What is gone is forgotten. */
void tags_memory_index(struct tags_memory *memory, const struct rig *rig);
/* Made anew: without any tags, when it is indexed. */
void tags_memory_rebuild(struct tags_memory *memory);
/* A user's; nothing happens where it is not indexed. */
void tags_memory_tag(struct tags_memory *memory, unsigned int number, const char *tag, bool add);
/* "" where it is not indexed. */
const char *tags_memory_tags(const struct tags_memory *memory, unsigned int number);

#endif
