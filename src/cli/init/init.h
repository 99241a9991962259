/* What the steps of navette init share. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_CLI_INIT_INIT_H
#define NAVETTE_CLI_INIT_INIT_H

#include "cli/command.h"
#include "cli/init/draft.h"
#include "cli/init/interview.h"
#include "cli/init/new_file.h"
#include "setup/provider.h"

struct init {
	const struct cli_options *options;
	struct interview interview;
	struct draft draft;
	struct new_file file;
	const struct provider *provider; /* NULL: none that is known */
};

/* --- ask_server.c: whose mail, and where it is. Return 0, or -1: ERROR is set, or the answers
 * ended. --- */
int init_ask_address(struct init *init, struct error *error);
/* Looks for the server, unless the options name it, and asks whether it is right. */
int init_ask_server(struct init *init, struct error *error);

/* --- ask_secret.c: where the password or the token comes from. --- */
int init_ask_secret(struct init *init, struct error *error);

/* --- try_login.c: writes the draft beside its place, reads it back as a run would, logs in with it
 * and shows what the server has; asks what to do where that fails. --- */
int init_try_login(struct init *init, struct error *error);
/* Writes the draft as it is now beside its place and has it read. Returns 0 or -1. */
int init_write_draft(struct init *init, struct error *error);

/* --- ask_keep.c: which of it is kept here, and where. --- */
int init_ask_maildir(struct init *init, struct error *error);
int init_ask_keep(struct init *init, struct error *error);

/* --- timer.c: has systemd run it regularly, where that can be and is wanted. --- */
void init_offer_timer(struct init *init);

/* --- from.c: takes over configuration and state of another synchroniser. --- */
int init_from(struct init *init, struct error *error);

/* Nothing was answered where an answer was needed: says which option gives it. Returns -1. */
int init_lack_answer(const struct init *init, const char *option, struct error *error);
/* What the option says, else NULL. */
static inline const char *init_option(const struct init *init, enum cli_text text)
{
	return init->options->text[text];
}

#endif
