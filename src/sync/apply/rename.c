/* Gives folders other names. SPDX-License-Identifier: GPL-3.0-or-later */
#include "sync/apply/rename.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "mail/mailbox_attribute.h"
#include "maildir/layout.h"
#include "maildir/relocate.h"
#include "maildir/scan.h"
#include "sync/folders/routing.h"

/* --- The base --- */

struct recording {
	const struct folder_renames *renames;
	bool subscriptions_told;
	struct text_list *subscribed; /* names that a run which died was giving, from and to */
};

static bool has_subscription(const struct folder_view *folder, bool told)
{
	return !told || (folder->attributes & MAILBOX_SUBSCRIBED);
}

static int intend_one(struct state_transaction *transaction, const struct folder_rename *rename,
		      bool told, struct error *error)
{
	struct state_folder record;
	int found = state_folder_get(transaction, rename->folder->name, &record, error);
	if (found <= 0)
		return found;
	free(record.renaming);
	record.renaming = memory_text(rename->to->name);
	record.was_subscribed = has_subscription(rename->folder, told);
	int result = state_folder_put(transaction, &record, error);
	state_folder_release(&record);
	return result;
}

static int intend_all(struct state_transaction *transaction, void *context, struct error *error)
{
	const struct recording *recording = context;
	for (size_t i = 0; i < recording->renames->count; i++) {
		const struct folder_rename *rename = &recording->renames->items[i];
		if (rename->step == FOLDER_RENAME_FAR &&
		    intend_one(transaction, rename, recording->subscriptions_told, error) != 0)
			return -1;
	}
	return 0;
}

int rename_intend(const struct sync_context *context, const struct folder_renames *renames,
		  bool subscriptions_told, struct error *error)
{
	struct recording recording = { .renames = renames,
				       .subscriptions_told = subscriptions_told };
	return state_write(context->state, intend_all, &recording, error);
}

static void replace(char **text, const char *new)
{
	free(*text);
	*text = new ? memory_text(new) : NULL;
}

/* What one is called as long as others are to get their names. The caller's. */
static char *name_between(size_t number)
{
	return memory_format("navette.renaming.%zu", number);
}

/* One may get the name that another has yet, so all get out of the way first. */
static int give_way(struct state_transaction *transaction, const struct folder_rename *rename,
		    size_t number, struct error *error)
{
	struct state_folder record;
	if (rename->step != FOLDER_RENAME_RECORD)
		return 0;
	int found = state_folder_get(transaction, rename->folder->name, &record, error);
	if (found <= 0)
		return found;
	free(record.name);
	record.name = name_between(number);
	int result = state_folder_rename(transaction, rename->folder->name, &record, error);
	state_folder_release(&record);
	return result;
}

static int record_one(struct state_transaction *transaction, const struct folder_rename *rename,
		      const char *between, struct text_list *subscribed, struct error *error)
{
	struct state_folder record;
	const struct folder_view *to = rename->to;
	int found = state_folder_get(transaction, between, &record, error);
	if (found <= 0)
		return found;
	if (record.renaming && strcmp(record.renaming, to->name) == 0 && record.was_subscribed) {
		text_list_add(subscribed, record.far_name ? record.far_name : rename->folder->name);
		text_list_add(subscribed, to->mailbox);
	}
	replace(&record.name, to->name);
	replace(&record.far_name, to->mailbox);
	replace(&record.near_path, to->path);
	replace(&record.renaming, NULL);
	record.was_subscribed = false;
	int result = state_folder_rename(transaction, between, &record, error);
	state_folder_release(&record);
	return result;
}

static int record_all(struct state_transaction *transaction, void *context, struct error *error)
{
	const struct recording *recording = context;
	text_list_release(recording->subscribed); /* it may be run again */
	for (size_t i = 0; i < recording->renames->count; i++) {
		if (give_way(transaction, &recording->renames->items[i], i, error) != 0)
			return -1;
	}
	for (size_t i = 0; i < recording->renames->count; i++) {
		const struct folder_rename *rename = &recording->renames->items[i];
		char *between = name_between(i);
		int result = 0;
		if (rename->step == FOLDER_RENAME_RECORD)
			result = record_one(transaction, rename, between, recording->subscribed,
					    error);
		free(between);
		if (result != 0)
			return -1;
	}
	return 0;
}

static int resubscribe(struct far_session *session, const struct text_list *names,
		       struct error *error)
{
	size_t count = names->count / 2;
	struct far_renamed *renamed = memory_array(count + 1, sizeof *renamed);
	for (size_t i = 0; i < count; i++)
		renamed[i] = (struct far_renamed){ .from = names->items[2 * i],
						   .to = names->items[2 * i + 1] };
	int result = count > 0 ? far_resubscribe(session, renamed, count, error) : 0;
	free(renamed);
	return result;
}

int rename_record(const struct sync_context *context, struct far_session *session,
		  const struct folder_renames *renames, struct error *error)
{
	struct text_list subscribed = { .items = NULL };
	struct recording recording = { .renames = renames, .subscribed = &subscribed };
	int result = state_write(context->state, record_all, &recording, error);
	if (result == 0)
		result = resubscribe(session, &subscribed, error);
	text_list_release(&subscribed);
	return result;
}

/* --- Far --- */

/* What the mailbox of a folder below is called now, where its name begins as that above. */
static char *name_below(const struct folder_rename *above, const struct folder_rename *rename,
			const char *mailbox)
{
	const char *old = above->folder->mailbox;
	const char *whole = rename->folder->mailbox;
	return text_starts_with(whole, old) ? memory_format("%s%s", mailbox, whole + strlen(old))
					    : NULL;
}

static bool goes_with(const struct folder_rename *above, const struct folder_rename *rename)
{
	return rename == above || (rename->step == FOLDER_RENAME_FAR && rename->comes_along &&
				   folder_renames_below(rename->folder->name, above->folder->name));
}

int rename_far(struct far_session *session, const struct folder_renames *renames,
	       const struct folder_rename *rename, bool subscriptions_told, char **mailbox_r,
	       struct error *error)
{
	struct text_list subscribed = { .items = NULL };
	if (far_rename(session, rename->folder->mailbox, rename->to->name, mailbox_r, error) != 0)
		return -1;
	for (size_t i = 0; i < renames->count; i++) {
		const struct folder_rename *one = &renames->items[i];
		char *name = NULL;
		if (goes_with(rename, one) && has_subscription(one->folder, subscriptions_told))
			name = name_below(rename, one, *mailbox_r);
		if (!name)
			continue;
		text_list_add(&subscribed, one->folder->mailbox);
		text_list_adopt(&subscribed, name);
	}
	int result = resubscribe(session, &subscribed, error);
	text_list_release(&subscribed);
	return result;
}

/* --- Near --- */

/* Its files have other paths now. */
struct telling {
	const struct sync_context *context;
	const struct folder_rename *rename;
	char *from;
};

static int tell_file(void *context, const struct maildir_entry *entry, struct error *error)
{
	const struct telling *telling = context;
	const struct sync_events *events = telling->context->events;
	const char *place = maildir_place_name(entry->place);
	char *path = memory_format("%s/%s/%s", telling->rename->to->path, place, entry->name);
	char *from = memory_format("%s/%s/%s", telling->from, place, entry->name);
	const struct sync_change change = { .account = telling->context->account->name,
					    .folder = telling->rename->to->name,
					    .kind = SYNC_CHANGE_MOVED,
					    .path = path,
					    .from = from };
	(void)error; /* nothing fails */
	events->changed(events->context, &change);
	free(path);
	free(from);
	return 0;
}

static void tell_files(struct telling *telling)
{
	struct maildir *maildir = NULL;
	bool stable; /* what others do meanwhile is for others to tell */
	if (!telling->context->events->changed ||
	    maildir_open(telling->rename->to->path, &maildir, NULL) != MAILDIR_OPEN_OK)
		return;
	(void)maildir_scan(maildir, tell_file, telling, &stable, NULL,
			   NULL); /* as far as it goes */
	maildir_close(&maildir);
}

int rename_near(const struct sync_context *context, const struct folder_rename *rename,
		struct error *error)
{
	const struct folder_view *to = rename->to;
	struct telling telling = { .context = context,
				   .rename = rename,
				   .from = memory_text(folder_rename_place(rename)) };
	int result = 0;
	if (rename->step == FOLDER_RENAME_EXCHANGE && !rename->comes_along)
		result = maildir_exchange(telling.from, to->path, error);
	else if (!rename->comes_along)
		result = maildir_relocate(telling.from, to->path, rename->whole, error);
	if (result == 0)
		result = maildir_layout_mark(routing_layout(to->channel), to->channel->maildir,
					     to->path, error);
	if (result == 0)
		tell_files(&telling);
	free(telling.from);
	return result;
}
