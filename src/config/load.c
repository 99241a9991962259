/* Reading the file with inih. SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <ini.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/memory.h"
#include "base/path.h"
#include "config/keys.h"

/* inih reads lines into a buffer that in distribution builds holds 200 bytes with the line end and
 * NUL, and cuts longer ones silently into pieces: so a longer line is refused before inih sees it.
 */
#define LINE_MAX_BYTES 197

/* Likewise the text of a section's header. */
#define SECTION_MAX_BYTES 49

#define ACCOUNT_PREFIX "account "
#define CHANNEL_PREFIX "channel "

struct loading {
	const char *path;
	FILE *file;
	struct config *config;
	size_t capacity;
	unsigned int line;              /* of the text that inih has last asked for */
	unsigned int header_line;       /* where the last [section] stands; 0: none yet */
	unsigned int entered_line;      /* the header of the section that is open */
	bool continued;                 /* the line goes on with the value of the line before */
	uint32_t keys_seen;             /* of the section, by index */
	struct config_account *account; /* NULL: none open */
	struct error *error;
	bool failed;
};

/* --- Problems --- */

static int refuse(struct loading *loading, unsigned int line, const char *what)
{
	if (!loading->failed)
		(void)error_set(loading->error, ERROR_CONFIG, SCOPE_ACCOUNT, "%s:%u: %s",
				loading->path, line, what);
	loading->failed = true;
	return 0; /* what inih takes as an error */
}

/* Takes ownership of WHAT. */
static int refuse_owned(struct loading *loading, unsigned int line, char *what)
{
	int result = refuse(loading, line, what);
	free(what);
	return result;
}

/* --- Lines: inih's traps are looked for here --- */

static const char *skip_space(const char *text)
{
	return text + strspn(text, " \t");
}

/* inih ends a value at " ;": a secret would lose its end without a word. */
static bool has_inline_comment(const char *line)
{
	const char *start = skip_space(line);
	if (*start == ';' || *start == '#' || *start == '[')
		return false;
	for (const char *found = strchr(line, ';'); found; found = strchr(found + 1, ';')) {
		if (found > line && (found[-1] == ' ' || found[-1] == '\t'))
			return true;
	}
	return false;
}

static bool is_secret_line(const char *line)
{
	return strncmp(skip_space(line), "password", strlen("password")) == 0;
}

/* inih tells of a section only with its first key. */
static bool see_header(struct loading *loading, const char *line)
{
	if (loading->header_line != loading->entered_line) {
		(void)refuse(loading, loading->header_line, "this section is empty");
		return false;
	}
	loading->header_line = loading->line;
	if (strcspn(line + 1, "]\n") <= SECTION_MAX_BYTES)
		return true;
	(void)refuse(loading, loading->line, "the name of this section is too long");
	return false;
}

static bool line_is_good(struct loading *loading, const char *line)
{
	size_t length = strlen(line);
	bool ended = length > 0 && line[length - 1] == '\n';
	if ((!ended && !feof(loading->file)) || length > LINE_MAX_BYTES) {
		(void)refuse(
			loading, loading->line,
			"the line is too long (at most 196 bytes); the value of a list can go on in "
			"the next line when that begins with a space, a long command can be put "
			"into a script");
		return false;
	}
	if (is_secret_line(line) && has_inline_comment(line)) {
		(void)refuse(
			loading, loading->line,
			"\" ;\" begins a comment, so the value would be cut there; put comments on "
			"lines of their own, and a password with \" ;\" in it behind "
			"password-command");
		return false;
	}
	return *skip_space(line) != '[' || see_header(loading, skip_space(line));
}

static char *next_line(char *buffer, int size, void *context)
{
	struct loading *loading = context;
	if (loading->failed || !fgets(buffer, size, loading->file))
		return NULL;
	loading->line++;
	if (loading->line == 1 && strncmp(buffer, "\xef\xbb\xbf", 3) == 0)
		memmove(buffer, buffer + 3, strlen(buffer + 3) + 1); /* a UTF-8 BOM */
	loading->continued = *buffer == ' ' || *buffer == '\t';
	return line_is_good(loading, buffer) ? buffer : NULL;
}

/* --- Sections --- */

static bool close_section(struct loading *loading)
{
	char *problem = NULL;
	struct config_account *account = loading->account;
	loading->account = NULL;
	if (!account || config_account_finish(account, &problem))
		return true;
	(void)refuse_owned(loading, account->line,
			   memory_format("account %s %s", account->name, problem));
	free(problem);
	return false;
}

static bool name_is_good(const char *name)
{
	size_t length = strlen(name);
	return length > 0 && length <= 64 && name[0] != '.' && name[0] != '-' &&
	       strspn(name,
		      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._@+-") ==
		       length;
}

static bool open_account(struct loading *loading, const char *name)
{
	struct config *config = loading->config;
	if (!name_is_good(name)) {
		(void)refuse_owned(
			loading, loading->line,
			memory_format("\"%s\" cannot name an account: letters, digits and "
				      "any of . _ @ + - are good",
				      name));
		return false;
	}
	if (config_find_account(config, name)) {
		(void)refuse_owned(loading, loading->line,
				   memory_format("there is an account %s already", name));
		return false;
	}
	memory_grow((void **)&config->accounts, &loading->capacity, config->account_count + 1,
		    sizeof *config->accounts);
	loading->account = &config->accounts[config->account_count++];
	config_account_begin(loading->account, name, loading->header_line);
	loading->keys_seen = 0;
	return true;
}

static int refuse_section(struct loading *loading, const char *section)
{
	static const char *const kinds[] = { "account", "channel", NULL };
	if (strncmp(section, CHANNEL_PREFIX, strlen(CHANNEL_PREFIX)) == 0)
		return refuse(
			loading, loading->line,
			"channels are not there yet: without one an account syncs every folder "
			"both ways");
	char *kind = memory_text_length(section, strcspn(section, " \t"));
	const char *nearest = text_nearest(kind, kinds);
	char *what =
		*section == '\0'
			? memory_text("a key before the first section; begin with [account NAME]")
			: memory_format("there is no section [%s]; write [%s NAME]", section,
					nearest ? nearest : "account");
	free(kind);
	return refuse_owned(loading, loading->line, what);
}

static bool enter_section(struct loading *loading, const char *section)
{
	if (!close_section(loading))
		return false;
	loading->entered_line = loading->header_line;
	if (strncmp(section, ACCOUNT_PREFIX, strlen(ACCOUNT_PREFIX)) != 0)
		return refuse_section(loading, section) != 0;
	return open_account(loading, skip_space(section + strlen(ACCOUNT_PREFIX)));
}

/* --- Keys --- */

static int set_key(struct loading *loading, const char *name, const char *value)
{
	char *problem = NULL;
	int index = config_key_index(name);
	if (loading->continued && !config_key_is_list(name))
		return refuse(
			loading, loading->line,
			"a line that begins with a space goes on with the list of the line before; "
			"begin a key at the start of its line");
	if (!loading->continued && index >= 0 && (loading->keys_seen & (UINT32_C(1) << index)))
		return refuse_owned(loading, loading->line,
				    memory_format("%s is given twice in this section", name));
	if (index >= 0)
		loading->keys_seen |= UINT32_C(1) << index;
	if (config_key_set(loading->account, name, value, &problem))
		return 1;
	int result = refuse_owned(loading, loading->line, memory_format("%s %s", name, problem));
	free(problem);
	return result;
}

/* Called by inih for every key; also for each continued line, with the key of the first. Only lists
 * may go on over lines. */
static int see_key(void *context, const char *section, const char *name, const char *value)
{
	struct loading *loading = context;
	if (loading->failed)
		return 0;
	bool entered = loading->header_line != 0 && loading->entered_line == loading->header_line;
	if (!entered && !enter_section(loading, section))
		return 0;
	return set_key(loading, name, value);
}

/* --- The whole file --- */

static int check_mode(struct loading *loading, const struct stat *status)
{
	if (!(status->st_mode & (S_IRWXG | S_IRWXO)))
		return 0;
	for (size_t i = 0; i < loading->config->account_count; i++) {
		const struct config_account *account = &loading->config->accounts[i];
		if (account->password)
			return error_set(
				loading->error, ERROR_CONFIG, SCOPE_ACCOUNT,
				"%s holds the password of account %s and others can read it: "
				"chmod 600 %s, or use password-command",
				loading->path, account->name, loading->path);
	}
	return 0;
}

/* Whether one path lies within the other, or both are the same. */
static bool paths_overlap(const char *a, const char *b)
{
	size_t a_length = strlen(a);
	size_t b_length = strlen(b);
	size_t shorter = a_length < b_length ? a_length : b_length;
	const char *longer = a_length < b_length ? b : a;
	return strncmp(a, b, shorter) == 0 && (longer[shorter] == '\0' || longer[shorter] == '/');
}

static int check_maildirs(struct loading *loading)
{
	const struct config *config = loading->config;
	for (size_t i = 0; i < config->account_count; i++) {
		for (size_t j = 0; j < i; j++) {
			const struct config_account *one = &config->accounts[j];
			const struct config_account *other = &config->accounts[i];
			if (paths_overlap(one->maildir, other->maildir))
				return error_set(
					loading->error, ERROR_CONFIG, SCOPE_ACCOUNT,
					"%s:%u: the maildir of account %s and that of %s lie "
					"within each other; give each a directory of its own",
					loading->path, other->line, other->name, one->name);
		}
	}
	return 0;
}

static int read_file(struct loading *loading)
{
	int line = ini_parse_stream(next_line, loading, see_key, loading);
	if (loading->failed)
		return -1;
	if (line > 0)
		return error_set(loading->error, ERROR_CONFIG, SCOPE_ACCOUNT,
				 "%s:%d: this is neither a section nor \"key = value\"",
				 loading->path, line);
	if (ferror(loading->file) || line < 0)
		return error_set(loading->error, ERROR_CONFIG, SCOPE_ACCOUNT, "cannot read %s",
				 loading->path);
	if (loading->header_line != loading->entered_line) {
		(void)refuse(loading, loading->header_line, "this section is empty");
		return -1;
	}
	if (!close_section(loading))
		return -1;
	if (loading->config->account_count == 0)
		return error_set(loading->error, ERROR_CONFIG, SCOPE_ACCOUNT,
				 "%s has no account: begin with [account NAME]", loading->path);
	return 0;
}

static int load(struct loading *loading)
{
	struct stat status;
	if (fstat(fileno(loading->file), &status) != 0)
		return error_set_errno(loading->error, ERROR_CONFIG, SCOPE_ACCOUNT, errno,
				       "cannot look at %s", loading->path);
	if (read_file(loading) != 0 || check_mode(loading, &status) != 0)
		return -1;
	return check_maildirs(loading);
}

char *config_default_path(void)
{
	char *directory = path_config_directory();
	char *path = path_join(directory, "config");
	free(directory);
	return path;
}

int config_load(const char *path, struct config **config_r, struct error *error)
{
	struct loading loading = { .path = path, .error = error };
	loading.file = fopen(path, "re");
	if (!loading.file)
		return error_set_errno(error, ERROR_CONFIG, SCOPE_ACCOUNT, errno,
				       "cannot read the configuration %s", path);
	loading.config = memory_allocate(sizeof *loading.config);
	loading.config->path = memory_text(path);
	int result = load(&loading);
	(void)fclose(loading.file); /* only read from */
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
