/* navette watch: stays, and keeps both sides the same as things happen. SPDX-License-Identifier:
 * GPL-3.0-or-later */
#include <errno.h>
#include <limits.h>
#include <malloc.h>
#include <poll.h>
#include <stdlib.h>
#include <time.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "cli/command.h"
#include "cli/report.h"
#include "cli/selection.h"
#include "cli/signals.h"
#include "cli/watch/accounts.h"
#include "cli/watch/machine.h"
#include "cli/watch/notify.h"

/* Routes come and go several at a time. */
#define NETWORK_SETTLE_MS 300

struct watching {
	const struct cli_options *options;
	struct config *config;
	struct cli_selection selection;
	struct watched_accounts accounts;
	struct machine machine;
	int signals;
	bool ready;          /* systemd was told so */
	int64_t watchdog_ms; /* 0: nobody waits for a sign of life */
	int64_t feed_due;    /* by clock_monotonic_ms() */
	bool stop;
};

/* --- The configuration --- */

static bool load(const struct cli_options *options, struct config **config_r,
		 struct cli_selection *selection_r)
{
	bool good = cli_selection_load(options, config_r, selection_r) &&
		    !cli_selection_refuse_parts(options, selection_r, "watch");
	if (good)
		return true;
	cli_selection_release(selection_r);
	config_destroy(config_r);
	return false;
}

static bool start(struct watching *watching)
{
	struct error error = ERROR_INITIAL;
	if (watched_accounts_start(&watching->accounts, watching->options, &watching->selection,
				   &error) == 0)
		return true;
	cli_report_error(watching->options, NULL, NULL, &error);
	return false;
}

static void release_config(struct watching *watching)
{
	cli_selection_release(&watching->selection);
	config_destroy(&watching->config);
}

/* A bad one changes nothing. */
static void reload(struct watching *watching)
{
	struct config *config;
	struct cli_selection selection;
	notify_send("RELOADING=1\nMONOTONIC_USEC=%lld", (long long)clock_monotonic_us());
	if (!load(watching->options, &config, &selection)) {
		log_line(LOG_ERROR, "the configuration was not read anew, for what was just said; "
				    "navette goes on with the one that it has");
	} else {
		watched_accounts_stop(&watching->accounts);
		release_config(watching);
		watching->config = config;
		watching->selection = selection;
		log_line(LOG_NOTICE, "the configuration was read anew");
		watching->stop = watching->stop || !start(watching);
	}
	watching->ready = false;
}

/* --- What happens --- */

static void take_signals(struct watching *watching)
{
	unsigned int signals = cli_signals_take();
	if (signals & CLI_SIGNAL_STOP)
		watching->stop = true;
	else if (signals & CLI_SIGNAL_RELOAD)
		reload(watching);
	if (signals & (CLI_SIGNAL_LOOK | CLI_SIGNAL_GO_ON) && !watching->stop)
		watched_accounts_ask(&watching->accounts, LIVE_REQUEST_LOOK);
}

static void take_routes(struct watching *watching)
{
	(void)clock_sleep(NETWORK_SETTLE_MS, NULL);
	if (machine_network_changed(&watching->machine))
		watched_accounts_ask(&watching->accounts, LIVE_REQUEST_NETWORK);
}

/* What systemd shows, and that it need not worry. */
static void tell_systemd(struct watching *watching)
{
	bool looked = watched_accounts_looked(&watching->accounts);
	char *text = watched_accounts_describe(&watching->accounts);
	if (looked && !watching->ready)
		notify_send("READY=1\nSTATUS=%s", text);
	else
		notify_send("STATUS=%s", text);
	watching->ready = watching->ready || looked;
	free(text);
}

static void feed_watchdog(struct watching *watching)
{
	int64_t now = clock_monotonic_ms();
	if (watching->watchdog_ms == 0 || now < watching->feed_due)
		return;
	watching->feed_due = now + watching->watchdog_ms;
	if (watched_accounts_progress(&watching->accounts))
		notify_send("WATCHDOG=1");
}

static int wait_ms(const struct watching *watching)
{
	int64_t left = watching->feed_due - clock_monotonic_ms();
	if (watching->watchdog_ms == 0)
		return -1;
	return left <= 0 ? 0 : left < INT_MAX ? (int)left : INT_MAX;
}

enum { POLL_SIGNALS, POLL_CHANGED, POLL_ROUTES, POLL_CLOCK, POLL_SERVER };

static void take_all(struct watching *watching, const struct pollfd *polls)
{
	if (polls[POLL_ROUTES].revents != 0)
		take_routes(watching);
	if (machine_slept(&watching->machine))
		watched_accounts_ask(&watching->accounts, LIVE_REQUEST_RESUMED);
	watch_server_take(&watching->accounts.server, &polls[POLL_SERVER]);
	if (polls[POLL_CHANGED].revents != 0) {
		watched_accounts_draw(&watching->accounts);
		tell_systemd(watching);
	}
	take_signals(watching);
	feed_watchdog(watching);
}

static void wait_once(struct watching *watching)
{
	struct watched_accounts *accounts = &watching->accounts;
	struct pollfd *polls = memory_array(POLL_SERVER + accounts->count, sizeof *polls);
	polls[POLL_SIGNALS] = (struct pollfd){ .fd = watching->signals, .events = POLLIN };
	polls[POLL_CHANGED] = (struct pollfd){ .fd = accounts->changed, .events = POLLIN };
	polls[POLL_ROUTES] = (struct pollfd){ .fd = watching->machine.routes, .events = POLLIN };
	polls[POLL_CLOCK] = (struct pollfd){ .fd = watching->machine.clock, .events = POLLIN };
	size_t count = POLL_SERVER + watch_server_polls(&accounts->server, &polls[POLL_SERVER]);
	int ready = poll(polls, (nfds_t)count, wait_ms(watching));
	if (ready < 0 && errno != EINTR)
		(void)clock_sleep(1000, NULL); /* too little memory; not to be asked in a hurry */
	if (ready < 0) {
		for (size_t i = 0; i < count; i++)
			polls[i].revents = 0;
	}
	take_all(watching, polls);
	free(polls);
}

/* --- The command --- */

static bool refuse_options(const struct cli_options *options)
{
	const char *given = options->dry_run        ? "dry-run"
			    : options->force_delete ? "force-delete"
			    : options->restore      ? "restore"
						    : NULL;
	if (given)
		log_line(LOG_ERROR,
			 "--%s is for a single run: navette --%s sync, also beside navette watch",
			 given, given);
	return given != NULL;
}

static void watch(struct watching *watching)
{
	watching->signals = cli_signals_keep();
	watching->watchdog_ms = notify_watchdog_ms();
	machine_begin(&watching->machine);
	watching->stop = !start(watching);
	while (!watching->stop)
		wait_once(watching);
	notify_send("STOPPING=1");
	watched_accounts_stop(&watching->accounts);
	machine_end(&watching->machine);
}

static enum cli_exit run(const struct cli_options *options)
{
	struct watching watching = { .options = options };
	if (refuse_options(options) || !load(options, &watching.config, &watching.selection))
		return CLI_EXIT_USAGE;
	enum error_kind worst = watching.selection.worst;
#ifdef M_ARENA_MAX
	(void)mallopt(M_ARENA_MAX, 2); /* threads that mostly wait need no heap each */
#endif
	watch(&watching);
	release_config(&watching);
	return cli_exit_of(worst);
}

const struct cli_command cli_command_watch = {
	.name = "watch",
	.arguments = "[ACCOUNT ...]",
	.summary = "stay, and keep both sides the same as things happen",
	.run = run,
};
