/* The files of a Maildir by the UIDs that another synchroniser gave them. Internal to takeover.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_TAKEOVER_FILES_H
#define NAVETTE_TAKEOVER_FILES_H

#include <stdbool.h>

#include "base/error.h"
#include <stddef.h>
#include <stdint.h>

struct takeover_file {
	uint32_t uid;
	uint8_t place; /* 0 new, 1 cur */
	char *name;
	bool doubled; /* another file has this UID as well: a reader copied or moved it */
};

struct takeover_files {
	struct takeover_file *items; /* by UID, once each, after takeover_files_read() */
	size_t count, capacity;
};

/* Which UID the file NAME has; 0: none. */
typedef uint32_t takeover_uid_function(void *context, const char *name);

/* Reads new and cur of the Maildir PATH; files without a UID are left out. Start zeroed. Returns 0
 * or -1. */
int takeover_files_read(const char *path, takeover_uid_function *uid_of, void *context,
			struct takeover_files *files, struct error *error);
/* The file of that UID; NULL: there is none. */
struct takeover_file *takeover_files_find(const struct takeover_files *files, uint32_t uid);
void takeover_files_release(struct takeover_files *files);

/* The number behind ",U=" in the name, before its flags; 0: none. */
uint32_t takeover_name_uid(const char *name);

#endif
