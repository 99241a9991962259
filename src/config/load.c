/* Reading the file with inih. SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <ini.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/memory.h"
#include "base/path.h"
#include "config/hook_keys.h"
#include "config/keys.h"
#include "config/lines.h"
#include "config/maildirs.h"
#include "config/trust.h"

#define NAME_MAX_BYTES 64 /* of an account or channel */

struct loading {
	struct config *config;
	size_t capacity; /* of its accounts */
	struct config_lines lines;
	enum config_line_kind kind; /* of the line that inih has last asked for */
	/* The section: its keys, and what they are of; NULL: before the first. */
	const struct config_keys *keys;
	void *section;
	struct config_account *account;  /* it is its, or one of its channels'; else NULL */
	struct config_channel *channel;  /* it is its; else NULL */
	unsigned int global_line;        /* of [global]; 0: there was none */
	bool keys_seen[CONFIG_KEYS_MAX]; /* in the section, by index */
	struct error *error;
	bool failed; /* error is set: nothing further is looked at */
};

/* --- Problems: the first one counts --- */

static bool refuse_line(struct loading *loading, unsigned int line, const char *what)
{
	if (!loading->failed)
		(void)error_set(loading->error, ERROR_CONFIG, SCOPE_ACCOUNT, "%s:%u: %s",
				loading->config->path, line, what);
	loading->failed = true;
	return false;
}

static bool refuse(struct loading *loading, const char *what)
{
	return refuse_line(loading, loading->lines.number, what);
}

/* Takes ownership of WHAT. */
static bool refuse_owned(struct loading *loading, char *what)
{
	(void)refuse(loading, what);
	free(what);
	return false;
}

/* --- Sections --- */

static bool close_section(struct loading *loading)
{
	struct config_account *account = loading->account;
	struct config_channel *channel = loading->channel;
	char *problem = NULL;
	loading->section = NULL;
	loading->account = NULL;
	loading->channel = NULL;
	if (!account || (channel ? config_channel_finish(channel, &problem)
				 : config_account_finish(account, &problem)))
		return true;
	char *what = channel ? memory_format("channel %s %s", channel->name, problem)
			     : memory_format("account %s %s", account->name, problem);
	(void)refuse_line(loading, channel ? channel->line : account->line, what);
	free(what);
	free(problem);
	return false;
}

static void begin_keys(struct loading *loading, const struct config_keys *keys, void *section)
{
	loading->keys = keys;
	loading->section = section;
	memset(loading->keys_seen, 0, sizeof loading->keys_seen);
}

static bool open_global(struct loading *loading, const char *name)
{
	if (*name != '\0')
		return refuse(loading, "[global] has no name: it is for all accounts");
	if (loading->global_line != 0)
		return refuse_owned(loading,
				    memory_format("there is a [global] already, in line %u",
						  loading->global_line));
	loading->global_line = loading->lines.number;
	begin_keys(loading, &config_global_keys, &loading->config->global);
	return true;
}

static bool name_is_good(const char *name)
{
	size_t length = strlen(name);
	return length > 0 && length <= NAME_MAX_BYTES && name[0] != '.' && name[0] != '-' &&
	       strspn(name,
		      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._@+-") ==
		       length;
}

static bool open_account(struct loading *loading, const char *name)
{
	struct config *config = loading->config;
	if (!name_is_good(name))
		return refuse_owned(
			loading,
			memory_format("\"%s\" cannot name an account: take up to %d letters, "
				      "digits and any of . _ @ + - (neither . nor - first)",
				      name, NAME_MAX_BYTES));
	const struct config_account *earlier = config_find_account(config, name);
	if (earlier)
		return refuse_owned(loading,
				    memory_format("there is an account %s already, in line %u",
						  name, earlier->line));
	memory_grow((void **)&config->accounts, &loading->capacity, config->account_count + 1,
		    sizeof *config->accounts);
	loading->account = &config->accounts[config->account_count++];
	begin_keys(loading, &config_account_keys, loading->account);
	config_account_begin(loading->account, name, loading->lines.number);
	return true;
}

/* The account that stands above with that name, of LENGTH bytes. */
static struct config_account *account_above(const struct loading *loading, const char *name,
					    size_t length)
{
	const struct config *config = loading->config;
	for (size_t i = 0; i < config->account_count; i++) {
		struct config_account *account = &config->accounts[i];
		if (strlen(account->name) == length && strncmp(account->name, name, length) == 0)
			return account;
	}
	return NULL;
}

static bool refuse_channel_account(struct loading *loading, const char *name, size_t length)
{
	const struct config *config = loading->config;
	const char **names = memory_array(config->account_count + 1, sizeof *names);
	char *account = memory_text_length(name, length);
	for (size_t i = 0; i < config->account_count; i++)
		names[i] = config->accounts[i].name;
	const char *nearest = text_nearest(account, names);
	char *what = nearest ? memory_format("there is no account %s above this channel; did you "
					     "mean [channel %s%s]?",
					     account, nearest, name + length)
			     : memory_format("there is no account %s above this channel: write "
					     "[channel ACCOUNT/NAME], below its account",
					     account);
	free(account);
	free(names);
	return refuse_owned(loading, what);
}

static bool channel_is_new(struct loading *loading, const struct config_account *account,
			   const char *name)
{
	for (size_t i = 0; i < account->channel_count; i++) {
		if (strcmp(account->channels[i].name, name) == 0)
			return refuse_owned(loading,
					    memory_format("there is a channel %s already, "
							  "in line %u",
							  name, account->channels[i].line));
	}
	return true;
}

/* NAME is ACCOUNT/NAME. */
static bool open_channel(struct loading *loading, const char *name)
{
	size_t length = strcspn(name, "/");
	if (name[length] == '\0' || !name_is_good(name + length + 1))
		return refuse_owned(loading,
				    memory_format("\"%s\" cannot name a channel: write [channel "
						  "ACCOUNT/NAME], with a name of up to %d letters, "
						  "digits and any of . _ @ + - (neither . nor - "
						  "first)",
						  name, NAME_MAX_BYTES));
	struct config_account *account = account_above(loading, name, length);
	if (!account)
		return refuse_channel_account(loading, name, length);
	if (!channel_is_new(loading, account, name))
		return false;
	loading->account = account;
	loading->channel = config_account_add_channel(account);
	begin_keys(loading, &config_channel_keys, loading->channel);
	config_channel_begin(loading->channel, name, loading->lines.number, &account->rules);
	return true;
}

/* NEAREST: the kind that was perhaps meant; or NULL. */
static bool refuse_kind(struct loading *loading, const char *section, const char *nearest)
{
	const char *meant = !nearest                          ? "account NAME"
			    : strcmp(nearest, "channel") == 0 ? "channel ACCOUNT/NAME"
			    : strcmp(nearest, "global") == 0  ? "global"
							      : "account NAME";
	return refuse_owned(loading,
			    memory_format("there are no sections of the kind [%s]; write [%s]",
					  section, meant));
}

static bool open_section(struct loading *loading, const char *section)
{
	static const char *const kinds[] = { "account", "channel", "global", NULL };
	const char *start = section + strspn(section, " \t");
	char *kind = memory_text_length(start, strcspn(start, " \t"));
	const char *name = start + strlen(kind) + strspn(start + strlen(kind), " \t");
	bool good;
	if (!close_section(loading))
		good = false;
	else if (strcmp(kind, "account") == 0)
		good = open_account(loading, name);
	else if (strcmp(kind, "channel") == 0)
		good = open_channel(loading, name);
	else if (strcmp(kind, "global") == 0)
		good = open_global(loading, name);
	else
		good = refuse_kind(loading, section, text_nearest(kind, kinds));
	free(kind);
	return good;
}

/* --- Keys --- */

/* An indented line that was meant as a key of its own would become a part of the list before. */
static bool is_indented_key(const struct loading *loading, const char *text)
{
	size_t length = strcspn(text, " \t=:");
	const char *rest = text + length + strspn(text + length, " \t");
	char *name = memory_text_length(text, length);
	bool known = (*rest == '=' || *rest == ':') && config_key_index(loading->keys, name) >= 0;
	free(name);
	return known;
}

static bool refuse_twice(struct loading *loading, const char *key)
{
	const char *kind = loading->channel   ? "channel "
			   : loading->account ? "account "
					      : "[global]";
	const char *name = loading->channel   ? loading->channel->name
			   : loading->account ? loading->account->name
					      : "";
	return refuse_owned(loading, memory_format("%s is given twice for %s%s", key, kind, name));
}

/* Whether the key stands where it may. */
static bool key_is_in_place(struct loading *loading, const char *name, const char *value)
{
	const struct config_keys *keys = loading->keys;
	int index = config_key_index(keys, name);
	bool more = loading->kind == CONFIG_LINE_MORE;
	if (more && (!config_key_is_list(keys, name) || is_indented_key(loading, value)))
		return refuse(loading, "a line that begins with a space goes on with the list of "
				       "the line before; begin a key at the start of its line");
	if (index < 0)
		return true; /* another says so */
	if (!more && loading->keys_seen[index])
		return refuse_twice(loading, name);
	loading->keys_seen[index] = true;
	return true;
}

static bool set_key(struct loading *loading, const char *name, const char *value)
{
	char *problem = NULL;
	if (!loading->section)
		return refuse(loading, "this key stands before the first section; begin with "
				       "[account NAME]");
	if (!key_is_in_place(loading, name, value))
		return false;
	if (config_key_set(loading->keys, loading->section, name, value, &problem))
		return true;
	(void)refuse_owned(loading, memory_format("%s %s", name, problem));
	free(problem);
	return false;
}

/* --- Between inih and the above --- */

/* Called by inih for every key, and for each line that goes on with one. Its section is not looked
 * at: inih cuts long ones. */
static int take_key(void *context, const char *section, const char *name, const char *value)
{
	struct loading *loading = context;
	(void)section;
	return !loading->failed && set_key(loading, name, value);
}

/* Gives inih the next line that means to it what it means to its writer. */
static char *give_line(char *buffer, int size, void *context)
{
	struct loading *loading = context;
	struct config_lines *lines = &loading->lines;
	if (loading->failed)
		return NULL;
	loading->kind = config_lines_next(lines);
	if (loading->kind == CONFIG_LINE_END)
		return NULL;
	if (loading->kind == CONFIG_LINE_BAD)
		(void)refuse(loading, lines->problem);
	else if (loading->kind == CONFIG_LINE_SECTION)
		(void)open_section(loading, lines->section);
	/* Comments of any length are no concern of inih's. */
	const char *text = loading->kind == CONFIG_LINE_EMPTY ? "" : lines->text;
	if (loading->failed)
		return NULL;
	if (snprintf(buffer, (size_t)size, "%s\n", text) >= size) {
		(void)refuse(loading, "the line is too long for this build of inih");
		return NULL;
	}
	return buffer;
}

/* --- The whole file --- */

static int read_file(struct loading *loading)
{
	int line = ini_parse_stream(give_line, loading, take_key, loading);
	if (loading->failed)
		return -1;
	if (ferror(loading->lines.file))
		return error_set(loading->error, ERROR_CONFIG, SCOPE_ACCOUNT, "cannot read %s",
				 loading->config->path);
	if (line != 0) /* nothing is known that passes our checks and not inih's */
		return error_set(loading->error, ERROR_CONFIG, SCOPE_ACCOUNT,
				 "%s:%d: this is neither a [section] nor \"key = value\"",
				 loading->config->path, line);
	if (!close_section(loading))
		return -1;
	if (loading->config->account_count == 0)
		return error_set(loading->error, ERROR_CONFIG, SCOPE_ACCOUNT,
				 "%s has no account: begin with [account NAME]",
				 loading->config->path);
	return 0;
}

static int check_mode(const struct loading *loading, const struct stat *status)
{
	const struct config *config = loading->config;
	if (!(status->st_mode & (S_IRWXG | S_IRWXO)))
		return 0;
	for (size_t i = 0; i < config->account_count; i++) {
		const struct config_account *account = &config->accounts[i];
		/* One in the address of a proxy is one as well. */
		if (account->password || (account->proxy && strchr(account->proxy, '@')))
			return error_set(
				loading->error, ERROR_CONFIG, SCOPE_ACCOUNT,
				"%s:%u: the password of account %s is in this file and "
				"others may read it: chmod 600 %s, or use password-command",
				config->path, account->line, account->name, config->path);
	}
	return 0;
}

static int load(struct loading *loading)
{
	struct stat status;
	const char *path = loading->config->path;
	if (fstat(fileno(loading->lines.file), &status) != 0)
		return error_set_errno(loading->error, ERROR_CONFIG, SCOPE_ACCOUNT, errno,
				       "cannot look at the configuration %s", path);
	if (S_ISDIR(status.st_mode))
		return error_set(loading->error, ERROR_CONFIG, SCOPE_ACCOUNT,
				 "the configuration %s is a directory, and has to be a file", path);
	if (read_file(loading) != 0 || check_mode(loading, &status) != 0 ||
	    config_check_trust(path, &status, loading->error) != 0)
		return -1;
	for (size_t i = 0; i < loading->config->account_count; i++)
		config_account_complete_channels(&loading->config->accounts[i]);
	return config_check_maildirs(loading->config, loading->error);
}

char *config_default_path(void)
{
	char *directory = path_config_directory();
	char *path = path_join(directory, "config");
	free(directory);
	return path;
}

static int refuse_to_open(const char *path, int reason, struct error *error)
{
	if (reason == EACCES)
		return error_set(error, ERROR_CONFIG, SCOPE_ACCOUNT,
				 "this user may not read the configuration %s: make it this user's "
				 "(chown) and readable (chmod 600), or name another with -c",
				 path);
	return error_set_errno(error, ERROR_CONFIG, SCOPE_ACCOUNT, reason,
			       "cannot read the configuration %s", path);
}

int config_load(const char *path, struct config **config_r, struct error *error)
{
	struct loading loading = { .error = error };
	char buffered[BUFSIZ];
	loading.lines.file = fopen(path, "re");
	if (!loading.lines.file)
		return refuse_to_open(path, errno, error);
	/* Of our own, to be wiped: the stream would leave it in the heap. */
	(void)setvbuf(loading.lines.file, buffered, _IOFBF, sizeof buffered); /* cannot fail here */
	loading.config = memory_allocate(sizeof *loading.config);
	loading.config->path = memory_text(path);
	loading.config->global = config_global_default();
	int result = load(&loading);
	(void)fclose(loading.lines.file); /* only read from */
	config_lines_release(&loading.lines);
	memory_wipe(buffered, sizeof buffered);
	memory_wipe_stack();
	if (result != 0) {
		config_destroy(&loading.config);
		return -1;
	}
	*config_r = loading.config;
	return 0;
}

void config_destroy(struct config **config)
{
	if (!config || !*config)
		return;
	for (size_t i = 0; i < (*config)->account_count; i++)
		config_account_release(&(*config)->accounts[i]);
	free((*config)->accounts);
	config_hooks_release(&(*config)->global.hooks);
	free((*config)->path);
	free(*config);
	*config = NULL;
}

const struct config_account *config_find_account(const struct config *config, const char *name)
{
	for (size_t i = 0; i < config->account_count; i++) {
		if (strcmp(config->accounts[i].name, name) == 0)
			return &config->accounts[i];
	}
	return NULL;
}
