/* The text of a new configuration. SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/init/draft.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

#define NAME_LENGTH_MAX 64

void draft_release(struct draft *draft)
{
	free(draft->name);
	free(draft->address);
	mail_server_release(&draft->server);
	free(draft->tls_ca);
	free(draft->tls_fingerprint);
	memory_free_secret(draft->secret);
	free(draft->oauth);
	free(draft->client_secret_command);
	free(draft->maildir);
	text_list_release(&draft->lists);
	*draft = (struct draft){ .name = NULL };
}

char *draft_name_from(const char *text)
{
	struct buffer name = BUFFER_INITIAL;
	for (; *text != '\0' && name.length < NAME_LENGTH_MAX; text++) {
		bool good = (*text >= 'a' && *text <= 'z') || (*text >= 'A' && *text <= 'Z') ||
			    (*text >= '0' && *text <= '9') ||
			    (name.length > 0 && strchr("._@+-", *text));
		if (good)
			buffer_add_byte(&name, *text);
	}
	if (name.length == 0)
		buffer_add_text(&name, "mail");
	return buffer_take(&name);
}

static void add_server(const struct draft *draft, struct buffer *out)
{
	const struct mail_server *server = &draft->server;
	static const char *const words[] = { [CONFIG_TLS_IMPLICIT] = "implicit",
					     [CONFIG_TLS_STARTTLS] = "starttls",
					     [CONFIG_TLS_NONE] = "none" };
	buffer_add_format(out, "host = %s\n", server->host);
	if (server->tls != CONFIG_TLS_IMPLICIT)
		buffer_add_format(out, "tls = %s\n", words[server->tls]);
	if (server->port != (server->tls == CONFIG_TLS_IMPLICIT ? 993 : 143))
		buffer_add_format(out, "port = %u\n", server->port);
	if (draft->tls_ca)
		buffer_add_format(out, "tls-ca = %s\n", draft->tls_ca);
	if (draft->tls_fingerprint)
		buffer_add_format(out, "tls-fingerprint = %s\n", draft->tls_fingerprint);
	buffer_add_format(out, "user = %s\n", server->user);
}

static void add_keep(const struct draft *draft, struct buffer *out)
{
	switch (draft->keep) {
	case DRAFT_KEEP_YEAR:
		buffer_add_text(
			out, "\n; The mail of the last year, and what is unread or flagged beyond "
			     "that. The rest stays on the server.\n"
			     "max-age = 1y\nkeep = unseen flagged\n");
		break;
	case DRAFT_KEEP_BACKUP:
		buffer_add_text(
			out, "\n; A backup: everything comes here, nothing goes to the server, and "
			     "what is removed there stays here.\n"
			     "push = none\npull = new flags\n");
		break;
	case DRAFT_KEEP_ALL:
	case DRAFT_KEEP_LISTS:
		break;
	}
}

static void add_lists(const struct draft *draft, struct buffer *out)
{
	buffer_add_format(
		out,
		"\n; Of mailing lists the headers; flag a message, or run navette fetch, and "
		"all of it comes.\n[channel %s/lists]\nfolders = ",
		draft->name);
	for (size_t i = 0; i < draft->lists.count; i++)
		buffer_add_format(out, "%s%s", i > 0 ? ",\n    " : "", draft->lists.items[i]);
	buffer_add_text(out, "\nbody = headers\n");
}

static void add_channels(const struct draft *draft, struct buffer *out)
{
	bool lists = draft->keep == DRAFT_KEEP_LISTS && draft->lists.count > 0;
	if (lists)
		add_lists(draft, out);
	if (draft->leaves_all)
		buffer_add_text(out,
				"\n; The server's folder of all mail has each message a second "
				"time: it is left on the server.\n");
	else if (lists)
		buffer_add_byte(out, '\n');
	if (lists || draft->leaves_all)
		buffer_add_format(out, "[channel %s/rest]\nfolders = **%s\n", draft->name,
				  draft->leaves_all ? ", !\\All" : "");
}

void draft_write(const struct draft *draft, struct buffer *out)
{
	buffer_add_text(out,
			"; The configuration of navette: what each key means is in "
			"navette.conf(5).\n; `navette check` tries it, `navette sync -n` shows "
			"what a run would do.\n\n");
	if (draft->address)
		buffer_add_format(out, "; %s\n", draft->address);
	buffer_add_format(out, "[account %s]\n", draft->name);
	add_server(draft, out);
	if (draft->oauth)
		buffer_add_format(out, "oauth = %s\n", draft->oauth);
	buffer_add_format(out, "%s = %s\n", draft->secret_key, draft->secret);
	if (draft->client_secret_command)
		buffer_add_format(out, "client-secret-command = %s\n",
				  draft->client_secret_command);
	buffer_add_format(out, "maildir = %s\n", draft->maildir);
	add_keep(draft, out);
	add_channels(draft, out);
}
