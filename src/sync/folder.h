/* One folder in a run: what gather learns, the plan, and how far apply came. Internal to sync.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_SYNC_FOLDER_H
#define NAVETTE_SYNC_FOLDER_H

#include "imap/commands.h"
#include "maildir/folder.h"
#include "state/state.h"
#include "sync/base_view.h"
#include "sync/changes.h"
#include "sync/plan.h"
#include "sync/sync.h"

/* What all folders of a run share. Read-only while folders are worked on, but for what events do.
 */
struct sync_context {
	const struct config_account *account;
	const struct sync_options *options;
	const struct sync_events *events;
	struct state *state;
	uint64_t bytes; /* of messages moved so far, for progress */
};

struct sync_folder {
	struct sync_context *context;
	const struct folder_view *view;
	enum folder_action action;  /* the view's, or what gather made of it */
	struct state_folder record; /* as in the state; id 0: not there yet */
	char *mailbox;              /* far name; NULL until it is created */

	/* Gather. */
	struct imap_mailbox_state far_state; /* of the gather's SELECT; zeroed: no mailbox yet */
	bool base_is_void;    /* a new UIDVALIDITY: the base's UIDs mean nothing any more */
	uint32_t far_highest; /* the highest UID seen */
	uint32_t managed;     /* flags that are synchronised: those with a name */
	uint32_t storable;    /* those of them that the far side can store */
	struct near_changes near;
	struct far_changes far;
	struct plan plan;

	/* Apply. */
	struct maildir *maildir;
	struct sync_counts counts;
	bool base_cleared; /* the state's UIDs of before are gone: none of the plan's may be touched
			      there */
	bool failed;       /* some message failed; told already */
	bool ended;        /* reported: nothing more to do in this run */
};

void sync_folder_begin(struct sync_folder *folder, struct sync_context *context,
		       const struct folder_view *view);
void sync_folder_release(struct sync_folder *folder);
/* The folder's name, for sentences. */
const char *sync_folder_name(const struct sync_folder *folder);

/* The folder's base, open for reading: nothing while it has no record or when its UIDs are void.
 * Write nothing to the state before sync_base_end(). */
struct sync_base {
	struct base_view_state state;
	struct base_view view;
};
int sync_base_begin(const struct sync_folder *folder, struct sync_base *base, struct error *error);
void sync_base_end(struct sync_base *base);

/* Bytes of UIDs in one STORE or SEARCH: with the rest of the line it stays below 8 kB. */
#define SYNC_SET_BYTES 7000

/* --- gather.c: learns the changes of both sides. Writes nothing but what completes an interrupted
 * run. -1: the folder cannot be synchronised now (scope tells how far the damage reaches). */
int sync_folder_gather(struct sync_folder *folder, struct imap_session *session,
		       struct error *error);
int sync_gather_near(struct sync_folder *folder, struct error *error); /* gather_near.c */
int sync_gather_far(struct sync_folder *folder, struct imap_session *session,
		    struct error *error); /* gather_far.c */
/* Learns size and identity of what is new on both sides, so that the plan can pair it
 * (gather_identity.c). */
int sync_gather_identities(struct sync_folder *folder, struct imap_session *session,
			   struct error *error);
/* Keeps what a FETCH of sizes and identities tells of one message. */
void sync_identified_add(struct far_changes *far, const struct imap_fetch_data *fetch,
			 uint32_t flags);
/* Completes downloads that an interrupted run recorded and did not rename into place, and removes
 * its temporary files (recover.c). */
int sync_folder_recover(struct sync_folder *folder, struct error *error);

/* --- settle.c: what else the plan means for the folder. --- */
/* A folder that is to be removed because the other side removed it, but that holds mail which the
 * other side never had, is created there again instead, with that mail. */
void sync_folder_settle(struct sync_folder *folder);
/* Whether apply will talk to the server. */
bool sync_folder_needs_server(const struct sync_folder *folder);
/* Counts what the plan would do: for a dry run. */
void sync_folder_count_plan(struct sync_folder *folder);

/* --- apply.c: does what the plan says. SESSION may be NULL when sync_folder_needs_server() said
 * no. --- */
int sync_folder_apply(struct sync_folder *folder, struct imap_session *session,
		      struct error *error);
int sync_apply_downloads(struct sync_folder *folder, struct imap_session *session,
			 struct error *error); /* download.c */
int sync_apply_uploads(struct sync_folder *folder, struct imap_session *session,
		       struct error *error); /* upload.c */
/* Merged flags, and messages adopted (merge.c). */
int sync_apply_merges(struct sync_folder *folder, struct imap_session *session,
		      struct error *error);
/* Removals on both sides, last of all (remove.c). */
int sync_apply_removals(struct sync_folder *folder, struct imap_session *session,
			struct error *error);

/* --- report.c --- */
void sync_report_plan(const struct sync_folder *folder);
void sync_report_progress(const struct sync_folder *folder, const char *phase, uint64_t done,
			  uint64_t total);
/* One message failed: tells, counts it as skipped. */
void sync_report_message(struct sync_folder *folder, const struct error *error);

#endif
