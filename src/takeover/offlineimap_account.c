/* What OfflineIMAP's configuration says of an account's server, login, directions and window, as
 * ours. SPDX-License-Identifier: GPL-3.0-or-later */
#include "takeover/offlineimap_account.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/path.h"
#include "takeover/python.h"

void offlineimap_note(const struct offlineimap_account *making, const struct ini_section *section,
		      const char *key, const char *why)
{
	const struct ini_entry *entry = ini_find(making->file, section, key);
	if (entry)
		takeover_note(making->takeover, "%s:%u: %s: %s", making->file->path, entry->line,
			      key, why);
}

char *offlineimap_expand(const char *text)
{
	struct error ignored = ERROR_INITIAL;
	char *path = NULL;
	return path_expand(text, &path, &ignored) == 0 ? path : memory_text(text);
}

void offlineimap_add(const struct offlineimap_account *making, const char *key, const char *value)
{
	if (value && *value != '\0')
		takeover_add_value(making->takeover, making->name, key, value);
}

/* VALUE: a command. */
static void add_command(const struct offlineimap_account *making, const char *key,
			const char *value)
{
	if (value && *value != '\0')
		takeover_add_command(making->takeover, making->name, key, value);
}

/* Adds the value of THEIRS, if there is one, as OURS. */
static void copy(const struct offlineimap_account *making, const struct ini_section *section,
		 const char *theirs, const char *ours)
{
	char *value = ini_value(making->file, section, theirs);
	offlineimap_add(making, ours, value);
	memory_free_secret(value);
}

static void copy_command(const struct offlineimap_account *making, const char *theirs,
			 const char *ours)
{
	char *command = ini_value(making->file, making->account, theirs);
	add_command(making, ours, command);
	free(command);
}

/* --- The server --- */

/* "remotehost", or "remotehosteval" where that is a plain string. */
static char *remote_value(const struct offlineimap_account *making, const char *key)
{
	char *value = ini_value(making->file, making->remote, key);
	char *eval_key = memory_format("%seval", key);
	char *eval = value ? NULL : ini_value(making->file, making->remote, eval_key);
	if (eval) {
		value = python_read_string(eval);
		if (!value)
			offlineimap_note(
				making, making->remote, eval_key,
				"a programme in Python is not taken over; write its value");
	}
	free(eval);
	free(eval_key);
	return value;
}

static bool is_gmail(const struct offlineimap_account *making)
{
	char *type = ini_value(making->file, making->remote, "type");
	bool gmail = type && text_equal_ignoring_case(type, "Gmail");
	free(type);
	return gmail;
}

static void write_tls(const struct offlineimap_account *making)
{
	bool ssl = ini_is_true(making->file, making->remote, "ssl", true);
	bool starttls = ini_is_true(making->file, making->remote, "starttls", true);
	char *roots = ini_value(making->file, making->remote, "sslcacertfile");
	char *fingerprint = ini_value(making->file, making->remote, "cert_fingerprint");
	if (!ssl)
		offlineimap_add(making, "tls", starttls ? "starttls" : "none");
	bool plain = !ssl && !starttls;
	if (roots && !plain && strcmp(roots, "OS-DEFAULT") != 0)
		offlineimap_add(making, "tls-ca", roots);
	if (fingerprint && !plain && strlen(fingerprint) == 64 &&
	    strspn(fingerprint, "0123456789abcdefABCDEF") == 64)
		offlineimap_add(making, "tls-fingerprint", fingerprint);
	else if (fingerprint && *fingerprint != '\0')
		offlineimap_note(
			making, making->remote, "cert_fingerprint",
			"only one of SHA-256 can be taken over; navette check shows the server's");
	free(roots);
	free(fingerprint);
}

static void write_server(const struct offlineimap_account *making)
{
	char *tunnel = ini_value(making->file, making->remote, "preauthtunnel");
	char *transport = ini_value(making->file, making->remote, "transporttunnel");
	char *host = remote_value(making, "remotehost");
	char *port = remote_value(making, "remoteport");
	if (tunnel || transport) {
		add_command(making, "tunnel", tunnel ? tunnel : transport);
		offlineimap_add(making, "tls", "none");
	} else {
		offlineimap_add(making, "host",
				host               ? host
				: is_gmail(making) ? "imap.gmail.com"
						   : NULL);
		write_tls(making);
		offlineimap_add(making, "port", port);
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

static bool write_token(const struct offlineimap_account *making)
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
	offlineimap_add(making, "token-command", "false");
	return true;
}

/* OfflineIMAP looks into ~/.netrc, and then asks. */
static void write_question(const struct offlineimap_account *making, bool by_netrc)
{
	char *netrc = offlineimap_expand("~/.netrc");
	bool there = by_netrc && access(netrc, R_OK) == 0;
	offlineimap_add(making, there ? "password-netrc" : "password", there ? netrc : "ask");
	free(netrc);
}

static void write_password(const struct offlineimap_account *making)
{
	char *password = ini_value(making->file, making->remote, "remotepass");
	char *path = ini_value(making->file, making->remote, "remotepassfile");
	char *eval = ini_value(making->file, making->remote, "remotepasseval");
	char *literal = eval ? python_read_string(eval) : NULL;
	if (path && !password) {
		char *expanded = offlineimap_expand(path);
		bool plain = !strpbrk(expanded, " \t\r\n'\"\\$`&|;<>()*?[]#~!{}");
		char *command = memory_format(plain ? "head -n1 %s" : "head -n1 '%s'", expanded);
		add_command(making, "password-command", command);
		free(command);
		free(expanded);
	} else if (password || literal) {
		offlineimap_add(making, "password", password ? password : literal);
	} else {
		if (eval)
			offlineimap_note(
				making, making->remote, "remotepasseval",
				"a programme in Python is not taken over: write what prints the password "
				"as password-command; until then it is asked for");
		write_question(making, !eval);
	}
	memory_free_secret(password);
	memory_free_secret(literal);
	free(path);
	memory_free_secret(eval);
}

static void write_login(const struct offlineimap_account *making)
{
	char *user = remote_value(making, "remoteuser");
	char *mechanisms = ini_value(making->file, making->remote, "auth_mechanisms");
	offlineimap_add(making, "user", user);
	if (!write_token(making))
		write_password(making);
	if (mechanisms && text_equal_ignoring_case(mechanisms, "LOGIN"))
		offlineimap_add(making, "auth", "login");
	if (mechanisms && text_equal_ignoring_case(mechanisms, "PLAIN"))
		offlineimap_add(making, "auth", "plain");
	free(user);
	free(mechanisms);
}

/* --- What goes which way, and what is kept --- */

static void write_directions(const struct offlineimap_account *making)
{
	const struct ini_file *file = making->file;
	bool pull_removals = ini_is_true(file, making->remote, "sync_deletes", true);
	bool push_removals = ini_is_true(file, making->local, "sync_deletes", true);
	bool far_read_only = ini_is_true(file, making->remote, "readonly", false);
	bool near_read_only = ini_is_true(file, making->local, "readonly", false);
	bool far_creates = ini_is_true(file, making->remote, "createfolders", true);
	bool near_creates = ini_is_true(file, making->local, "createfolders", true);
	if (far_read_only || near_read_only)
		offlineimap_add(making, "direction", far_read_only ? "pull" : "push");
	/* A repository's sync_deletes says whether what was removed in it is removed in the other.
	 */
	if (!pull_removals && !near_read_only)
		offlineimap_add(making, "pull", "new flags");
	if (!push_removals && !far_read_only)
		offlineimap_add(making, "push", "new flags");
	if (!far_creates || !near_creates)
		offlineimap_add(making, "create",
				far_creates    ? "far"
				: near_creates ? "near"
					       : "none");
	if (!ini_is_true(file, making->remote, "expunge", true))
		offlineimap_add(making, "expunge", "near");
}

static void write_window(const struct offlineimap_account *making)
{
	char *age = ini_value(making->file, making->account, "maxage");
	char *size = ini_value(making->file, making->account, "maxsize");
	uint64_t number;
	if (age && text_parse_number(age, 100000, &number) && number > 0) {
		buffer_add_format(&making->takeover->config, "max-age = %llud\n",
				  (unsigned long long)number);
		offlineimap_note(
			making, making->account, "maxage",
			"taken over as max-age: files that are older leave this disk and stay on the server, "
			"where OfflineIMAP left them here");
	} else if (age) {
		offlineimap_note(making, making->account, "maxage",
				 "a date is not taken over: write max-age = 90d");
	}
	if (size && text_parse_number(size, UINT32_MAX - 1, &number) && number > 0)
		buffer_add_format(&making->takeover->config, "max-size = %llu\n",
				  (unsigned long long)number);
	offlineimap_note(making, making->local, "startdate", "not taken over: write max-age = 90d");
	free(age);
	free(size);
}

void offlineimap_write_login(const struct offlineimap_account *making)
{
	write_server(making);
	write_login(making);
}

void offlineimap_write_rules(const struct offlineimap_account *making)
{
	write_directions(making);
	write_window(making);
}
