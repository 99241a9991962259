/* Apply: new far messages come into the Maildir, in durable batches.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "sync/apply/download.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/text.h"
#include "maildir/delivery.h"
#include "maildir/separator.h"
#include "maildir/stub.h"
#include "sync/apply/batch.h"
#include "sync/apply/download_batch.h"
#include "sync/apply/fill.h"
#include "sync/apply/placeholder.h"
#include "sync/apply/space.h"
#include "sync/apply/steps.h"
#include "sync/folder.h"
#include "sync/observe/flags.h"
#include "sync/observe/mailbox.h"
#include "sync/report.h"

struct download {
	struct sync_folder *folder;
	struct far_session *session;
	struct imap_body_sink sink;
	struct imap_command *select;      /* in one flight with the first FETCH; NULL: was done */
	bool wrong_mailbox;               /* ... and it was another one: nothing is taken */
	struct maildir_delivery *current; /* the body that is coming in */
	bool headers_only;                /* messages come as stubs */
	struct maildir_stub_writer stub;  /* into current */
	struct download_batch batch;      /* what came and is not in place yet */
	struct uid_set refused;           /* the server failed a command in which these were */
	struct uid_set told;              /* they failed, and that was told */
	struct placeholder placeholder;   /* looks at the body that is coming in */
	struct uid_set replaced;          /* in place of these came something else */
	const struct uid_set *wanted;
	uint64_t bytes; /* that came; added to the folder's at the end */
};

/* After so many messages in a row that the server refuses one by one it is not the messages. */
#define REFUSED_IN_A_ROW_MAX 10

static int begin_body(void *context, const struct imap_fetch_data *fetch, uint64_t size,
		      struct error *error)
{
	struct download *download = context;
	(void)size;
	/* A body whose FETCH response then made no sense is still open. */
	maildir_delivery_abort(&download->current);
	if (download->wrong_mailbox)
		return error_set(error, ERROR_TEMPORARY, SCOPE_MESSAGE,
				 "UID %u is in another mailbox now", fetch->uid);
	if (fetch->uid != 0 && uid_set_contains(&download->batch.received, fetch->uid))
		return error_set(error, ERROR_FAILED, SCOPE_MESSAGE, "the server sent UID %u twice",
				 fetch->uid);
	if (maildir_delivery_begin(download->folder->transfer.maildir, &download->current, error) !=
	    0)
		return -1;
	placeholder_begin(&download->placeholder);
	if (!download->headers_only)
		return 0;
	return maildir_stub_begin(&download->stub, download->current, error);
}

static int write_body(void *context, const void *bytes, size_t length, struct error *error)
{
	struct download *download = context;
	placeholder_write(&download->placeholder, bytes, length);
	if (download->headers_only)
		return maildir_stub_write(&download->stub, bytes, length, error);
	return maildir_delivery_write(download->current, bytes, length, error);
}

/* Several downloads of one folder may learn keywords at a time. */
static uint32_t read_flags(struct sync_folder *folder, const struct flag_names *flags)
{
	(void)pthread_mutex_lock(&folder->context->lock);
	uint32_t bits = sync_flags_of_imap(&folder->base.record.keywords, flags);
	const char *beyond = sync_flags_beyond(&folder->base.record.keywords, flags);
	bool tells = beyond && !folder->context->keywords_told;
	folder->context->keywords_told |= tells;
	(void)pthread_mutex_unlock(&folder->context->lock);
	if (tells)
		log_line(LOG_WARNING,
			 "%s/%s: its mail has more than %d keywords; those beyond, %s the first of "
			 "them, stay on the server and are not shown here",
			 folder->context->account->name, sync_folder_name(folder),
			 FLAG_KEYWORD_COUNT, beyond);
	return bits;
}

static int keep_message(struct download *download, const struct imap_fetch_data *fetch,
			struct error *error)
{
	int64_t now = clock_real_ns() / 1000000000;
	int64_t date = fetch->has_internaldate ? fetch->internaldate : now;
	struct maildir_delivered delivered;
	if (download->headers_only && maildir_stub_end(&download->stub, fetch->size, error) != 0)
		return -1;
	if (maildir_delivery_finish(&download->current, date, &delivered, error) != 0)
		return -1;
	uint64_t size = fetch->has_size ? fetch->size : delivered.wire_size;
	uint32_t flags = read_flags(download->folder, &fetch->flags);
	download_batch_add(&download->batch, fetch->uid, flags, size, &delivered);
	download->folder->context->bytes += fetch->body_size;
	download->bytes += fetch->body_size;
	download->batch.bytes += fetch->body_size;
	return 0;
}

/* An empty body of a message that is not empty: it was expunged meanwhile, and Gmail says so
 * like this. */
static bool is_hollow(const struct imap_fetch_data *fetch)
{
	return fetch->body_size == 0 && fetch->has_size && fetch->size > 0;
}

/* Without the flags the message cannot be stored as it is there; without its size a stub cannot say
 * what it stands for. */
static bool lacks_facts(const struct download *download, const struct imap_fetch_data *fetch)
{
	return !fetch->has_flags || (download->headers_only && !fetch->has_size);
}

static int see_message(void *context, const struct imap_fetch_data *fetch, struct error *error)
{
	struct download *download = context;
	if (fetch->body == IMAP_BODY_NONE || download->wrong_mailbox)
		return 0;
	if (fetch->body ==
	    IMAP_BODY_NIL) /* expunged meanwhile: the next run sees that it is gone */
		return 0;
	if (fetch->body == IMAP_BODY_REFUSED) {
		maildir_delivery_abort(&download->current);
		if (fetch->sink_error.scope > SCOPE_MESSAGE) {
			*error = fetch->sink_error;
			return -1;
		}
		sync_report_message(download->folder, &fetch->sink_error);
		uid_set_add(&download->told, fetch->uid);
		return 0;
	}
	if (lacks_facts(download, fetch) || is_hollow(fetch) ||
	    uid_set_contains(&download->batch.received, fetch->uid)) {
		maildir_delivery_abort(&download->current);
		return 0;
	}
	if (placeholder_is_one(&download->placeholder)) {
		maildir_delivery_abort(&download->current);
		uid_set_add(&download->replaced, fetch->uid);
		return 0;
	}
	if (keep_message(download, fetch, error) != 0)
		return -1;
	sync_report_progress(download->folder, "downloading", ++download->folder->transfer.received,
			     uid_set_size(&download->folder->plan.downloads));
	return 0;
}

static struct imap_command *send_fetch(struct download *download, const struct uid_set *set)
{
	return imap_fetch_send(
		far_imap_session(download->session), set,
		IMAP_FETCH_FLAGS | IMAP_FETCH_INTERNALDATE | IMAP_FETCH_SIZE |
			(download->headers_only ? IMAP_FETCH_HEADER : IMAP_FETCH_BODY),
		see_message, download, &download->sink);
}

/* Waits for a FETCH and makes durable what it brought: also when it then failed, for what came is
 * whole. */
static enum imap_result finish_fetch(struct download *download, struct imap_command **command,
				     struct error *error)
{
	struct error fetch_error = ERROR_INITIAL;
	enum imap_result result =
		imap_fetch_finish(far_imap_session(download->session), command, &fetch_error);
	maildir_delivery_abort(&download->current);
	bool commits = result == IMAP_RESULT_ERROR || download_batch_is_full(&download->batch);
	int committed = commits ? download_batch_commit(&download->batch, error) : 0;
	if (committed != 0)
		return IMAP_RESULT_ERROR;
	if (result != IMAP_RESULT_OK)
		*error = fetch_error;
	return result;
}

/* The folder is left, but not what came before: a server that gives only so many messages at a time
 * would else give them in vain in every run. */
static int give_up(struct download *download, struct error *error)
{
	struct error refusal = *error;
	if (download_batch_commit(&download->batch, error) != 0)
		return -1;
	*error = refusal;
	return error_widen(error, SCOPE_FOLDER);
}

/* Messages that were refused in the same words. */
struct refusals {
	struct uid_set uids;
	struct error reason;
};

static void tell_refusals(struct download *download, struct refusals *refusals)
{
	uint64_t count = uid_set_size(&refusals->uids);
	uint32_t first = 0;
	if (uid_set_next(&refusals->uids, &first)) {
		if (count == 1)
			(void)error_prefix(&refusals->reason, "message with UID %u", first);
		else
			(void)error_prefix(&refusals->reason,
					   "%llu messages, the first of them with UID %u",
					   (unsigned long long)count, first);
		sync_report_messages(download->folder, count, &refusals->reason);
	}
	uid_set_clear(&refusals->uids);
}

/* What is told is remembered; but for what is no fault of these messages. */
static int end_refusals(struct download *download, struct refusals *refusals, struct error *error)
{
	struct error reason = refusals->reason;
	int result = 0;
	if (reason.kind == ERROR_FAILED && reason.scope == SCOPE_MESSAGE)
		result = sync_deferred_note(download->folder, &refusals->uids, SYNC_FAILURE_REFUSED,
					    reason.text, error);
	uid_set_add_set(&download->told, &refusals->uids);
	tell_refusals(download, refusals);
	return result;
}

static int add_refusal(struct download *download, struct refusals *refusals, uint32_t uid,
		       struct error *error)
{
	struct error refusal = *error;
	if (strcmp(refusals->reason.text, error->text) != 0 &&
	    end_refusals(download, refusals, error) != 0)
		return -1;
	refusals->reason = refusal;
	uid_set_add(&refusals->uids, uid);
	return 0;
}

static void blame(const struct download *download, const struct uid_set *asked,
		  const struct error *error)
{
	sync_deferred_blame(download->folder, download->session, asked, &download->batch.received,
			    error);
}

/* The messages of a failed command one by one, so that the one that fails does not hold up the rest
 * (quirk: "NO Some messages could not be FETCHed"). */
static int fetch_refused(struct download *download, struct refusals *refusals, struct error *error)
{
	unsigned int in_a_row = 0;
	for (uint32_t uid = 0; uid_set_next(&download->refused, &uid);) {
		struct uid_set one = UID_SET_INITIAL;
		uid_set_add(&one, uid);
		struct imap_command *command = send_fetch(download, &one);
		enum imap_result result = finish_fetch(download, &command, error);
		if (result == IMAP_RESULT_ERROR)
			blame(download, &one, error);
		uid_set_release(&one);
		if (result == IMAP_RESULT_ERROR)
			return -1;
		in_a_row = result == IMAP_RESULT_OK ? 0 : in_a_row + 1;
		if (result != IMAP_RESULT_REFUSED)
			continue;
		if (sync_refusal_wants_pause(error) || in_a_row > REFUSED_IN_A_ROW_MAX)
			return give_up(download, error);
		if (add_refusal(download, refusals, uid, error) != 0)
			return -1;
	}
	return 0;
}

static int fetch_singly(struct download *download, struct error *error)
{
	struct refusals refusals = { .uids = UID_SET_INITIAL };
	uid_set_remove_set(&download->refused, &download->batch.received);
	struct error later = ERROR_INITIAL;
	int result = fetch_refused(download, &refusals, error);
	/* What ends it may be what these were refused for: then it is said once, of the folder. */
	if ((result == 0 || strcmp(refusals.reason.text, error->text) != 0) &&
	    end_refusals(download, &refusals, result == 0 ? error : &later) != 0)
		result = -1;
	uid_set_release(&refusals.uids);
	return result;
}

/* The mailbox must still be the one that the plan is about; bodies come only after this. */
static int finish_select(struct download *download, struct error *error)
{
	struct imap_mailbox_state now;
	if (!download->select)
		return 0;
	if (imap_select_finish(far_imap_session(download->session), &download->select, &now,
			       error) != IMAP_RESULT_OK)
		return error_widen(error, SCOPE_FOLDER);
	uint32_t uidvalidity = now.uidvalidity;
	imap_mailbox_state_release(&now);
	if (sync_folder_check_validity(download->folder, uidvalidity, error) == 0)
		return 0;
	download->wrong_mailbox = true;
	return -1;
}

static void begin_select(struct download *download)
{
	const char *mailbox = download->folder->target.mailbox;
	if (imap_session_selected(far_imap_session(download->session), mailbox, false) !=
	    download->folder->far.state.marks.uidvalidity)
		download->select =
			imap_select_send(far_imap_session(download->session), mailbox, false, NULL);
}

/* Those that failed before are asked for one by one, when all others are here. */
static void set_apart_failing(struct download *download, struct uid_set *left)
{
	uid_set_add_set(&download->refused, &download->folder->base.deferred.due);
	uid_set_keep_only(&download->refused, download->wanted);
	uid_set_remove_set(left, &download->refused);
}

/* Those with flags, where files cannot be named with them: their bodies would come in vain. */
static int leave_unnameable(struct download *download, struct uid_set *left, struct error *error)
{
	struct error refusal;
	if (maildir_takes_separator(download->folder->transfer.maildir, &refusal))
		return 0;
	if (finish_select(download, error) != 0)
		return -1;
	struct uid_set flagged = UID_SET_INITIAL;
	int result =
		sync_download_find_flagged(download->session, download->wanted, &flagged, error);
	if (result == 0 && !uid_set_is_empty(&flagged)) {
		sync_report_messages(download->folder, uid_set_size(&flagged), &refusal);
		uid_set_add_set(&download->told, &flagged);
		uid_set_remove_set(left, &flagged);
		uid_set_remove_set(&download->refused, &flagged);
	}
	uid_set_release(&flagged);
	return result;
}

/* Begins to fetch the next part of LEFT; NULL when there is none, or (*result -1) it cannot be. */
static struct imap_command *send_part(struct download *download, struct uid_set *left,
				      struct uid_set *part, int *result, struct error *error)
{
	if (*result != 0 || !uid_set_take_first(left, SYNC_FETCH_MESSAGES, part))
		return NULL;
	if (sync_space_is_low(download->folder) &&
	    (finish_select(download, error) != 0 ||
	     sync_space_check(download->folder, download->session, part, download->headers_only,
			      error) != 0)) {
		*result = -1;
		return NULL;
	}
	return send_fetch(download, part);
}

/* One command ahead: while a batch is made durable, the server sends the next. */
static int fetch_all(struct download *download, struct error *error)
{
	struct uid_set left = UID_SET_INITIAL;
	struct uid_set part = UID_SET_INITIAL;
	struct uid_set next_part = UID_SET_INITIAL;
	struct imap_command *command = NULL;
	int result = 0;
	uid_set_add_set(&left, download->wanted);
	set_apart_failing(download, &left);
	begin_select(download);
	result = leave_unnameable(download, &left, error);
	command = send_part(download, &left, &part, &result, error);
	if (result == 0)
		result = finish_select(download, error);
	while (command) {
		struct imap_command *next = send_part(download, &left, &next_part, &result, error);
		struct error later = ERROR_INITIAL; /* of a command after the one that failed */
		struct error *failure = result == 0 ? error : &later;
		switch (finish_fetch(download, &command, failure)) {
		case IMAP_RESULT_OK:
			break;
		case IMAP_RESULT_REFUSED:
			if (sync_refusal_wants_pause(failure))
				result = -1;
			uid_set_add_set(&download->refused, &part);
			break;
		case IMAP_RESULT_ERROR:
			if (result == 0)
				blame(download, &part, failure);
			result = -1;
			break;
		}
		command = next;
		struct uid_set swap = part;
		part = next_part;
		next_part = swap;
	}
	uid_set_release(&left);
	uid_set_release(&part);
	uid_set_release(&next_part);
	return result;
}

static void add_outcome(const struct download *download)
{
	struct sync_folder *folder = download->folder;
	(void)pthread_mutex_lock(&folder->context->lock);
	folder->transfer.counts.downloaded += download->batch.downloaded;
	folder->transfer.counts.bytes_down += download->bytes;
	uid_set_add_set(&folder->transfer.published, &download->batch.published);
	(void)pthread_mutex_unlock(&folder->context->lock);
}

/* Something else came in their place. */
static int tell_replaced(struct download *download, struct error *error)
{
	struct refusals refusals = { .uids = UID_SET_INITIAL };
	if (uid_set_is_empty(&download->replaced))
		return 0;
	(void)error_set(&refusals.reason, ERROR_FAILED, SCOPE_MESSAGE, "%s", PLACEHOLDER_REASON);
	uid_set_add_set(&refusals.uids, &download->replaced);
	int result = end_refusals(download, &refusals, error);
	uid_set_release(&refusals.uids);
	return result;
}

static int tell_missing(struct download *download, struct error *error)
{
	struct uid_set missing = UID_SET_INITIAL;
	if (tell_replaced(download, error) != 0)
		return -1;
	uid_set_add_set(&missing, download->wanted);
	uid_set_remove_set(&missing, &download->batch.received);
	uid_set_remove_set(&missing, &download->told);
	int result = sync_tell_missing(download->folder, download->session, &missing, error);
	uid_set_release(&missing);
	return result;
}

/* What ends the downloads is no reason to ask for these again: it may be a limit on traffic. */
static void keep_what_came(struct download *download)
{
	struct error ignored = ERROR_INITIAL; /* the first reason is told */
	(void)download_batch_commit(&download->batch, &ignored);
}

int sync_apply_downloads(struct sync_folder *folder, const struct uid_set *uids,
			 struct far_session *session, struct error *error)
{
	struct download download = { .folder = folder,
				     .session = session,
				     .wanted = uids,
				     .headers_only = sync_fill_is_stubby(folder) };
	download.batch =
		(struct download_batch){ .folder = folder, .headers_only = download.headers_only };
	download.sink = (struct imap_body_sink){ .context = &download,
						 .begin = begin_body,
						 .write = write_body };
	int result = fetch_all(&download, error);
	if (result == 0)
		result = fetch_singly(&download, error);
	if (result == 0)
		result = download_batch_commit(&download.batch, error);
	else
		keep_what_came(&download);
	if (result == 0)
		result = tell_missing(&download, error);
	add_outcome(&download);
	download_batch_release(&download.batch);
	uid_set_release(&download.refused);
	uid_set_release(&download.told);
	uid_set_release(&download.replaced);
	placeholder_release(&download.placeholder);
	return result;
}
