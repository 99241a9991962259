/* The real engine in a room of its own: a server in memory, a real Maildir and a real state in a
 * memory file system. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_TESTS_ENGINE_RIG_H
#define NAVETTE_TESTS_ENGINE_RIG_H

#include <time.h>

#include "base/buffer.h"
#include "far-world.h"
#include "sync/sync.h"

struct rig_live;

struct rig {
	char *directory;
	char *maildir; /* of the account */
	struct config *config;
	const struct config_account *account;
	struct world *world;
	struct sync_result result;        /* of the last run */
	char failures[16384];             /* what it told, a line each */
	uint64_t effects_before, effects; /* on the server, of the last run */
	struct buffer *progress;          /* takes how far it tells that it is, in lines; or NULL */
	uint64_t progress_bytes;          /* of the last of them */
	bool feed;                        /* what the run tells of files is checked */
	struct text_list paths;           /* then: the files, as it told so far */
	int64_t today;                    /* counted from the epoch */
	time_t stamps;                    /* how many directories were stamped */
	struct rig_live *live;            /* engine-live.h; NULL: each run is one of its own */
	/* What others do meanwhile, whenever a run tells how far it is. NULL: nothing. */
	void (*meanwhile)(struct rig *rig, const struct sync_progress *progress);
};

/* RULES: further lines of the account's section, and channels. Pauses take no time in here. */
void rig_begin(struct rig *rig, const char *rules);
/* The same with one connection: then a run says the same things in the same order each time. */
void rig_begin_alone(struct rig *rig, const char *rules);
/* Makes messages 1 to COUNT of INBOX there, and runs: both sides agree on them. */
void rig_agree(struct rig *rig, unsigned int count);
void rig_end(struct rig *rig);
/* Removes a directory with all that is in it. */
void rig_remove(const char *directory);
/* As after rig_begin(), but for the rules. */
void rig_clear(struct rig *rig);
/* It will not be midnight for an hour, by the clock of this process: a pause moves that, and takes
 * no time. */
void rig_begin_day(struct rig *rig);
/* Other rules from now on. */
void rig_configure(struct rig *rig, const char *rules);
/* One run. OPTIONS may be NULL. That it tells of each file that it makes, renames or removes is
 * checked, unless others act meanwhile or calls fail. */
void rig_run(struct rig *rig, const struct sync_options *options);
/* One that is killed in a process of its own: where KILL says (FAULTS_KILL in faults.h), or where
 * the world's fault does; which is well again then. Whether it came to that. */
bool rig_run_to_death(struct rig *rig, const struct sync_options *options, const char *kill);

/* --- What users do --- */

/* The path of the folder's "new" or "cur". The caller's. */
char *rig_path(const struct rig *rig, const char *folder, const char *place);
/* A message of NUMBER, as one of those that both sides may have; VERSION changes its body, not its
 * identity. With CRLF line ends, or LF. The caller's. */
char *rig_message(unsigned int number, unsigned int version, bool crlf);
/* When it arrived: up to 11 days ago; seconds since the epoch. */
int64_t rig_date(const struct rig *rig, unsigned int number);
/* The directory has changed, and has a time that it never had: those of the kernel are too coarse
 * for users that are as quick as tests. */
void rig_stamp(struct rig *rig, const char *folder, const char *place);
void rig_stamp_folder(struct rig *rig, const char *folder); /* new/ and cur/ */
void rig_make_folder(struct rig *rig, const char *folder);
/* Its directory gets another name, with all below it. */
void rig_rename(struct rig *rig, const char *folder, const char *name);
/* Writes it into that file of the folder, which is there. */
void rig_write(struct rig *rig, const char *folder, const char *place, const char *name,
	       unsigned int number, unsigned int version);
/* Delivers it into the folder's Maildir, which is made where it is not there. */
void rig_deliver(struct rig *rig, const char *folder, const char *name, unsigned int number,
		 unsigned int version);
/* Adds it to the server's mailbox, which is made likewise. Returns its UID. */
uint32_t rig_append(const struct rig *rig, const char *folder, uint32_t flags, unsigned int number,
		    unsigned int version);

/* --- What a side holds --- */

/* What a message says of itself. */
struct rig_content {
	unsigned int number;
	unsigned int version;
};
struct rig_content rig_content_of(const char *text);

struct rig_file {
	char *folder;
	const char *place;
	char *name;
	struct rig_content content;
	uint32_t flags;
};
/* All messages of the Maildirs, sorted by what they are before how they are called. */
struct rig_files {
	struct rig_file *items;
	size_t count, capacity;
};
void rig_files_read(const struct rig *rig, struct rig_files *files_r);
void rig_files_release(struct rig_files *files);
/* The path of the file of message NUMBER in that folder, where there must be one. The caller's. */
char *rig_find(const struct rig *rig, const char *folder, unsigned int number);
/* All of their names, and which files they are: what changed shows. The caller's. */
char *rig_names(const struct rig *rig);
/* What a side holds: "FOLDER NUMBER.VERSION FLAGS" a line, sorted. The caller's. */
char *rig_near(const struct rig *rig);
char *rig_far(const struct rig *rig);
/* That they hold just that, and how the last run ended. */
void rig_expect(const struct rig *rig, const char *near, const char *far, enum error_kind worst);

#endif
