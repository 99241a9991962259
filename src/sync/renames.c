/* Folders that have another name on one side get it on the other, before anything else is done with
 * them. SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"
#include "mail/mailbox_attribute.h"
#include "sync/apply/rename.h"
#include "sync/renames.h"
#include "sync/run.h"

/* Renames come in steps: of a chain, or of what an earlier one brought to light. */
#define RENAMES_MAX 8

void run_renaming_release(struct run_renaming *renaming)
{
	far_names_release(&renaming->known);
	text_list_release(&renaming->failed);
}

/* --- Which of them take part --- */

static bool is_chosen(const struct run *run, const struct folder_rename *rename)
{
	return choice_takes(&run->choice, rename->folder) ||
	       (rename->to && choice_takes(&run->choice, rename->to));
}

static bool is_one_step(const struct folder_rename *a, const struct folder_rename *b)
{
	bool exchanged = a->step == FOLDER_RENAME_EXCHANGE && b->step == a->step;
	return a == b || (exchanged && a->to == b->folder) ||
	       (a->step == b->step && (folder_renames_below(a->folder->name, b->folder->name) ||
				       folder_renames_below(b->folder->name, a->folder->name)));
}

/* What comes along with one that takes part cannot stay behind. */
static void leave_out_others(const struct run *run, struct folder_renames *renames)
{
	for (size_t i = 0; i < renames->count; i++) {
		struct folder_rename *rename = &renames->items[i];
		bool chosen = false;
		for (size_t k = 0; !chosen && k < renames->count; k++)
			chosen = is_one_step(rename, &renames->items[k]) &&
				 is_chosen(run, &renames->items[k]);
		if (!chosen)
			rename->to = NULL;
	}
	for (size_t i = 0; i < renames->count; i++) {
		if (!renames->items[i].to)
			renames->items[i].step = FOLDER_RENAME_NONE;
	}
}

/* --- What is told --- */

static enum folder_action action_of(const struct folder_rename *rename)
{
	bool is_far = rename->step == FOLDER_RENAME_FAR ||
		      (rename->step == FOLDER_RENAME_WAITS && !rename->far);
	return is_far ? FOLDER_RENAMED_FAR : FOLDER_RENAMED_NEAR;
}

static void tell(const struct run *run, const struct folder_rename *rename)
{
	const struct sync_events *events = run->context.events;
	const struct sync_folder_report report = { .account = run->context.account->name,
						   .folder = rename->to->name,
						   .from = rename->folder->name,
						   .action = action_of(rename),
						   .outcome = SYNC_FOLDER_DONE,
						   .dry_run = run->context.options->dry_run };
	if (events->folder)
		events->folder(events->context, &report);
}

/* Nothing else is done in this run with what has two names. */
static void leave_alone(const struct folder_rename *rename)
{
	rename->folder->renamed = action_of(rename);
	if (rename->near)
		rename->near->renamed = action_of(rename);
	if (rename->far)
		rename->far->renamed = action_of(rename);
}

/* WHY becomes the folder's. */
static void block(struct folder_view *view, char *why)
{
	free(view->blocked);
	view->blocked_kind = ERROR_SAFETY;
	view->blocked = why;
}

/* Under its old name is another mailbox now, and what is here would be taken for mail that is
 * missing there. Returns whether it is blocked. */
static void refuse_waiting(const struct folder_rename *rename)
{
	struct folder_view *views[] = { rename->folder, rename->to };
	for (size_t i = 0; rename->folder->far_other && i < 2; i++)
		block(views[i],
		      memory_format("the mailbox that was called %s is called %s on the server "
				    "now, and its Maildir cannot get that name, for there is "
				    "another one; nothing was done. Give the Maildirs the names "
				    "that their mailboxes have",
				    rename->folder->name, rename->to->name));
}

static void refuse(const struct folder_rename *rename)
{
	struct folder_view *views[] = { rename->folder, rename->to };
	for (size_t i = 0; i < 2; i++) {
		block(views[i],
		      memory_format(
			      "the Maildir of the folder %s is called %s here now, but the server uses "
			      "that mailbox for a purpose of its own (such as \\Sent or \\Trash), and it "
			      "is not renamed by a program; nothing was done. Rename it on the server, "
			      "where mail programs can be told so, or call the Maildir %s again",
			      rename->folder->name, rename->to->name, rename->folder->local));
	}
}

/* --- Doing it --- */

/* One that fails is told of and left alone, unless the failure is about more than it. */
static int fail(struct run *run, struct run_renaming *renaming, const struct folder_rename *rename,
		struct error *error)
{
	if (run_error_may_pass(error) || error->scope >= SCOPE_ACCOUNT)
		return -1;
	(void)error_prefix(error, "%s could not be renamed to %s", rename->folder->name,
			   rename->to->name); /* always -1 */
	run_tell_failure(run, rename->folder->name, error);
	text_list_add(&renaming->failed, rename->folder->name);
	error_clear(error);
	return 0;
}

/* Whether it could not be renamed, or what it would have come with. */
static bool has_failed(const struct run_renaming *renaming, const struct folder_rename *rename)
{
	for (size_t i = 0; i < renaming->failed.count; i++) {
		const char *failed = renaming->failed.items[i];
		if (strcmp(rename->folder->name, failed) == 0 ||
		    (rename->step == FOLDER_RENAME_EXCHANGE &&
		     strcmp(rename->to->name, failed) == 0) ||
		    (rename->comes_along && folder_renames_below(rename->folder->name, failed)))
			return true;
	}
	return false;
}

static int do_far(struct run *run, struct run_renaming *renaming,
		  const struct folder_renames *renames, const struct folder_rename *rename,
		  struct error *error)
{
	char *mailbox = NULL;
	struct far_session *session = renaming->session;
	bool told = far_has(session, FAR_LISTS_SUBSCRIBED);
	if (rename_far(session, renames, rename, told, &mailbox, error) != 0) {
		free(mailbox);
		return fail(run, renaming, rename, error);
	}
	far_names_note(&renaming->known, &run->table, rename->folder->name, rename->to->name);
	if (!mailboxes_rename(renaming->mailboxes, rename->folder->name, rename->to->name,
			      rename->folder->mailbox, mailbox))
		mailboxes_release(renaming->mailboxes);
	free(mailbox);
	return 0;
}

/* A name that the run has just given, or learnt, needs no proof again. */
static int do_near(struct run *run, struct run_renaming *renaming,
		   const struct folder_rename *rename, struct error *error)
{
	if (rename_near(&run->context, rename, error) != 0)
		return fail(run, renaming, rename, error);
	far_names_learn(&renaming->known, rename->folder->name, rename->to->name);
	return 0;
}

static bool is_done_here(const struct folder_rename *rename)
{
	return rename->step == FOLDER_RENAME_FAR || rename->step == FOLDER_RENAME_NEAR ||
	       rename->step == FOLDER_RENAME_EXCHANGE;
}

static int do_one(struct run *run, struct run_renaming *renaming,
		  const struct folder_renames *renames, const struct folder_rename *rename,
		  struct error *error)
{
	int result = 0;
	if (has_failed(renaming, rename))
		return 0;
	if (rename->step == FOLDER_RENAME_FAR && !rename->comes_along)
		result = do_far(run, renaming, renames, rename, error);
	else if (rename->step != FOLDER_RENAME_FAR)
		result = do_near(run, renaming, rename, error);
	if (result == 0 && !has_failed(renaming, rename))
		tell(run, rename);
	return result;
}

static bool has_step(const struct folder_renames *renames, enum folder_rename_step step)
{
	for (size_t i = 0; i < renames->count; i++) {
		if (renames->items[i].step == step)
			return true;
	}
	return false;
}

static int do_those(struct run *run, struct run_renaming *renaming,
		    const struct folder_renames *renames, bool come_along, struct error *error)
{
	for (size_t i = 0; i < renames->count; i++) {
		const struct folder_rename *rename = &renames->items[i];
		if (is_done_here(rename) && rename->comes_along == come_along &&
		    do_one(run, renaming, renames, rename, error) != 0)
			return -1;
	}
	return 0;
}

static int do_all(struct run *run, struct run_renaming *renaming,
		  const struct folder_renames *renames, struct error *error)
{
	if (has_step(renames, FOLDER_RENAME_RECORD) &&
	    rename_record(&run->context, renaming->session, renames, error) != 0)
		return -1;
	if (has_step(renames, FOLDER_RENAME_FAR) &&
	    rename_intend(&run->context, renames, far_has(renaming->session, FAR_LISTS_SUBSCRIBED),
			  error) != 0)
		return -1;
	/* What comes along is done, and only told of, when that is which it comes with. */
	if (do_those(run, renaming, renames, false, error) != 0)
		return -1;
	return do_those(run, renaming, renames, true, error);
}

/* --- The whole --- */

/* Steps that nothing can come before. */
static size_t count_steps(const struct folder_renames *renames)
{
	size_t count = 0;
	for (size_t i = 0; i < renames->count; i++)
		count += renames->items[i].step != FOLDER_RENAME_NONE &&
			 renames->items[i].step != FOLDER_RENAME_WAITS;
	return count;
}

/* What still waits when nothing else is to be done waits in vain. */
static void end_waiting(struct folder_renames *renames)
{
	for (size_t i = 0; i < renames->count; i++) {
		if (renames->items[i].step != FOLDER_RENAME_WAITS)
			continue;
		refuse_waiting(&renames->items[i]);
		renames->items[i].step = FOLDER_RENAME_NONE;
	}
}

/* Steps that are left; the others are seen to here. */
static size_t settle(const struct run *run, const struct run_renaming *renaming,
		     struct folder_renames *renames)
{
	if (count_steps(renames) == 0)
		end_waiting(renames);
	for (size_t i = 0; i < renames->count; i++) {
		struct folder_rename *rename = &renames->items[i];
		bool failed = has_failed(renaming, rename) || renaming->steps > RENAMES_MAX;
		if (rename->step == FOLDER_RENAME_REFUSED)
			refuse(rename);
		else if (rename->step != FOLDER_RENAME_NONE &&
			 (failed || run->context.options->dry_run))
			leave_alone(rename);
		if (failed || rename->step == FOLDER_RENAME_REFUSED)
			rename->step = FOLDER_RENAME_NONE;
	}
	if (count_steps(renames) == 0)
		end_waiting(renames);
	return count_steps(renames);
}

static void tell_all(const struct run *run, const struct folder_renames *renames)
{
	for (size_t i = 0; i < renames->count; i++) {
		const struct folder_rename *rename = &renames->items[i];
		if (is_done_here(rename) || rename->step == FOLDER_RENAME_WAITS)
			tell(run, rename);
	}
}

int run_rename_folders(struct run *run, struct run_renaming *renaming,
		       const struct listing_certainty *certain, bool *again_r, struct error *error)
{
	const struct sync_options *options = run->context.options;
	const struct other_names_sources sources = { .state = run->context.state,
						     .session = renaming->session,
						     .table = &run->table,
						     .certain = *certain,
						     .known = &renaming->known };
	struct folder_renames renames = { .items = NULL };
	*again_r = false;
	renaming->steps++;
	if (options->fetch)
		return 0;
	int result = other_names_find(&sources, &renames, error);
	if (result == 0) {
		folder_renames_decide(&renames, &run->table);
		if (choice_is_partial(options))
			leave_out_others(run, &renames);
	}
	/* What the server listed some time ago is not enough to go by. */
	if (result == 0 && renames.count > 0 && !renaming->asked)
		*again_r = true;
	else if (result == 0 && settle(run, renaming, &renames) > 0) {
		*again_r = !options->dry_run;
		if (options->dry_run)
			tell_all(run, &renames);
		else
			result = do_all(run, renaming, &renames, error);
	}
	folder_renames_release(&renames);
	return result;
}
