/* The window of a folder: which of the server's messages the near side has too. Pure.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_SYNC_PLAN_WINDOW_H
#define NAVETTE_SYNC_PLAN_WINDOW_H

#include <stdbool.h>
#include <stdint.h>

#include "config/config.h"
#include "mail/uid_set.h"

/* The rule of one run: the configuration's, with the day that it means today. */
struct window_rule {
	bool dated;
	int64_t since_day;   /* when dated: messages that arrived on that day (UTC, counted from the
				epoch) or later */
	uint32_t newest;     /* only so many, those of the highest UIDs; 0: all */
	uint64_t largest;    /* only those of so many bytes or fewer; 0: all */
	uint32_t keep_set;   /* messages that have any of these flags stay beyond ... */
	uint32_t keep_unset; /* ... or that lack any of these */
};

/* NOW in seconds since the epoch. */
struct window_rule window_rule_make(const struct config_window *config, int64_t now);
/* Whether it leaves nothing out. */
bool window_rule_is_open(const struct window_rule *rule);
/* Whether the server must be asked which messages it takes, besides those that it keeps. */
bool window_rule_searches(const struct window_rule *rule);
/* Whether a message with these flags stays whatever else it is. */
bool window_rule_keeps(const struct window_rule *rule, uint32_t flags);
/* The rule as text, which the caller owns: equal for rules that mean the same. NULL: it is open. */
char *window_rule_text(const struct window_rule *rule);
/* What stands for the rule in the state while messages that are to leave may not have left: equal
 * to no rule. */
#define WINDOW_UNSETTLED "unsettled"
/* Whether the state's folder was left as RULE wants it. */
bool window_is_settled(const struct window_rule *rule, const char *recorded);

/* What is known of a window in one run. */
struct window {
	struct window_rule rule;
	/* The base was left as the rule wants it, and what is in it stays, but for messages whose
	 * flags do not keep them any more. */
	bool settled;
	/* UIDs from this one on came while the server was asked: what is not found of them may be
	 * in the window all the same. 0: none. */
	uint32_t unsure_from;
	/* What the server found by age and size: of all messages, or of a settled window the new
	 * ones and those that flags do not keep any more. */
	struct uid_set found;
	struct uid_set kept; /* by their flags; of a settled window those that are not in the base
				as well, or that have other flags there */
};
void window_release(struct window *window);

/* Whether a run that uploaded to the folder leaves it to the next one to look for its window anew:
 * what was uploaded counts as one of the newest, but age or size may not take it. */
bool window_rule_needs_look_after_upload(const struct window_rule *rule);

/* The last COUNT UIDs of SET: the UID of the first of them, 1 when it has not so many, 0 for a
 * count of 0. */
uint32_t window_first_of_last(const struct uid_set *set, uint64_t count);

#endif
