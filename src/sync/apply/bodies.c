/* Apply: messages come into tmp/. SPDX-License-Identifier: GPL-3.0-or-later */
#include "sync/apply/bodies.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/memory.h"
#include "maildir/stub.h"
#include "sync/apply/batch.h"
#include "sync/apply/missing.h"
#include "sync/apply/placeholder.h"
#include "sync/apply/refusals.h"
#include "sync/apply/space.h"
#include "sync/folder.h"
#include "sync/observe/mailbox.h"
#include "sync/report.h"

struct bodies {
	struct sync_folder *folder;
	struct far_session *session;
	struct body_taker taker;
	struct far_fetching *fetching; /* NULL: nothing was asked for yet */
	struct uid_set wanted;
	struct maildir_delivery *current; /* the one that is coming in */
	struct maildir_stub_writer stub;  /* into it */
	struct placeholder placeholder;   /* looks at it */
	struct uid_set received;          /* taken, so that none is stored twice */
	struct uid_set replaced;          /* in place of these came something else */
	struct uid_set incomplete;        /* these came without what must be known of them */
	struct refusals refusals;
	uint64_t batch_messages, batch_bytes; /* taken and not committed */
	bool is_awaited;                      /* the first that come are to be seen at once */
	uint64_t bytes;                       /* of all that was taken */
};

/* --- One body --- */

static int begin_body(void *context, uint32_t uid, struct error *error)
{
	struct bodies *bodies = context;
	/* One that was begun and did not count is still open. */
	maildir_delivery_abort(&bodies->current);
	if (uid != 0 && uid_set_contains(&bodies->received, uid))
		return error_set(error, ERROR_FAILED, SCOPE_MESSAGE, "the server sent UID %u twice",
				 uid);
	if (maildir_delivery_begin(bodies->folder->transfer.maildir, &bodies->current, error) != 0)
		return -1;
	placeholder_begin(&bodies->placeholder);
	if (!bodies->taker.headers_only)
		return 0;
	return maildir_stub_begin(&bodies->stub, bodies->current, error);
}

static int write_body(void *context, const void *bytes, size_t length, struct error *error)
{
	struct bodies *bodies = context;
	placeholder_write(&bodies->placeholder, bytes, length);
	if (bodies->taker.headers_only)
		return maildir_stub_write(&bodies->stub, bytes, length, error);
	return maildir_delivery_write(bodies->current, bytes, length, error);
}

static int keep_message(struct bodies *bodies, const struct far_message *message,
			struct error *error)
{
	const struct body_taker *taker = &bodies->taker;
	int64_t date = message->has_date ? message->date : clock_real_ns() / 1000000000;
	struct maildir_delivered delivered;
	if (taker->headers_only && maildir_stub_end(&bodies->stub, message->size, error) != 0)
		return -1;
	if (maildir_delivery_finish(&bodies->current, date, &delivered, error) != 0)
		return -1;
	if (taker->headers_only)
		delivered.body.known = false; /* it is a stub's */
	uid_set_add(&bodies->received, message->uid);
	bodies->folder->context->bytes += message->body_size;
	bodies->bytes += message->body_size;
	bodies->batch_bytes += message->body_size;
	bodies->batch_messages++;
	return taker->take(taker->context, message, &delivered, error);
}

/* Without the flags the message cannot be stored as it is there; without its size a stub cannot say
 * what it stands for. */
static bool lacks_facts(const struct bodies *bodies, const struct far_message *message)
{
	return (bodies->taker.with_flags && !message->flags) ||
	       (bodies->taker.headers_only && !message->has_size);
}

/* Here it could not be written. */
static int take_failure(struct bodies *bodies, const struct far_message *message,
			struct error *error)
{
	maildir_delivery_abort(&bodies->current);
	if (message->sink_error.scope > SCOPE_MESSAGE) {
		*error = message->sink_error;
		return -1;
	}
	sync_report_message(bodies->folder, &message->sink_error);
	uid_set_add(&bodies->refusals.told, message->uid);
	return 0;
}

static int see_message(void *context, const struct far_message *message, struct error *error)
{
	struct bodies *bodies = context;
	if (message->body == FAR_BODY_NONE)
		return 0;
	if (message->body == FAR_BODY_REFUSED)
		return take_failure(bodies, message, error);
	bool again = uid_set_contains(&bodies->received, message->uid);
	bool incomplete = !again && lacks_facts(bodies, message);
	bool replaced = !again && !incomplete && placeholder_is_one(&bodies->placeholder);
	if (!again && !incomplete && !replaced)
		return keep_message(bodies, message, error);
	maildir_delivery_abort(&bodies->current);
	if (incomplete)
		uid_set_add(&bodies->incomplete, message->uid);
	if (replaced)
		uid_set_add(&bodies->replaced, message->uid);
	return 0;
}

/* --- Between bodies --- */

static int check_space(void *context, struct uid_set *part, struct error *error)
{
	const struct bodies *bodies = context;
	if (!sync_space_is_low(bodies->folder))
		return 0;
	return sync_space_check(bodies->folder, bodies->session, part, bodies->taker.headers_only,
				error);
}

/* What ends it is no reason to ask for these again: it may be a limit on traffic. */
static int commit(void *context, bool last, struct error *error)
{
	struct bodies *bodies = context;
	maildir_delivery_abort(&bodies->current);
	bool is_full = bodies->batch_messages >= SYNC_BATCH_MESSAGES ||
		       bodies->batch_bytes >= SYNC_BATCH_BYTES;
	if (bodies->batch_messages == 0 || !(last || is_full || bodies->is_awaited))
		return 0;
	bodies->is_awaited = false;
	/* Once only: what could not be made durable is lost, and a second try would not tell. */
	bodies->batch_messages = bodies->batch_bytes = 0;
	return bodies->taker.commit(bodies->taker.context, error);
}

/* --- Those that the server fails to give --- */

static int note_refused(void *context, uint32_t uid, const struct error *reason,
			struct error *error)
{
	struct bodies *bodies = context;
	return refusals_add(&bodies->refusals, uid, reason, error);
}

static void blame(void *context, const struct uid_set *asked, const struct error *reason)
{
	const struct bodies *bodies = context;
	sync_deferred_blame(bodies->folder, bodies->session, asked, &bodies->received, reason);
}

/* What came of them is of no use, as TEXT says. */
static int tell_useless(struct bodies *bodies, const struct uid_set *uids, const char *text,
			struct error *error)
{
	struct error reason = ERROR_INITIAL;
	(void)error_set(&reason, ERROR_FAILED, SCOPE_MESSAGE, "%s", text); /* always -1 */
	for (uint32_t uid = 0; uid_set_next(uids, &uid);) {
		if (refusals_add(&bodies->refusals, uid, &reason, error) != 0)
			return -1;
	}
	return refusals_tell(&bodies->refusals, error);
}

/* A server that tells nothing of one of them when it is asked once more has it all the same. */
static int tell_all_useless(struct bodies *bodies, struct error *error)
{
	uid_set_remove_set(&bodies->incomplete, &bodies->received);
	if (tell_useless(bodies, &bodies->replaced, PLACEHOLDER_REASON, error) != 0)
		return -1;
	return tell_useless(bodies, &bodies->incomplete,
			    "the server gives it without its flags or its size", error);
}

static int tell_missing(struct bodies *bodies, const struct uid_set *uids, struct error *error)
{
	struct uid_set missing = UID_SET_INITIAL;
	uid_set_add_set(&missing, uids);
	uid_set_remove_set(&missing, &bodies->received);
	uid_set_remove_set(&missing, &bodies->refusals.told);
	int result = sync_tell_missing(bodies->folder, bodies->session, &missing, error);
	uid_set_release(&missing);
	return result;
}

/* What ends it may be what the last of these were refused for: then it is said once, of the folder.
 */
static void tell_refusals_after(struct bodies *bodies, const struct error *error)
{
	struct error later = ERROR_INITIAL; /* the first reason is told */
	if (strcmp(bodies->refusals.reason.text, error->text) != 0)
		(void)refusals_tell(&bodies->refusals, &later);
}

/* --- The whole --- */

static bool is_newest_first(const struct sync_folder *folder)
{
	return sync_target_rules(&folder->target)->order == CONFIG_ORDER_NEWEST;
}

/* What the contents are called was told before, if it was asked for. */
static unsigned int items_of(const struct bodies *bodies)
{
	const struct body_taker *taker = &bodies->taker;
	bool was_told = bodies->folder->far.new.count > 0;
	return FAR_DATE | FAR_SIZE | (was_told ? 0u : FAR_OBJECT) |
	       (taker->with_flags ? FAR_FLAGS : 0u) | (taker->headers_only ? FAR_HEADER : FAR_BODY);
}

static struct far_fetching *begin_fetch(struct bodies *bodies)
{
	static const struct far_sink sink = { .begin = begin_body, .write = write_body };
	const struct far_fetch fetch = {
		.mailbox = sync_folder_mailbox(bodies->folder),
		.uids = &bodies->wanted,
		.newest_first = is_newest_first(bodies->folder),
		.is_awaited = sync_folder_is_inbox(bodies->folder),
		.items = items_of(bodies),
		.context = bodies,
		.see = see_message,
		.sink = &sink,
		.singly = &bodies->folder->base.deferred.due,
		.before = check_space,
		.pause = commit,
		.refused = note_refused,
		.ended = blame,
	};
	return far_fetch_begin(bodies->session, &fetch);
}

struct bodies *sync_bodies_begin(struct sync_folder *folder, struct far_session *session,
				 const struct uid_set *uids, const struct body_taker *taker)
{
	struct bodies *bodies = memory_allocate(sizeof *bodies);
	*bodies = (struct bodies){ .folder = folder,
				   .session = session,
				   .taker = *taker,
				   .is_awaited =
					   sync_folder_is_inbox(folder) && is_newest_first(folder),
				   .refusals = { .folder = folder } };
	uid_set_add_set(&bodies->wanted, uids);
	/* What has to be asked first is asked when it is this one's turn. */
	if (!sync_space_is_low(folder))
		bodies->fetching = begin_fetch(bodies);
	return bodies;
}

bool sync_bodies_are_sent(const struct bodies *bodies)
{
	return bodies->fetching && far_fetch_is_sent(bodies->session, bodies->fetching);
}

static void release(struct bodies *bodies)
{
	uid_set_release(&bodies->wanted);
	uid_set_release(&bodies->received);
	uid_set_release(&bodies->replaced);
	uid_set_release(&bodies->incomplete);
	refusals_release(&bodies->refusals);
	placeholder_release(&bodies->placeholder);
	free(bodies);
}

int sync_bodies_finish(struct bodies **all, struct error *error)
{
	struct bodies *bodies = *all;
	struct sync_folder *folder = bodies->folder;
	int result = 0;
	*all = NULL;
	if (!bodies->fetching)
		bodies->fetching = begin_fetch(bodies);
	if (far_fetch_finish(bodies->session, &bodies->fetching, error) != FAR_OK)
		result = error_widen(error, SCOPE_FOLDER);
	if (result != 0)
		tell_refusals_after(bodies, error);
	else if (refusals_tell(&bodies->refusals, error) != 0 ||
		 tell_all_useless(bodies, error) != 0 ||
		 tell_missing(bodies, &bodies->wanted, error) != 0)
		result = -1;
	(void)pthread_mutex_lock(&folder->context->lock);
	folder->transfer.counts.bytes_down += bodies->bytes;
	(void)pthread_mutex_unlock(&folder->context->lock);
	release(bodies);
	return result;
}

int sync_bodies_fetch(struct sync_folder *folder, struct far_session *session,
		      const struct uid_set *uids, const struct body_taker *taker,
		      struct error *error)
{
	struct bodies *bodies = sync_bodies_begin(folder, session, uids, taker);
	return sync_bodies_finish(&bodies, error);
}
