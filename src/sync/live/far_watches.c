/* What the server tells by itself, over one session or several. SPDX-License-Identifier:
 * GPL-3.0-or-later */
#include "sync/live/far_watches.h"

#include <netdb.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "sync/live/between.h"

/* --- Where we are --- */

/* The numeric address of this end of the connection to PEER; "" where there is none. */
static void read_own_address(int descriptor, char text[FAR_ADDRESS_SIZE])
{
	struct sockaddr_storage own = { .ss_family = AF_UNSPEC };
	socklen_t length = sizeof own;
	*text = '\0';
	if (getsockname(descriptor, (struct sockaddr *)&own, &length) != 0 ||
	    (own.ss_family != AF_INET && own.ss_family != AF_INET6) ||
	    getnameinfo((struct sockaddr *)&own, length, text, FAR_ADDRESS_SIZE, NULL, 0,
			NI_NUMERICHOST) != 0)
		*text = '\0';
}

/* From which address the same peer would be reached now: a datagram socket is asked for its route,
 * and nothing is sent. */
static bool find_address(int descriptor, char text[FAR_ADDRESS_SIZE])
{
	struct sockaddr_storage peer = { .ss_family = AF_UNSPEC };
	socklen_t length = sizeof peer;
	*text = '\0';
	if (getpeername(descriptor, (struct sockaddr *)&peer, &length) != 0)
		return false;
	int probe = socket(peer.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (probe < 0)
		return false;
	bool reached = connect(probe, (struct sockaddr *)&peer, length) == 0;
	if (reached)
		read_own_address(probe, text);
	(void)close(probe); /* nothing was sent */
	return reached;
}

bool far_watches_are_elsewhere(const struct far_watches *watches)
{
	char now[FAR_ADDRESS_SIZE];
	if (watches->count == 0 || *watches->address == '\0')
		return false;
	/* Without any route it is too early to connect; that comes with the next change. */
	return find_address(far_watch_fd(watches->items[0]), now) &&
	       strcmp(now, watches->address) != 0;
}

/* --- Begin and end --- */

static int begin_one(struct far_watches *watches, struct sync *sync, size_t number,
		     const struct far_watch_request *request, struct error *error)
{
	struct far_session *session;
	if (sync_session(sync, number, &session, error) != 0 ||
	    far_watch_begin(session, request, &watches->items[watches->count], error) != 0)
		return -1;
	watches->count++;
	return 0;
}

static struct far_watch_request request_of(const struct config_account *account,
					   const struct live_place *place)
{
	return (struct far_watch_request){
		.mailbox = { .name = place ? place->mailbox : NULL },
		.keep_alive = account->watch.keep_alive,
	};
}

/* A server may let in fewer than we would like: what is not watched is looked at. */
static void begin_more(struct far_watches *watches, struct sync *sync,
		       const struct config_account *account, const struct live_places *places,
		       const struct live_place *first)
{
	const struct live_place *place = first;
	struct error ignored = ERROR_INITIAL;
	while (watches->count < account->connections && watches->count < FAR_WATCHES_MAX && place &&
	       (place = live_places_next_watched(places, place)) != NULL) {
		const struct far_watch_request request = request_of(account, place);
		if (begin_one(watches, sync, watches->count, &request, &ignored) != 0)
			return;
	}
}

int far_watches_begin(struct far_watches *watches, struct sync *sync,
		      const struct config_account *account, const struct live_places *places,
		      bool all, struct error *error)
{
	const struct live_place *first = live_places_next_watched(places, NULL);
	struct far_watch_request request = request_of(account, first);
	request.all = all;
	*watches = (struct far_watches){ .count = 0 };
	if (begin_one(watches, sync, 0, &request, error) != 0)
		return -1;
	read_own_address(far_watch_fd(watches->items[0]), watches->address);
	if (far_watch_reach(watches->items[0]) == FAR_WATCH_ONE)
		begin_more(watches, sync, account, places, first);
	return 0;
}

int far_watches_end(struct far_watches *watches, struct error *error)
{
	int result = 0;
	for (size_t i = 0; i < watches->count; i++) {
		if (far_watch_end(&watches->items[i], result == 0 ? error : NULL) != 0)
			result = -1;
	}
	*watches = (struct far_watches){ .count = 0 };
	return result;
}

/* --- Meanwhile --- */

size_t far_watches_polls(const struct far_watches *watches, struct pollfd *polls)
{
	for (size_t i = 0; i < watches->count; i++)
		polls[i] =
			(struct pollfd){ .fd = far_watch_fd(watches->items[i]), .events = POLLIN };
	return watches->count;
}

int64_t far_watches_due(const struct far_watches *watches)
{
	int64_t due = INT64_MAX;
	for (size_t i = 0; i < watches->count; i++) {
		int64_t next = far_watch_pending(watches->items[i])
				       ? INT64_MIN
				       : far_watch_next_due(watches->items[i]);
		due = next < due ? next : due;
	}
	return due;
}

int far_watches_read(struct far_watches *watches, far_event_function *see, void *context,
		     struct error *error)
{
	for (size_t i = 0; i < watches->count; i++) {
		if (far_watch_read(watches->items[i], see, context, error) != 0)
			return -1;
	}
	return 0;
}

unsigned int far_watches_look_every(const struct far_watches *watches, unsigned int poll)
{
	unsigned int every = 0;
	if (watches->count == 0)
		return poll;
	for (size_t i = 0; i < watches->count; i++) {
		unsigned int one = far_watch_look_every(watches->items[i], poll);
		if (one > 0 && (every == 0 || one < every))
			every = one;
	}
	return every;
}
