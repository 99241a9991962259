/* The window of a folder. SPDX-License-Identifier: GPL-3.0-or-later */
#include "sync/plan/window.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/memory.h"
#include "mail/flags.h"

#define SECONDS_OF_DAY 86400

/* Days in UTC, whatever the server's zone: a message near the edge of a day may come or go up to a
 * day early or late, but not to and fro. */
struct window_rule window_rule_make(const struct config_window *config, int64_t now)
{
	int64_t today = now > 0 ? now / SECONDS_OF_DAY : 0;
	struct window_rule rule = { .newest = config->max_messages, .largest = config->max_size };
	if (config->max_age_days > 0) {
		rule.dated = true;
		rule.since_day = today > config->max_age_days ? today - config->max_age_days : 0;
	}
	rule.keep_set = config->keep.flagged ? FLAG_FLAGGED : 0;
	rule.keep_unset = config->keep.unseen ? FLAG_SEEN : 0;
	return rule;
}

bool window_rule_searches(const struct window_rule *rule)
{
	return rule->dated || rule->largest > 0;
}

bool window_rule_is_open(const struct window_rule *rule)
{
	return !window_rule_searches(rule) && rule->newest == 0;
}

bool window_rule_keeps(const struct window_rule *rule, uint32_t flags)
{
	return (flags & rule->keep_set) != 0 || (~flags & rule->keep_unset) != 0;
}

char *window_rule_text(const struct window_rule *rule)
{
	struct buffer text = BUFFER_INITIAL;
	if (window_rule_is_open(rule))
		return NULL;
	if (rule->dated)
		buffer_add_format(&text, "since %" PRId64 " ", rule->since_day);
	if (rule->newest > 0)
		buffer_add_format(&text, "newest %" PRIu32 " ", rule->newest);
	if (rule->largest > 0)
		buffer_add_format(&text, "largest %" PRIu64 " ", rule->largest);
	if (rule->keep_unset != 0)
		buffer_add_text(&text, "unseen ");
	if (rule->keep_set != 0)
		buffer_add_text(&text, "flagged ");
	char *copy = memory_text_length(text.bytes, text.length - 1);
	buffer_release(&text);
	return copy;
}

bool window_is_settled(const struct window_rule *rule, const char *recorded)
{
	char *text = window_rule_text(rule);
	bool same = text && recorded ? strcmp(text, recorded) == 0 : text == recorded;
	free(text);
	return same;
}

bool window_rule_needs_look_after_upload(const struct window_rule *rule)
{
	return rule->newest > 0 && window_rule_searches(rule);
}

void window_release(struct window *window)
{
	uid_set_release(&window->found);
	uid_set_release(&window->kept);
}

uint32_t window_first_of_last(const struct uid_set *set, uint64_t count)
{
	if (count == 0)
		return 0;
	for (size_t i = set->count; i > 0; i--) {
		const struct uid_range *range = &set->ranges[i - 1];
		uint64_t size = (uint64_t)range->last - range->first + 1;
		if (size >= count)
			return (uint32_t)(range->last - (count - 1));
		count -= size;
	}
	return 1;
}
