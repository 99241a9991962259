/* The real engine in a room of its own: a server in memory, a real Maildir and a real state in a
 * memory file system. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_TESTS_ENGINE_RIG_H
#define NAVETTE_TESTS_ENGINE_RIG_H

#include "far-world.h"
#include "sync/sync.h"

struct rig {
	char *directory;
	char *maildir; /* of the account */
	struct config *config;
	const struct config_account *account;
	struct world *world;
	struct sync_result result;        /* of the last run */
	char failures[4096];              /* what it told, a line each */
	uint64_t effects_before, effects; /* on the server, of the last run */
};

/* RULES: further lines of the account's section, and channels. */
void rig_begin(struct rig *rig, const char *rules);
void rig_end(struct rig *rig);
/* Other rules from now on. */
void rig_configure(struct rig *rig, const char *rules);
/* One run. OPTIONS may be NULL. */
void rig_run(struct rig *rig, const struct sync_options *options);
/* The path of the folder's "new" or "cur". The caller's. */
char *rig_path(const struct rig *rig, const char *folder, const char *place);
/* A message of NUMBER, as one of those that both sides may have; VERSION changes its body, not its
 * identity. With CRLF line ends, or LF. The caller's. */
char *rig_message(unsigned int number, unsigned int version, bool crlf);
/* Delivers it into the folder's Maildir, which is made where it is not there. */
void rig_deliver(const struct rig *rig, const char *folder, const char *name, unsigned int number,
		 unsigned int version);
/* Adds it to the server's mailbox, which is made likewise. Returns its UID. */
uint32_t rig_append(const struct rig *rig, const char *folder, uint32_t flags, unsigned int number,
		    unsigned int version);
/* What a side holds: "FOLDER NUMBER.VERSION FLAGS" a line, sorted. The caller's. */
char *rig_near(const struct rig *rig);
char *rig_far(const struct rig *rig);

#endif
