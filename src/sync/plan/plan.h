/* The plan: from the base and the changes of both sides to the operations that make them the same
 * again. Pure: no I/O, no clock, no globals. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_SYNC_PLAN_PLAN_H
#define NAVETTE_SYNC_PLAN_PLAN_H

#include "base/text.h"
#include "config/config.h"
#include "mail/name_digest.h"
#include "sync/observe/base_view.h"
#include "sync/observe/changes.h"
#include "sync/plan/horizon.h"
#include "sync/plan/window.h"

/* As max_delete_count: no number of removals is too many. */
#define PLAN_NO_GUARD UINT32_MAX

/* What a folder's plan must respect. */
struct plan_rules {
	enum config_kinds pull; /* which changes of the far side come to the near side, */
	enum config_kinds push; /* and the other way; the rest is left as it is on its side */
	/* On which side a removal that comes from the other is final; elsewhere the message is only
	 * marked \Deleted, and stays. */
	enum config_sides expunge;
	/* Flag bits that the far side can store (PERMANENTFLAGS); near changes of others stay near.
	 */
	uint32_t far_storable;
	/* A plan that removes more than both of these from one side is refused, and one that
	 * removes anything because the other side lost all of two messages or more ... */
	uint32_t max_delete_count;
	uint32_t max_delete_percent;
	/* ... unless the user insists, or asks for the removed messages to be brought back instead.
	 */
	bool force_delete;
	bool restore;
	/* Which messages the near side has, and those that it has not had because of that. NULL:
	 * all, and none. */
	const struct window *window;
	const struct uid_set *outside;
	/* How far down the server shows the mailbox. What passed out of its sight was removed by
	 * nobody; force_delete says that it was. */
	struct horizon horizon;
};

enum operation_kind {
	OPERATION_UPLOAD, /* near file -> far; uid 0 */
	OPERATION_ADOPT,  /* near file and far UID are the same message: record it, make flags equal
			   */
	OPERATION_MERGE,  /* make the flags of both sides equal, record flags and file name */
	OPERATION_REMOVE_NEAR, /* far removed it */
	OPERATION_REMOVE_FAR,  /* near removed it */
	OPERATION_FORGET,      /* both removed it: out of the base */
	OPERATION_WITHHOLD     /* one side removed it, and the rules leave it on the other, perhaps
			       marked \Deleted, or the server does not show it any more: the base notes
			       that it     is absent there */
};

/* One step. NAME is borrowed from the changes, or owned by the plan when it came from the base (see
 * plan_release). */
struct operation {
	enum operation_kind kind;
	uint32_t uid;
	enum maildir_place place; /* where the near file stands; name is NULL where there is none */
	const char *name;
	bool needs_new_name;  /* UPLOAD of a copy: give the file a new base name first */
	uint32_t replaces;    /* UPLOAD of a message that far removed but near changed: its old UID
				 leaves the base; else 0 */
	uint32_t supersedes;  /* UPLOAD of a new version of a message that far has: its UID, which
				 the base gives another name; else 0 */
	uint32_t in_place_of; /* UPLOAD of a new version: the UID of the old one, where it may go in
				 the same step (apply/replace.h); else 0. No plan says so by itself
			       */
	const struct file_stamp *file; /* MERGE: what the base is to record of the file; NULL: what
					  it has */
	uint32_t near_flags;           /* what the near file has and shall have; equal: no rename */
	uint32_t near_wanted;
	uint32_t far_flags; /* what the far message has and shall have; equal: nothing to store */
	uint32_t far_wanted;
	uint32_t base_flags;       /* what the base records afterwards */
	enum state_absence absent; /* likewise */
	uint64_t told_size;        /* ADOPT: RFC822.SIZE */
	size_t added; /* ADOPT, UPLOAD of an added file: its index in near_changes.added; else
			 SIZE_MAX */
};

/* The guard's verdict: whether the folder is stopped. */
enum plan_refusal {
	PLAN_ALLOWED,
	PLAN_REFUSED_NEAR, /* would remove too many near files, or all of them */
	PLAN_REFUSED_FAR   /* would remove too many far messages, or all of them */
};

struct plan {
	struct uid_set downloads; /* far -> near: new ones, those brought back, and those left out
				     that come into the window */
	struct uid_set expires;   /* out of the window: their files go, and the far side keeps them;
				    also those of them that the user removed here */
	struct uid_set outside;   /* new far messages outside of the window */
	struct operation *operations;
	size_t count, capacity;
	enum plan_refusal refusal; /* when refused there is nothing else to do in the plan */
	uint32_t removals_near, removals_far; /* as planned, also when refused */
	struct uid_set hidden;  /* the server does not show these any more; they stay here */
	struct text_list names; /* names that the plan owns */
	/* What the rules leave where it is, of what is new on each side. */
	struct uid_set far_withheld;
	struct name_digest near_withheld;
};

/* Makes the plan of one folder. Changes that the rules do not let go to the other side count as not
 * made there: the base stays as it was for them. What both sides have in the same way is agreed
 * whatever the rules are. A removed message is brought back only where new messages may go: else it
 * stays away, and the other side's stays. The rule of conflicts: flags merge per flag: a change
 * wins over no change. A removal against a change of flags: when the flags that changed are only
 * \Seen and \Deleted the removal wins, else the message stays and is brought back where it was
 * removed. An edited file is a removal and a new message in one, and wins over whatever far did to
 * the message: the new version goes up, with the flags of both, and the old one goes, as far as the
 * rules let it; where new messages may not go it stays as it is. Returns 0 or -1 (the base could
 * not be read). */
int plan_make(const struct base_view *base, const struct near_changes *near_changes,
	      const struct far_changes *far_changes, const struct plan_rules *rules,
	      struct plan *plan_r, struct error *error);
/* Turns an OPERATION_REMOVE_FAR of a message with these BASE_FLAGS into an OPERATION_WITHHOLD: it
 * counts as absent near, and stays on the server. */
void plan_withhold_far(struct plan *plan, struct operation *operation, uint32_t base_flags);
/* Makes it a plan of nothing. */
void plan_refuse(struct plan *plan, enum plan_refusal refusal);
void plan_release(struct plan *plan);
/* Whether there is nothing to do. */
bool plan_is_empty(const struct plan *plan);

/* Of plan_make(), when all the rest is planned: what the window makes of it (plan_window.c). */
int plan_window(const struct base_view *base, const struct far_changes *far_changes,
		const struct plan_rules *rules, struct plan *plan, struct error *error);

#endif
