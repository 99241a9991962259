/* Waiting for the browser to come back. SPDX-License-Identifier: GPL-3.0-or-later */
#include "credential/redirect.h"

#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/clock.h"
#include "base/memory.h"

#define VISITORS_MAX 16 /* browsers open connections ahead, and say nothing on them */
#define REQUEST_MAX 65536u
#define POLL_MS 200
#define LISTENERS 2

struct visitor {
	int socket; /* -1: none */
	struct buffer request;
};

struct redirect {
	int listeners[LISTENERS]; /* -1: none */
	struct visitor visitors[VISITORS_MAX];
	size_t next;         /* the one that makes room */
	int answered;        /* who brought the answer and waits for a page; -1: nobody */
	struct buffer input; /* what was pasted, up to the line's end */
	bool input_ended;
};

/* --- Listening --- */

static int listen_on(const struct sockaddr *address, socklen_t length)
{
	int on = 1;
	int descriptor = socket(address->sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (descriptor < 0)
		return -1;
	/* A browser's connection of the login before may still be there. */
	(void)setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
	if (address->sa_family == AF_INET6)
		(void)setsockopt(descriptor, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
	if (bind(descriptor, address, length) == 0 && listen(descriptor, VISITORS_MAX) == 0)
		return descriptor;
	int reason = errno;
	(void)close(descriptor); /* nothing was written through it */
	errno = reason;
	return -1;
}

int redirect_listen(uint16_t port, struct redirect **redirect_r, uint16_t *port_r,
		    struct error *error)
{
	struct sockaddr_in four = { .sin_family = AF_INET,
				    .sin_port = htons(port),
				    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct sockaddr_in6 six = { .sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT };
	socklen_t length = sizeof four;
	int first = listen_on((const struct sockaddr *)&four, sizeof four);
	if (first < 0 || getsockname(first, (struct sockaddr *)&four, &length) != 0)
		return error_set_errno(
			error, ERROR_FAILED, SCOPE_ACCOUNT, errno,
			"cannot listen on port %u of this computer for the browser to "
			"come back; use another --redirect-port, or --paste",
			(unsigned int)port);
	six.sin6_port = four.sin_port;
	*port_r = ntohs(four.sin_port);
	struct redirect *redirect = memory_allocate(sizeof *redirect);
	redirect->listeners[0] = first;
	/* "localhost" may be either; without the other one the browser takes this. */
	redirect->listeners[1] = listen_on((const struct sockaddr *)&six, sizeof six);
	for (size_t i = 0; i < VISITORS_MAX; i++)
		redirect->visitors[i].socket = -1;
	redirect->answered = -1;
	*redirect_r = redirect;
	return 0;
}

/* --- Visitors --- */

static void answer(int socket, const char *status, const char *text)
{
	char *page = memory_format(
		"HTTP/1.1 %s\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: %zu\r\n"
		"Cache-Control: no-store\r\nReferrer-Policy: no-referrer\r\n"
		"Connection: close\r\n\r\n%s",
		status, strlen(text), text);
	(void)send(socket, page, strlen(page), MSG_NOSIGNAL); /* a page less is no harm */
	free(page);
}

static void leave(struct visitor *visitor)
{
	if (visitor->socket >= 0)
		(void)close(visitor->socket);
	visitor->socket = -1;
	buffer_release(&visitor->request);
}

static void welcome(struct redirect *redirect, int listener)
{
	int socket = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (socket < 0)
		return; /* it has gone again */
	struct visitor *visitor = &redirect->visitors[redirect->next++ % VISITORS_MAX];
	leave(visitor);
	visitor->socket = socket;
	buffer_make_secret(&visitor->request);
}

/* The target of a whole request, the caller's; NULL: there is none yet, or the visitor has left. */
static char *hear(struct visitor *visitor)
{
	char bytes[4096];
	char *target = NULL;
	ssize_t got = recv(visitor->socket, bytes, sizeof bytes, 0);
	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		return NULL;
	if (got > 0)
		buffer_add(&visitor->request, bytes, (size_t)got);
	memory_wipe(bytes, sizeof bytes);
	int read = got <= 0 ? -1
			    : authorization_request_read(visitor->request.bytes,
							 visitor->request.length, &target);
	if (read < 0 && got > 0)
		answer(visitor->socket, "400 Bad Request", "This is no page.\n");
	if (read < 0 || (read == 0 && visitor->request.length > REQUEST_MAX))
		leave(visitor);
	return target;
}

/* Whether VISITOR brought the answer. */
static bool receive(struct redirect *redirect, struct visitor *visitor,
		    const struct redirect_wait *wait, struct authorization_result *result_r)
{
	char *target = hear(visitor);
	if (!target)
		return false;
	*result_r = authorization_read(wait->authorization, wait->endpoints, wait->redirect_url,
				       target);
	memory_free_secret(target);
	if (result_r->answer == AUTHORIZATION_FOREIGN)
		answer(visitor->socket, "404 Not Found", "There is no such page here.\n");
	if (result_r->answer == AUTHORIZATION_WRONG)
		answer(visitor->socket, "400 Bad Request",
		       "This is not the answer to the login that navette waits for.\n");
	if (result_r->answer == AUTHORIZATION_FOREIGN || result_r->answer == AUTHORIZATION_WRONG) {
		leave(visitor);
		return false;
	}
	redirect->answered = visitor->socket;
	visitor->socket = -1; /* it gets its page when the tokens are there */
	leave(visitor);
	return true;
}

/* --- Pasting --- */

/* 1: a line is there; 0: not yet; -1: the input has ended. */
static int take_input(struct buffer *line, int input)
{
	char bytes[4096];
	ssize_t got = read(input, bytes, sizeof bytes);
	if (got < 0 && (errno == EINTR || errno == EAGAIN))
		return 0;
	if (got > 0)
		buffer_add(line, bytes, (size_t)got);
	memory_wipe(bytes, sizeof bytes);
	if (strpbrk(buffer_text(line), "\r\n") || (got <= 0 && line->length > 0))
		return 1;
	return got <= 0 || line->length > REQUEST_MAX ? -1 : 0;
}

/* 1: the answer was pasted. */
static int read_paste(struct buffer *line, const struct redirect_wait *wait,
		      struct authorization_result *result_r, struct error *error)
{
	const char *text = buffer_text(line);
	text += strspn(text, " \t\r\n");
	if (*text == '\0') { /* an empty line */
		buffer_wipe(line);
		return 0;
	}
	*result_r =
		authorization_read(wait->authorization, wait->endpoints, wait->redirect_url, text);
	buffer_wipe(line);
	if (result_r->answer == AUTHORIZATION_GIVEN || result_r->answer == AUTHORIZATION_REFUSED)
		return 1;
	return error_set(
		error, ERROR_FAILED, SCOPE_ACCOUNT,
		result_r->answer == AUTHORIZATION_WRONG
			? "the address that was pasted is not the answer to this login: open "
			  "the address that is shown now, and paste the one that the browser "
			  "ends on"
			: "what was pasted is not the address that the browser ends on: it "
			  "begins with the address of redirection and has code=... in it");
}

/* --- Waiting --- */

enum { SLOT_INPUT, SLOT_LISTENERS, SLOT_VISITORS = SLOT_LISTENERS + LISTENERS };
#define SLOTS (SLOT_VISITORS + VISITORS_MAX)

static void set_slots(const struct redirect *redirect, int input, struct pollfd slots[SLOTS])
{
	for (size_t i = 0; i < SLOTS; i++)
		slots[i] = (struct pollfd){ .fd = -1, .events = POLLIN };
	slots[SLOT_INPUT].fd = redirect->input_ended ? -1 : input;
	for (size_t i = 0; i < LISTENERS; i++)
		slots[SLOT_LISTENERS + i].fd = redirect->listeners[i];
	for (size_t i = 0; i < VISITORS_MAX; i++)
		slots[SLOT_VISITORS + i].fd = redirect->visitors[i].socket;
}

/* 1: the answer is there. */
static int serve(struct redirect *redirect, const struct redirect_wait *wait,
		 struct authorization_result *result_r, struct error *error)
{
	struct pollfd slots[SLOTS];
	set_slots(redirect, wait->input, slots);
	if (poll(slots, SLOTS, POLL_MS) <= 0)
		return 0;
	/* Before new ones take their places. */
	for (size_t i = 0; i < VISITORS_MAX; i++) {
		if (slots[SLOT_VISITORS + i].revents &&
		    receive(redirect, &redirect->visitors[i], wait, result_r))
			return 1;
	}
	for (size_t i = 0; i < LISTENERS; i++) {
		if (slots[SLOT_LISTENERS + i].revents)
			welcome(redirect, redirect->listeners[i]);
	}
	int pasted = slots[SLOT_INPUT].revents ? take_input(&redirect->input, wait->input) : 0;
	redirect->input_ended = redirect->input_ended || pasted < 0;
	return pasted > 0 ? read_paste(&redirect->input, wait, result_r, error) : 0;
}

static int wait_until(struct redirect *redirect, const struct redirect_wait *wait,
		      struct authorization_result *result_r, struct error *error)
{
	int64_t deadline = clock_monotonic_ms() + (int64_t)wait->timeout_seconds * 1000;
	while (clock_monotonic_ms() < deadline) {
		if (wait->cancel && atomic_load(wait->cancel))
			return error_set(error, ERROR_TEMPORARY, SCOPE_ACCOUNT,
					 "stopped by a signal; nothing was changed");
		int served = serve(redirect, wait, result_r, error);
		if (served != 0)
			return served > 0 ? 0 : -1;
		if (redirect->input_ended && redirect->listeners[0] < 0)
			return error_set(error, ERROR_FAILED, SCOPE_ACCOUNT,
					 "no address was pasted, so nothing was changed");
	}
	return error_set(error, ERROR_FAILED, SCOPE_ACCOUNT,
			 "nobody has logged in within %u minutes: run it again",
			 wait->timeout_seconds / 60);
}

int redirect_wait(struct redirect *redirect, const struct redirect_wait *wait,
		  struct authorization_result *result_r, struct error *error)
{
	struct redirect pasting = { .listeners = { -1, -1 }, .answered = -1 };
	struct redirect *used = redirect ? redirect : &pasting;
	for (size_t i = 0; i < VISITORS_MAX && !redirect; i++)
		pasting.visitors[i].socket = -1;
	buffer_make_secret(&used->input);
	int result = wait_until(used, wait, result_r, error);
	buffer_release(&used->input);
	return result;
}

void redirect_end(struct redirect **redirect, bool good)
{
	struct redirect *ended = *redirect;
	if (!ended)
		return;
	if (ended->answered >= 0) {
		answer(ended->answered, "200 OK",
		       good ? "<!doctype html><title>navette</title><p>navette is logged in. This page "
			      "can be closed.\n"
			    : "<!doctype html><title>navette</title><p>navette could not log in: the "
			      "terminal says why. This page can be closed.\n");
		(void)close(ended->answered);
	}
	for (size_t i = 0; i < LISTENERS; i++) {
		if (ended->listeners[i] >= 0)
			(void)close(ended->listeners[i]);
	}
	for (size_t i = 0; i < VISITORS_MAX; i++)
		leave(&ended->visitors[i]);
	free(ended);
	*redirect = NULL;
}
