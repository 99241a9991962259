/* Runs of others that the watch does for them, and what they want to know. SPDX-License-Identifier:
 * GPL-3.0-or-later */
#ifndef NAVETTE_CLI_WATCH_SERVER_H
#define NAVETTE_CLI_WATCH_SERVER_H

#include <poll.h>
#include <pthread.h>

#include "sync/live/live.h"

/* One account's socket. */
struct watch_listener {
	int socket; /* -1: there is none, and runs do their work beside us */
	char *path;
	char *state; /* the directory of the account's state */
	struct live *live;
};

struct watch_server {
	struct watch_listener *items;
	size_t count;
	pthread_mutex_t lock; /* over `clients` */
	pthread_cond_t served;
	size_t clients; /* that are let in */
};

void watch_server_begin(struct watch_server *server);
/* The account of LIVE, which outlives the server's end, can be asked from now on where that can be
 * had. */
void watch_server_add(struct watch_server *server, struct live *live, const char *state);
/* POLLS has room for one of each account. Returns how many were set. */
size_t watch_server_polls(const struct watch_server *server, struct pollfd *polls);
/* Lets in who waits. POLLS as they were set before. */
void watch_server_take(struct watch_server *server, const struct pollfd *polls);
/* Lets in nobody any more. */
void watch_server_close(struct watch_server *server);
/* Waits for the end of those that were let in: to be called when the accounts were stopped. */
void watch_server_end(struct watch_server *server);

#endif
