/* The far side over IMAP: waiting for what the server tells by itself. By NOTIFY (RFC 5465) of all
 * mailboxes, by IDLE (RFC 2177) of one, and where there is neither the connection is only kept.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/text.h"
#include "far/imap_private.h"
#include "imap/wait.h"

/* An IDLE that the server ends sooner than this was none ... */
#define IDLE_SHORT_MS 60000
/* ... and after so many in a row it is not asked for any more. */
#define IDLE_SHORT_MAX 5
/* Before DONE, in milliseconds: a "+" takes a round trip. */
#define PLUS_PATIENCE_MS 5000u
/* What is trusted is looked at once a day all the same. */
#define DAY_S (24u * 3600u)
#define HOUR_S 3600u

struct imap_watch {
	struct far_watch base;
	struct far_imap *imap;
	enum far_watch_reach reach;
	int64_t keep_alive_ms;
	int64_t alive_due;   /* when the next sign of life is */
	int64_t answer_due;  /* by when the server must have answered; 0: nothing is asked */
	int64_t idle_since;  /* when the IDLE was asked for */
	unsigned int shorts; /* IDLEs in a row that ended at once */
	bool unread;         /* something may be there that no descriptor shows */
	/* To be told first: */
	bool anything;
	char *opened; /* a mailbox that was opened anew; NULL: none */
	struct far_marks opened_as;
};

static struct imap_watch *watch_of(struct far_watch *watch)
{
	return (struct imap_watch *)watch;
}

static const struct imap_watch *watch_of_const(const struct far_watch *watch)
{
	return (const struct imap_watch *)watch;
}

static struct imap_session *session_of(const struct imap_watch *watch)
{
	return watch->imap->session;
}

static int64_t patience_ms(const struct imap_watch *watch)
{
	return (int64_t)watch->imap->side->account->timeout * 1000;
}

/* --- NOTIFY --- */

static enum imap_result ask_notify(const struct imap_watch *watch, struct error *error)
{
	/* A server that knows fewer events refuses all (RFC 5465 section 3.1, BADEVENT). */
	static const enum imap_notify_events ways[] = { IMAP_NOTIFY_STATUS, IMAP_NOTIFY_ALL,
							IMAP_NOTIFY_MESSAGES };
	enum imap_result result = IMAP_RESULT_REFUSED;
	for (size_t i = 0; i < sizeof ways / sizeof *ways && result == IMAP_RESULT_REFUSED; i++) {
		error_clear(error);
		result = imap_notify(session_of(watch), ways[i], error);
		if (result == IMAP_RESULT_REFUSED && far_wants_pause(error))
			break;
	}
	return result;
}

/* Whether the server tells of all mailboxes: 1, 0, or -1: the connection failed. */
static int watch_all(struct imap_watch *watch, struct error *error)
{
	struct far_imap_waiting *waiting = &watch->imap->waiting;
	struct error refusal = ERROR_INITIAL;
	if (waiting->notify_on && !imap_notify_is_over(session_of(watch)))
		return 1;
	if (waiting->notify_refused || !imap_session_has(session_of(watch), IMAP_CAPABILITY_NOTIFY))
		return 0;
	enum imap_result result = ask_notify(watch, &refusal);
	if (result == IMAP_RESULT_ERROR) {
		*error = refusal;
		return -1;
	}
	waiting->notify_on = result == IMAP_RESULT_OK;
	waiting->notify_refused = !waiting->notify_on;
	if (waiting->notify_refused)
		log_line(LOG_VERBOSE, "%s; mailboxes are watched by IDLE instead", refusal.text);
	/* What happened until now may have been seen by nobody. */
	watch->anything = waiting->notify_on;
	waiting->notify_since = clock_monotonic_ms();
	waiting->told_by_then = imap_notices_told(session_of(watch));
	return waiting->notify_on;
}

/* --- IDLE --- */

static bool is_open(const struct imap_watch *watch, const char *name)
{
	return imap_session_selected(session_of(watch), name, false) != 0 ||
	       imap_session_selected(session_of(watch), name, true) != 0;
}

/* Whether the mailbox is open: 1, 0, or -1: the connection failed. What was open before has told
 * what happened in it; of what is opened anew only its numbers can show that. */
static int open_mailbox(struct imap_watch *watch, const struct far_mailbox *mailbox,
			struct error *error)
{
	struct imap_session *session = session_of(watch);
	struct imap_mailbox_state state = { .messages = 0 };
	struct error refusal = ERROR_INITIAL;
	if (is_open(watch, mailbox->name))
		return 1;
	struct imap_command *command =
		imap_select_send(session, mailbox->name, mailbox->read_only, NULL);
	enum imap_result result = imap_select_finish(session, &command, &state, &refusal);
	struct far_state taken = far_imap_take_state(&state);
	const struct far_marks marks = taken.marks;
	far_state_release(&taken); /* nothing else of it is of use */
	switch (result) {
	case IMAP_RESULT_OK:
		watch->opened = memory_text(mailbox->name);
		watch->opened_as = marks;
		return 1;
	case IMAP_RESULT_REFUSED:
		log_line(LOG_VERBOSE, "%s", refusal.text);
		return 0;
	case IMAP_RESULT_ERROR:
		break;
	}
	*error = refusal;
	return -1;
}

static void begin_idle(struct imap_watch *watch)
{
	imap_idle_begin(session_of(watch));
	watch->idle_since = clock_monotonic_ms();
	watch->alive_due = watch->idle_since + watch->keep_alive_ms;
	watch->answer_due = watch->idle_since + patience_ms(watch);
}

static int watch_one(struct imap_watch *watch, const struct far_mailbox *mailbox,
		     struct error *error)
{
	if (!mailbox->name || watch->imap->waiting.idle_refused ||
	    !imap_session_has(session_of(watch), IMAP_CAPABILITY_IDLE))
		return 0;
	int opened = open_mailbox(watch, mailbox, error);
	if (opened > 0)
		begin_idle(watch);
	return opened;
}

/* From now on nothing is told here. */
static void give_up_idle(struct imap_watch *watch, const char *why)
{
	log_line(LOG_VERBOSE, "%s: %s, so it is not used any more on this connection",
		 watch->imap->side->account->name, why);
	imap_idle_say_done_now(session_of(watch));
	watch->answer_due = clock_monotonic_ms() + patience_ms(watch);
	watch->imap->waiting.idle_refused = true;
	watch->reach = FAR_WATCH_NONE;
	watch->anything = true; /* until the next look nobody would know */
}

static void take_up_idle(struct imap_watch *watch)
{
	bool is_short = clock_monotonic_ms() - watch->idle_since < IDLE_SHORT_MS;
	watch->shorts = is_short ? watch->shorts + 1 : 0;
	if (watch->shorts >= IDLE_SHORT_MAX)
		give_up_idle(watch, "the server ends each IDLE at once");
	else
		begin_idle(watch);
}

static void see_idle(struct imap_watch *watch)
{
	bool late = watch->answer_due != 0 && clock_monotonic_ms() >= watch->answer_due;
	switch (imap_idle_state(session_of(watch))) {
	case IMAP_IDLE_ASKED:
		if (late && !imap_idle_is_ending(session_of(watch)))
			give_up_idle(watch, "the server does not answer IDLE by a “+”");
		break;
	case IMAP_IDLE_ENDED:
		take_up_idle(watch);
		break;
	case IMAP_IDLE_REFUSED:
		give_up_idle(watch, "the server refused IDLE");
		break;
	case IMAP_IDLE_NONE:
	case IMAP_IDLE_GRANTED:
		break;
	}
}

/* --- Signs of life --- */

static void end_asked(struct far_imap_waiting *waiting)
{
	struct error ignored = ERROR_INITIAL; /* a refusal is an answer as well */
	if (waiting->asked && imap_command_is_answered(waiting->asked))
		(void)imap_command_finish(NULL, &waiting->asked, NULL, &ignored);
}

static bool is_asked(const struct imap_watch *watch)
{
	return watch->imap->waiting.asked || imap_idle_is_ending(session_of(watch)) ||
	       imap_idle_state(session_of(watch)) == IMAP_IDLE_ASKED;
}

static void send_sign_of_life(struct imap_watch *watch)
{
	struct far_imap_waiting *waiting = &watch->imap->waiting;
	int64_t now = clock_monotonic_ms();
	if (watch->reach == FAR_WATCH_ONE) {
		begin_idle(watch);
		return;
	}
	waiting->asked = imap_noop_send(session_of(watch));
	watch->alive_due = now + watch->keep_alive_ms;
	watch->answer_due = now + patience_ms(watch);
}

static int fail_silence(struct imap_watch *watch, struct error *error)
{
	unsigned int timeout = watch->imap->side->account->timeout;
	(void)error_set(error, ERROR_TEMPORARY, SCOPE_CONNECTION, /* always -1 */
			"the server did not respond for %u %s (`timeout` sets how long to wait)",
			timeout, text_plural(timeout, "second", "seconds"));
	imap_session_abandon(session_of(watch), error);
	return -1;
}

static int keep_alive(struct imap_watch *watch, struct error *error)
{
	int64_t now = clock_monotonic_ms();
	end_asked(&watch->imap->waiting);
	if (!is_asked(watch))
		watch->answer_due = 0;
	if (watch->answer_due != 0 && now >= watch->answer_due)
		return fail_silence(watch, error);
	if (watch->answer_due == 0 && now >= watch->alive_due)
		send_sign_of_life(watch);
	return 0;
}

/* --- Telling --- */

static unsigned int kinds_of(unsigned int kinds)
{
	return (kinds & IMAP_NOTICE_ARRIVED ? (unsigned int)FAR_EVENT_ARRIVED : 0) |
	       (kinds & IMAP_NOTICE_GONE ? (unsigned int)FAR_EVENT_GONE : 0) |
	       (kinds & IMAP_NOTICE_FLAGS ? (unsigned int)FAR_EVENT_FLAGS : 0) |
	       (kinds & IMAP_NOTICE_NAMES ? (unsigned int)FAR_EVENT_NAMES : 0);
}

/* Of a server that counts changes, numbers without that count do not show all of them. */
static struct far_marks marks_of(const struct imap_watch *watch,
				 const struct imap_status_data *status)
{
	if (imap_session_has(session_of(watch), IMAP_CAPABILITY_CONDSTORE) &&
	    !status->has_highestmodseq)
		return (struct far_marks){ .uidvalidity = 0 };
	return far_imap_marks_of_status(status);
}

static int tell_first(struct imap_watch *watch, far_event_function *see, void *context,
		      struct error *error)
{
	const struct far_event opened = { .mailbox = watch->opened,
					  .kinds = FAR_EVENT_MESSAGES,
					  .marks = watch->opened_as };
	const struct far_event anything = { .mailbox = NULL };
	int result = 0;
	if (watch->anything)
		result = see(context, &anything, error);
	watch->anything = false;
	if (result == 0 && watch->opened)
		result = see(context, &opened, error);
	free(watch->opened);
	watch->opened = NULL;
	return result;
}

static int tell(struct imap_watch *watch, far_event_function *see, void *context,
		struct error *error)
{
	struct imap_notice notice;
	int result = tell_first(watch, see, context, error);
	while (result == 0 && imap_notices_take(session_of(watch), &notice)) {
		const struct far_event event = { .mailbox = notice.mailbox,
						 .kinds = kinds_of(notice.kinds),
						 .marks = marks_of(watch, &notice.status) };
		result = see(context, &event, error);
		imap_notice_release(&notice);
	}
	return result;
}

/* --- The whole --- */

/* NOTIFY tells of personal mailboxes (RFC 5465 section 6.2). */
static bool lists_foreign(const struct imap_watch *watch)
{
	struct far_imap_side *side = watch->imap->side;
	(void)pthread_mutex_lock(&side->lock);
	bool foreign = side->lists_foreign;
	(void)pthread_mutex_unlock(&side->lock);
	return foreign;
}

static bool is_notified(const struct imap_watch *watch)
{
	return watch->reach == FAR_WATCH_ALL || watch->reach == FAR_WATCH_OWN;
}

/* Nothing waits for the answer. */
static void leave_mailbox(struct imap_watch *watch)
{
	struct far_imap_waiting *waiting = &watch->imap->waiting;
	end_asked(waiting);
	if (waiting->asked)
		return; /* a NOOP of before, to a server that is slow: the next watch does it */
	waiting->asked = imap_leave_send(session_of(watch));
	if (waiting->asked)
		watch->answer_due = clock_monotonic_ms() + patience_ms(watch);
}

static int begin(struct imap_watch *watch, const struct far_watch_request *request,
		 struct error *error)
{
	/* What follows a login is no news. */
	if (imap_session_settle(session_of(watch), error) != 0)
		return -1;
	imap_notices_begin(session_of(watch));
	far_imap_ahead_forget(watch->imap);
	int watched = request->all ? watch_all(watch, error) : 0;
	if (watched > 0) {
		watch->reach = lists_foreign(watch) ? FAR_WATCH_OWN : FAR_WATCH_ALL;
		leave_mailbox(watch);
	}
	if (watched != 0)
		return watched;
	watched = watch_one(watch, &request->mailbox, error);
	if (watched > 0)
		watch->reach = FAR_WATCH_ONE;
	return watched;
}

enum far_watch_reach far_imap_watch_offered(struct far_session *session)
{
	const struct imap_session *imap = far_imap_of(session)->session;
	if (imap_session_has(imap, IMAP_CAPABILITY_NOTIFY))
		return FAR_WATCH_ALL;
	return imap_session_has(imap, IMAP_CAPABILITY_IDLE) ? FAR_WATCH_ONE : FAR_WATCH_NONE;
}

int far_imap_watch_begin(struct far_session *session, const struct far_watch_request *request,
			 struct far_watch **watch_r, struct error *error)
{
	struct imap_watch *watch = memory_allocate(sizeof *watch);
	watch->base.session = session;
	watch->imap = far_imap_of(session);
	watch->reach = FAR_WATCH_NONE;
	watch->unread = true;
	watch->keep_alive_ms = (int64_t)request->keep_alive * 1000;
	watch->alive_due = clock_monotonic_ms() + watch->keep_alive_ms;
	*watch_r = &watch->base;
	if (begin(watch, request, error) >= 0)
		return 0;
	free(watch->opened);
	free(watch);
	*watch_r = NULL;
	return -1;
}

enum far_watch_reach far_imap_watch_reach(const struct far_watch *watch)
{
	return watch_of_const(watch)->reach;
}

int far_imap_watch_fd(const struct far_watch *watch)
{
	return imap_session_descriptor(session_of(watch_of_const(watch)));
}

bool far_imap_watch_pending(const struct far_watch *base)
{
	const struct imap_watch *watch = watch_of_const(base);
	return watch->unread || watch->anything || watch->opened ||
	       imap_notices_are_there(session_of(watch)) ||
	       imap_session_has_line(session_of(watch));
}

int64_t far_imap_watch_next_due(const struct far_watch *base)
{
	const struct imap_watch *watch = watch_of_const(base);
	return watch->answer_due != 0 ? watch->answer_due : watch->alive_due;
}

int far_imap_watch_read(struct far_watch *base, far_event_function *see, void *context,
			struct error *error)
{
	struct imap_watch *watch = watch_of(base);
	watch->unread = false;
	if (imap_session_read_now(session_of(watch), error) != 0)
		return -1;
	if (watch->reach == FAR_WATCH_ONE)
		see_idle(watch);
	/* It begins anew, and what was missed is looked for. */
	if (is_notified(watch) && imap_notify_is_over(session_of(watch)) &&
	    watch_all(watch, error) < 0)
		return -1;
	if (keep_alive(watch, error) != 0)
		return -1;
	return tell(watch, see, context, error);
}

/* What has proved to tell is trusted. Else there is a look after each doubling of the time that it
 * said nothing: an account where nothing happens is soon left in peace. A server that told how all
 * mailboxes are, as it has to, most likely does the rest as well. */
unsigned int far_imap_watch_look_every(const struct far_watch *base, unsigned int poll)
{
	const struct imap_watch *watch = watch_of_const(base);
	int64_t silent_s = (clock_monotonic_ms() - watch->imap->waiting.notify_since) / 1000;
	if (watch->reach != FAR_WATCH_ALL)
		return poll;
	if (imap_notices_told(session_of(watch)) > watch->imap->waiting.told_by_then)
		return 0;
	if (watch->imap->waiting.told_by_then > 0 && poll < HOUR_S)
		poll = HOUR_S;
	if (silent_s >= DAY_S)
		return DAY_S;
	return silent_s > (int64_t)poll ? (unsigned int)silent_s : poll;
}

/* A "+" that did not come within that time is not waited for once more. */
static int end_idle(struct imap_watch *watch, struct error *error)
{
	bool asked = imap_idle_state(session_of(watch)) == IMAP_IDLE_ASKED;
	int64_t begun = clock_monotonic_ms();
	int result = imap_idle_end(session_of(watch), PLUS_PATIENCE_MS, error);
	if (asked && clock_monotonic_ms() - begun >= PLUS_PATIENCE_MS)
		watch->imap->waiting.idle_refused = true;
	return result;
}

int far_imap_watch_end(struct far_watch *base, struct error *error)
{
	struct imap_watch *watch = watch_of(base);
	int result = 0;
	if (watch->reach == FAR_WATCH_ONE)
		result = end_idle(watch, error);
	else if (!imap_session_is_alive(session_of(watch)))
		result = error_set(error, ERROR_TEMPORARY, SCOPE_CONNECTION,
				   "the connection is closed");
	free(watch->opened);
	free(watch);
	return result;
}
