/* The account of mbsync's configuration. SPDX-License-Identifier: GPL-3.0-or-later */
#include "takeover/mbsync_account.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

struct reading {
	struct takeover *takeover;
	const struct mbsync_file *file;
	const struct mbsync_section *store, *account;
	const char *name; /* ours, of the account */
};

/* All keywords of an account may stand in its store as well, which comes first. */
static const struct mbsync_entry *find(const struct reading *reading, const char *keyword)
{
	const struct mbsync_entry *in_account = mbsync_find(reading->account, keyword);
	const struct mbsync_entry *in_store = mbsync_find(reading->store, keyword);
	return in_store ? in_store : in_account;
}

static const char *value_of(const struct reading *reading, const char *keyword)
{
	const struct mbsync_entry *entry = find(reading, keyword);
	return entry && entry->arguments.count > 0 ? entry->arguments.items[0] : NULL;
}

static void add(const struct reading *reading, const char *key, const char *value)
{
	if (value)
		takeover_add_value(reading->takeover, reading->name, key, value);
}

static void add_command(const struct reading *reading, const char *key, const char *command)
{
	if (command)
		takeover_add_command(reading->takeover, reading->name, key, command);
}

static void note(const struct reading *reading, const char *keyword, const char *why)
{
	const struct mbsync_entry *entry = find(reading, keyword);
	if (entry)
		takeover_note(reading->takeover, "%s:%u: %s: %s", reading->file->path, entry->line,
			      entry->keyword, why);
}

/* --- Where it is --- */

static const char *tls_of(const struct reading *reading, bool tunnel, bool imaps_host)
{
	const char *type = value_of(reading, "TLSType");
	const char *old = value_of(reading, "SSLType");
	if (!type)
		type = old;
	if (mbsync_is_true(value_of(reading, "UseIMAPS")) || imaps_host)
		return "implicit";
	if (!type)
		return tunnel ? "none" : "starttls";
	if (text_equal_ignoring_case(type, "IMAPS"))
		return "implicit";
	return text_equal_ignoring_case(type, "None") ? "none" : "starttls";
}

static void write_server(const struct reading *reading)
{
	const char *host = value_of(reading, "Host");
	const char *tunnel = value_of(reading, "Tunnel");
	bool imaps = host && text_starts_with(host, "imaps:");
	if (imaps)
		host += strlen("imaps:");
	if (host && text_starts_with(host, "//"))
		host += 2;
	add(reading, "host", tunnel ? NULL : host);
	add_command(reading, "tunnel", tunnel);
	const char *tls = tls_of(reading, tunnel != NULL, imaps);
	add(reading, "tls", strcmp(tls, "implicit") == 0 ? NULL : tls);
	add(reading, "port", value_of(reading, "Port"));
	const char *timeout = value_of(reading, "Timeout");
	if (timeout && strcmp(timeout, "0") != 0)
		add(reading, "timeout", timeout);
	const char *certificates = value_of(reading, "CertificateFile");
	if (certificates && strcmp(tls, "none") != 0) {
		add(reading, "tls-ca", certificates);
		note(reading, "CertificateFile",
		     "taken over as tls-ca; where it is the server's own certificate and not an "
		     "authority, write tls-fingerprint instead (navette check tells)");
	}
	(void)find(reading, "SystemCertificates");
	(void)find(reading, "PipelineDepth");
	(void)find(reading, "RequireSSL");
}

/* --- How to log in --- */

/* The one mechanism that is named; NULL: any, or several. */
static const char *mechanism_of(const struct reading *reading)
{
	const struct mbsync_entry *entry = find(reading, "AuthMechs");
	static const struct {
		const char *theirs, *ours;
	} words[] = { { "LOGIN", "login" },
		      { "PLAIN", "plain" },
		      { "SCRAM-SHA-1", "scram-sha-1" },
		      { "SCRAM-SHA-256", "scram-sha-256" },
		      { "XOAUTH2", "xoauth2" },
		      { "OAUTHBEARER", "oauthbearer" } };
	if (mbsync_is_true(value_of(reading, "RequireCRAM")))
		note(reading, "RequireCRAM",
		     "CRAM-MD5 is not offered here; SCRAM is used where there is one");
	if (!entry || entry->arguments.count != 1 || strcmp(entry->arguments.items[0], "*") == 0)
		return NULL;
	for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
		if (text_equal_ignoring_case(entry->arguments.items[0], words[i].theirs))
			return words[i].ours;
	}
	note(reading, "AuthMechs",
	     "this way to log in is not here; the best that the server offers is used");
	return NULL;
}

static bool takes_token(const char *mechanism)
{
	return mechanism &&
	       (strcmp(mechanism, "xoauth2") == 0 || strcmp(mechanism, "oauthbearer") == 0);
}

static void write_login(const struct reading *reading)
{
	const char *mechanism = mechanism_of(reading);
	const char *command = value_of(reading, "PassCmd");
	const char *password = value_of(reading, "Pass");
	bool token = takes_token(mechanism);
	add(reading, "user", value_of(reading, "User"));
	add_command(reading, "user-command", value_of(reading, "UserCmd"));
	/* A + says that the command talks on the terminal, which any may do here. */
	if (command && *command == '+')
		command++;
	if (command)
		add_command(reading, token ? "token-command" : "password-command", command);
	else if (password && !token)
		add(reading, "password", password);
	else if (mbsync_is_true(value_of(reading, "UseKeychain")))
		buffer_add_format(
			&reading->takeover->config,
			"password-command = security find-internet-password -w -s %s -a %s\n",
			value_of(reading, "Host") ? value_of(reading, "Host") : "",
			value_of(reading, "User") ? value_of(reading, "User") : "");
	else if (!value_of(reading, "Tunnel"))
		add(reading, token ? "token-command" : "password", token ? "false" : "ask");
	if (token && !command)
		takeover_note(
			reading->takeover,
			"%s: the store %s has no PassCmd, which a login by OAuth 2.0 needs: write "
			"oauth and client-id, and run navette login; see docs/providers.md",
			reading->file->path, reading->store->name);
	add(reading, "auth", mechanism);
}

static void write_extensions(const struct reading *reading)
{
	const struct mbsync_entry *entry = find(reading, "DisableExtensions");
	if (!entry)
		entry = find(reading, "DisableExtension");
	for (size_t i = 0; entry && i < entry->arguments.count; i++)
		buffer_add_format(&reading->takeover->config, "%s%s",
				  i == 0 ? "disable-extensions = " : ", ",
				  entry->arguments.items[i]);
	if (entry)
		buffer_add_byte(&reading->takeover->config, '\n');
}

void mbsync_account_write(struct takeover *takeover, const struct mbsync_file *file,
			  const struct mbsync_section *store, const struct mbsync_section *account,
			  const char *name)
{
	const struct reading reading = {
		.takeover = takeover, .file = file, .store = store, .account = account, .name = name
	};
	write_server(&reading);
	write_login(&reading);
	write_extensions(&reading);
}
