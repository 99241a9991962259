/* One folder in a run: what gather learns, the plan, and how far apply came. Internal to sync.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_SYNC_FOLDER_H
#define NAVETTE_SYNC_FOLDER_H

#include <pthread.h>

#include "imap/commands.h"
#include "maildir/folder.h"
#include "state/fresh.h"
#include "state/last_run.h"
#include "state/state.h"
#include "sync/folders/places.h"
#include "sync/observe/base_view.h"
#include "sync/observe/changes.h"
#include "sync/observe/deferred.h"
#include "sync/observe/marks.h"
#include "sync/plan/plan.h"
#include "sync/sync.h"

struct far_gather;
struct identity_list;
struct far_confirm;

/* What all folders of a run share: several threads work on them. */
struct sync_context {
	const struct config_account *account;
	const struct sync_options *options;
	const struct sync_events *events;
	struct state *state;
	struct state_last_run last_run; /* its problems; under `lock` */
	bool keywords_told;             /* that there are more than letters; under the lock */
	pthread_mutex_t lock; /* over the events, and the counts and failures of folders */
	/* How names are spelt on the server, as its list showed. */
	struct imap_naming spelling;
	struct places places;                 /* under the lock: the Maildirs opened in this run */
	const struct identity_list *arrivals; /* while removals are done: what was new here and is
						 on the server now */
	atomic_uint blamed;         /* how often a message was found that may end connections */
	atomic_uint suspected;      /* ... or that may have been the reason why one broke */
	atomic_uint_fast64_t bytes; /* of messages moved so far, for progress */
	struct state_fresh fresh;   /* what the run before sent */
	int64_t now;                /* when the run began; seconds since the epoch */
};

/* Searches under way. */
struct window_search {
	bool wants_found, wants_kept; /* not sent yet */
	struct imap_command *found, *kept;
};

struct sync_folder {
	struct sync_context *context;
	const struct folder_view *view;
	enum folder_action action;  /* the view's, or what gather made of it */
	struct state_folder record; /* as in the state; id 0: not there yet */
	char *mailbox;              /* far name; NULL until it is created */
	bool has_trash;             /* what is removed here goes to a trash folder on the server: */
	const struct folder_view *trash; /* this one; NULL: the server does not have it */

	/* Look. */
	bool uploads_pending; /* an earlier run began uploads and did not record their end */
	struct uid_set stubs; /* messages of which only the header is here (fill.h) */
	struct uid_set
		watched;       /* messages whose files may have been written to since (content.h) */
	struct uid_set wanted; /* those of them that shall be made whole */
	struct sync_deferred deferred;  /* messages that failed before */
	bool far_changed, near_changed; /* something may have changed there since the last run */

	/* Gather. */
	struct far_gather *far_gather;       /* between begin and finish; see gather_far.c */
	struct imap_mailbox_state far_state; /* of the gather's SELECT; zeroed: no mailbox yet */
	struct far_marks far_seen; /* when apply is done the base holds all that was there then */
	bool base_is_void;    /* a new UIDVALIDITY, or another Maildir: it says nothing any more */
	uint32_t far_highest; /* the highest UID seen */
	uint32_t managed;     /* flags that are synchronised: those with a name */
	uint32_t storable;    /* those of them that the far side can store */
	bool near_scanned;    /* ... in a scan that was stable; then the next two stand for it */
	struct maildir_fingerprint near_fingerprint;
	struct name_digest near_names;
	bool far_whole; /* all of the mailbox was listed, not only what changed */
	/* What the rules leave where it is: how many far messages, and the names of which files. */
	uint32_t far_withheld;
	struct name_digest near_withheld;
	struct near_changes near;
	struct far_changes far;
	struct window window;
	struct window_search window_search; /* between begin and finish; see gather_window.c */
	struct uid_set outside;             /* as in the state; apply adds what is new to it */
	struct plan plan;

	/* Apply. */
	struct maildir *maildir;
	struct far_confirm *confirm;   /* between its begin and finish; see confirm.c */
	bool comes_in;                 /* some of the downloads were left out before */
	bool window_is_loose;          /* the next run must look for the whole window again */
	bool far_written;              /* apply changed something on the server */
	atomic_uint_fast64_t received; /* messages downloaded so far, for progress */
	struct uid_set published;      /* downloads in place, but still in the journal */
	struct uid_set held;           /* far removals that must wait for a later run */
	bool begun;                    /* sync_folder_apply_begin() was done */
	struct sync_counts counts;
	bool base_cleared; /* the state's UIDs of before are gone: none of the plan's may be touched
			      there */
	bool near_raced; /* a reader moved a file on, so what far did to that message is not in the
			  base yet: far_seen must not be noted */
	bool failed;     /* some message failed; told already */
	bool ended;      /* reported: nothing more to do in this run */
	bool left_alone; /* it ended before its files were looked at: fetch wants none of them */
	struct error *deferral; /* it ended by this, and may fare better in another round */
	enum sync_folder_outcome outcome; /* once it has ended, and was not put off */
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

/* --- mailbox.c --- */
/* Selects the mailbox, unless commands sent now are about it already (several folders share a
 * session). Fails when it is no longer the one that the gather saw. */
int sync_folder_need_mailbox(const struct sync_folder *folder, struct imap_session *session,
			     struct error *error);
/* Selects it anew. *now_r is the caller's, also on error. */
int sync_folder_select(const struct sync_folder *folder, struct imap_session *session,
		       struct imap_mailbox_state *now_r, struct error *error);
/* Whether a mailbox of UIDVALIDITY NOW is the one that the gather saw. 0 or -1. */
int sync_folder_check_validity(const struct sync_folder *folder, uint32_t now, struct error *error);

/* Where an earlier run may have been stopped in the middle of its uploads just now: waits until the
 * server has stored what it still had of them. */
int sync_folder_wait_for_stragglers(const struct sync_folder *folder, struct imap_session *session,
				    struct error *error);

/* Whether the server refused because it wants a pause of everything: a further command would be
 * refused like this one. The error's pause says for how long. */
static inline bool sync_refusal_wants_pause(const struct error *refusal)
{
	return refusal->scope >= SCOPE_CONNECTION;
}

/* Opens the folder's Maildir, if it is not open yet, and fails when it is another folder's too
 * (look.c). Returns 0 or -1. */
int sync_folder_open(struct sync_folder *folder, struct error *error);

/* --- look.c: whether anything changed at all. Reads the folder's record and, where something
 * changed, completes what an interrupted run left. Returns 0 or -1. --- */
int sync_folder_look(struct sync_folder *folder, struct error *error);
/* Reads what is known of the folder; one that is not in the base has an empty record. *pending_r:
 * an interrupted run left something to be finished. Returns 0 or -1. */
int sync_folder_load(struct sync_folder *folder, bool *pending_r, struct error *error);
bool sync_folder_has_changed(const struct sync_folder *folder);

/* --- gather.c: learns the changes of both sides; writes nothing. -1: the folder cannot be
 * synchronised now (scope tells how far the damage reaches). Begin sends, finish waits, so that
 * many folders' answers are on their way at a time. Each begin that returned 0 needs its finish,
 * with the same session. --- */
int sync_folder_gather_begin(struct sync_folder *folder, struct imap_session *session,
			     struct error *error);
int sync_folder_gather_finish(struct sync_folder *folder, struct imap_session *session,
			      struct error *error);
int sync_gather_near(struct sync_folder *folder, struct error *error); /* gather_near.c */
/* Looks at a near side that did not change: for its new files that are left out. */
int sync_gather_near_again(struct sync_folder *folder, struct error *error);
int sync_gather_far_begin(struct sync_folder *folder, struct imap_session *session,
			  struct error *error); /* gather_far.c */
int sync_gather_far_finish(struct sync_folder *folder, struct imap_session *session,
			   struct error *error);
/* The window (gather_window.c): its searches go out with the listing; FLAGS_UNKNOWN: the listing
 * will not tell the flags of new messages. */
void sync_window_send(struct sync_folder *folder, struct imap_session *session, bool flags_unknown);
/* The listing told the flags of a message. */
void sync_window_see(struct sync_folder *folder, uint32_t uid, uint32_t flags);
int sync_window_finish(struct sync_folder *folder, struct imap_session *session,
		       struct error *error);
/* Begins anew, for the mailbox as a whole. */
void sync_window_restart(struct sync_folder *folder, struct imap_session *session);
/* Adds to the window those of UIDS (at most 8 kB as text; NULL: all from FIRST on) that it holds,
 * by the dates, sizes and flags that a FETCH tells (gather_measure.c). Returns 0 or -1. */
int sync_window_measure(struct sync_folder *folder, struct imap_session *session,
			const struct uid_set *uids, uint32_t first, struct error *error);
/* Waits for searches that nobody needs any more. */
void sync_window_drop(struct sync_folder *folder, struct imap_session *session);
/* When both sides' changes are known: asks about messages that their flags do not keep any more. */
int sync_window_ask_again(struct sync_folder *folder, struct imap_session *session,
			  struct error *error);
/* Takes new files that are missing ones under another base name for what they are
 * (gather_renamed.c). */
int sync_gather_renamed(struct sync_folder *folder, const struct base_view *base,
			struct error *error);
/* Reads a new file. One that cannot be read now stays unknown: it is told about when its upload
 * fails as well. */
void sync_identify_near(const struct sync_folder *folder, struct near_added *added);
/* Learns size and identity of what is new on both sides, so that the plan can pair it
 * (gather_identity.c). */
int sync_gather_identities(struct sync_folder *folder, struct imap_session *session,
			   struct error *error);
/* Takes what an interrupted run had sent, and whose files are gone since, for messages that were
 * removed here (gather_uploads.c). */
int sync_gather_uploads(struct sync_folder *folder, struct error *error);
/* Learns more of those that have an identity in common, but no size: header fields that other
 * synchronisers added, and at last the whole messages (gather_likeness.c). */
int sync_gather_likenesses(struct sync_folder *folder, struct imap_session *session,
			   struct error *error);
/* A new file could not be read for comparing, for REASON: tells it, and has it wait with what it
 * may be on the server. */
void sync_near_unreadable(struct sync_folder *folder, struct near_added *added,
			  const struct error *reason);
/* Keeps what a FETCH of sizes and identities tells of one message. */
void sync_identified_add(struct far_changes *far, const struct imap_fetch_data *fetch,
			 uint32_t flags);
/* Completes downloads that an interrupted run recorded and did not rename into place, and removes
 * its temporary files (recover.c). */
int sync_folder_recover(struct sync_folder *folder, struct error *error);

/* --- query.c: what else the plan means for the folder. --- */
/* Sums up what it leaves out. */
void sync_folder_note_withheld(struct sync_folder *folder);
/* A folder that is to be removed because the other side removed it, but that holds mail which the
 * other side never had, is created there again instead, with that mail. */
void sync_folder_settle(struct sync_folder *folder);
bool sync_folder_has_uploads(const struct sync_folder *folder);
/* Whether the plan removes messages, or takes them out of the base; and whether it does so on the
 * server. */
bool sync_folder_has_removals(const struct sync_folder *folder);
bool sync_folder_has_far_removals(const struct sync_folder *folder);
/* Whether it does anything else. */
bool sync_folder_has_transfers(const struct sync_folder *folder);
/* Whether apply will talk to the server. */
bool sync_folder_needs_server(const struct sync_folder *folder);
/* Whether it changes flags of messages that are there: then their mailbox must be selected, and
 * still be the one that the gather saw. APPEND needs neither; removals see to it themselves. */
bool sync_folder_needs_mailbox(const struct sync_folder *folder);
/* Whether apply will change anything on the server. */
bool sync_folder_writes_far(const struct sync_folder *folder);
/* Counts what the plan would do: for a dry run. */
void sync_folder_count_plan(struct sync_folder *folder);

/* --- apply.c: does what the plan says. SESSION may be NULL when sync_folder_needs_server() said
 * no. --- */
/* Removes the folder where the other side removed it, and out of the base. */
int sync_folder_remove(struct sync_folder *folder, struct imap_session *session,
		       struct error *error);
/* For a folder that stays, in this order: creates it where it is not there yet, opens it and
 * records it; */
int sync_folder_apply_begin(struct sync_folder *folder, struct imap_session *session,
			    struct error *error);
/* downloads, all or in parts, by several threads with a session each; */
int sync_folder_apply_downloads(struct sync_folder *folder, const struct uid_set *uids,
				struct imap_session *session, struct error *error);
/* uploads and flags. */
int sync_folder_apply_rest(struct sync_folder *folder, struct imap_session *session,
			   struct error *error);
/* The removals, when all folders have done the rest: a message that moved from one folder to
 * another must be safe there first. Begins a folder that had nothing else to do. */
int sync_folder_apply_removals(struct sync_folder *folder, struct imap_session *session,
			       struct error *error);
int sync_apply_downloads(struct sync_folder *folder, const struct uid_set *uids,
			 struct imap_session *session, struct error *error); /* download.c */
/* Which of UIDS have flags on the server, added to FLAGGED (download_flagged.c). Returns 0 or -1.
 */
int sync_download_find_flagged(struct imap_session *session, const struct uid_set *uids,
			       struct uid_set *flagged, struct error *error);
/* Tells of those of MISSING that the mailbox has all the same: NIL or nothing in place of a message
 * mostly means that it was expunged meanwhile, but one that is there would else be asked for in
 * each run without a word. Returns 0 or -1 (download_missing.c). */
int sync_tell_missing(struct sync_folder *folder, struct imap_session *session,
		      struct uid_set *missing, struct error *error);
int sync_apply_uploads(struct sync_folder *folder, struct imap_session *session,
		       struct error *error); /* upload.c */
/* Merged flags, and messages adopted (merge.c). */
int sync_apply_merges(struct sync_folder *folder, struct imap_session *session,
		      struct error *error);
/* Removals on both sides, last of all (remove.c). */
int sync_apply_removals(struct sync_folder *folder, struct imap_session *session,
			struct error *error);
/* Removes UIDS from the mailbox. Those that are not surely gone afterwards leave UIDS: the base
 * keeps them, and the next run tries again (remove_far.c). Returns 0 or -1. */
int sync_remove_from_mailbox(struct sync_folder *folder, struct imap_session *session,
			     struct uid_set *uids, struct error *error);
/* Makes LEFT those of UIDS that the selected mailbox still has, or may have. Returns 0 or -1. */
int sync_find_left(struct imap_session *session, const struct uid_set *uids, struct uid_set *left,
		   struct error *error);
/* After a removal: asks which of LEFT are still there; LEFT becomes those, and they are told. */
int sync_settle_removal(struct sync_folder *folder, struct imap_session *session,
			struct uid_set *left, struct error *error);

/* --- expire.c: messages that leave the window --- */
/* Removes their files, and leaves them out in the state. */
int sync_apply_expiring(struct sync_folder *folder, struct error *error);
/* Finishes what an interrupted run began of it. */
int sync_folder_recover_expiring(struct sync_folder *folder, struct error *error);

/* --- outside.c: what the state knows of the window --- */
int sync_outside_load(struct sync_folder *folder, struct error *error);
/* At the begin of apply: the plan's, and those that are gone. */
void sync_outside_change(struct sync_folder *folder);
int sync_outside_record(struct state_transaction *transaction, struct sync_folder *folder,
			struct error *error);
/* UIDS came in, or are left out from now on. */
int sync_outside_take(struct state_transaction *transaction, uint32_t id,
		      const struct uid_set *uids, struct error *error);
int sync_outside_add(struct state_transaction *transaction, uint32_t id, const struct uid_set *uids,
		     struct error *error);
/* When all went as planned: notes the rule in the folder's record. */
void sync_outside_settle(struct sync_folder *folder);

/* --- journal.c: downloads that are in place leave the journal when their names are durable --- */
int sync_journal_remove(struct state_transaction *transaction, uint32_t id,
			const struct uid_set *published, struct error *error);
/* For all COUNT folders of a run at once, at its end. Returns 0 or -1. */
int sync_journal_settle(struct sync_folder *folders, size_t count, struct error *error);

/* --- confirm.c: after apply, whether both sides are as the base says: what is certain is noted,
 * so that the next run need not look at them. --- */
bool sync_folder_confirm_needs_server(const struct sync_folder *folder);
int sync_folder_confirm_begin(struct sync_folder *folder, struct imap_session *session,
			      struct error *error);
int sync_folder_confirm_finish(struct sync_folder *folder, struct imap_session *session,
			       struct error *error);
/* Of the near side. *slept: whether this run has waited once for the clock to move on. */
int sync_folder_confirm_near(struct sync_folder *folder, bool *slept, struct error *error);

/* --- report.c: may be called by several threads --- */
void sync_report_plan(const struct sync_folder *folder);
void sync_report_progress(const struct sync_folder *folder, const char *phase, uint64_t done,
			  uint64_t total);
/* One message failed: tells, counts it as skipped. */
void sync_report_message(struct sync_folder *folder, const struct error *error);
/* COUNT messages failed for one reason. */
void sync_report_messages(struct sync_folder *folder, uint64_t count, const struct error *error);

#endif
