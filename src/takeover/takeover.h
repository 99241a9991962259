/* What another synchroniser's configuration comes to. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_TAKEOVER_TAKEOVER_H
#define NAVETTE_TAKEOVER_TAKEOVER_H

#include "base/buffer.h"
#include "base/error.h"
#include "base/text.h"

/* Where a channel's state is to be looked for. Texts are owned. */
struct takeover_source {
	char *channel; /* of the new configuration: ACCOUNT/NAME, or ACCOUNT where it has no
			  channels */
	/* mbsync */
	char *sync_state;      /* its SyncState: "*", or what stands before the box's name; NULL:
				  the default below */
	char *state_directory; /* ... which begins so */
	char *far_store, *near_store; /* their names */
	bool alt_map;                 /* UIDs of files stand in .isyncuidmap.db */
	/* OfflineIMAP */
	char *metadata, *account,
		*remote;    /* its directory, and the names of account and repository */
	char *keywords[26]; /* what a letter means; NULL: nothing */
};

struct takeover {
	const char *directory;  /* where scripts are to stand; set before reading */
	struct buffer config;   /* the new configuration; may hold a secret */
	struct text_list notes; /* what was not taken over, and where that stands: a line each */
	struct text_list made;  /* what it came to: a line for each account and channel */
	/* Scripts for commands that no line of a configuration can hold: their paths and texts. */
	struct text_list script_paths, script_texts;
	struct takeover_source *sources;
	size_t source_count, source_capacity;
};

/* Reads mbsync's configuration. PATH NULL: where mbsync looks itself; *path_r is the file that was
 * read, the caller's. Returns 0, or -1 (ERROR_CONFIG): it cannot be read, or has nothing that could
 * be synchronised. Release in any case. */
int takeover_read_mbsync(const char *path, struct takeover *takeover, char **path_r,
			 struct error *error);
/* The same of OfflineIMAP. */
int takeover_read_offlineimap(const char *path, struct takeover *takeover, char **path_r,
			      struct error *error);
void takeover_release(struct takeover *takeover);

/* Of the channel of that name; NULL: it was not taken over. */
const struct takeover_source *takeover_find_source(const struct takeover *takeover,
						   const char *channel);

/* --- For those who make one --- */

/* The caller fills in what is new. Valid until the next. */
struct takeover_source *takeover_add_source(struct takeover *takeover);
/* Adds "KEY = VALUE" to the configuration; where that cannot stand in a line, notes it. */
void takeover_add_value(struct takeover *takeover, const char *account, const char *key,
			const char *value);
/* Adds "KEY = COMMAND" to the configuration; where that cannot stand in a line, a script of the
 * ACCOUNT's that does it. */
void takeover_add_command(struct takeover *takeover, const char *account, const char *key,
			  const char *command);
void takeover_note(struct takeover *takeover, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void takeover_tell(struct takeover *takeover, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

#endif
