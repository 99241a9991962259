/* OfflineIMAP's configuration as ours. SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/path.h"
#include "takeover/ini_file.h"
#include "takeover/name.h"
#include "takeover/offlineimap_account.h"
#include "takeover/takeover.h"

/* --- Accounts --- */

static const struct ini_section *repository(const struct offlineimap_account *making,
					    const char *key, char **name_r)
{
	*name_r = ini_value(making->file, making->account, key);
	char *title = memory_format("Repository %s", *name_r ? *name_r : "");
	const struct ini_section *section = ini_find_section(making->file, title);
	free(title);
	return section;
}

static bool has_type(const struct offlineimap_account *making, const struct ini_section *section,
		     const char *const *types)
{
	char *type = section ? ini_value(making->file, section, "type") : NULL;
	bool good = false;
	for (; type && *types; types++)
		good = good || text_equal_ignoring_case(type, *types);
	free(type);
	return good;
}

static void write_account(struct offlineimap_account *making)
{
	struct python_names names = { .cut = NULL };
	offlineimap_read_names(making, &names);
	buffer_add_format(&making->takeover->config, "\n[account %s]\n", making->name);
	offlineimap_write_login(making);
	offlineimap_write_maildir(making, &names);
	offlineimap_write_rules(making);
	offlineimap_write_channels(making, &names);
	python_names_release(&names);
	takeover_tell(making->takeover, "Account %s is account %s", making->their_name,
		      making->name);
}

static void take_account(struct takeover *takeover, const struct ini_file *file, const char *title,
			 const char *metadata, struct text_list *names)
{
	static const char *const near[] = { "Maildir", "GmailMaildir", NULL };
	static const char *const far[] = { "IMAP", "Gmail", NULL };
	struct offlineimap_account making = { .takeover = takeover,
					      .file = file,
					      .their_name = title };
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
	char *metadata = offlineimap_expand(said ? said : "~/.offlineimap");
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
	char *path = offlineimap_expand("~/.offlineimaprc");
	if (access(path, F_OK) == 0)
		return path;
	free(path);
	const char *base = getenv("XDG_CONFIG_HOME");
	return base && *base == '/' ? path_join(base, "offlineimap/config")
				    : offlineimap_expand("~/.config/offlineimap/config");
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
