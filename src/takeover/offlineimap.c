/* OfflineIMAP's configuration as ours. SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/path.h"
#include "mail/flags.h"
#include "takeover/ini_file.h"
#include "takeover/name.h"
#include "takeover/python.h"
#include "takeover/takeover.h"

struct making {
	struct takeover *takeover;
	const struct ini_file *file;
	const struct ini_section *account, *local, *remote;
	char *name;                           /* ours, of the account */
	struct text_list names;               /* of its channels */
	char *metadata;                       /* where states lie */
	const char *their_name;               /* of the account */
	const char *local_name, *remote_name; /* of the repositories */
};

static void note(const struct making *making, const struct ini_section *section, const char *key,
		 const char *why)
{
	const struct ini_entry *entry = ini_find(making->file, section, key);
	if (entry)
		takeover_note(making->takeover, "%s:%u: %s: %s", making->file->path, entry->line,
			      key, why);
}

static char *expand(const char *text)
{
	struct error ignored = ERROR_INITIAL;
	char *path = NULL;
	return path_expand(text, &path, &ignored) == 0 ? path : memory_text(text);
}

static void add(const struct making *making, const char *key, const char *value)
{
	if (value && *value != '\0')
		takeover_add_value(making->takeover, making->name, key, value);
}

/* VALUE: a command. */
static void add_command(const struct making *making, const char *key, const char *value)
{
	if (value && *value != '\0')
		takeover_add_command(making->takeover, making->name, key, value);
}

/* Adds the value of THEIRS, if there is one, as OURS. */
static void copy(const struct making *making, const struct ini_section *section, const char *theirs,
		 const char *ours)
{
	char *value = ini_value(making->file, section, theirs);
	add(making, ours, value);
	memory_free_secret(value);
}

static void copy_command(const struct making *making, const char *theirs, const char *ours)
{
	char *command = ini_value(making->file, making->account, theirs);
	add_command(making, ours, command);
	free(command);
}

/* --- The server --- */

/* "remotehost", or "remotehosteval" where that is a plain string. */
static char *remote_value(const struct making *making, const char *key)
{
	char *value = ini_value(making->file, making->remote, key);
	char *eval_key = memory_format("%seval", key);
	char *eval = value ? NULL : ini_value(making->file, making->remote, eval_key);
	if (eval) {
		value = python_read_string(eval);
		if (!value)
			note(making, making->remote, eval_key,
			     "a programme in Python is not taken over; write its value");
	}
	free(eval);
	free(eval_key);
	return value;
}

static bool is_gmail(const struct making *making)
{
	char *type = ini_value(making->file, making->remote, "type");
	bool gmail = type && text_equal_ignoring_case(type, "Gmail");
	free(type);
	return gmail;
}

static void write_tls(const struct making *making)
{
	bool ssl = ini_is_true(making->file, making->remote, "ssl", true);
	bool starttls = ini_is_true(making->file, making->remote, "starttls", true);
	char *roots = ini_value(making->file, making->remote, "sslcacertfile");
	char *fingerprint = ini_value(making->file, making->remote, "cert_fingerprint");
	if (!ssl)
		add(making, "tls", starttls ? "starttls" : "none");
	bool plain = !ssl && !starttls;
	if (roots && !plain && strcmp(roots, "OS-DEFAULT") != 0)
		add(making, "tls-ca", roots);
	if (fingerprint && !plain && strlen(fingerprint) == 64 &&
	    strspn(fingerprint, "0123456789abcdefABCDEF") == 64)
		add(making, "tls-fingerprint", fingerprint);
	else if (fingerprint && *fingerprint != '\0')
		note(making, making->remote, "cert_fingerprint",
		     "only one of SHA-256 can be taken over; navette check shows the server's");
	free(roots);
	free(fingerprint);
}

static void write_server(const struct making *making)
{
	char *tunnel = ini_value(making->file, making->remote, "preauthtunnel");
	char *transport = ini_value(making->file, making->remote, "transporttunnel");
	char *host = remote_value(making, "remotehost");
	char *port = remote_value(making, "remoteport");
	if (tunnel || transport) {
		add_command(making, "tunnel", tunnel ? tunnel : transport);
		add(making, "tls", "none");
	} else {
		add(making, "host", host ? host : is_gmail(making) ? "imap.gmail.com" : NULL);
		write_tls(making);
		add(making, "port", port);
	}
	free(tunnel);
	free(transport);
	free(host);
	free(port);
	copy(making, making->remote, "maxconnections", "connections");
	copy(making, ini_find_section(making->file, "general"), "socktimeout", "timeout");
	copy_command(making, "presynchook", "pre-sync");
	copy_command(making, "postsynchook", "post-sync");
}

/* --- The login --- */

static bool write_token(const struct making *making)
{
	static const char *const keys[] = { "oauth2_client_id",     "oauth2_client_id_eval",
					    "oauth2_refresh_token", "oauth2_refresh_token_eval",
					    "oauth2_access_token",  "oauth2_access_token_eval",
					    "oauth2_client_secret", "oauth2_client_secret_eval",
					    "oauth2_request_url",   "oauth2_request_url_eval" };
	bool any = false;
	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
		any = ini_find(making->file, making->remote, keys[i]) || any;
	if (!any)
		return false;
	takeover_note(
		making->takeover,
		"%s: Repository %s: OAuth 2.0: write oauth, client-id and the like in place of "
		"token-command and run navette login %s; see docs/providers.md",
		making->file->path, making->remote_name, making->name);
	add(making, "token-command", "false");
	return true;
}

/* OfflineIMAP looks into ~/.netrc, and then asks. */
static void write_question(const struct making *making, bool by_netrc)
{
	char *netrc = expand("~/.netrc");
	bool there = by_netrc && access(netrc, R_OK) == 0;
	add(making, there ? "password-netrc" : "password", there ? netrc : "ask");
	free(netrc);
}

static void write_password(const struct making *making)
{
	char *password = ini_value(making->file, making->remote, "remotepass");
	char *path = ini_value(making->file, making->remote, "remotepassfile");
	char *eval = ini_value(making->file, making->remote, "remotepasseval");
	char *literal = eval ? python_read_string(eval) : NULL;
	if (path && !password) {
		char *expanded = expand(path);
		bool plain = !strpbrk(expanded, " \t\r\n'\"\\$`&|;<>()*?[]#~!{}");
		char *command = memory_format(plain ? "head -n1 %s" : "head -n1 '%s'", expanded);
		add_command(making, "password-command", command);
		free(command);
		free(expanded);
	} else if (password || literal) {
		add(making, "password", password ? password : literal);
	} else {
		if (eval)
			note(making, making->remote, "remotepasseval",
			     "a programme in Python is not taken over: write what prints the password "
			     "as password-command; until then it is asked for");
		write_question(making, !eval);
	}
	memory_free_secret(password);
	memory_free_secret(literal);
	free(path);
	memory_free_secret(eval);
}

static void write_login(const struct making *making)
{
	char *user = remote_value(making, "remoteuser");
	char *mechanisms = ini_value(making->file, making->remote, "auth_mechanisms");
	add(making, "user", user);
	if (!write_token(making))
		write_password(making);
	if (mechanisms && text_equal_ignoring_case(mechanisms, "LOGIN"))
		add(making, "auth", "login");
	if (mechanisms && text_equal_ignoring_case(mechanisms, "PLAIN"))
		add(making, "auth", "plain");
	free(user);
	free(mechanisms);
}

/* --- What goes which way, and what is kept --- */

static void write_directions(const struct making *making)
{
	const struct ini_file *file = making->file;
	bool pull_removals = ini_is_true(file, making->remote, "sync_deletes", true);
	bool push_removals = ini_is_true(file, making->local, "sync_deletes", true);
	bool far_read_only = ini_is_true(file, making->remote, "readonly", false);
	bool near_read_only = ini_is_true(file, making->local, "readonly", false);
	bool far_creates = ini_is_true(file, making->remote, "createfolders", true);
	bool near_creates = ini_is_true(file, making->local, "createfolders", true);
	if (far_read_only || near_read_only)
		add(making, "direction", far_read_only ? "pull" : "push");
	/* A repository's sync_deletes says whether what was removed in it is removed in the other.
	 */
	if (!pull_removals && !near_read_only)
		add(making, "pull", "new flags");
	if (!push_removals && !far_read_only)
		add(making, "push", "new flags");
	if (!far_creates || !near_creates)
		add(making, "create", far_creates ? "far" : near_creates ? "near" : "none");
	if (!ini_is_true(file, making->remote, "expunge", true))
		add(making, "expunge", "near");
}

static void write_window(const struct making *making)
{
	char *age = ini_value(making->file, making->account, "maxage");
	char *size = ini_value(making->file, making->account, "maxsize");
	uint64_t number;
	if (age && text_parse_number(age, 100000, &number) && number > 0) {
		buffer_add_format(&making->takeover->config, "max-age = %llud\n",
				  (unsigned long long)number);
		note(making, making->account, "maxage",
		     "taken over as max-age: files that are older leave this disk and stay on the server, "
		     "where OfflineIMAP left them here");
	} else if (age) {
		note(making, making->account, "maxage",
		     "a date is not taken over: write max-age = 90d");
	}
	if (size && text_parse_number(size, UINT32_MAX - 1, &number) && number > 0)
		buffer_add_format(&making->takeover->config, "max-size = %llu\n",
				  (unsigned long long)number);
	note(making, making->local, "startdate", "not taken over: write max-age = 90d");
	free(age);
	free(size);
}

/* --- Folders --- */

/* What of nametrans on either side; the local one is the inverse, which navette computes. */
static void read_names(const struct making *making, struct python_names *names)
{
	char *text = ini_value(making->file, making->remote, "nametrans");
	(void)ini_find(making->file, making->local, "nametrans");
	if (text && !python_read_names(text, names)) {
		python_names_release(names);
		note(making, making->remote, "nametrans",
		     "a programme in Python is not taken over: write a channel with `as` for each folder "
		     "that has another name here");
	}
	free(text);
}

/* The channels' patterns for all other folders. */
static void read_filter(const struct making *making, struct text_list *patterns)
{
	char *filter = ini_value(making->file, making->remote, "folderfilter");
	(void)ini_find(making->file, making->local, "folderfilter");
	if (filter && !python_read_filter(filter, patterns)) {
		text_list_release(patterns);
		note(making, making->remote, "folderfilter",
		     "a programme in Python is not taken over: write what it takes as `folders`");
	}
	if (ini_is_true(making->file, making->remote, "subscribedonly", false))
		text_list_add(patterns, "subscribed");
	note(making, making->remote, "folderincludes",
	     "not taken over: add these folders to `folders`");
	free(filter);
}

static void begin_channel(struct making *making, const char *base)
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

static void write_patterns(const struct making *making, const struct text_list *patterns)
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
static void write_cut(struct making *making, const struct python_names *names,
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

static void write_channels(struct making *making, const struct python_names *names)
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

static void write_maildir(const struct making *making, const struct python_names *names)
{
	char *root = ini_value(making->file, making->local, "localfolders");
	char *separator = ini_value(making->file, making->local, "sep");
	char *path = root ? expand(root) : memory_text("~/Maildir");
	add(making, "maildir", path);
	if (names->dotted)
		add(making, "layout", "maildir++");
	else if (!separator || strcmp(separator, ".") == 0)
		add(making, "layout", "flat");
	else if (strcmp(separator, "/") != 0)
		note(making, making->local, "sep", "only . and / can be taken over");
	free(root);
	free(separator);
	free(path);
}

/* --- Accounts --- */

static const struct ini_section *repository(const struct making *making, const char *key,
					    char **name_r)
{
	*name_r = ini_value(making->file, making->account, key);
	char *title = memory_format("Repository %s", *name_r ? *name_r : "");
	const struct ini_section *section = ini_find_section(making->file, title);
	free(title);
	return section;
}

static bool has_type(const struct making *making, const struct ini_section *section,
		     const char *const *types)
{
	char *type = section ? ini_value(making->file, section, "type") : NULL;
	bool good = false;
	for (; type && *types; types++)
		good = good || text_equal_ignoring_case(type, *types);
	free(type);
	return good;
}

static void write_account(struct making *making)
{
	struct python_names names = { .cut = NULL };
	read_names(making, &names);
	buffer_add_format(&making->takeover->config, "\n[account %s]\n", making->name);
	write_server(making);
	write_login(making);
	write_maildir(making, &names);
	write_directions(making);
	write_window(making);
	write_channels(making, &names);
	python_names_release(&names);
	takeover_tell(making->takeover, "Account %s is account %s", making->their_name,
		      making->name);
}

static void take_account(struct takeover *takeover, const struct ini_file *file, const char *title,
			 const char *metadata, struct text_list *names)
{
	static const char *const near[] = { "Maildir", "GmailMaildir", NULL };
	static const char *const far[] = { "IMAP", "Gmail", NULL };
	struct making making = { .takeover = takeover, .file = file, .their_name = title };
	char *section = memory_format("Account %s", title);
	char *local = NULL;
	char *remote = NULL;
	making.account = ini_find_section(file, section);
	if (making.account) {
		making.local = repository(&making, "localrepository", &local);
		making.remote = repository(&making, "remoterepository", &remote);
	}
	making.local_name = local;
	making.remote_name = remote;
	if (has_type(&making, making.local, near) && has_type(&making, making.remote, far)) {
		making.name = takeover_unique_name(names, title);
		making.metadata = memory_text(metadata);
		write_account(&making);
	} else {
		takeover_note(
			takeover,
			"%s: Account %s: only one between Maildirs here and IMAP there can be taken "
			"over",
			file->path, title);
	}
	text_list_release(&making.names);
	free(making.name);
	free(making.metadata);
	free(section);
	free(local);
	free(remote);
}

/* --- What is left --- */

static bool is_harmless(const char *key)
{
	static const char *const keys[] = {
		"ui",
		"maxsyncaccounts",
		"ignore-readonly",
		"fsync",
		"pythonfile",
		"status_backend",
		"keepalive",
		"holdconnectionopen",
		"idlefolders",
		"autorefresh",
		"quick",
		"usecompression",
		"accounts",
		"metadata",
		"retrycount",
		"restoreatime",
		"ipv6",
		"singlethreadperfolder",
		"foldersort",
		"dynamic_folderfilter",
		"reference",
		"utf8foldernames",
		"decodefoldernames",
		"copy_ignore_eval",
		"ignorelabels",
		"ssl_version",
		"tls_level",
		"utime_from_header",
		"filename_use_mail_timestamp",
	};
	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
		if (strcmp(keys[i], key) == 0)
			return true;
	}
	return false;
}

static void note_unused(struct takeover *takeover, const struct ini_file *file)
{
	for (size_t i = 0; i < file->count; i++) {
		const struct ini_section *section = &file->sections[i];
		bool ours = text_starts_with(section->name, "Account ") ||
			    text_starts_with(section->name, "Repository ") ||
			    strcmp(section->name, "general") == 0;
		for (size_t k = 0; ours && k < section->count; k++) {
			const struct ini_entry *entry = &section->entries[k];
			if (!entry->used && !is_harmless(entry->key))
				takeover_note(takeover, "%s:%u: %s is not taken over", file->path,
					      entry->line, entry->key);
		}
	}
}

static void convert(struct takeover *takeover, const struct ini_file *file)
{
	const struct ini_section *general = ini_find_section(file, "general");
	struct text_list names = { .items = NULL };
	char *said = general ? ini_value(file, general, "metadata") : NULL;
	char *metadata = expand(said ? said : "~/.offlineimap");
	char *accounts = general ? ini_value(file, general, "accounts") : memory_text("");
	buffer_add_format(&takeover->config,
			  "; Taken over from OfflineIMAP's %s. What each key means is in "
			  "navette.conf(5).\n",
			  file->path);
	for (char *rest = accounts, *word; rest && (word = strsep(&rest, ", \n\t")) != NULL;) {
		if (*word != '\0')
			take_account(takeover, file, word, metadata, &names);
	}
	note_unused(takeover, file);
	text_list_release(&names);
	free(accounts);
	free(metadata);
	free(said);
}

static char *default_file(void)
{
	char *path = expand("~/.offlineimaprc");
	if (access(path, F_OK) == 0)
		return path;
	free(path);
	const char *base = getenv("XDG_CONFIG_HOME");
	return base && *base == '/' ? path_join(base, "offlineimap/config")
				    : expand("~/.config/offlineimap/config");
}

int takeover_read_offlineimap(const char *path, struct takeover *takeover, char **path_r,
			      struct error *error)
{
	struct ini_file file = { .path = NULL };
	*path_r = path ? memory_text(path) : default_file();
	buffer_make_secret(&takeover->config);
	int result = ini_file_read(*path_r, &file, error);
	if (result == 0)
		convert(takeover, &file);
	if (result == 0 && takeover->source_count == 0)
		result = error_set(
			error, ERROR_CONFIG, SCOPE_ACCOUNT,
			"%s has no account between Maildirs and IMAP: there is nothing to take "
			"over",
			*path_r);
	ini_file_release(&file);
	return result;
}
