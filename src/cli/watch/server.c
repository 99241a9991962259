/* Runs of others that the watch does for them. SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/watch/server.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "cli/plan_text.h"
#include "cli/watch/address.h"
#include "cli/watch/lines.h"
#include "cli/watch/wire.h"

/* How long somebody may take to say what he wants, or to take what he is told. */
#define PATIENCE_SECONDS 5
/* Progress that is told at most that often. */
#define PROGRESS_MS 100
#define BACKLOG 16

/* One that was let in. */
struct client {
	struct watch_server *server;
	const struct watch_listener *listener;
	struct lines lines;
	bool verbose;
	bool broken; /* it does not listen any more */
	int64_t progressed;
};

/* --- What its run tells --- */

static void send_line(struct client *client, struct buffer *line)
{
	if (!client->broken)
		client->broken = !lines_write(&client->lines, line);
	buffer_release(line);
}

static void begins(void *context)
{
	struct client *client = context;
	client->broken = !lines_write_text(&client->lines, "begun");
}

static void tell_operation(void *context, const struct sync_operation_report *operation)
{
	struct client *client = context;
	struct buffer described = BUFFER_INITIAL;
	struct buffer line = BUFFER_INITIAL;
	if (!client->verbose)
		return;
	cli_plan_describe(&described, operation);
	wire_add_operation(&line, buffer_text(&described));
	send_line(client, &line);
	buffer_release(&described);
}

static void tell_progress(void *context, const struct sync_progress *progress)
{
	struct client *client = context;
	struct buffer line = BUFFER_INITIAL;
	int64_t now = clock_monotonic_ms();
	if (now - client->progressed < PROGRESS_MS)
		return;
	client->progressed = now;
	wire_add_progress(&line, progress);
	send_line(client, &line);
}

static void tell_change(void *context, const struct sync_change *change)
{
	struct buffer line = BUFFER_INITIAL;
	wire_add_change(&line, change);
	send_line(context, &line);
}

static void tell_folder(void *context, const struct sync_folder_report *report)
{
	struct buffer line = BUFFER_INITIAL;
	wire_add_folder(&line, report);
	send_line(context, &line);
}

static void tell_failed(void *context, const char *account, const char *folder,
			const struct error *error)
{
	struct buffer line = BUFFER_INITIAL;
	wire_add_failure(&line, account, folder, error);
	send_line(context, &line);
}

/* --- What it wants --- */

static bool read_flag(char **line, bool *flag_r)
{
	uint64_t number;
	if (!wire_take_number(line, &number) || number > 1)
		return false;
	*flag_r = number == 1;
	return true;
}

static void do_sync(struct client *client, char *line, struct sync_options *options)
{
	const struct sync_events events = { .context = client,
					    .operation = tell_operation,
					    .progress = tell_progress,
					    .changed = tell_change,
					    .folder = tell_folder,
					    .failed = tell_failed };
	struct sync_result result;
	struct buffer answer = BUFFER_INITIAL;
	if (!read_flag(&line, &options->force_delete) || !read_flag(&line, &options->restore) ||
	    !read_flag(&line, &client->verbose) ||
	    !live_sync(client->listener->live, options, &events, begins, &result))
		return;
	wire_add_result(&answer, &result);
	send_line(client, &answer);
}

static void tell_view(struct client *client)
{
	struct live_view view;
	struct buffer line = BUFFER_INITIAL;
	live_see(client->listener->live, &view);
	wire_add_view(&line, &view);
	send_line(client, &line);
}

/* Whether it goes on after the line. */
static bool take_request(struct client *client, char *line, struct sync_options *options)
{
	const char *word;
	const char *name;
	if (!wire_take_text(&line, &word) || !word)
		return false;
	if (strcmp(word, "view") == 0) {
		tell_view(client);
		return false;
	}
	if (strcmp(word, "sync") == 0) {
		do_sync(client, line, options);
		return false;
	}
	if (!wire_take_text(&line, &name) || !name)
		return false;
	if (strcmp(word, "folder") == 0)
		text_list_add(&options->folders, name);
	else if (strcmp(word, "channel") == 0)
		text_list_add(&options->channels, name);
	return true;
}

static bool is_welcome(const struct client *client, char *line)
{
	const char *greeting;
	const char *state;
	return line && wire_take_text(&line, &greeting) && greeting &&
	       strcmp(greeting, WIRE_GREETING) == 0 && wire_take_text(&line, &state) && state &&
	       strcmp(state, client->listener->state) == 0;
}

static void serve(struct client *client)
{
	struct sync_options options = { .lock_wait = PATIENCE_SECONDS };
	char *line = lines_read(&client->lines, PATIENCE_SECONDS * 1000, NULL);
	bool more = is_welcome(client, line) && lines_write_text(&client->lines, "welcome");
	while (more) {
		line = lines_read(&client->lines, PATIENCE_SECONDS * 1000, NULL);
		more = line && take_request(client, line, &options);
	}
	text_list_release(&options.folders);
	text_list_release(&options.channels);
}

static void *run(void *context)
{
	struct client *client = context;
	struct watch_server *server = client->server;
	serve(client);
	lines_end(&client->lines);
	free(client);
	(void)pthread_mutex_lock(&server->lock); /* fails only for wrong use, as all of these */
	server->clients--;
	(void)pthread_cond_broadcast(&server->served);
	(void)pthread_mutex_unlock(&server->lock);
	return NULL;
}

/* --- Letting in --- */

static bool start(struct client *client)
{
	pthread_attr_t attributes;
	pthread_t thread;
	if (pthread_attr_init(&attributes) != 0)
		return false;
	bool started = pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED) == 0 &&
		       pthread_create(&thread, &attributes, run, client) == 0;
	(void)pthread_attr_destroy(&attributes);
	return started;
}

static void let_in(struct watch_server *server, const struct watch_listener *listener)
{
	const struct timeval patience = { .tv_sec = PATIENCE_SECONDS };
	int descriptor = accept4(listener->socket, NULL, NULL, SOCK_CLOEXEC);
	if (descriptor < 0)
		return;
	/* Nobody may hold up an account by not listening. */
	if (!watch_peer_is_us(descriptor) ||
	    setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience) != 0) {
		(void)close(descriptor); /* nothing was said on it */
		return;
	}
	struct client *client = memory_allocate(sizeof *client);
	*client = (struct client){ .server = server, .listener = listener };
	lines_begin(&client->lines, descriptor);
	(void)pthread_mutex_lock(&server->lock);
	server->clients++;
	(void)pthread_mutex_unlock(&server->lock);
	if (start(client))
		return;
	lines_end(&client->lines);
	free(client);
	(void)pthread_mutex_lock(&server->lock);
	server->clients--;
	(void)pthread_mutex_unlock(&server->lock);
}

size_t watch_server_polls(const struct watch_server *server, struct pollfd *polls)
{
	for (size_t i = 0; i < server->count; i++)
		polls[i] = (struct pollfd){ .fd = server->items[i].socket, .events = POLLIN };
	return server->count;
}

void watch_server_take(struct watch_server *server, const struct pollfd *polls)
{
	for (size_t i = 0; i < server->count; i++) {
		if (polls[i].revents != 0)
			let_in(server, &server->items[i]);
	}
}

/* --- Begin and end --- */

/* One that nobody listens on any more is of a watch that was killed. */
static bool is_taken(const struct sockaddr_un *address)
{
	int probe = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bool taken = probe >= 0 &&
		     connect(probe, (const struct sockaddr *)address, sizeof *address) == 0;
	if (probe >= 0)
		(void)close(probe); /* nothing was said on it */
	return taken;
}

static int listen_at(const struct sockaddr_un *address)
{
	int descriptor = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (descriptor < 0)
		return -1;
	(void)unlink(address->sun_path); /* mostly there is none */
	/* The mask of the process lets nobody else in from the first moment on (0600). */
	if (bind(descriptor, (const struct sockaddr *)address, sizeof *address) == 0 &&
	    chmod(address->sun_path, S_IRUSR | S_IWUSR) == 0 && listen(descriptor, BACKLOG) == 0)
		return descriptor;
	(void)close(descriptor);
	return -1;
}

void watch_server_begin(struct watch_server *server)
{
	*server = (struct watch_server){ .items = NULL };
	if (pthread_mutex_init(&server->lock, NULL) != 0 ||
	    pthread_cond_init(&server->served, NULL) != 0)
		memory_fail();
}

void watch_server_add(struct watch_server *server, struct live *live, const char *state)
{
	struct sockaddr_un address;
	struct watch_listener listener = { .socket = -1, .live = live };
	if (watch_address(state, true, &address) && !is_taken(&address))
		listener.socket = listen_at(&address);
	if (listener.socket < 0) {
		log_line(LOG_VERBOSE,
			 "no socket for the account of %s; runs beside this one work "
			 "by themselves",
			 state);
		return;
	}
	listener.path = memory_text(address.sun_path);
	listener.state = memory_text(state);
	server->items =
		memory_resize_array(server->items, server->count + 1, sizeof *server->items);
	server->items[server->count++] = listener;
}

void watch_server_close(struct watch_server *server)
{
	for (size_t i = 0; i < server->count; i++) {
		struct watch_listener *listener = &server->items[i];
		(void)unlink(listener->path); /* somebody may have cleaned up there */
		(void)close(listener->socket);
		listener->socket = -1;
	}
}

void watch_server_end(struct watch_server *server)
{
	(void)pthread_mutex_lock(&server->lock);
	while (server->clients > 0)
		(void)pthread_cond_wait(&server->served, &server->lock);
	(void)pthread_mutex_unlock(&server->lock);
	for (size_t i = 0; i < server->count; i++) {
		free(server->items[i].path);
		free(server->items[i].state);
	}
	free(server->items);
	(void)pthread_cond_destroy(&server->served);
	(void)pthread_mutex_destroy(&server->lock);
	server->items = NULL;
	server->count = 0;
}
