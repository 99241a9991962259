/* Apply: new far messages come into the Maildir, in durable batches.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/text.h"
#include "maildir/delivery.h"
#include "maildir/name.h"
#include "maildir/stub.h"
#include "sync/apply/batch.h"
#include "sync/apply/fill.h"
#include "sync/apply/placeholder.h"
#include "sync/apply/space.h"
#include "sync/observe/flags.h"
#include "sync/observe/watch.h"

/* One message that lies in tmp/, whole. */
struct arrived {
	uint32_t uid;
	uint32_t flags;
	struct maildir_location location; /* where it goes */
	struct maildir_delivered delivered;
	uint64_t told_size; /* RFC822.SIZE, or what was counted */
};

/* The order of steps, and why a crash between any two is harmless, stands in maildir/delivery.h. */
struct download {
	struct sync_folder *folder;
	struct imap_session *session;
	struct imap_body_sink sink;
	struct imap_command *select;      /* in one flight with the first FETCH; NULL: was done */
	bool wrong_mailbox;               /* ... and it was another one: nothing is taken */
	struct maildir_delivery *current; /* the body that is coming in */
	bool headers_only;                /* messages come as stubs */
	struct maildir_stub_writer stub;  /* into current */
	struct arrived *batch;
	size_t count, capacity;
	uint64_t bytes;           /* of the batch */
	struct uid_set received;  /* of this folder, so that none is stored twice */
	struct uid_set published; /* in place, but still in the journal; not surely on the disk */
	struct uid_set lost;      /* of this batch: taken out of tmp/ by somebody */
	struct uid_set refused;   /* the server failed a command in which these were */
	struct uid_set told;      /* they failed, and that was told */
	struct placeholder placeholder; /* looks at the body that is coming in */
	struct uid_set replaced;        /* in place of these came something else */
	const struct uid_set *wanted;
	struct sync_counts counts; /* added to the folder's at the end */
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
	if (fetch->uid != 0 && uid_set_contains(&download->received, fetch->uid))
		return error_set(error, ERROR_FAILED, SCOPE_MESSAGE, "the server sent UID %u twice",
				 fetch->uid);
	if (maildir_delivery_begin(download->folder->maildir, &download->current, error) != 0)
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

/* Mail that nobody has read goes to new/, as a delivery would bring it; its name has no info part
 * unless there are flags to keep. */
static struct maildir_location choose_location(uint32_t flags)
{
	char *unique = maildir_name_unique();
	struct maildir_location location = { .place = flags & FLAG_SEEN ? MAILDIR_CUR
									: MAILDIR_NEW };
	if (flags == 0) {
		location.name = unique;
		return location;
	}
	location.name = maildir_name_with_flags(unique, flags, UINT32_MAX);
	free(unique);
	return location;
}

/* Several downloads of one folder may learn keywords at a time. */
static uint32_t read_flags(struct sync_folder *folder, const struct imap_flags *flags)
{
	(void)pthread_mutex_lock(&folder->context->lock);
	uint32_t bits = sync_flags_of_imap(&folder->record.keywords, flags);
	const char *beyond = sync_flags_beyond(&folder->record.keywords, flags);
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
	struct arrived arrived = { .uid = fetch->uid, .told_size = fetch->size };
	if (download->headers_only && maildir_stub_end(&download->stub, fetch->size, error) != 0)
		return -1;
	if (maildir_delivery_finish(&download->current, date, &arrived.delivered, error) != 0)
		return -1;
	if (!fetch->has_size)
		arrived.told_size = arrived.delivered.wire_size;
	arrived.flags = read_flags(download->folder, &fetch->flags);
	arrived.location = choose_location(arrived.flags);
	memory_grow((void **)&download->batch, &download->capacity, download->count + 1,
		    sizeof *download->batch);
	download->batch[download->count++] = arrived;
	uid_set_add(&download->received, fetch->uid);
	download->folder->context->bytes += fetch->body_size;
	download->counts.bytes_down += fetch->body_size;
	download->bytes += fetch->body_size;
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
	    uid_set_contains(&download->received, fetch->uid)) {
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
	sync_report_progress(download->folder, "downloading", ++download->folder->received,
			     uid_set_size(&download->folder->plan.downloads));
	return 0;
}

/* Keywords that came with the messages. */
static int put_keywords(struct state_transaction *transaction, struct sync_folder *folder,
			struct error *error)
{
	(void)pthread_mutex_lock(&folder->context->lock);
	int result = state_folder_put(transaction, &folder->record, error);
	(void)pthread_mutex_unlock(&folder->context->lock);
	return result;
}

/* Messages that the window left out before. */
static int take_in(struct state_transaction *transaction, const struct download *download,
		   struct error *error)
{
	struct uid_set uids = UID_SET_INITIAL;
	for (size_t i = 0; i < download->count; i++)
		uid_set_add(&uids, download->batch[i].uid);
	int result = sync_outside_take(transaction, download->folder->record.id, &uids, error);
	uid_set_release(&uids);
	return result;
}

/* Those that are flagged already are made whole at once. */
static int note_stubs(struct state_transaction *transaction, const struct download *download,
		      struct error *error)
{
	struct sync_folder *folder = download->folder;
	struct uid_set stubs = UID_SET_INITIAL;
	struct uid_set wanted = UID_SET_INITIAL;
	uint32_t id = folder->record.id;
	for (size_t i = 0; i < download->count; i++) {
		uid_set_add(&stubs, download->batch[i].uid);
		if (download->batch[i].flags & FLAG_FLAGGED)
			uid_set_add(&wanted, download->batch[i].uid);
	}
	(void)pthread_mutex_lock(&folder->context->lock);
	uid_set_add_set(&folder->wanted, &wanted);
	(void)pthread_mutex_unlock(&folder->context->lock);
	int result = state_set_add(transaction, id, STATE_STUBS, &stubs, error);
	if (result == 0)
		result = state_set_add(transaction, id, STATE_WANTED, &wanted, error);
	uid_set_release(&stubs);
	uid_set_release(&wanted);
	return result;
}

static int record_messages(struct state_transaction *transaction, const struct download *download,
			   struct error *error)
{
	uint32_t id = download->folder->record.id;
	struct uid_set drafts = UID_SET_INITIAL;
	int result = 0;
	for (size_t i = 0; result == 0 && i < download->count; i++) {
		const struct arrived *arrived = &download->batch[i];
		struct maildir_name name;
		maildir_name_parse(arrived->location.name, &name);
		struct state_message message = { .uid = arrived->uid,
						 .flags = arrived->flags,
						 .place = (uint8_t)arrived->location.place,
						 .name = arrived->location.name,
						 .base_length = name.base_length,
						 .size = arrived->told_size,
						 .identity = arrived->delivered.identity,
						 .file = arrived->delivered.file };
		sync_watch_collect(&drafts, &message);
		result = state_message_put(transaction, id, &message, error);
		if (result == 0)
			result = state_download_put(transaction, id, arrived->uid,
						    arrived->delivered.temporary_name, error);
	}
	if (result == 0)
		result = sync_watch_note(transaction, download->folder, &drafts, error);
	uid_set_release(&drafts);
	return result;
}

static int record_batch(struct state_transaction *transaction, void *context, struct error *error)
{
	struct download *download = context;
	uint32_t id = download->folder->record.id;
	if (sync_journal_remove(transaction, id, &download->published, error) != 0)
		return -1;
	if (record_messages(transaction, download, error) != 0)
		return -1;
	if (download->folder->comes_in && take_in(transaction, download, error) != 0)
		return -1;
	if (sync_deferred_remove(transaction, download->folder, &download->received, error) != 0)
		return -1;
	if (download->headers_only && note_stubs(transaction, download, error) != 0)
		return -1;
	return put_keywords(transaction, download->folder, error);
}

static int forget_lost(struct state_transaction *transaction, void *context, struct error *error)
{
	const struct download *download = context;
	uint32_t id = download->folder->record.id;
	for (uint32_t uid = 0; uid_set_next(&download->lost, &uid);) {
		if (state_message_remove(transaction, id, uid, error) != 0 ||
		    state_download_remove(transaction, id, uid, error) != 0)
			return -1;
	}
	return 0;
}

/* A file that somebody took out of tmp/ must not look like one that the user removed: its record
 * goes, and the next run downloads it again. */
static int tell_lost(struct download *download, struct error *error)
{
	struct error lost = ERROR_INITIAL;
	if (uid_set_is_empty(&download->lost))
		return 0;
	(void)error_set(
		&lost, ERROR_FAILED, SCOPE_MESSAGE,
		"%llu new %s vanished from %s/tmp before being in place; the next run downloads %s again",
		(unsigned long long)uid_set_size(&download->lost),
		text_plural(uid_set_size(&download->lost), "message", "messages"),
		maildir_path(download->folder->maildir),
		text_plural(uid_set_size(&download->lost), "it", "them"));
	sync_report_message(download->folder, &lost);
	return state_write(download->folder->context->state, forget_lost, download, error);
}

static int publish_batch(struct download *download, struct error *error)
{
	uid_set_clear(&download->lost);
	for (size_t i = 0; i < download->count; i++) {
		const struct arrived *arrived = &download->batch[i];
		switch (maildir_delivery_publish(download->folder->maildir,
						 arrived->delivered.temporary_name,
						 &arrived->location, error)) {
		case MAILDIR_MESSAGE_OK:
			break;
		case MAILDIR_MESSAGE_GONE:
			uid_set_add(&download->lost, arrived->uid);
			break;
		case MAILDIR_MESSAGE_ERROR:
			return error_widen(error, SCOPE_FOLDER);
		}
	}
	return tell_lost(download, error);
}

static void release_batch(struct download *download)
{
	for (size_t i = 0; i < download->count; i++) {
		free(download->batch[i].location.name);
		free(download->batch[i].delivered.temporary_name);
	}
	download->count = 0;
	download->bytes = 0;
}

/* The sync makes two things durable: the files of this batch in tmp/, before they are recorded, and
 * the names of the batch before, before they leave the journal. The last batch's names stay in the
 * journal until the end of the run (journal.c). */
static int commit_batch(struct download *download, struct error *error)
{
	struct sync_folder *folder = download->folder;
	if (download->count == 0)
		return 0;
	if (maildir_witness_place(folder->maildir, error) != 0 ||
	    maildir_sync(folder->maildir, error) != 0 ||
	    state_write(folder->context->state, record_batch, download, error) != 0)
		return -1;
	uid_set_clear(&download->published);
	if (publish_batch(download, error) != 0)
		return -1;
	for (size_t i = 0; i < download->count; i++)
		uid_set_add(&download->published, download->batch[i].uid);
	download->counts.downloaded += download->count;
	release_batch(download);
	return 0;
}

static int commit_full_batch(struct download *download, struct error *error)
{
	if (download->count < SYNC_BATCH_MESSAGES && download->bytes < SYNC_BATCH_BYTES)
		return 0;
	return commit_batch(download, error);
}

static struct imap_command *send_fetch(struct download *download, const struct uid_set *set)
{
	return imap_fetch_send(
		download->session, set,
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
	enum imap_result result = imap_fetch_finish(download->session, command, &fetch_error);
	maildir_delivery_abort(&download->current);
	int committed = result == IMAP_RESULT_ERROR ? commit_batch(download, error)
						    : commit_full_batch(download, error);
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
	if (commit_batch(download, error) != 0)
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
	sync_deferred_blame(download->folder, download->session, asked, &download->received, error);
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
	uid_set_remove_set(&download->refused, &download->received);
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
	if (imap_select_finish(download->session, &download->select, &now, error) != IMAP_RESULT_OK)
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
	const char *mailbox = download->folder->mailbox;
	if (imap_session_selected(download->session, mailbox, false) !=
	    download->folder->far_state.uidvalidity)
		download->select = imap_select_send(download->session, mailbox, false, NULL);
}

/* Those that failed before are asked for one by one, when all others are here. */
static void set_apart_failing(struct download *download, struct uid_set *left)
{
	uid_set_add_set(&download->refused, &download->folder->deferred.due);
	uid_set_keep_only(&download->refused, download->wanted);
	uid_set_remove_set(left, &download->refused);
}

/* Begins to fetch the next part of LEFT; NULL when there is none, or (*result -1) it cannot be. */
static struct imap_command *send_part(struct download *download, struct uid_set *left,
				      struct uid_set *part, int *result, struct error *error)
{
	if (*result != 0 || !sync_batch_take(left, SYNC_FETCH_MESSAGES, part))
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
	folder->counts.downloaded += download->counts.downloaded;
	folder->counts.bytes_down += download->counts.bytes_down;
	uid_set_add_set(&folder->published, &download->published);
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
	uid_set_remove_set(&missing, &download->received);
	uid_set_remove_set(&missing, &download->told);
	int result = sync_tell_missing(download->folder, download->session, &missing, error);
	uid_set_release(&missing);
	return result;
}

/* What ends the downloads is no reason to ask for these again: it may be a limit on traffic. */
static void keep_what_came(struct download *download)
{
	struct error ignored = ERROR_INITIAL; /* the first reason is told */
	(void)commit_batch(download, &ignored);
}

int sync_apply_downloads(struct sync_folder *folder, const struct uid_set *uids,
			 struct imap_session *session, struct error *error)
{
	struct download download = { .folder = folder,
				     .session = session,
				     .wanted = uids,
				     .headers_only = sync_fill_is_stubby(folder) };
	download.sink = (struct imap_body_sink){ .context = &download,
						 .begin = begin_body,
						 .write = write_body };
	int result = fetch_all(&download, error);
	if (result == 0)
		result = fetch_singly(&download, error);
	if (result == 0)
		result = commit_batch(&download, error);
	else
		keep_what_came(&download);
	if (result == 0)
		result = tell_missing(&download, error);
	add_outcome(&download);
	release_batch(&download);
	free(download.batch);
	uid_set_release(&download.received);
	uid_set_release(&download.published);
	uid_set_release(&download.lost);
	uid_set_release(&download.refused);
	uid_set_release(&download.told);
	uid_set_release(&download.replaced);
	placeholder_release(&download.placeholder);
	return result;
}
