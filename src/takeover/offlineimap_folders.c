/* What OfflineIMAP's configuration says of an account's folders and their Maildirs, as ours.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "mail/flags.h"
#include "takeover/name.h"
#include "takeover/offlineimap_account.h"
#include "takeover/python.h"

/* What of nametrans on either side; the local one is the inverse, which navette computes. */
void offlineimap_read_names(const struct offlineimap_account *making, struct python_names *names)
{
	char *text = ini_value(making->file, making->remote, "nametrans");
	(void)ini_find(making->file, making->local, "nametrans");
	if (text && !python_read_names(text, names)) {
		python_names_release(names);
		offlineimap_note(
			making, making->remote, "nametrans",
			"a programme in Python is not taken over: write a channel with `as` for each folder "
			"that has another name here");
	}
	free(text);
}

/* The channels' patterns for all other folders. */
static void read_filter(const struct offlineimap_account *making, struct text_list *patterns)
{
	char *filter = ini_value(making->file, making->remote, "folderfilter");
	(void)ini_find(making->file, making->local, "folderfilter");
	if (filter && !python_read_filter(filter, patterns)) {
		text_list_release(patterns);
		offlineimap_note(
			making, making->remote, "folderfilter",
			"a programme in Python is not taken over: write what it takes as `folders`");
	}
	if (ini_is_true(making->file, making->remote, "subscribedonly", false))
		text_list_add(patterns, "subscribed");
	offlineimap_note(making, making->remote, "folderincludes",
			 "not taken over: add these folders to `folders`");
	free(filter);
}

static void begin_channel(struct offlineimap_account *making, const char *base)
{
	char *name = takeover_unique_name(&making->names, base);
	struct takeover_source *source = takeover_add_source(making->takeover);
	buffer_add_format(&making->takeover->config, "\n[channel %s/%s]\n", making->name, name);
	source->channel = memory_format("%s/%s", making->name, name);
	source->metadata = memory_text(making->metadata);
	source->account = memory_text(making->their_name);
	source->remote = memory_text(making->remote_name);
	for (int i = 0; i < FLAG_KEYWORD_COUNT; i++) {
		char *key = memory_format("customflag_%c", 'a' + i);
		source->keywords[i] = ini_value(making->file, making->local, key);
		free(key);
	}
	free(name);
}

static void write_patterns(const struct offlineimap_account *making,
			   const struct text_list *patterns)
{
	struct buffer *out = &making->takeover->config;
	bool takes = false;
	buffer_add_text(out, "folders = ");
	for (size_t i = 0; i < patterns->count; i++)
		takes = takes || *patterns->items[i] != '!';
	if (!takes)
		buffer_add_text(out, "**");
	for (size_t i = 0; i < patterns->count; i++)
		buffer_add_format(out, "%s%s", i > 0 || !takes ? ",\n    " : "",
				  patterns->items[i]);
	buffer_add_byte(out, '\n');
}

/* [Gmail]/ that is cut from names: "[Gmail]" has no meaning of its own in our patterns. */
static void write_cut(struct offlineimap_account *making, const struct python_names *names,
		      const struct text_list *patterns)
{
	struct text_list below = { .items = NULL };
	/* A prefix of the server's own namespace is never part of our names. */
	if (!names->cut || text_starts_with(names->cut, "INBOX"))
		return;
	text_list_adopt(&below, memory_format("%s**", names->cut));
	for (size_t i = 0; i < patterns->count; i++) {
		if (*patterns->items[i] == '!')
			text_list_add(&below, patterns->items[i]);
	}
	begin_channel(making, "below");
	write_patterns(making, &below);
	buffer_add_text(&making->takeover->config, "as = *\n");
	text_list_release(&below);
}

void offlineimap_write_channels(struct offlineimap_account *making,
				const struct python_names *names)
{
	struct text_list patterns = { .items = NULL };
	read_filter(making, &patterns);
	for (size_t i = 0; i < names->from.count; i++) {
		begin_channel(making, names->to.items[i]);
		buffer_add_format(&making->takeover->config, "folders = %s\nas = %s\n",
				  names->from.items[i], names->to.items[i]);
	}
	write_cut(making, names, &patterns);
	begin_channel(making, "all");
	write_patterns(making, &patterns);
	text_list_release(&patterns);
}

void offlineimap_write_maildir(const struct offlineimap_account *making,
			       const struct python_names *names)
{
	char *root = ini_value(making->file, making->local, "localfolders");
	char *separator = ini_value(making->file, making->local, "sep");
	char *path = root ? offlineimap_expand(root) : memory_text("~/Maildir");
	offlineimap_add(making, "maildir", path);
	if (names->dotted)
		offlineimap_add(making, "layout", "maildir++");
	else if (!separator || strcmp(separator, ".") == 0)
		offlineimap_add(making, "layout", "flat");
	else if (strcmp(separator, "/") != 0)
		offlineimap_note(making, making->local, "sep", "only . and / can be taken over");
	free(root);
	free(separator);
	free(path);
}
