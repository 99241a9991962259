/* The accounts that are watched, each with a thread of its own, and what they say. SPDX-License-
 * Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_CLI_WATCH_ACCOUNTS_H
#define NAVETTE_CLI_WATCH_ACCOUNTS_H

#include "cli/selection.h"
#include "cli/watch/server.h"
#include "sync/live/live.h"

struct watched_account;

struct watched_accounts {
	const struct cli_options *options;
	const struct config *config;
	int changed; /* an eventfd: an account is in another phase */
	struct watched_account *items;
	size_t count;
	bool draws; /* one line of state on the terminal */
	struct watch_server server;
};

/* Starts a thread for each account of the selection, which outlives them. Returns 0, or -1: the
 * system gives none, and nothing was started. */
int watched_accounts_start(struct watched_accounts *accounts, const struct cli_options *options,
			   const struct cli_selection *selection, struct error *error);
/* Ends them in order; waits for that. */
void watched_accounts_stop(struct watched_accounts *accounts);
void watched_accounts_ask(struct watched_accounts *accounts, enum live_request request);
/* Whether each has had its first look. */
bool watched_accounts_looked(const struct watched_accounts *accounts);
/* Whether all that work got further since this was asked last. */
bool watched_accounts_progress(struct watched_accounts *accounts);
/* One line about all of them; the caller's. */
char *watched_accounts_describe(const struct watched_accounts *accounts);
/* Draws the line of state anew, where there is one. */
void watched_accounts_draw(struct watched_accounts *accounts);

#endif
