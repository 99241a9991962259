/* The rules of a channel in words. SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/rules_text.h"

#include <inttypes.h>

#include "base/buffer.h"

static void begin(struct buffer *text, const char *key)
{
	buffer_add_format(text, "%s%s = ", text->length > 0 ? ", " : "", key);
}

static void add_kinds(struct buffer *text, const char *key, enum config_kinds kinds)
{
	static const struct {
		enum config_kinds kind;
		const char *word;
	} words[] = { { CONFIG_KIND_NEW, "new" },
		      { CONFIG_KIND_FLAGS, "flags" },
		      { CONFIG_KIND_DELETIONS, "deletions" } };
	const char *space = "";
	if (kinds == CONFIG_KINDS_ALL)
		return;
	begin(text, key);
	if (kinds == CONFIG_KINDS_NONE)
		buffer_add_text(text, "none");
	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
		if ((kinds & words[i].kind) == 0)
			continue;
		buffer_add_format(text, "%s%s", space, words[i].word);
		space = " ";
	}
}

static void add_directions(struct buffer *text, const struct config_rules *rules)
{
	bool pulls_all = rules->pull == CONFIG_KINDS_ALL;
	bool pushes_all = rules->push == CONFIG_KINDS_ALL;
	if ((pulls_all && rules->push == CONFIG_KINDS_NONE) ||
	    (pushes_all && rules->pull == CONFIG_KINDS_NONE)) {
		begin(text, "direction");
		buffer_add_text(text, pulls_all ? "pull" : "push");
		return;
	}
	add_kinds(text, "pull", rules->pull);
	add_kinds(text, "push", rules->push);
}

static void add_removals(struct buffer *text, const struct config_rules *rules)
{
	static const char *const sides[] = { "none", "near", "far", "both" };
	if (rules->expunge != CONFIG_SIDES_BOTH) {
		begin(text, "expunge");
		buffer_add_text(text, sides[rules->expunge & CONFIG_SIDES_BOTH]);
	}
	if (rules->trash) {
		begin(text, "trash");
		buffer_add_text(text, rules->trash);
	}
}

static void add_window(struct buffer *text, const struct config_window *window)
{
	if (window->max_age_days > 0) {
		begin(text, "max-age");
		buffer_add_format(text, "%" PRIu32 "d", window->max_age_days);
	}
	if (window->max_messages > 0) {
		begin(text, "max-messages");
		buffer_add_format(text, "%" PRIu32, window->max_messages);
	}
	if (window->max_size > 0) {
		begin(text, "max-size");
		buffer_add_format(text, "%" PRIu64, window->max_size);
	}
	if (window->keep.unseen || window->keep.flagged) {
		begin(text, "keep");
		buffer_add_format(text, "%s%s%s", window->keep.unseen ? "unseen" : "",
				  window->keep.unseen && window->keep.flagged ? " " : "",
				  window->keep.flagged ? "flagged" : "");
	}
}

static void add_keywords(struct buffer *text, const struct config_rules *rules)
{
	static const char *const words[] = { "both", "pull", "none", "notmuch" };
	if (rules->keywords != CONFIG_KEYWORDS_BOTH) {
		begin(text, "keywords");
		buffer_add_text(text, words[rules->keywords]);
	}
	if (rules->keyword_limit != CONFIG_KEYWORD_LIMIT_MAX) {
		begin(text, "keyword-limit");
		buffer_add_format(text, "%u", rules->keyword_limit);
	}
}

char *cli_rules_text(const struct config_rules *rules)
{
	struct buffer text = BUFFER_INITIAL;
	add_directions(&text, rules);
	add_removals(&text, rules);
	add_window(&text, &rules->window);
	if (rules->body == CONFIG_BODY_HEADERS) {
		begin(&text, "body");
		buffer_add_text(&text, "headers");
	}
	if (rules->order == CONFIG_ORDER_OLDEST) {
		begin(&text, "order");
		buffer_add_text(&text, "oldest");
	}
	add_keywords(&text, rules);
	return buffer_take(&text);
}
