/* Which accounts and folders a command works on. SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/selection.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "cli/report.h"
#include "credential/password.h"

/* The account that ARGUMENT names, alone or before a slash; *folder_r is what follows, NULL when
 * nothing does. */
static struct cli_selected *find_account(const struct config *config,
					 struct cli_selection *selection, const char *argument,
					 const char **folder_r)
{
	for (size_t i = 0; i < config->account_count; i++) {
		const char *name = config->accounts[i].name;
		size_t length = strlen(name);
		if (strncmp(argument, name, length) != 0 ||
		    (argument[length] != '\0' && argument[length] != '/'))
			continue;
		*folder_r = argument[length] == '/' ? argument + length + 1 : NULL;
		return &selection->items[i];
	}
	return NULL;
}

static int refuse(const struct config *config, const char *argument, struct error *error)
{
	const char **names = memory_array(config->account_count + 1, sizeof *names);
	for (size_t i = 0; i < config->account_count; i++)
		names[i] = config->accounts[i].name;
	const char *nearest = text_nearest(argument, names);
	if (nearest)
		(void)error_set(error, ERROR_CONFIG, SCOPE_ACCOUNT,
				"there is no account %s in %s; did you mean %s?", argument,
				config->path, nearest);
	else
		(void)error_set(
			error, ERROR_CONFIG, SCOPE_ACCOUNT,
			"there is no account %s in %s; a channel or folder of one of several "
			"accounts is written ACCOUNT/CHANNEL or ACCOUNT/FOLDER",
			argument, config->path);
	free(names);
	return -1;
}

/* A channel or a folder. */
static void add_part(struct cli_selected *selected, const char *name)
{
	const struct config_account *account = selected->account;
	size_t skip = strlen(account->name) + 1;
	for (size_t i = 0; i < account->channel_count; i++) {
		const struct config_channel *channel = &account->channels[i];
		if (channel->implicit || strcmp(channel->name + skip, name) != 0)
			continue;
		text_list_add(&selected->channels, channel->name);
		return;
	}
	text_list_add(&selected->folders, name);
}

static void release_parts(struct cli_selected *selected)
{
	text_list_release(&selected->folders);
	text_list_release(&selected->channels);
}

static int select_one(const struct config *config, struct cli_selection *selection,
		      const char *argument, struct error *error)
{
	const char *folder;
	struct cli_selected *selected = find_account(config, selection, argument, &folder);
	if (!selected && config->account_count == 1) {
		selected = &selection->items[0];
		folder = argument;
	}
	if (!selected)
		return refuse(config, argument, error);
	selected->account = &config->accounts[selected - selection->items];
	if (!folder)
		selected->whole = true;
	else
		add_part(selected, folder);
	return 0;
}

int cli_selection_make(const struct config *config, const char *const *arguments,
		       struct cli_selection *selection_r, struct error *error)
{
	struct cli_selection *selection = selection_r;
	selection->config = config;
	selection->count = config->account_count;
	selection->items = memory_array(selection->count, sizeof *selection->items);
	for (size_t i = 0; !*arguments && i < selection->count; i++)
		selection->items[i].account = &config->accounts[i];
	for (; *arguments; arguments++) {
		if (select_one(config, selection, *arguments, error) != 0) {
			cli_selection_release(selection);
			return -1;
		}
	}
	for (size_t i = 0; i < selection->count; i++) {
		if (selection->items[i].whole)
			release_parts(&selection->items[i]);
	}
	return 0;
}

/* A file that is not there is what a new user meets first: says how to begin. */
static void explain_missing(const struct cli_options *options, const char *path,
			    struct error *error)
{
	if (access(path, F_OK) == 0 || errno != ENOENT)
		return;
	(void)error_set(
		error, ERROR_CONFIG, SCOPE_ACCOUNT, /* always -1 */
		"there is no configuration %s yet; navette%s%s init asks a few questions and "
		"writes one, or write it by hand: navette.conf(5)",
		path, options->config ? " -c " : "", options->config ? path : "");
}

/* Whose user a command prints: asked before anything else, for the state is that of a user. One
 * that fails is no matter of the other accounts. */
static void learn_users(const struct cli_options *options, struct config *config,
			struct cli_selection *selection)
{
	for (size_t i = 0; i < selection->count; i++) {
		struct config_account *account = &config->accounts[i];
		struct error error = ERROR_INITIAL;
		if (!selection->items[i].account || account->user || !account->user_command ||
		    credential_account_user(account, NULL, &account->user, &error) == 0)
			continue;
		cli_report_error(options, account->name, NULL, &error);
		selection->items[i].account = NULL;
		selection->worst = error_worse(selection->worst, error.kind);
	}
}

bool cli_selection_load(const struct cli_options *options, struct config **config_r,
			struct cli_selection *selection_r)
{
	struct error error = ERROR_INITIAL;
	char *path = options->config ? memory_text(options->config) : config_default_path();
	*config_r = NULL;
	*selection_r = (struct cli_selection){ .items = NULL };
	bool good = config_load(path, config_r, &error) == 0 &&
		    cli_selection_make(*config_r, options->arguments, selection_r, &error) == 0;
	if (good) {
		learn_users(options, *config_r, selection_r);
	} else {
		if (!*config_r)
			explain_missing(options, path, &error);
		cli_report_error(options, NULL, NULL, &error);
	}
	free(path);
	return good;
}

bool cli_selection_refuse_parts(const struct cli_options *options,
				const struct cli_selection *selection, const char *command)
{
	for (size_t i = 0; i < selection->count; i++) {
		struct error error = ERROR_INITIAL;
		const struct cli_selected *selected = &selection->items[i];
		const struct text_list *parts =
			selected->channels.count > 0 ? &selected->channels : &selected->folders;
		if (!selected->account || parts->count == 0)
			continue;
		(void)error_set(&error, ERROR_CONFIG, SCOPE_ACCOUNT,
				"%s takes accounts, and %s is none; `navette %s %s` shows all of "
				"that account",
				command, parts->items[0], command, selected->account->name);
		cli_report_error(options, NULL, NULL, &error);
		return true;
	}
	return false;
}

void cli_selection_release(struct cli_selection *selection)
{
	for (size_t i = 0; i < selection->count; i++)
		release_parts(&selection->items[i]);
	free(selection->items);
	*selection = (struct cli_selection){ .items = NULL };
}
