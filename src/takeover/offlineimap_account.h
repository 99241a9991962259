/* An account of OfflineIMAP, while it is made one of ours. Internal to takeover.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_TAKEOVER_OFFLINEIMAP_ACCOUNT_H
#define NAVETTE_TAKEOVER_OFFLINEIMAP_ACCOUNT_H

#include "takeover/ini_file.h"
#include "takeover/python.h"
#include "takeover/takeover.h"

struct offlineimap_account {
	struct takeover *takeover;
	const struct ini_file *file;
	const struct ini_section *account, *local, *remote;
	char *name;                           /* ours, of the account */
	struct text_list names;               /* of its channels */
	char *metadata;                       /* where states lie */
	const char *their_name;               /* of the account */
	const char *local_name, *remote_name; /* of the repositories */
};

/* Tells what becomes of KEY, with its file and line, where the section has it. */
void offlineimap_note(const struct offlineimap_account *making, const struct ini_section *section,
		      const char *key, const char *why);
/* A path with ~ and variables replaced, or as it is where it cannot be. The caller owns it. */
char *offlineimap_expand(const char *text);
/* Adds a line of ours; none where VALUE is NULL or empty. */
void offlineimap_add(const struct offlineimap_account *making, const char *key, const char *value);

/* The lines about the server and the login. */
void offlineimap_write_login(const struct offlineimap_account *making);
/* Those about what goes which way, and what is kept here. */
void offlineimap_write_rules(const struct offlineimap_account *making);

/* --- offlineimap_folders.c --- */

/* What of nametrans on either side; the local one is the inverse, which navette computes. */
void offlineimap_read_names(const struct offlineimap_account *making, struct python_names *names);
/* Where the Maildirs are, and how they lie. */
void offlineimap_write_maildir(const struct offlineimap_account *making,
			       const struct python_names *names);
/* The account's channels, in sections of their own; their names are added to it. */
void offlineimap_write_channels(struct offlineimap_account *making,
				const struct python_names *names);

#endif
