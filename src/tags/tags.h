/* The database of tags as the engine wants it: what changed since, what a file's message has, and a
 * write of many at once. There are two implementations: over libnotmuch (tags_notmuch()), and one
 * in memory for the tests.
 *
 * Everything that can fail returns -1 with an error, ERROR_TEMPORARY where the next run may fare
 * better: it is absent, damaged, or somebody else holds it. SPDX-License-Identifier:
 * GPL-3.0-or-later */
#ifndef NAVETTE_TAGS_TAGS_H
#define NAVETTE_TAGS_TAGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/text.h"

/* Of which database, and as of when: each change gets it a higher revision. */
#define TAGS_UUID_SIZE 64
struct tags_mark {
	char uuid[TAGS_UUID_SIZE];
	uint64_t revision;
};

/* A message. Lives during the call. */
struct tags_message {
	const char *id;
	const char *thread; /* another one after the message was forgotten and indexed anew, as far
			       as can be known */
	struct text_list tags;
	struct text_list files; /* absolute paths, as they were when they were indexed */
};
/* -1 stops. */
typedef int tags_see_function(void *context, const struct tags_message *message,
			      struct error *error);

/* What is to be changed of one message. */
struct tags_change {
	char *id;                     /* owned, as the lists */
	struct text_list add, remove; /* tags */
};

/* One that is open for reading, at one moment. For one thread; others wait in tags_open(). */
struct tags_database;

struct tags_operations {
	int (*open)(void *context, struct tags_database **database_r, struct tags_mark *mark_r,
		    struct error *error);
	const char *(*root)(struct tags_database *database);
	int (*changed)(struct tags_database *database, uint64_t since, tags_see_function *see,
		       void *see_context, struct error *error);
	int (*find)(struct tags_database *database, const char *path, tags_see_function *see,
		    void *see_context, struct error *error);
	int (*write)(struct tags_database *database, const struct tags_change *changes,
		     size_t count, struct tags_mark *before_r, struct tags_mark *after_r,
		     struct error *error);
	void (*close)(struct tags_database *database);
};
struct tags_side {
	const struct tags_operations *operations;
	void *context;
};

/* libnotmuch, by the user's configuration of notmuch; NULL where this navette has none. */
const struct tags_side *tags_notmuch(void);
/* The version that it was built with; NULL: none. */
const char *tags_library(void);
/* The sentence that a build without it has for who asks for tags: ERROR_CONFIG. Returns -1. */
int tags_refuse_absent(struct error *error);

/* Nobody else in this process has one open meanwhile. *database_r is the caller's. 0 or -1. */
static inline int tags_open(const struct tags_side *side, struct tags_database **database_r,
			    struct tags_mark *mark_r, struct error *error)
{
	return side->operations->open(side->context, database_r, mark_r, error);
}

/* Where the mail stands that it knows: an absolute path without links, or "". */
static inline const char *tags_root(const struct tags_side *side, struct tags_database *database)
{
	return side->operations->root(database);
}

/* Calls SEE for each message that was changed after the revision SINCE; 0: for all. Returns 0 or
 * -1. */
static inline int tags_changed(const struct tags_side *side, struct tags_database *database,
			       uint64_t since, tags_see_function *see, void *context,
			       struct error *error)
{
	return side->operations->changed(database, since, see, context, error);
}

/* Calls SEE for the message of the file PATH: 1; 0: it does not know that file; -1. */
static inline int tags_find(const struct tags_side *side, struct tags_database *database,
			    const char *path, tags_see_function *see, void *context,
			    struct error *error)
{
	return side->operations->find(database, path, see, context, error);
}

/* All of them or none; a message that is gone is left out. Never waits long for others who write:
 * then it fails. *before_r, *after_r: as it was found, and left. Returns 0 or -1. */
static inline int tags_write(const struct tags_side *side, struct tags_database *database,
			     const struct tags_change *changes, size_t count,
			     struct tags_mark *before_r, struct tags_mark *after_r,
			     struct error *error)
{
	return side->operations->write(database, changes, count, before_r, after_r, error);
}

/* NULL and *database == NULL are allowed. */
static inline void tags_close(const struct tags_side *side, struct tags_database **database)
{
	if (!database || !*database)
		return;
	side->operations->close(*database);
	*database = NULL;
}

void tags_change_release(struct tags_change *change);

#endif
