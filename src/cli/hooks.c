/* Commands of the user's around a run. SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/hooks.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/buffer.h"
#include "base/memory.h"
#include "cli/hook_process.h"
#include "cli/report.h"

/* --- What is told --- */

static void news_begin(struct cli_hook_news *news, const struct config_hooks *hooks, bool active)
{
	*news = (struct cli_hook_news){ .arrived = 0 };
	cli_change_list_begin(&news->changes, active && (hooks->post_new || hooks->post_sync));
}

static void news_end(struct cli_hook_news *news)
{
	text_list_release(&news->new_folders);
	text_list_release(&news->other_folders);
	cli_change_list_end(&news->changes);
}

/* Takes ownership of NAME. */
static void news_add_folder(struct cli_hook_news *news, char *name,
			    const struct sync_counts *counts, bool renamed)
{
	if (counts->downloaded > 0 || counts->linked > 0 || counts->fetched > 0)
		text_list_adopt(&news->new_folders, name);
	else if (renamed || counts->near_flags > 0 || counts->near_removed > 0 ||
		 counts->moved > 0 || counts->expired > 0)
		text_list_adopt(&news->other_folders, name);
	else
		free(name);
}

static void add_lines(struct text_list *variables, const char *name, const struct text_list *lines)
{
	struct buffer text = BUFFER_INITIAL;
	buffer_add_format(&text, "%s=", name);
	for (size_t i = 0; i < lines->count; i++)
		buffer_add_format(&text, "%s%s", i > 0 ? "\n" : "", lines->items[i]);
	text_list_adopt(variables, buffer_take(&text));
}

static void add_news(struct text_list *variables, struct cli_hook_news *news)
{
	const char *changes = cli_change_list_path(&news->changes);
	text_list_adopt(variables,
			memory_format("NAVETTE_NEW=%llu", (unsigned long long)news->arrived));
	add_lines(variables, "NAVETTE_NEW_FOLDERS", &news->new_folders);
	add_lines(variables, "NAVETTE_CHANGED_FOLDERS", &news->other_folders);
	if (changes)
		text_list_adopt(variables, memory_format("NAVETTE_CHANGES=%s", changes));
	if (news->ended)
		text_list_adopt(variables,
				memory_format("NAVETTE_RESULT=%s", cli_kind_word(news->worst)));
}

/* --- Running them --- */

/* Those of [global], and commands that index the mail of all accounts, are not for two at a time.
 */
static pthread_mutex_t turn = PTHREAD_MUTEX_INITIALIZER;

/* ACCOUNT: whose they are; NULL: those of [global]. */
static void run(const struct cli_hooks *hooks, const struct config_account *account,
		const char *key, const char *command, struct cli_hook_news *news)
{
	const struct cli_hook hook = {
		.whose = account ? account->name : "[global]",
		.key = key,
		.command = command,
		.timeout = account ? account->hooks.timeout : hooks->global->timeout,
	};
	struct text_list told = { .items = NULL };
	if (!hooks->active || !command)
		return;
	if (account) {
		text_list_adopt(&told, memory_format("NAVETTE_ACCOUNT=%s", account->name));
		text_list_adopt(&told, memory_format("NAVETTE_MAILDIR=%s", account->maildir));
	}
	add_news(&told, news);
	(void)pthread_mutex_lock(&turn); /* fails only for wrong use */
	cli_hook_run(&hook, &told, hooks->cancel);
	(void)pthread_mutex_unlock(&turn);
	text_list_release(&told);
}

static void run_after(const struct cli_hooks *hooks, const struct config_account *account,
		      const struct config_hooks *commands, struct cli_hook_news *news)
{
	news->ended = true;
	if (news->arrived > 0)
		run(hooks, account, "post-new", commands->post_new, news);
	run(hooks, account, "post-sync", commands->post_sync, news);
}

void cli_hooks_begin(struct cli_hooks *hooks, const struct config *config, bool active,
		     const atomic_bool *cancel)
{
	*hooks = (struct cli_hooks){ .global = &config->global.hooks,
				     .cancel = cancel,
				     .active = active };
	news_begin(&hooks->all, hooks->global, active);
	run(hooks, NULL, "pre-sync", hooks->global->pre_sync, &hooks->all);
}

static void begin_account(struct cli_account_hooks *mine, const struct config_account *account,
			  bool active)
{
	mine->account = account;
	news_begin(&mine->own, &account->hooks, active);
}

void cli_hooks_begin_account(const struct cli_hooks *hooks, struct cli_account_hooks *mine,
			     const struct config_account *account)
{
	begin_account(mine, account, hooks->active);
	run(hooks, account, "pre-sync", account->hooks.pre_sync, &mine->own);
}

void cli_hooks_resume(struct cli_hooks *hooks, struct cli_account_hooks *mine,
		      const struct config *config, const struct config_account *account,
		      const atomic_bool *cancel)
{
	*hooks = (struct cli_hooks){ .global = &config->global.hooks,
				     .cancel = cancel,
				     .active = true };
	news_begin(&hooks->all, hooks->global, true);
	begin_account(mine, account, true);
}

void cli_hooks_drop(struct cli_hooks *hooks, struct cli_account_hooks *mine)
{
	news_end(&mine->own);
	news_end(&hooks->all);
}

void cli_hooks_take_folder(struct cli_hooks *hooks, struct cli_account_hooks *mine,
			   const struct sync_folder_report *folder)
{
	bool renamed = folder->action == FOLDER_RENAMED_NEAR && !folder->dry_run;
	news_add_folder(&mine->own, memory_text(folder->folder), &folder->counts, renamed);
	news_add_folder(&hooks->all, memory_format("%s/%s", folder->account, folder->folder),
			&folder->counts, renamed);
}

void cli_hooks_take_change(struct cli_hooks *hooks, struct cli_account_hooks *mine,
			   const struct sync_change *change)
{
	cli_change_list_add(&mine->own.changes, change);
	cli_change_list_add(&hooks->all.changes, change);
}

void cli_hooks_take_result(struct cli_hooks *hooks, struct cli_account_hooks *mine,
			   const struct sync_result *result)
{
	mine->own.arrived = result->counts.downloaded + result->counts.fetched;
	mine->own.worst = result->worst;
	hooks->all.arrived += mine->own.arrived;
	hooks->all.worst = error_worse(hooks->all.worst, result->worst);
}

void cli_hooks_end_account(const struct cli_hooks *hooks, struct cli_account_hooks *mine)
{
	run_after(hooks, mine->account, &mine->account->hooks, &mine->own);
	news_end(&mine->own);
}

void cli_hooks_end(struct cli_hooks *hooks)
{
	run_after(hooks, NULL, hooks->global, &hooks->all);
	news_end(&hooks->all);
}
