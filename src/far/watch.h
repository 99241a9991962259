/* Waiting for what the server tells by itself, while nobody asks it anything.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_FAR_WATCH_H
#define NAVETTE_FAR_WATCH_H

#include "far/far.h"

/* What happened to a mailbox, as bits. */
enum far_event_kind {
	FAR_EVENT_ARRIVED = 1 << 0,
	FAR_EVENT_GONE = 1 << 1,
	FAR_EVENT_FLAGS = 1 << 2,
	FAR_EVENT_NAMES = 1 << 3 /* made, renamed, removed or (un)subscribed: list anew */
};
#define FAR_EVENT_MESSAGES (FAR_EVENT_ARRIVED | FAR_EVENT_GONE | FAR_EVENT_FLAGS)

/* What a server told while we waited, or since it was last waited for. Only a hint: what changed
 * is found by looking. Lives during the call. */
struct far_event {
	const char *mailbox;    /* the server's octets; NULL: anything may have changed */
	unsigned int kinds;     /* enum far_event_kind; 0 where the mailbox is NULL */
	struct far_marks marks; /* as they are now; zeroed where that was not told as a whole */
};
typedef int far_event_function(void *context, const struct far_event *event, struct error *error);

/* How much of the account one session is told of. */
enum far_watch_reach {
	FAR_WATCH_ALL, /* all its mailboxes (NOTIFY, RFC 5465) */
	FAR_WATCH_OWN, /* the same, but for those that others share with the user */
	FAR_WATCH_ONE, /* that of the request (IDLE, RFC 2177) */
	FAR_WATCH_NONE /* nothing: the connection is only kept */
};

struct far_watch_request {
	bool all; /* of the whole account, where the server can do that */
	/* Else of this one; name NULL: of none. Of several sessions each has another one. */
	struct far_mailbox mailbox;
	unsigned int keep_alive; /* seconds after which a sign of life is due; 1 or more */
};

/* How much a watch with the request `all` may reach, by what the server offers; nothing is asked.
 */
enum far_watch_reach far_watch_offered(struct far_session *session);

/* A session that waits: until far_watch_end() nothing else may be done with it. */
struct far_watch;

/* Returns 0 or -1: the connection failed. What the server told since the last watch of this session
 * is told by the first far_watch_read(), and so is what could have been missed before. */
int far_watch_begin(struct far_session *session, const struct far_watch_request *request,
		    struct far_watch **watch_r, struct error *error);
/* It may become less while one waits, when the server turns out not to keep what it offers. */
enum far_watch_reach far_watch_reach(const struct far_watch *watch);
/* To be polled for POLLIN; as long as the watch. */
int far_watch_fd(const struct far_watch *watch);
/* Whether there is something to read that the descriptor does not show. */
bool far_watch_pending(const struct far_watch *watch);
/* When far_watch_read() is due although nothing came, by clock_monotonic_ms(). */
int64_t far_watch_next_due(const struct far_watch *watch);
/* Takes what is there, without waiting; calls SEE once a mailbox; sends the sign of life when that
 * is due. Returns 0, or -1: the connection failed, or SEE did. */
int far_watch_read(struct far_watch *watch, far_event_function *see, void *context,
		   struct error *error);
/* How often, in seconds, all should be looked at for what this watch does not tell; POLL is what
 * the user wants it to be. 0: it tells everything. */
unsigned int far_watch_look_every(const struct far_watch *watch, unsigned int poll);
/* Ends it, also after errors; the session is good for other work, in the same flight. NULL and
 * *watch == NULL are allowed. Returns 0 or -1: the connection failed. */
int far_watch_end(struct far_watch **watch, struct error *error);

#endif
