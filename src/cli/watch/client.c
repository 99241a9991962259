/* Asking the watch that has an account under its eyes. SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/watch/client.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/log.h"
#include "cli/watch/address.h"
#include "cli/watch/lines.h"
#include "cli/watch/wire.h"
#include "sync/account.h"

/* A watch that is alive answers at once; one that hangs is not waited for. */
#define GREETING_MS 3000

/* --- Asking --- */

static int connect_to(const char *state)
{
	struct sockaddr_un address;
	if (!watch_address(state, false, &address))
		return -1;
	int descriptor = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (descriptor >= 0 &&
	    (connect(descriptor, (struct sockaddr *)&address, sizeof address) != 0 ||
	     !watch_peer_is_us(descriptor))) {
		(void)close(descriptor); /* nothing was said on it */
		descriptor = -1;
	}
	return descriptor;
}

/* Whether somebody is there who speaks as we do, and watches this very account. */
static bool greet(struct lines *lines, const char *state)
{
	struct buffer line = BUFFER_INITIAL;
	wire_add_text(&line, WIRE_GREETING);
	wire_add_text(&line, state);
	bool good = lines_write(lines, &line);
	buffer_release(&line);
	const char *answer = good ? lines_read(lines, GREETING_MS, NULL) : NULL;
	return answer && strcmp(answer, "welcome") == 0;
}

static bool begin(struct lines *lines, const struct config_account *account)
{
	char *state = account_state_directory(account);
	int descriptor = connect_to(state);
	bool good = false;
	if (descriptor >= 0) {
		lines_begin(lines, descriptor);
		good = greet(lines, state);
		if (!good)
			lines_end(lines);
	}
	free(state);
	return good;
}

/* --- A run --- */

static void ask_for_all(const struct lines *lines, const char *word, const struct text_list *list)
{
	struct buffer line = BUFFER_INITIAL;
	for (size_t i = 0; i < list->count; i++) {
		wire_add_text(&line, word);
		wire_add_text(&line, list->items[i]);
		(void)lines_write(lines, &line); /* whether it is there shows by the answer */
	}
	buffer_release(&line);
}

static bool ask_for_sync(const struct lines *lines, const struct sync_options *options)
{
	struct buffer line = BUFFER_INITIAL;
	ask_for_all(lines, "folder", &options->folders);
	ask_for_all(lines, "channel", &options->channels);
	wire_add_text(&line, "sync");
	wire_add_number(&line, options->force_delete);
	wire_add_number(&line, options->restore);
	wire_add_number(&line, log_shows(LOG_VERBOSE));
	bool good = lines_write(lines, &line);
	buffer_release(&line);
	return good;
}

static void fail(const struct config_account *account, const struct sync_events *events,
		 struct sync_result *result, const char *text)
{
	struct error error = ERROR_INITIAL;
	(void)error_set(&error, ERROR_TEMPORARY, SCOPE_ACCOUNT, "%s", text); /* always -1 */
	*result = (struct sync_result){ .worst = ERROR_TEMPORARY };
	events->failed(events->context, account->name, NULL, &error);
}

/* Whether the watch did all of it. */
static bool follow(struct lines *lines, const struct sync_options *options,
		   const struct sync_events *events, struct sync_result *result)
{
	char *line;
	while ((line = lines_read(lines, -1, options->cancel)) != NULL) {
		switch (wire_take_line(line, events, result)) {
		case WIRE_EVENT:
			break;
		case WIRE_RESULT:
			return true;
		case WIRE_BAD:
			return false;
		}
	}
	return false;
}

static bool run(struct lines *lines, const struct config_account *account,
		const struct sync_options *options, const struct sync_events *events,
		struct sync_result *result)
{
	if (!ask_for_sync(lines, options))
		return false;
	const char *answer = lines_read(lines, (int64_t)options->lock_wait * 1000, options->cancel);
	if (answer && strcmp(answer, "begun") == 0 && follow(lines, options, events, result))
		return true;
	if (options->cancel && atomic_load(options->cancel)) {
		fail(account, events, result,
		     "stopped by a signal; navette watch goes on with what it does");
		return true;
	}
	return false; /* it is ended, or busy: the lock on the state decides */
}

bool watch_client_sync(const struct config_account *account, const struct sync_options *options,
		       const struct sync_events *events, struct sync_result *result_r)
{
	struct lines lines;
	if (options->dry_run || options->fetch || options->far || !begin(&lines, account))
		return false;
	bool done = run(&lines, account, options, events, result_r);
	lines_end(&lines);
	return done;
}

/* --- How it is --- */

bool watch_client_see(const struct config_account *account, struct live_view *view_r)
{
	struct lines lines;
	if (!begin(&lines, account))
		return false;
	char *line =
		lines_write_text(&lines, "=view") ? lines_read(&lines, GREETING_MS, NULL) : NULL;
	bool good = line && wire_take_view(line, view_r);
	lines_end(&lines);
	return good;
}
