/* mbsync's configuration as ours. SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/path.h"
#include "takeover/mbsync_account.h"
#include "takeover/mbsync_channel.h"
#include "takeover/mbsync_patterns.h"
#include "takeover/name.h"

/* --- Where the files are --- */

static char *home_path(const char *rest)
{
	struct error ignored = ERROR_INITIAL;
	char *text = memory_format("~/%s", rest);
	char *path = NULL;
	if (path_expand(text, &path, &ignored) != 0)
		path = memory_text(text);
	free(text);
	return path;
}

/* $XDG_..._HOME/REST, or ~/FALLBACK/REST. */
static char *xdg_path(const char *variable, const char *fallback, const char *rest)
{
	const char *base = getenv(variable);
	if (base && *base == '/')
		return path_join(base, rest);
	char *below = memory_format("%s/%s", fallback, rest);
	char *path = home_path(below);
	free(below);
	return path;
}

static char *default_file(void)
{
	char *path = xdg_path("XDG_CONFIG_HOME", ".config", "isyncrc");
	if (access(path, F_OK) == 0)
		return path;
	free(path);
	return home_path(".mbsyncrc");
}

/* Where states lie that no SyncState puts elsewhere, with a slash at its end. */
static char *default_states(void)
{
	char *old = home_path(".mbsync");
	char *now = xdg_path("XDG_STATE_HOME", ".local/state", "isync");
	bool take_old = access(now, F_OK) != 0 && access(old, F_OK) == 0;
	char *states = memory_format("%s/", take_old ? old : now);
	free(old);
	free(now);
	return states;
}

/* TEXT with ~ filled in; a relative one is seen from the file's directory. The caller's. */
static char *expand(const struct mbsync_file *file, const char *text)
{
	struct error ignored = ERROR_INITIAL;
	char *path = NULL;
	if (*text == '/')
		return memory_text(text);
	if (*text == '~') {
		/* mbsync knows no $VARIABLE. */
		size_t length = strcspn(text, "/");
		char *home = memory_text_length(text, length);
		bool good = path_expand(home, &path, &ignored) == 0;
		char *whole = good ? memory_format("%s%s", path, text + length) : memory_text(text);
		free(home);
		free(path);
		return whole;
	}
	const char *slash = strrchr(file->path, '/');
	return memory_format("%.*s/%s", slash ? (int)(slash - file->path) : 1,
			     slash ? file->path : ".", text);
}

/* --- Where its Maildirs are --- */

struct place {
	char *root;         /* of the folders but INBOX, tidy */
	char *inbox;        /* tidy */
	const char *layout; /* as our key says it */
	char *inbox_as;   /* what INBOX is called below the root; NULL: INBOX, or it is elsewhere */
	bool inbox_apart; /* it is not below the root */
};

static const char *layout_of(struct takeover *takeover, const struct mbsync_file *file,
			     const struct mbsync_section *near)
{
	const char *sub = mbsync_value(near, "SubFolders");
	const char *flatten = mbsync_value(near, "Flatten");
	if (flatten && strcmp(flatten, ".") == 0)
		return "flat";
	if (flatten)
		takeover_note(takeover,
			      "%s: MaildirStore %s: Flatten %s: only a dot can stand there",
			      file->path, near->name, flatten);
	if (sub && text_equal_ignoring_case(sub, "Maildir++"))
		return "maildir++";
	return sub && text_equal_ignoring_case(sub, "Legacy") ? "legacy" : "nested";
}

/* INBOX below the root under another name, or elsewhere. */
static void place_inbox(struct place *place)
{
	size_t length = strlen(place->root);
	place->inbox_apart =
		!text_starts_with(place->inbox, place->root) || place->inbox[length] != '/';
	if (place->inbox_apart)
		return;
	const char *below = place->inbox + length + 1;
	if (!text_equal_ignoring_case(below, "INBOX"))
		place->inbox_as = memory_text(below);
}

static struct place find_place(struct takeover *takeover, const struct mbsync_file *file,
			       const struct mbsync_section *near, const struct mbsync_section *far)
{
	const char *path = mbsync_value(near, "Path");
	const char *inbox = mbsync_value(near, "Inbox");
	const char *mapped = mbsync_value(near, "MapInbox");
	const char *far_mapped = mbsync_value(far, "MapInbox");
	struct place place = { .layout = layout_of(takeover, file, near) };
	place.inbox = expand(file, inbox ? inbox : "~/Maildir");
	bool dotted = strcmp(place.layout, "maildir++") == 0;
	place.root = dotted ? memory_text(place.inbox) : expand(file, path ? path : "~/Maildir");
	if (!dotted && path && *path != '\0' && path[strlen(path) - 1] != '/')
		takeover_note(
			takeover,
			"%s: MaildirStore %s: Path %s has no slash at its end, so that its last part "
			"begins each name; taken as a directory",
			file->path, near->name, path);
	path_tidy(place.root);
	path_tidy(place.inbox);
	if (far_mapped && !dotted) {
		place.inbox_as = memory_text(far_mapped);
	} else if (!dotted) {
		place_inbox(&place);
	}
	if (mapped)
		takeover_note(takeover, "%s: MaildirStore %s: MapInbox is not taken over",
			      file->path, near->name);
	return place;
}

static void release_place(struct place *place)
{
	free(place->root);
	free(place->inbox);
	free(place->inbox_as);
}

/* --- Channels --- */

struct making {
	struct takeover *takeover;
	const struct mbsync_file *file;
	char *account;          /* our name of it */
	char *root;             /* of the account */
	const char *layout;     /* likewise */
	struct buffer sections; /* of its channels */
	struct text_list names; /* of channels, without the account */
	char *states;           /* default_states() */
};

static void add_source(struct making *making, const struct mbsync_link *link, const char *name)
{
	struct takeover_source *source = takeover_add_source(making->takeover);
	const char *state = mbsync_value(link->channel, "SyncState");
	const char *global = mbsync_value(link->globals, "SyncState");
	source->channel = memory_format("%s/%s", making->account, name);
	if (state)
		source->sync_state =
			strcmp(state, "*") == 0 ? memory_text(state) : expand(making->file, state);
	else if (global && strcmp(global, "*") == 0)
		source->sync_state = memory_text(global);
	source->state_directory = !state && global && strcmp(global, "*") != 0
					  ? expand(making->file, global)
					  : memory_text(making->states);
	source->far_store = memory_text(link->far->name);
	source->near_store = memory_text(link->near->name);
	source->alt_map = mbsync_is_true(mbsync_value(link->near, "AltMap"));
}

/* One of our channels. */
static void add_channel(struct making *making, const struct mbsync_link *link, const char *base,
			const char *folders, const char *as, const char *root, const char *layout)
{
	struct buffer *out = &making->sections;
	char *name = takeover_unique_name(&making->names, base);
	buffer_add_format(out, "\n[channel %s/%s]\nfolders = %s\n", making->account, name, folders);
	if (as)
		buffer_add_format(out, "as = %s\n", as);
	if (strcmp(root, making->root) != 0)
		buffer_add_format(out, "maildir = %s\n", root);
	if (strcmp(layout, making->layout) != 0)
		buffer_add_format(out, "layout = %s\n", layout);
	mbsync_link_write_rules(making->takeover, making->file, link, out);
	add_source(making, link, name);
	takeover_tell(making->takeover, "Channel %s is channel %s/%s", link->channel->name,
		      making->account, name);
	free(name);
}

/* Whether `folders` may take INBOX: names it, or begins with a star. */
static bool may_take_inbox(const char *folders)
{
	for (const char *at = folders; at; at = strchr(at, ',')) {
		at += strspn(at, ", \n");
		if (*at == '*' || text_starts_with(at, "INBOX"))
			return true;
		if (*at == '\0')
			break;
	}
	return false;
}

static bool leaves_inbox(const char *folders)
{
	return strstr(folders, "!INBOX") != NULL;
}

static void add_links(struct making *making, const struct mbsync_link *link)
{
	const struct mbsync_entry *entry = mbsync_find(link->channel, "Patterns");
	const struct mbsync_entry *one = mbsync_find(link->channel, "Pattern");
	static const struct text_list none = { .items = NULL };
	if (!entry)
		entry = one;
	size_t count;
	struct mbsync_folders *folders = mbsync_folders_of(entry ? &entry->arguments : &none,
							   link->far_box, link->near_box, &count);
	struct place place = find_place(making->takeover, making->file, link->near, link->far);
	for (size_t i = 0; i < count; i++) {
		bool inbox =
			may_take_inbox(folders[i].folders) && !leaves_inbox(folders[i].folders);
		bool alone = strcmp(folders[i].folders, "INBOX") == 0;
		if (inbox && place.inbox_apart) {
			add_channel(making, link, link->channel->name, "INBOX", NULL, place.inbox,
				    "maildir++");
			if (alone)
				continue;
		} else if (inbox && place.inbox_as && !folders[i].as) {
			add_channel(making, link, link->channel->name, "INBOX", place.inbox_as,
				    place.root, place.layout);
			if (alone)
				continue;
		}
		add_channel(making, link, link->channel->name, folders[i].folders, folders[i].as,
			    place.root, place.layout);
	}
	if (mbsync_is_true(mbsync_value(link->far, "SubscribedOnly")))
		takeover_note(
			making->takeover,
			"%s: IMAPStore %s: SubscribedOnly: write `folders = subscribed` where its "
			"channels take all folders",
			making->file->path, link->far->name);
	mbsync_folders_release(folders, count);
	release_place(&place);
}

/* --- Accounts --- */

/* The IMAPAccount of a store, or NULL. */
static const struct mbsync_section *account_of(const struct mbsync_file *file,
					       const struct mbsync_section *store)
{
	const char *name = mbsync_value(store, "Account");
	return name ? mbsync_find_section(file, "IMAPAccount", name) : NULL;
}

static bool is_of(const struct mbsync_file *file, const struct mbsync_section *store,
		  const struct mbsync_section *other)
{
	const struct mbsync_section *account = account_of(file, store);
	return store == other || (account && account == account_of(file, other));
}

/* The channels of one account, those that ask for the least first, as they stand. */
static void add_channels(struct making *making, const struct mbsync_section *store)
{
	for (size_t i = 1; i < making->file->count; i++) {
		const struct mbsync_section *section = &making->file->sections[i];
		struct mbsync_link link;
		if (!text_equal_ignoring_case(section->kind, "Channel"))
			continue;
		struct takeover silent = { .sources = NULL };
		bool good = mbsync_link_find(&silent, making->file, section, &link);
		takeover_release(&silent);
		if (good && is_of(making->file, link.far, store)) {
			if (!making->root) {
				struct place place =
					find_place(&silent, making->file, link.near, link.far);
				making->root = memory_text(place.root);
				making->layout = place.layout;
				release_place(&place);
				takeover_release(&silent);
			}
			add_links(making, &link);
		}
		mbsync_link_release(&link);
	}
}

static void add_account(struct takeover *takeover, const struct mbsync_file *file,
			const struct mbsync_section *store, struct text_list *names)
{
	const struct mbsync_section *account = account_of(file, store);
	struct making making = { .takeover = takeover, .file = file, .states = default_states() };
	making.account = takeover_unique_name(names, account ? account->name : store->name);
	add_channels(&making, store);
	if (making.root) {
		buffer_add_format(&takeover->config, "\n[account %s]\n", making.account);
		mbsync_account_write(takeover, file, store, account, making.account);
		buffer_add_format(&takeover->config, "maildir = %s\n", making.root);
		if (strcmp(making.layout, "nested") != 0)
			buffer_add_format(&takeover->config, "layout = %s\n", making.layout);
		buffer_add_text(&takeover->config, buffer_text(&making.sections));
	}
	buffer_release(&making.sections);
	text_list_release(&making.names);
	free(making.account);
	free(making.root);
	free(making.states);
}

static bool was_added(const struct mbsync_file *file, size_t index)
{
	for (size_t i = 1; i < index; i++) {
		if (text_equal_ignoring_case(file->sections[i].kind, "IMAPStore") &&
		    is_of(file, &file->sections[i], &file->sections[index]))
			return true;
	}
	return false;
}

/* --- What is left --- */

static void note_unused(struct takeover *takeover, const struct mbsync_file *file)
{
	static const char *const harmless[] = { "FSync",         "BufferLimit", "FieldDelimiter",
						"Channels",      "Channel",     "UseNamespace",
						"PathDelimiter", "ExpungeSolo" };
	for (size_t i = 0; i < file->count; i++) {
		const struct mbsync_section *section = &file->sections[i];
		for (size_t k = 0; k < section->count; k++) {
			const struct mbsync_entry *entry = &section->entries[k];
			bool known = entry->used;
			for (size_t h = 0; h < sizeof harmless / sizeof *harmless; h++)
				known = known ||
					text_equal_ignoring_case(entry->keyword, harmless[h]);
			if (!known)
				takeover_note(takeover, "%s:%u: %s is not taken over", file->path,
					      entry->line, entry->keyword);
		}
	}
}

static void convert(struct takeover *takeover, const struct mbsync_file *file)
{
	struct text_list names = { .items = NULL };
	buffer_add_format(&takeover->config,
			  "; Taken over from mbsync's %s. What each key means is in "
			  "navette.conf(5).\n",
			  file->path);
	for (size_t i = 1; i < file->count; i++) {
		const struct mbsync_section *section = &file->sections[i];
		struct mbsync_link link;
		if (text_equal_ignoring_case(section->kind, "IMAPStore") && !was_added(file, i))
			add_account(takeover, file, section, &names);
		if (text_equal_ignoring_case(section->kind, "Channel")) {
			(void)mbsync_link_find(takeover, file, section,
					       &link); /* notes what is not */
			mbsync_link_release(&link);
		}
	}
	note_unused(takeover, file);
	text_list_release(&names);
}

int takeover_read_mbsync(const char *path, struct takeover *takeover, char **path_r,
			 struct error *error)
{
	struct mbsync_file file = { .path = NULL };
	*path_r = path ? memory_text(path) : default_file();
	buffer_make_secret(&takeover->config);
	int result = mbsync_file_read(*path_r, &file, error);
	if (result == 0)
		convert(takeover, &file);
	if (result == 0 && takeover->source_count == 0)
		result = error_set(
			error, ERROR_CONFIG, SCOPE_ACCOUNT,
			"%s has no channel between an IMAP store and a Maildir store: there is "
			"nothing to take over",
			*path_r);
	mbsync_file_release(&file);
	return result;
}
