/* Gather: the far side of one folder. SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/log.h"
#include "base/memory.h"
#include "sync/diff.h"
#include "sync/flags.h"
#include "sync/folder.h"

/* A listing of the mailbox under way. */
struct listing {
	struct sync_folder *folder;
	struct far_diff diff;
	uint32_t seen; /* FETCH responses with flags */
};

static int see_message(void *context, const struct imap_fetch_data *fetch, struct error *error)
{
	struct listing *listing = context;
	struct sync_folder *folder = listing->folder;
	if (!fetch->has_flags)
		return 0;
	if (fetch->uid > folder->far_highest)
		folder->far_highest = fetch->uid;
	uint32_t flags = sync_flags_of_imap(&folder->record.keywords, &fetch->flags);
	listing->seen++;
	return far_diff_see(&listing->diff, fetch->uid, flags, error);
}

/* Which flags both sides can hold: those the table names; of these the server may refuse some. */
static void learn_flags(struct sync_folder *folder)
{
	const struct imap_flags *permanent = &folder->far_state.permanent_flags;
	for (size_t i = 0; i < permanent->keywords.count; i++)
		(void)keyword_table_intern(&folder->record.keywords, permanent->keywords.items[i]);
	folder->managed = keyword_table_known(&folder->record.keywords);
	/* A dry run uses EXAMINE, for which servers say that nothing can be stored (RFC 9051
	 * section 6.3.3). */
	folder->storable = folder->context->options->dry_run
				   ? folder->managed
				   : sync_flags_storable(&folder->record.keywords, permanent);
}

/* Everything the mailbox has, when nothing of it is known: the flags come with the bodies. */
static int list_new(struct sync_folder *folder, struct imap_session *session, struct error *error)
{
	if (folder->far_state.messages == 0)
		return 0;
	if (imap_search_all(session, &folder->far.added, error) != IMAP_RESULT_OK)
		return error_widen(error, SCOPE_FOLDER);
	const struct uid_set *added = &folder->far.added;
	if (added->count > 0)
		folder->far_highest = added->ranges[added->count - 1].last;
	return 0;
}

/* A listing that holds fewer messages than SELECT announced: other clients may have removed some
 * meanwhile, or the server left some out. Only what a second listing does not have either is gone.
 */
static int confirm_removed(struct sync_folder *folder, struct imap_session *session,
			   struct error *error)
{
	struct uid_set there = UID_SET_INITIAL;
	enum imap_result result = imap_search_all(session, &there, error);
	if (result == IMAP_RESULT_OK)
		uid_set_remove_set(&folder->far.removed, &there);
	uid_set_release(&there);
	return result == IMAP_RESULT_OK ? 0 : error_widen(error, SCOPE_FOLDER);
}

/* Everything the mailbox has, held against the base. */
static int list_changes(struct sync_folder *folder, struct imap_session *session,
			const struct base_view *base, struct error *error)
{
	struct listing listing = { .folder = folder };
	far_diff_begin(&listing.diff, base, UINT32_MAX, &folder->far);
	if (folder->far_state.messages > 0) {
		struct imap_command *command =
			imap_fetch_from_send(session, 1, IMAP_FETCH_FLAGS, see_message, &listing);
		/* What is missing from a listing is removed only when the listing is whole. */
		if (imap_fetch_finish(session, &command, error) != IMAP_RESULT_OK) {
			struct error ignored = ERROR_INITIAL;
			(void)far_diff_finish(&listing.diff, false, &ignored);
			return error_widen(error, SCOPE_FOLDER);
		}
	}
	if (far_diff_finish(&listing.diff, true, error) != 0)
		return -1;
	if (listing.seen < folder->far_state.messages && !uid_set_is_empty(&folder->far.removed))
		return confirm_removed(folder, session, error);
	return 0;
}

static int list_mailbox(struct sync_folder *folder, struct imap_session *session,
			struct error *error)
{
	struct sync_base base;
	if (sync_base_begin(folder, &base, error) != 0)
		return -1;
	int result = base.view.count == 0 ? list_new(folder, session, error)
					  : list_changes(folder, session, &base.view, error);
	sync_base_end(&base);
	return result;
}

/* A mailbox that has children, that nobody ever synchronised and that cannot be opened is only a
 * name above them, although LIST did not say \Noselect: Dovecot does so for a deleted mailbox whose
 * children stay. */
static bool is_only_a_name(const struct sync_folder *folder)
{
	return folder->action == FOLDER_CREATE_NEAR && !folder->view->base &&
	       folder->view->has_children;
}

static int select_mailbox(struct sync_folder *folder, struct imap_session *session,
			  struct error *error)
{
	struct imap_command *command =
		imap_select_send(session, folder->mailbox, folder->context->options->dry_run);
	enum imap_result result = imap_select_finish(session, &command, &folder->far_state, error);
	if (result == IMAP_RESULT_REFUSED && is_only_a_name(folder)) {
		log_line(LOG_VERBOSE, "%s: left out, it cannot be opened: %s",
			 sync_folder_name(folder), error->text);
		error_clear(error);
		folder->action = FOLDER_SKIP;
		return 0;
	}
	if (result != IMAP_RESULT_OK)
		return error_widen(error, SCOPE_FOLDER);
	uint32_t uidvalidity = folder->far_state.uidvalidity;
	if (uidvalidity == 0)
		return error_set(
			error, ERROR_FAILED, SCOPE_FOLDER,
			"the server gives this mailbox no UIDVALIDITY, so its messages "
			"cannot be told apart from one run to the next; it was left alone");
	folder->base_is_void =
		folder->record.uidvalidity != 0 && folder->record.uidvalidity != uidvalidity;
	return 0;
}

/* A mailbox that is not there is as an empty one that takes every flag: all that the base has
 * of it is removed. */
static int gather_no_mailbox(struct sync_folder *folder, struct error *error)
{
	folder->managed = keyword_table_known(&folder->record.keywords);
	folder->storable = folder->managed;
	struct sync_base base;
	if (sync_base_begin(folder, &base, error) != 0)
		return -1;
	struct far_diff diff;
	far_diff_begin(&diff, &base.view, UINT32_MAX, &folder->far);
	int result = far_diff_finish(&diff, true, error);
	sync_base_end(&base);
	return result;
}

int sync_gather_far(struct sync_folder *folder, struct imap_session *session, struct error *error)
{
	if (!folder->mailbox)
		return gather_no_mailbox(folder, error);
	if (select_mailbox(folder, session, error) != 0)
		return -1;
	if (folder->action == FOLDER_SKIP)
		return 0;
	/* The names of the flags come with SELECT; the listing may add keywords. */
	learn_flags(folder);
	int result = list_mailbox(folder, session, error);
	learn_flags(folder);
	return result;
}
