/* Which folders both sides and the base have. SPDX-License-Identifier: GPL-3.0-or-later */
#include "sync/folders/listing.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/path.h"
#include "maildir/folder.h"
#include "maildir/layout.h"
#include "sync/folders/local_names.h"
#include "sync/folders/mailboxes.h"
#include "sync/folders/route.h"
#include "sync/folders/routing.h"
#include "sync/folders/twins.h"
#include "sync/sync.h"

struct listing {
	const struct listing_sources *sources;
	struct folder_table *table;
	struct state_transaction *transaction;
	struct listing_certainty *certain;
	struct text_list begun; /* folders whose Maildirs a run was making when it died */
};

/* --- Far --- */

/* A mailbox that cannot be a folder concerns nobody whose rules do not take it. */
static void pass_over_mailbox(const struct listing *listing, const struct mailbox *mailbox,
			      const char *shown, char *why)
{
	const struct folder_view view = { .attributes = mailbox->attributes };
	const struct folder_facts facts = folder_view_facts(&view, shown);
	struct route route = route_far(listing->sources->account, &facts);
	folder_table_pass_over(listing->table, CONFIG_SIDE_FAR, shown, NULL, route.channel, why);
	route_release(&route);
}

static void add_mailbox(const struct listing *listing, const struct mailbox *mailbox)
{
	if (!mailbox->name) {
		pass_over_mailbox(
			listing, mailbox, mailbox->shown,
			memory_text("the name of this mailbox cannot be that of a folder (an empty "
				    "part, a NUL, too long or too deep); it was left alone: rename "
				    "it on the server, or leave it out of `folders`"));
		return;
	}
	struct folder_view *folder = folder_table_add(listing->table, mailbox->name);
	if (!folder->far) {
		folder->far = true;
		folder->mailbox = memory_text(mailbox->mailbox);
		folder->attributes = mailbox->attributes;
		folder->status = mailbox->status;
	} else if (strcmp(folder->mailbox, mailbox->mailbox) != 0) {
		pass_over_mailbox(listing, mailbox, mailbox->name,
				  memory_format("two mailboxes of the server have the same folder "
						"name %s; the second was left alone; rename one of "
						"them",
						mailbox->name));
	}
}

bool listing_asks_server(const struct listing_sources *sources)
{
	if (sources->is_fresh && sources->kept->known)
		return false;
	return !sources->hints || !sources->kept || !sources->kept->whole;
}

/* Nobody asked how the mailboxes are now: they are as the base says, but where hints say other. */
static void hold_still(struct listing *listing)
{
	const struct text_list *changed = &listing->sources->hints->far;
	for (size_t i = 0; i < listing->table->count; i++) {
		struct folder_view *folder = listing->table->items[i];
		folder->status = (struct far_marks){ .uidvalidity = 0 };
		folder->far_still = folder->base && !text_list_holds(changed, folder->name);
	}
}

static int list_far(struct listing *listing, struct error *error)
{
	const struct listing_sources *sources = listing->sources;
	struct mailboxes own = { .items = NULL };
	struct mailboxes *mailboxes = sources->kept ? sources->kept : &own;
	bool asks = listing_asks_server(sources);
	int result = 0;
	if (asks) {
		mailboxes_release(mailboxes);
		result = mailboxes_gather(mailboxes, sources->session,
					  route_wants_subscriptions(sources->account), error);
		mailboxes->whole = mailboxes->whole && result == 0;
	}
	mailboxes_find_known(mailboxes, sources->session, listing->table);
	for (size_t i = 0; result == 0 && i < mailboxes->count; i++)
		add_mailbox(listing, &mailboxes->items[i]);
	if (!asks && !sources->is_fresh)
		hold_still(listing);
	listing->certain->far = mailboxes->whole;
	mailboxes_release(&own);
	return result;
}

/* --- Base --- */

static int see_record(void *context, const struct state_folder *record, struct error *error)
{
	struct listing *listing = context;
	struct folder_view *folder = folder_table_add(listing->table, record->name);
	folder->base = true;
	folder->base_uidvalidity = record->uidvalidity;
	folder->base_mailbox =
		record->far_name && *record->far_name ? memory_text(record->far_name) : NULL;
	/* A record of before paths were noted: then there was one way only. */
	folder->base_path =
		record->near_path
			? memory_text(record->near_path)
			: maildir_layout_path(MAILDIR_NESTED, listing->sources->account->maildir,
					      record->name);
	if (record->near_begun)
		text_list_add(&listing->begun, record->name);
	path_tidy(folder->base_path); /* an older navette wrote it as the configuration had it */
	if (state_message_count(listing->transaction, record->id, &folder->base_messages, error) !=
		    0 ||
	    state_message_hidden(listing->transaction, record->id, &folder->hidden, error) != 0)
		return -1;
	return state_set_count(listing->transaction, record->id, STATE_OUTSIDE, &folder->outside,
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

/* A place whose directories are looked at. */
struct place {
	struct listing *listing;
	const struct config_channel *channel;
};

/* Somebody else's are only named; what the rules would take is a failure. */
static void skip_directory(void *context, const struct maildir_skipped *skipped)
{
	const struct place *place = context;
	struct listing *listing = place->listing;
	const struct config_channel *taker =
		skipped->foreign ? NULL
				 : route_near_taker(listing->sources->account, place->channel,
						    skipped->local);
	if (!skipped->foreign)
		listing->certain->near = false;
	folder_table_pass_over(listing->table, CONFIG_SIDE_NEAR, skipped->local, skipped->path,
			       taker,
			       memory_format("the directory %s was left alone: %s", skipped->path,
					     skipped->reason));
}

/* Whether an earlier channel has its folders in the same place. */
static bool was_listed(const struct config_account *account, size_t channel)
{
	for (size_t i = 0; i < channel; i++) {
		if (route_is_one_place(&account->channels[i], &account->channels[channel]))
			return true;
	}
	return false;
}

static int list_place(struct listing *listing, const struct config_channel *channel,
		      struct local_names *local, struct error *error)
{
	struct place place = { .listing = listing, .channel = channel };
	local->channel = channel;
	if (maildir_layout_list(routing_layout(channel), channel->maildir, &local->names,
				skip_directory, &place, error) != 0)
		return error_widen(error, SCOPE_ACCOUNT);
	local_names_sort(local);
	return 0;
}

/* A Maildir that the base knows and that lost its cur is not gone: opening it tells about that. One
 * that was being made has none yet. */
static void find_torn(struct listing *listing)
{
	for (size_t i = 0; i < listing->table->count; i++) {
		struct folder_view *folder = listing->table->items[i];
		if (folder->base && !folder->near && folder->path &&
		    !text_list_holds(&listing->begun, folder->name))
			folder->near = maildir_is_torn(folder->path);
	}
}

static void route_places(struct listing *listing, const struct local_names *places, size_t count)
{
	struct routing routing;
	routing_begin(&routing, listing->sources->account, listing->table, places, count);
	for (size_t i = 0; i < count; i++) {
		for (size_t k = 0; k < places[i].names.count; k++)
			routing_see_near(&routing, places[i].channel, places[i].names.items[k]);
	}
	find_torn(listing);
	for (size_t i = 0; i < count; i++)
		twins_block(&routing, places[i].channel);
	routing_end(&routing);
}

static int list_near(struct listing *listing, struct error *error)
{
	const struct config_account *account = listing->sources->account;
	struct local_names *places = memory_array(account->channel_count + 1, sizeof *places);
	size_t count = 0;
	int result = 0;
	for (size_t i = 0; result == 0 && i < account->channel_count; i++) {
		if (!was_listed(account, i))
			result =
				list_place(listing, &account->channels[i], &places[count++], error);
	}
	if (result == 0)
		route_places(listing, places, count);
	for (size_t i = 0; i < count; i++)
		local_names_release(&places[i]);
	free(places);
	return result;
}

/* Whether the rules take nothing but folders that are known by name, and all of them are there. */
static bool has_all_names(const struct config_channel *channel, const struct folder_table *table)
{
	for (size_t i = 0; i < channel->folders.taking_count; i++) {
		const char *name;
		const struct folder_view *folder =
			pattern_is_name(channel->folders.taking[i], &name)
				? folder_table_find(table, name)
				: NULL;
		if (!folder || !folder->far)
			return false;
	}
	return true;
}

bool listing_may_lack_any(const struct config_account *account, const struct folder_table *table)
{
	for (size_t i = 0; i < account->channel_count; i++) {
		if (!has_all_names(&account->channels[i], table))
			return true;
	}
	return false;
}

int listing_gather(const struct listing_sources *sources, struct folder_table *table,
		   struct listing_certainty *certain_r, struct error *error)
{
	struct listing listing = { .sources = sources, .table = table, .certain = certain_r };
	*certain_r = (struct listing_certainty){ .near = true };
	int result = list_base(&listing, error);
	if (result == 0)
		result = list_far(&listing, error);
	if (result == 0)
		result = list_near(&listing, error);
	text_list_release(&listing.begun);
	return result;
}
