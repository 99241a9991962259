/* Accounts keep off each other's Maildirs. SPDX-License-Identifier: GPL-3.0-or-later */
#include "config/maildirs.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/path.h"

/* PATH, absolute, without symbolic links, "." and ".." as far as it exists. The caller owns it. */
static char *real_path(const char *path)
{
	char *resolved = realpath(path, NULL);
	if (resolved)
		return resolved;
	/* What does not exist yet: its parent may. */
	char *parent = memory_text(path);
	char *slash = strrchr(parent, '/');
	char *name = memory_text(slash ? slash + 1 : "");
	if (slash && slash > parent) {
		*slash = '\0';
		char *real_parent = real_path(parent);
		resolved = *name == '\0' || strcmp(name, ".") == 0 ? memory_text(real_parent)
								   : path_join(real_parent, name);
		free(real_parent);
	} else {
		resolved = memory_text(path);
	}
	free(name);
	free(parent);
	return resolved;
}

/* Whether one path is the other or lies within it. */
static bool paths_overlap(const char *a, const char *b)
{
	size_t a_length = strlen(a);
	size_t b_length = strlen(b);
	size_t shorter = a_length < b_length ? a_length : b_length;
	const char *longer = a_length < b_length ? b : a;
	if (strncmp(a, b, shorter) != 0)
		return false;
	return longer[shorter] == '\0' || longer[shorter] == '/' || longer[shorter - 1] == '/';
}

/* A root of folders: an account's own, or another that a channel of it has. */
struct root {
	const struct config_account *account;
	const struct config_channel *channel; /* the first that has it */
	char *real;
};

struct roots {
	struct root *items;
	size_t count, capacity;
};

static const char *maildir_of(const struct root *root)
{
	return root->channel ? root->channel->maildir : root->account->maildir;
}

static unsigned int line_of(const struct root *root)
{
	return root->channel ? root->channel->line : root->account->line;
}

/* As in a sentence; the caller owns it. */
static char *name_of(const struct root *root)
{
	bool own = !root->channel || root->channel->implicit;
	return memory_format("%s %s", own ? "account" : "channel",
			     own ? root->account->name : root->channel->name);
}

static void add_root(struct roots *roots, const struct config_account *account,
		     const struct config_channel *channel)
{
	struct root root = { .account = account, .channel = channel };
	root.real = real_path(maildir_of(&root));
	memory_grow((void **)&roots->items, &roots->capacity, roots->count + 1,
		    sizeof *roots->items);
	roots->items[roots->count++] = root;
}

/* Of several channels with one root, the first. */
static bool is_new(const struct config_account *account, size_t channel)
{
	for (size_t i = 0; i < channel; i++) {
		if (strcmp(account->channels[i].maildir, account->channels[channel].maildir) == 0)
			return false;
	}
	return true;
}

static void add_roots(struct roots *roots, const struct config_account *account)
{
	if (account->channel_count == 0)
		add_root(roots, account, NULL);
	for (size_t i = 0; i < account->channel_count; i++) {
		if (is_new(account, i))
			add_root(roots, account, &account->channels[i]);
	}
}

static int check_pair(const struct config *config, const struct root *earlier,
		      const struct root *later, struct error *error)
{
	if (!paths_overlap(earlier->real, later->real))
		return 0;
	char *one = name_of(earlier);
	char *other = name_of(later);
	(void)error_set(/* always -1 */
			error, ERROR_CONFIG, SCOPE_ACCOUNT,
			"%s:%u: the maildir of %s (%s) and that of %s (%s) are the same or lie "
			"within each other: give each a directory of its own",
			config->path, line_of(later), other, maildir_of(later), one,
			maildir_of(earlier));
	free(one);
	free(other);
	return -1;
}

static int check_roots(const struct config *config, const struct roots *roots, struct error *error)
{
	for (size_t i = 0; i < roots->count; i++) {
		for (size_t j = 0; j < i; j++) {
			if (check_pair(config, &roots->items[j], &roots->items[i], error) != 0)
				return -1;
		}
	}
	return 0;
}

/* --- Channels of one root --- */

static int check_channels(const struct config *config, const struct config_channel *earlier,
			  const struct config_channel *later, struct error *error)
{
	if (strcmp(earlier->maildir, later->maildir) != 0)
		return 0;
	if (earlier->rules.layout != later->rules.layout)
		return error_set(error, ERROR_CONFIG, SCOPE_ACCOUNT,
				 "%s:%u: channel %s has another layout in %s than channel %s (line "
				 "%u): give it another maildir, or the same layout",
				 config->path, later->line, later->name, later->maildir,
				 earlier->name, earlier->line);
	if (earlier->as.kind == CONFIG_AS_NAME && later->as.kind == CONFIG_AS_NAME &&
	    strcmp(earlier->as.before, later->as.before) == 0)
		return error_set(error, ERROR_CONFIG, SCOPE_ACCOUNT,
				 "%s:%u: channel %s puts its folder into the same Maildir %s as "
				 "channel %s (line %u): give it another `as`",
				 config->path, later->line, later->name, later->as.before,
				 earlier->name, earlier->line);
	return 0;
}

static int check_account(const struct config *config, const struct config_account *account,
			 struct error *error)
{
	for (size_t i = 0; i < account->channel_count; i++) {
		for (size_t j = 0; j < i; j++) {
			if (check_channels(config, &account->channels[j], &account->channels[i],
					   error) != 0)
				return -1;
		}
	}
	return 0;
}

int config_check_maildirs(const struct config *config, struct error *error)
{
	struct roots roots = { .items = NULL };
	for (size_t i = 0; i < config->account_count; i++)
		add_roots(&roots, &config->accounts[i]);
	int result = check_roots(config, &roots, error);
	for (size_t i = 0; i < roots.count; i++)
		free(roots.items[i].real);
	free(roots.items);
	for (size_t i = 0; result == 0 && i < config->account_count; i++)
		result = check_account(config, &config->accounts[i], error);
	return result;
}
