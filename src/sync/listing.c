/* Which folders both sides and the base have. SPDX-License-Identifier: GPL-3.0-or-later */
#include "sync/listing.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "imap/commands.h"
#include "maildir/folder.h"
#include "maildir/layout.h"
#include "sync/route.h"
#include "sync/routing.h"

struct listing {
	const struct listing_sources *sources;
	struct folder_table *table;
	struct state_transaction *transaction;
	bool near_certain;
};

/* --- Far --- */

/* Bytes of a name in a sentence: a server's may be endless. */
#define NAME_SHOWN_MAX 200

static void skip_mailbox(const struct listing *listing, const char *mailbox,
			 const struct error *error)
{
	size_t length = strlen(mailbox);
	bool cut = length > NAME_SHOWN_MAX;
	char *printable = text_printable(mailbox, cut ? NAME_SHOWN_MAX : length);
	char *shown = memory_format("%s%s", printable, cut ? "..." : "");
	listing->sources->skipped(listing->sources->context, shown, error);
	free(shown);
	free(printable);
}

static int see_mailbox(void *context, const struct imap_list_data *list,
		       const struct imap_status_data *status, struct error *error)
{
	struct listing *listing = context;
	struct error reason = ERROR_INITIAL;
	char *name;
	(void)error;
	if (list->attributes & IMAP_LIST_NOSELECT)
		return 0;
	if (imap_mailbox_to_folder(list->mailbox, list->delimiter,
				   imap_session_naming(listing->sources->session), &name,
				   &reason) != 0) {
		skip_mailbox(listing, list->mailbox, &reason);
		return 0;
	}
	struct folder_view *folder = folder_table_add(listing->table, name);
	if (!folder->far) {
		folder->far = true;
		folder->mailbox = memory_text(list->mailbox);
		folder->attributes = list->attributes;
		folder->status = far_marks_of_status(status);
	} else if (strcmp(folder->mailbox, list->mailbox) != 0) {
		(void)error_set(
			&reason, ERROR_FAILED, SCOPE_FOLDER,
			"two mailboxes of the server have the same folder name %s; the second was "
			"left alone; rename one of them",
			name);
		skip_mailbox(listing, list->mailbox, &reason);
	}
	free(name);
	return 0;
}

/* A server without LIST-EXTENDED tells in a command of its own. */
static int see_subscription(void *context, const struct imap_list_data *list,
			    const struct imap_status_data *status, struct error *error)
{
	struct listing *listing = context;
	struct error ignored = ERROR_INITIAL; /* LIST told of it */
	char *name;
	(void)status;
	(void)error;
	if (imap_mailbox_to_folder(list->mailbox, list->delimiter,
				   imap_session_naming(listing->sources->session), &name,
				   &ignored) != 0)
		return 0;
	struct folder_view *folder = folder_table_find(listing->table, name);
	if (folder)
		folder->attributes |= IMAP_LIST_SUBSCRIBED;
	free(name);
	return 0;
}

static int list_far(struct listing *listing, struct error *error)
{
	struct imap_session *session = listing->sources->session;
	if (imap_list(session, true, see_mailbox, listing, error) != IMAP_RESULT_OK)
		return -1;
	if (imap_session_has(session, IMAP_CAPABILITY_LIST_EXTENDED) ||
	    !route_wants_subscriptions(listing->sources->account))
		return 0;
	return imap_list_subscribed(session, see_subscription, listing, error) == IMAP_RESULT_OK
		       ? 0
		       : -1;
}

/* --- Base --- */

static int see_record(void *context, const struct state_folder *record, struct error *error)
{
	struct listing *listing = context;
	struct folder_view *folder = folder_table_add(listing->table, record->name);
	folder->base = true;
	/* A record of before paths were noted: then there was one way only. */
	folder->base_path =
		record->near_path
			? memory_text(record->near_path)
			: maildir_layout_path(MAILDIR_NESTED, listing->sources->account->maildir,
					      record->name);
	if (state_message_count(listing->transaction, record->id, &folder->base_messages, error) !=
	    0)
		return -1;
	return state_set_count(listing->transaction, record->id, STATE_LEFT_OUT, &folder->left_out,
			       error);
}

static int list_base(struct listing *listing, struct error *error)
{
	if (state_read_begin(listing->sources->state, &listing->transaction, error) != 0)
		return -1;
	int result = state_folder_each(listing->transaction, see_record, listing, error);
	state_read_end(&listing->transaction);
	return result;
}

/* --- Near --- */

static void skip_directory(void *context, const char *path, const char *reason)
{
	struct listing *listing = context;
	struct error error = ERROR_INITIAL;
	listing->near_certain = false;
	(void)error_set(&error, ERROR_FAILED, SCOPE_FOLDER, "the directory was left alone: %s",
			reason);
	listing->sources->skipped(listing->sources->context, path, &error);
}

/* Whether an earlier channel has its folders in the same place. */
static bool was_listed(const struct config_account *account, size_t channel)
{
	for (size_t i = 0; i < channel; i++) {
		if (routing_is_one_place(&account->channels[i], &account->channels[channel]))
			return true;
	}
	return false;
}

static int list_place(struct listing *listing, struct routing *routing,
		      const struct config_channel *channel, struct error *error)
{
	struct text_list names = { .items = NULL };
	int result = maildir_layout_list(routing_layout(channel), channel->maildir, &names,
					 skip_directory, listing, error);
	for (size_t i = 0; result == 0 && i < names.count; i++)
		routing_see_near(routing, channel, names.items[i]);
	text_list_release(&names);
	return result == 0 ? 0 : error_widen(error, SCOPE_ACCOUNT);
}

/* A Maildir that the base knows and that lost its cur is not gone: opening it tells about that. */
static void find_torn(struct listing *listing)
{
	for (size_t i = 0; i < listing->table->count; i++) {
		struct folder_view *folder = listing->table->items[i];
		if (folder->base && !folder->near && folder->path)
			folder->near = maildir_is_torn(folder->path);
	}
}

static int list_near(struct listing *listing, struct error *error)
{
	const struct config_account *account = listing->sources->account;
	struct routing routing;
	int result = 0;
	routing_begin(&routing, account, listing->table);
	for (size_t i = 0; result == 0 && i < account->channel_count; i++) {
		if (!was_listed(account, i))
			result = list_place(listing, &routing, &account->channels[i], error);
	}
	find_torn(listing);
	routing_end(&routing);
	return result;
}

int listing_gather(const struct listing_sources *sources, struct folder_table *table,
		   bool *near_certain_r, struct error *error)
{
	struct listing listing = { .sources = sources, .table = table, .near_certain = true };
	if (list_far(&listing, error) != 0 || list_base(&listing, error) != 0 ||
	    list_near(&listing, error) != 0)
		return -1;
	*near_certain_r = listing.near_certain;
	return 0;
}
