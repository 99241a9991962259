/* The plan of one folder: from the base and the changes of both sides to the operations that make
 * them the same again; moves.h decides then for the account what concerns two folders. Pure: no
 * I/O, no clock, no globals. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_SYNC_PLAN_PLAN_H
#define NAVETTE_SYNC_PLAN_PLAN_H

#include "base/text.h"
#include "config/config.h"
#include "mail/name_digest.h"
#include "sync/observe/base_view.h"
#include "sync/observe/changes.h"
#include "sync/plan/copy.h"
#include "sync/plan/horizon.h"
#include "sync/plan/operation.h"
#include "sync/plan/window.h"

struct sync_counts;

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
	uint32_t ignored; /* flag bits that are not synchronised, whatever the base says of them */
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
	/* Messages that an earlier run brought to other folders, where their files are; what is
	 * left of them goes, whatever else was done to it. NULL: none. */
	const struct uid_set *moved;
	/* How far down the server shows the mailbox. What passed out of its sight was removed by
	 * nobody; force_delete says that it was. */
	struct horizon horizon;
};

/* The guard's verdict: whether the folder is stopped. */
enum plan_refusal {
	PLAN_ALLOWED,
	PLAN_REFUSED_NEAR, /* would remove too many near files, or all of them */
	PLAN_REFUSED_FAR   /* would remove too many far messages, or all of them */
};

/* What the guard weighs: how many messages the base has, how many of them each side lost since, and
 * how many it had lost before. */
struct plan_losses {
	uint32_t had;
	uint32_t near, far;
	uint32_t absent_near, absent_far;
};

struct plan {
	struct uid_set downloads; /* far -> near: new ones, those brought back, and those left out
				     that come into the window */
	struct copy_list copies;  /* far -> near as well, but from files that are here
				     (origins.h) */
	struct uid_set expires;   /* out of the window: their files go, and the far side keeps them;
				    also those of them that the user removed here */
	struct uid_set outside;   /* new far messages outside of the window */
	struct operation_list operations[OPERATION_KINDS];
	/* REMOVE_FARs that were not planned, because the far side changed flags of the message: it
	 * is in the downloads instead. moves.h plans those that only moved here. */
	struct operation_list contested;
	enum plan_refusal refusal; /* when refused there is nothing else to do in the plan */
	uint32_t removals_near, removals_far; /* as planned, also when refused */
	struct plan_losses losses;
	struct uid_set held;    /* far removals that wait for a later run (moves.h) */
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

/* Sets what both sides and the base shall have of flags, given what they have: a change wins over
 * no change. A flag that the far side cannot store is left alone on the near side and never counts
 * as a near change. */
void plan_set_flags(const struct plan_rules *rules, struct operation *operation, uint32_t base,
		    uint32_t near, uint32_t far);

/* --- What becomes of a plan that was made (plan_change.c, plan_guard.c) --- */

/* The guard, when the account is planned (moves.h): refuses a plan by which too much would go for
 * good (docs/architecture.md, invariant 4). What only moved is no loss. */
void plan_guard(struct plan *plan, const struct plan_rules *rules);
/* How many of its far removals, or near ones, only moved. */
uint32_t plan_moved_far(const struct plan *plan);
uint32_t plan_moved_near(const struct plan *plan);

/* The far removals of UIDS become such as are withheld: their messages count as absent near, and
 * stay on the server. */
void plan_withhold_far(struct plan *plan, const struct uid_set *uids);
/* The far removals of UIDS take their messages to the trash. */
void plan_trash_far(struct plan *plan, const struct uid_set *uids);
/* When the account is planned: what is to be copied is not downloaded; of the copies those stay
 * that were planned as downloads (copy.c). */
void plan_take_copies(struct plan *plan);
/* The near removal of UID is a move to the folder TO, which borrows its name. TAKES_CHANGED: also
 * where the message was to be brought back to the server because somebody changed it here: that is
 * a removal then. False: it is none, and stays. *near_flags_r: of the file. */
bool plan_move_near(struct plan *plan, uint32_t uid, const char *to, bool takes_changed,
		    uint32_t *near_flags_r);
/* Makes it a plan of nothing; what was to be copied stays known, for it has not come (hold.h). */
void plan_refuse(struct plan *plan, enum plan_refusal refusal);

void plan_release(struct plan *plan);

/* --- What it says (plan_query.c) --- */

/* Whether there is nothing to do. */
bool plan_is_empty(const struct plan *plan);
/* Whether it has operations of any kind; of KIND. */
bool plan_has_operations(const struct plan *plan);
static inline bool plan_has(const struct plan *plan, enum operation_kind kind)
{
	return plan->operations[kind].count > 0;
}
/* Whether it removes messages from the server. */
static inline bool plan_removes_far(const struct plan *plan)
{
	return plan_has(plan, OPERATION_REMOVE_FAR) || plan_has(plan, OPERATION_TRASH);
}
/* Whether it removes messages, or takes them out of the base. */
bool plan_removes(const struct plan *plan);
/* Whether it has operations that remove nothing. */
bool plan_transfers(const struct plan *plan);
/* Whether downloads are all that it has of these. */
bool plan_only_downloads(const struct plan *plan);
/* How many messages are sent to the server. */
uint64_t plan_sent(const struct plan *plan);
/* Whether it changes flags of messages that are on the server: then their mailbox must be selected,
 * and still be the one that the gather saw. APPEND needs neither; removals see to it themselves. */
bool plan_stores(const struct plan *plan);
/* Whether it changes anything on the server. */
bool plan_changes_far(const struct plan *plan);
/* Whether OPERATION is a step of this run to be told: a move is one, told where the message was,
 * and what waits (held) is none. */
bool plan_tells(const struct plan *plan, const struct operation *operation);
/* Adds to COUNTS what would be done; a move is counted as such, where the message was. */
void plan_count(const struct plan *plan, struct sync_counts *counts);

/* Of plan_make(), when all the rest is planned: what the window makes of it (plan_window.c). */
int plan_window(const struct base_view *base, const struct far_changes *far_changes,
		const struct plan_rules *rules, struct plan *plan, struct error *error);

#endif
