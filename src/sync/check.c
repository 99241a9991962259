/* navette check: what works, what does not, and why. SPDX-License-Identifier: GPL-3.0-or-later */
#include "sync/check.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/path.h"
#include "base/text.h"
#include "credential/oauth.h"
#include "far/imap.h"
#include "far/watch.h"
#include "mail/mailbox_attribute.h"
#include "maildir/separator.h"
#include "sync/account.h"
#include "sync/folders/rule_use.h"
#include "sync/foreign_tree.h"
#include "sync/sync.h"
#include "sync/tags/tags.h"

/* Free bytes below which a file system is told of, and below which nothing can be done on it. */
#define SPACE_WANTED UINT64_C(256000000)
#define SPACE_NEEDED UINT64_C(1000000)

struct check {
	const struct config_account *account;
	struct far_side *far; /* NULL: the account's IMAP server */
	const atomic_bool *cancel;
	void (*see)(void *context, const struct sync_finding *finding);
	void *context;
	enum error_kind worst;
	struct rule_use use;
	enum far_watch_reach offered; /* to a watch */
	size_t taken, watchable;      /* folders that have a part in it, and that it may wait for */
	bool *trash_found;            /* for each channel, whether the server has its trash */
	const char *foreign;          /* what worked on these Maildirs before us; NULL: nothing */
	char *foreign_path;           /* on one of them */
};

/* TEXT is taken over. */
static void tell(const struct check *check, enum sync_verdict verdict, const char *part, char *text)
{
	const struct sync_finding finding = { .verdict = verdict, .part = part, .text = text };
	check->see(check->context, &finding);
	free(text);
}

static void tell_error(struct check *check, const char *part, const struct error *error)
{
	check->worst = error_worse(check->worst, error->kind);
	tell(check, SYNC_VERDICT_BAD, part, memory_text(error->text));
}

/* --- The server --- */

static void tell_of_server(void *context, bool bad, const char *sentence)
{
	tell(context, bad ? SYNC_VERDICT_WARNING : SYNC_VERDICT_GOOD, "server",
	     memory_text(sentence));
}

static const char *security_of(const struct config_account *account)
{
	if (account->tunnel)
		return "through the tunnel";
	return account->tls == CONFIG_TLS_NONE ? "without TLS, in plain text" : "over TLS";
}

/* Returns 0 or -1. */
static int check_login(struct check *check, struct far_side *side)
{
	const struct config_account *account = check->account;
	struct far_session *session;
	struct error error = ERROR_INITIAL;
	bool plain = !account->tunnel && account->tls == CONFIG_TLS_NONE;
	if (far_open(side, 0, &session, &error) != 0) {
		tell_error(check, "login", &error);
		return -1;
	}
	tell(check, plain ? SYNC_VERDICT_WARNING : SYNC_VERDICT_GOOD, "login",
	     memory_format("logged in as %s %s", account->user ? account->user : "whom it greets",
			   security_of(account)));
	far_describe(session, tell_of_server, check);
	check->offered = far_watch_offered(session);
	far_close(&session);
	return 0;
}

/* What is told of a secret that is there. */
static void tell_secret(const struct check *check)
{
	const struct config_account *account = check->account;
	bool lasting = true;
	enum config_secret secret = config_account_secret(account);
	bool token = config_auth_takes_token(account->auth);
	if (secret != CONFIG_SECRET_NONE && secret != CONFIG_SECRET_PASSWORD &&
	    secret != CONFIG_SECRET_OAUTH)
		tell(check, SYNC_VERDICT_GOOD, token ? "token" : "password",
		     memory_format("%s gave a %s", config_secret_key(secret),
				   token ? "token" : "password"));
	if (secret != CONFIG_SECRET_OAUTH)
		return;
	char *text = credential_oauth_describe(account, &lasting);
	if (text)
		tell(check, lasting ? SYNC_VERDICT_GOOD : SYNC_VERDICT_WARNING, "token", text);
}

static int check_server(struct check *check)
{
	if (check->far)
		return check_login(check, check->far);
	struct far_side *side = far_imap_create(check->account, check->cancel);
	struct error error = ERROR_INITIAL;
	int result = far_imap_need_secret(side, &error);
	if (result != 0)
		tell_error(check,
			   config_auth_takes_token(check->account->auth) ? "token" : "password",
			   &error);
	else
		tell_secret(check);
	if (result == 0)
		result = check_login(check, side);
	far_side_destroy(&side);
	return result;
}

/* --- Directories --- */

/* A run goes as far as the disk allows, and says so; better to know before. */
static void check_space(struct check *check, const char *part, const char *path)
{
	uint64_t bytes;
	struct error error = ERROR_INITIAL;
	if (!path_free_bytes(path, &bytes) || bytes >= SPACE_WANTED)
		return;
	if (bytes >= SPACE_NEEDED) {
		tell(check, SYNC_VERDICT_WARNING, part,
		     memory_format(
			     "only %llu MB are free on the file system of %s: a run stops at what "
			     "does not fit",
			     (unsigned long long)(bytes / 1000000), path));
		return;
	}
	(void)error_set(&error, ERROR_FAILED, SCOPE_ACCOUNT, /* always -1 */
			"the file system of %s is full: free some space, or put %s elsewhere", path,
			strcmp(part, "state") == 0 ? "the state ($XDG_STATE_HOME)"
						   : "the Maildirs");
	tell_error(check, part, &error);
}

/* Whether things can be made in DIRECTORY, or in the nearest directory above it that is there; and
 * names with SEPARATOR, unless NUL. */
static void check_directory(struct check *check, const char *part, const char *directory,
			    char separator)
{
	char *path = memory_text(directory);
	struct stat status;
	char *slash;
	while (stat(path, &status) != 0 && errno == ENOENT &&
	       (slash = strrchr(path, '/')) != NULL && slash > path)
		*slash = '\0';
	bool there = strcmp(path, directory) == 0;
	int reason = access(path, R_OK | W_OK | X_OK) == 0 ? 0 : errno;
	struct error error = ERROR_INITIAL;
	if (reason == 0 && stat(path, &status) == 0 && !S_ISDIR(status.st_mode))
		reason = ENOTDIR;
	if (reason == 0 && separator != '\0' &&
	    !maildir_directory_takes_separator(path, separator, &error)) {
		tell_error(check, part, &error);
	} else if (reason != 0) {
		(void)error_set_errno(/* always -1 */ &error, ERROR_FAILED, SCOPE_ACCOUNT, reason,
				      "cannot write to %s", path);
		tell_error(check, part, &error);
	} else {
		tell(check, SYNC_VERDICT_GOOD, part,
		     there ? memory_format("%s can be written to", directory)
			   : memory_format("%s will be made by the first run", directory));
		check_space(check, part, path);
	}
	free(path);
}

static void check_directories(struct check *check)
{
	const struct config_account *account = check->account;
	for (size_t i = 0; i < account->channel_count; i++) {
		const char *maildir = account->channels[i].maildir;
		char separator = account->channels[i].rules.separator;
		bool seen = false;
		for (size_t j = 0; j < i && !seen; j++)
			seen = strcmp(account->channels[j].maildir, maildir) == 0 &&
			       account->channels[j].rules.separator == separator;
		if (!seen)
			check_directory(check, "maildir", maildir, separator);
	}
	char *state = account_state_directory(account);
	struct error error = ERROR_INITIAL;
	if (state_refuse_network(state, &error) != 0)
		tell_error(check, "state", &error);
	else
		check_directory(check, "state", state, '\0');
	free(state);
}

static void check_tags(struct check *check)
{
	struct error error = ERROR_INITIAL;
	char *text;
	if (!tags_are_wanted(check->account))
		return;
	int result = tags_check(check->account, &text, &error);
	if (result < 0)
		tell_error(check, "tags", &error);
	else
		tell(check, result > 0 ? SYNC_VERDICT_WARNING : SYNC_VERDICT_GOOD, "tags", text);
}

/* --- Rules --- */

/* Whether the folder is the trash of one of the channels. */
static void look_for_trash(const struct check *check, const struct folder_view *folder)
{
	for (size_t i = 0; folder->far && i < check->account->channel_count; i++) {
		const char *trash = check->account->channels[i].rules.trash;
		bool by_use = trash && strcmp(trash, "\\Trash") == 0;
		if (trash && (by_use ? (folder->attributes & MAILBOX_TRASH) != 0
				     : strcmp(folder->name, trash) == 0))
			check->trash_found[i] = true;
	}
}

/* A Maildir that another program synchronised, and that is not known here yet. */
static void look_for_foreign(struct check *check, const struct folder_view *folder)
{
	if (check->foreign || !folder->near || !folder->far || folder->base || !folder->path)
		return;
	check->foreign = foreign_tree_program(folder->path);
	if (check->foreign)
		check->foreign_path = memory_text(folder->path);
}

static void count_for_watch(struct check *check, const struct folder_view *folder)
{
	const struct folder_facts facts = folder_view_facts(folder, folder->name);
	if (!folder->channel || !folder->mailbox || folder->action == FOLDER_SKIP ||
	    folder->action == FOLDER_BLOCKED)
		return;
	check->taken++;
	check->watchable += config_watch_rank(&check->account->watch, &facts) != CONFIG_WATCH_NOT;
}

static int see_folder(void *context, const struct folder_view *folder)
{
	struct check *check = context;
	count_for_watch(check, folder);
	rule_use_see(&check->use, folder);
	look_for_trash(check, folder);
	look_for_foreign(check, folder);
	if (folder->action == FOLDER_GONE_NEAR || folder->action == FOLDER_GONE_FAR) {
		check->worst = error_worse(check->worst, ERROR_SAFETY);
		tell(check, SYNC_VERDICT_BAD, "rules",
		     memory_format("folder %s is gone %s, and a run refuses to remove it %s",
				   folder->name,
				   folder->action == FOLDER_GONE_NEAR ? "here" : "on the server",
				   folder->action == FOLDER_GONE_NEAR ? "there" : "here"));
	}
	if (folder->hidden > 0)
		tell(check, SYNC_VERDICT_WARNING, "server",
		     memory_format(
			     "%u %s of folder %s %s not shown by the server any more, which shows only the newest of a mailbox; they stay here",
			     folder->hidden, text_plural(folder->hidden, "message", "messages"),
			     folder->name, text_plural(folder->hidden, "is", "are")));
	if (folder->respelt && folder->near)
		tell(check, SYNC_VERDICT_GOOD, "rules",
		     memory_format("folder %s is the Maildir %s", folder->name, folder->path));
	if (folder->blocked && folder->channel) {
		check->worst = error_worse(check->worst, folder->blocked_kind);
		tell(check, SYNC_VERDICT_BAD, "rules",
		     memory_format("folder %s: %s", folder->name, folder->blocked));
	}
	return 0;
}

static void tell_rule(void *context, const char *text)
{
	tell(context, SYNC_VERDICT_WARNING, "rules", memory_text(text));
}

static void tell_taken(const struct check *check, size_t i)
{
	const struct config_channel *channel = &check->account->channels[i];
	size_t taken = rule_use_taken(&check->use, i);
	tell(check, SYNC_VERDICT_GOOD, "rules",
	     memory_format("%s %s takes %zu %s", channel->implicit ? "account" : "channel",
			   channel->name, taken, text_plural(taken, "folder", "folders")));
}

static void tell_trash(struct check *check)
{
	struct error error = ERROR_INITIAL;
	for (size_t i = 0; i < check->account->channel_count; i++) {
		const struct config_channel *channel = &check->account->channels[i];
		if (!channel->rules.trash || check->trash_found[i])
			continue;
		(void)error_set(
			&error, ERROR_FAILED, SCOPE_ACCOUNT, /* always -1 */
			"the server has no folder %s, which is the trash of %s: make it there, or "
			"name another; until then what is removed here stays on the server",
			channel->rules.trash, channel->name);
		tell_error(check, "rules", &error);
	}
}

static void tell_foreign(const struct check *check)
{
	if (check->foreign)
		tell(check, SYNC_VERDICT_WARNING, "rules",
		     memory_format(
			     "%s synchronised %s before: navette init --from %s takes over what it knows; "
			     "else removals, moves and unread marks that wait are undone by the first run",
			     strcmp(check->foreign, "mbsync") == 0 ? "mbsync" : "OfflineIMAP",
			     check->foreign_path, check->foreign));
}

/* How `watch` would learn what happens on the server. */
static void tell_watch(const struct check *check)
{
	const struct config_account *account = check->account;
	size_t told =
		check->watchable < account->connections ? check->watchable : account->connections;
	bool minutes = account->watch.poll % 60 == 0;
	char *poll = memory_format("every %u %s",
				   minutes ? account->watch.poll / 60 : account->watch.poll,
				   minutes ? "min" : "s");
	char *text;
	if (check->offered == FAR_WATCH_ALL || check->offered == FAR_WATCH_OWN)
		text = memory_text("by `watch` all folders are waited for at once (NOTIFY)");
	else if (check->offered == FAR_WATCH_NONE || told == 0)
		text = memory_format("by `watch` all folders are looked at %s, because the server "
				     "tells nothing by itself",
				     poll);
	else if (told >= check->taken)
		text = memory_format("by `watch` all of %zu %s waited for (IDLE)", told,
				     text_plural(told, "folder is", "folders are"));
	else
		text = memory_format("by `watch` %zu of %zu folders %s waited for (IDLE), and all "
				     "are looked at %s",
				     told, check->taken, text_plural(told, "is", "are"), poll);
	tell(check, SYNC_VERDICT_GOOD, "watch", text);
	free(poll);
}

static void check_rules(struct check *check)
{
	const struct config_account *account = check->account;
	const struct sync_options options = { .dry_run = true,
					      .cancel = check->cancel,
					      .far = check->far };
	struct error error = ERROR_INITIAL;
	rule_use_begin(&check->use, account);
	check->trash_found = memory_array(account->channel_count, sizeof *check->trash_found);
	if (sync_list(account, &options, see_folder, check, &error) != 0) {
		tell_error(check, "rules", &error);
	} else {
		for (size_t i = 0; i < account->channel_count; i++)
			tell_taken(check, i);
		rule_use_tell(&check->use, tell_rule, check);
		tell_trash(check);
		tell_foreign(check);
		tell_watch(check);
	}
	rule_use_end(&check->use);
	free(check->trash_found);
	free(check->foreign_path);
}

enum error_kind sync_check(const struct config_account *account, struct far_side *far,
			   const atomic_bool *cancel,
			   void (*see)(void *context, const struct sync_finding *finding),
			   void *context)
{
	struct check check = { .account = account,
			       .far = far,
			       .cancel = cancel,
			       .see = see,
			       .context = context,
			       .worst = ERROR_NONE };
	check_directories(&check);
	check_tags(&check);
	if (check_server(&check) == 0)
		check_rules(&check);
	return check.worst;
}
