/* Which accounts and folders a command works on. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_CLI_SELECTION_H
#define NAVETTE_CLI_SELECTION_H

#include "base/error.h"
#include "base/text.h"
#include "cli/options.h"
#include "config/config.h"

/* One account and what is chosen of it: folders, by name or pattern, and channels; all, when there
 * is neither. */
struct cli_selected {
	const struct config_account *account; /* NULL: not chosen */
	bool whole;                           /* the account itself was named */
	struct text_list folders;
	struct text_list channels; /* their whole names */
};

struct cli_selection {
	const struct config *config; /* borrowed; it has to live as long */
	struct cli_selected *items;  /* one for each account of the config, in its order */
	size_t count;
	/* Of what was chosen and cannot be worked on, which was reported; the others go on. */
	enum error_kind worst;
};

/* Arguments are accounts, ACCOUNT/CHANNEL, ACCOUNT/FOLDER and ACCOUNT/PATTERN, or CHANNEL, FOLDER
 * and PATTERN when there is one account only; none chooses everything. What is an account's channel
 * is no folder. An unknown account is ERROR_CONFIG and names the nearest; whether there is such a
 * folder is only known by a run. Returns 0 or -1. */
int cli_selection_make(const struct config *config, const char *const *arguments,
		       struct cli_selection *selection_r, struct error *error);
/* Reads the configuration that OPTIONS name and makes the selection of their arguments. Problems
 * are reported; an account whose `user-command` fails is no longer chosen then. The caller releases
 * both also after a failure. */
bool cli_selection_load(const struct cli_options *options, struct config **config_r,
			struct cli_selection *selection_r);
/* For a COMMAND that takes whole accounts only: whether more was said, which is reported. */
bool cli_selection_refuse_parts(const struct cli_options *options,
				const struct cli_selection *selection, const char *command);
void cli_selection_release(struct cli_selection *selection);

#endif
