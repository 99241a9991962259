/* The configuration that init is about to write. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_CLI_INIT_DRAFT_H
#define NAVETTE_CLI_INIT_DRAFT_H

#include "base/buffer.h"
#include "base/text.h"
#include "setup/server.h"

/* How much of the mail is kept here. */
enum draft_keep {
	DRAFT_KEEP_ALL,
	DRAFT_KEEP_YEAR,  /* the last year's, and what is unread or flagged */
	DRAFT_KEEP_LISTS, /* all, but of lists the headers */
	DRAFT_KEEP_BACKUP /* all that ever was: what the server loses stays here */
};

/* One account. Texts are owned and may be NULL where a key is left away. */
struct draft {
	char *name;
	char *address; /* for a comment */
	struct mail_server server;
	char *tls_ca, *tls_fingerprint;
	const char *secret_key; /* the key that says where the secret comes from */
	char *secret;           /* its value; a secret */
	char *oauth;            /* where `navette login` logs in: its key is "client-id" then */
	char *client_secret_command;
	char *maildir;
	enum draft_keep keep;
	bool leaves_all;        /* the server has a folder with all mail of the others in it */
	struct text_list lists; /* patterns of folders that hold mail of lists */
};

void draft_release(struct draft *draft);
/* The whole file, with comments. It holds a secret: wipe it. */
void draft_write(const struct draft *draft, struct buffer *out);

/* What can be the name of an account (navette.conf(5)) and is made of TEXT; the caller's. */
char *draft_name_from(const char *text);

#endif
