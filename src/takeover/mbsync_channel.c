/* The rules of a channel of mbsync's configuration. SPDX-License-Identifier: GPL-3.0-or-later */
#include "takeover/mbsync_channel.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

/* --- Its stores --- */

/* ":STORE:BOX". */
static const struct mbsync_section *find_store(const struct mbsync_file *file, const char *text,
					       char **box_r)
{
	const char *end = text && *text == ':' ? strchr(text + 1, ':') : NULL;
	if (!end)
		return NULL;
	char *name = memory_text_length(text + 1, (size_t)(end - text - 1));
	const struct mbsync_section *store = mbsync_find_section(file, "IMAPStore", name);
	if (!store)
		store = mbsync_find_section(file, "MaildirStore", name);
	*box_r = memory_text(end + 1);
	free(name);
	return store;
}

static const char *either(const struct mbsync_section *section, const char *now, const char *old)
{
	const char *value = mbsync_value(section, now);
	const char *old_value = mbsync_value(section, old);
	return value ? value : old_value;
}

bool mbsync_link_find(struct takeover *takeover, const struct mbsync_file *file,
		      const struct mbsync_section *channel, struct mbsync_link *link)
{
	*link = (struct mbsync_link){ .globals = &file->sections[0], .channel = channel };
	link->far = find_store(file, either(channel, "Far", "Master"), &link->far_box);
	link->near = find_store(file, either(channel, "Near", "Slave"), &link->near_box);
	bool good = link->far && link->near &&
		    text_equal_ignoring_case(link->far->kind, "IMAPStore") &&
		    text_equal_ignoring_case(link->near->kind, "MaildirStore");
	if (!good)
		takeover_note(
			takeover,
			"%s:%u: Channel %s: only an IMAP store far and a Maildir store near can be "
			"taken over",
			file->path, channel->line, channel->name);
	return good;
}

void mbsync_link_release(struct mbsync_link *link)
{
	free(link->far_box);
	free(link->near_box);
}

/* --- What goes which way --- */

enum side { SIDE_NONE, SIDE_NEAR, SIDE_FAR, SIDE_BOTH };

static enum side side_of(const char *word)
{
	if (text_equal_ignoring_case(word, "Near") || text_equal_ignoring_case(word, "Slave"))
		return SIDE_NEAR;
	if (text_equal_ignoring_case(word, "Far") || text_equal_ignoring_case(word, "Master"))
		return SIDE_FAR;
	return text_equal_ignoring_case(word, "Both") ? SIDE_BOTH : SIDE_NONE;
}

/* Of the channel, else of the globals; NONE where neither says it, as in mbsync. */
static void add_side(const struct mbsync_link *link, const char *keyword, const char *key,
		     enum side usual, struct buffer *out)
{
	static const char *const words[] = { "none", "near", "far", "both" };
	const struct mbsync_entry *entry = mbsync_find(link->channel, keyword);
	const struct mbsync_entry *global = mbsync_find(link->globals, keyword);
	unsigned int sides = SIDE_NONE;
	if (!entry)
		entry = global;
	for (size_t i = 0; entry && i < entry->arguments.count; i++)
		sides |= side_of(entry->arguments.items[i]);
	if (sides != usual)
		buffer_add_format(out, "%s = %s\n", key, words[sides]);
}

#define KIND_NEW 1u
#define KIND_FLAGS 2u
#define KIND_DELETIONS 4u
#define KIND_ALL 7u

/* The kinds that a word of Sync names; 0: none. */
static unsigned int kinds_of(const char *word)
{
	static const struct {
		const char *word;
		unsigned int kinds;
	} words[] = { { "New", KIND_NEW },          { "Flags", KIND_FLAGS },
		      { "Delete", KIND_DELETIONS }, { "Gone", KIND_DELETIONS },
		      { "All", KIND_ALL },          { "Full", KIND_ALL } };
	for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
		if (text_equal_ignoring_case(word, words[i].word))
			return words[i].kinds;
	}
	return 0;
}

/* What the words of a Sync line come to. */
struct directions {
	unsigned int kinds;         /* named without a direction */
	bool pull, push;            /* named without a kind */
	unsigned int pulls, pushes; /* named together: PullNew */
};

static void take_direction(struct directions *directions, const char *word)
{
	bool pull = text_starts_with_ignoring_case(word, "Pull");
	bool push = text_starts_with_ignoring_case(word, "Push");
	if (!pull && !push) {
		directions->kinds |= kinds_of(word);
	} else if (word[4] == '\0') {
		directions->pull = directions->pull || pull;
		directions->push = directions->push || push;
	} else if (pull) {
		directions->pulls |= kinds_of(word + 4);
	} else {
		directions->pushes |= kinds_of(word + 4);
	}
}

static void add_kinds(struct buffer *out, const char *key, unsigned int kinds)
{
	if (kinds == KIND_ALL)
		return;
	buffer_add_format(out, "%s =%s%s%s%s\n", key, kinds == 0 ? " none" : "",
			  kinds & KIND_NEW ? " new" : "", kinds & KIND_FLAGS ? " flags" : "",
			  kinds & KIND_DELETIONS ? " deletions" : "");
}

static void add_directions(const struct mbsync_link *link, struct buffer *out)
{
	const struct mbsync_entry *entry = mbsync_find(link->channel, "Sync");
	const struct mbsync_entry *global = mbsync_find(link->globals, "Sync");
	struct directions directions = { .kinds = 0 };
	if (!entry)
		entry = global;
	if (!entry)
		return;
	for (size_t i = 0; i < entry->arguments.count; i++)
		take_direction(&directions, entry->arguments.items[i]);
	bool any_way = directions.pull || directions.push;
	unsigned int kinds = directions.kinds != 0 || !any_way ? directions.kinds : KIND_ALL;
	unsigned int pulls = directions.pulls | (!any_way || directions.pull ? kinds : 0);
	unsigned int pushes = directions.pushes | (!any_way || directions.push ? kinds : 0);
	add_kinds(out, "pull", pulls);
	add_kinds(out, "push", pushes);
}

/* --- What is kept here --- */

/* "2k", "10m": in bytes. */
static bool read_size(const char *text, uint64_t *bytes_r)
{
	size_t length = strcspn(text, "kKmMbB");
	uint64_t factor = text[length] == 'k' || text[length] == 'K'   ? 1024
			  : text[length] == 'm' || text[length] == 'M' ? UINT64_C(1024) * 1024
								       : 1;
	char *digits = memory_text_length(text, length);
	bool good = text_parse_number(digits, UINT32_MAX / factor, bytes_r) && *bytes_r > 0;
	*bytes_r *= factor;
	free(digits);
	return good;
}

static const char *channel_value(const struct mbsync_link *link, const char *keyword)
{
	const char *value = mbsync_value(link->channel, keyword);
	const char *global = mbsync_value(link->globals, keyword);
	return value ? value : global;
}

static void add_window(struct takeover *takeover, const struct mbsync_file *file,
		       const struct mbsync_link *link, struct buffer *out)
{
	const char *size = mbsync_value(link->near, "MaxSize");
	const char *channel_size = channel_value(link, "MaxSize");
	const char *count = channel_value(link, "MaxMessages");
	bool expires_unread = mbsync_is_true(channel_value(link, "ExpireUnread"));
	const char *side = channel_value(link, "ExpireSide");
	uint64_t number;
	if (read_size(channel_size ? channel_size : size ? size : "", &number))
		buffer_add_format(out, "max-size = %llu\n", (unsigned long long)number);
	if (side && side_of(side) == SIDE_FAR) {
		takeover_note(takeover,
			      "%s: Channel %s: ExpireSide Far: a limit for the server is not here",
			      file->path, link->channel->name);
		return;
	}
	if (count && text_parse_number(count, UINT32_MAX, &number) && number > 0)
		buffer_add_format(out, "max-messages = %llu\nkeep = %sflagged\n",
				  (unsigned long long)number, expires_unread ? "" : "unseen ");
}

static void add_trash(const struct mbsync_link *link, struct buffer *out)
{
	const char *trash = mbsync_value(link->far, "Trash");
	if (trash)
		buffer_add_format(out, "trash = %s\n", trash);
}

void mbsync_link_write_rules(struct takeover *takeover, const struct mbsync_file *file,
			     const struct mbsync_link *link, struct buffer *out)
{
	add_directions(link, out);
	add_side(link, "Create", "create", SIDE_BOTH, out);
	add_side(link, "Remove", "remove", SIDE_NONE, out);
	add_side(link, "Expunge", "expunge", SIDE_BOTH, out);
	add_window(takeover, file, link, out);
	add_trash(link, out);
	(void)channel_value(link, "CopyArrivalDate"); /* always */
}
