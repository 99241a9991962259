/* An account is opened, runs rounds, and is closed. What the command line calls.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_SYNC_SYNC_H
#define NAVETTE_SYNC_SYNC_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "config/config.h"
#include "sync/folders/folder_plan.h"
#include "sync/plan/plan.h"

struct far_side;
struct tags_side;
struct folder_table;
struct told;

/* Messages of which the user wants the whole where only the header is here. */
struct sync_fetch {
	const char *const *ids; /* Message-IDs, without angle brackets */
	size_t count;
	bool *found; /* which of them were found as such */
};

/* What somebody who watches both sides knows: in no other folder did anything change since they
 * were listed and looked at last. */
struct sync_hints {
	struct text_list near, far; /* where something changed, by the folders' names */
	bool all_near;              /* anything may have changed here */
};

/* What the user asked for. */
struct sync_options {
	bool dry_run;      /* plan and report, change nothing on either side nor in the state */
	bool force_delete; /* the guard is off, removed folders are followed */
	bool restore;      /* what one side removed is brought back from the other */
	/* Only these: folders by their names on either side or by patterns (config/pattern.h), and
	 * those of channels by their whole names; both empty: all. */
	struct text_list folders, channels;
	struct sync_fetch *fetch;  /* not NULL: only folders with one of these are synchronised */
	unsigned int lock_wait;    /* seconds to wait for another run of this account */
	const atomic_bool *cancel; /* set by a signal; may be NULL */
	struct far_side *far;      /* borrowed; NULL: the account's IMAP server */
	const struct tags_side *tags; /* borrowed; NULL: notmuch */
	/* Not NULL: only what it names is looked at, and the server is not asked for its list when
	 * it gave one in a round before. */
	const struct sync_hints *hints;
	struct told *told; /* borrowed; what inotify tells (observe/told.h); NULL: nobody watches */
};

/* What was done, or in a dry run would be done. */
struct sync_counts {
	uint64_t downloaded, uploaded, adopted;
	uint64_t fetched;                   /* stubs made whole */
	uint64_t near_flags, far_flags;     /* messages whose flags were changed there */
	uint64_t near_removed, far_removed; /* messages removed there */
	uint64_t moved;                     /* to another folder, and so on the other side */
	uint64_t linked;  /* new there as well, but from a file of another folder here */
	uint64_t copied;  /* new here as well, but from another folder of the server */
	uint64_t expired; /* messages that left the window: removed here, kept on the server */
	uint64_t skipped; /* messages that failed and are tried again next time */
	uint64_t bytes_down, bytes_up; /* of messages, on the wire */
};

enum sync_folder_outcome {
	SYNC_FOLDER_DONE,    /* in sync, or planned in a dry run */
	SYNC_FOLDER_FAILED,  /* see the events' failed() */
	SYNC_FOLDER_REFUSED, /* stopped for safety */
	SYNC_FOLDER_SKIPPED  /* the rules leave it out */
};

/* One folder at its end. Lives during the call. */
struct sync_folder_report {
	const char *account;
	const char *folder;
	const char *from; /* FOLDER_RENAMED_*: the name that it had until now; else NULL */
	enum folder_action action;
	enum sync_folder_outcome outcome;
	struct sync_counts counts;
	bool dry_run;
};

/* One operation of the plan, for -n and -v. Texts live during the call; NULL where unknown. */
struct sync_operation_report {
	const char *account;
	const char *folder;
	const char *verb;  /* "download", "fetch", "upload", "adopt", "flags-near", "flags-far",
			      "remove-near", "remove-far", "trash" (remove-far, by a
			      move to the trash), "move" (to the folder `to`), "copy" (from the
			      folder `from`), "forget",  "leave" */
	const char *to;    /* "move": the folder where the message is now */
	const char *from;  /* "copy": the folder where the other side has it */
	uint32_t uid;      /* 0: none yet */
	uint32_t last_uid; /* of a range of downloads; else = uid */
	const char *file;  /* the near file's name */
	uint32_t flags_from, flags_to; /* for flags-*: FLAG_* bits */
	const struct keyword_table *keywords;
};

/* How far the run is: for a progress display. */
struct sync_progress {
	const char *account;
	const char *folder;   /* NULL while connecting and listing, and when idle */
	const char *phase;    /* "connecting", "looking", "downloading", "uploading", "flags",
				 "removing"; "idle": the worker is done with what it had */
	size_t worker;        /* whose work it is: from 0 on, each with its own connection */
	uint64_t done, total; /* messages of this phase in this folder; total 0: unknown */
	uint64_t bytes;       /* of messages so far in this run, both ways */
};

/* What a run did to the file of a message. */
enum sync_change_kind {
	SYNC_CHANGE_NEW,     /* it is there now */
	SYNC_CHANGE_MOVED,   /* it has another name: other flags, or its folder was renamed */
	SYNC_CHANGE_CHANGED, /* it holds something else, and has another name */
	SYNC_CHANGE_GONE
};
struct sync_change {
	const char *account;
	const char *folder; /* where it is now, or was */
	enum sync_change_kind kind;
	const char *path; /* of the file now, or that it had until now; absolute */
	const char *from; /* its path before, of one that was moved or changed; else NULL */
};

/* One at a time, from any thread of the run. Members may be NULL. */
struct sync_events {
	void *context;
	void (*operation)(void *context, const struct sync_operation_report *operation);
	void (*progress)(void *context, const struct sync_progress *progress);
	/* As it happens, so that who puts all of them together has what the run made of the files.
	 * A run that is killed may have done more than it told. */
	void (*changed)(void *context, const struct sync_change *change);
	void (*folder)(void *context, const struct sync_folder_report *report);
	/* Something failed: FOLDER is NULL when it concerns the account. The text is a whole
	 * sentence. */
	void (*failed)(void *context, const char *account, const char *folder,
		       const struct error *error);
	/* Both sides were listed; before anything is looked at. Not in a round by hints that asked
	 * no server. */
	void (*listed)(void *context, const struct folder_table *table);
	/* The folder is done, but others changed it on the server at the same time. */
	void (*unsettled)(void *context, const char *folder);
};

struct sync_result {
	struct sync_counts counts;
	uint32_t folders, folders_failed, folders_refused;
	enum error_kind worst; /* ERROR_NONE when all is in sync */
};

/* An account that is open: its sessions and its state stay so from round to round. */
struct sync;

/* Nothing is connected to or read before the first round. ACCOUNT is borrowed, and so are of
 * OPTIONS `cancel` and `far`, the same for all rounds; `dry_run` must be the same as well. EVENTS
 * is copied. Never NULL. */
struct sync *sync_open(const struct config_account *account, const struct sync_options *options,
		       const struct sync_events *events);
/* One round: all that changed on either side comes to the other; and further rounds for just what
 * had to be put off, as long as that is worth it. The locks on state and Maildirs are held only
 * meanwhile: others may work on the account before the next call. Everything that fails is told
 * through events->failed() and counted in *result_r; nothing is returned but by *result_r. */
void sync_round(struct sync *sync, const struct sync_options *options,
		struct sync_result *result_r);
/* NULL and *sync == NULL are allowed. */
void sync_close(struct sync **sync);

/* A run of one round. */
void sync_account(const struct config_account *account, const struct sync_options *options,
		  const struct sync_events *events, struct sync_result *result_r);

/* Whether keywords of any of its folders are tags of notmuch. */
bool sync_has_tags(const struct config_account *account);
/* After commands that may have changed the database of tags, as `notmuch new` does: what the server
 * told before, and what only this side has to do. Nothing is asked of the server. Failures are told
 * as by a run. */
void sync_settle_tags(const struct config_account *account, const struct sync_options *options,
		      const struct sync_events *events, struct sync_result *result_r);

/* For `list`: calls SEE for every folder of either side that the options choose, with what a run
 * would do with it. Changes
 * nothing. Returns 0 or -1. */
int sync_list(const struct config_account *account, const struct sync_options *options,
	      int (*see)(void *context, const struct folder_view *folder), void *context,
	      struct error *error);

#endif
