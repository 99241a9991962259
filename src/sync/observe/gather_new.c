/* Gather: what the server tells of new messages while it is observed, where one of them may be a
 * message that is here already. SPDX-License-Identifier: GPL-3.0-or-later */
#include "mail/mailbox_attribute.h"
#include "sync/folder.h"
#include "sync/observe/flags.h"
#include "sync/observe/gather.h"
#include "sync/observe/mailbox.h"

/* So many of an account are told of at most, which is a megabyte or so; what is beyond is fetched
 * as if nobody knew it. */
#define NEW_MAX 20000
/* More of them may come than there were when the server said how many. */
#define NEW_MORE 1000

/* --- Whether anything may have moved away --- */

static bool may_have_lost(const struct sync_folder *folder)
{
	const struct folder_view *view = folder->target.view;
	const struct state_folder *record = &folder->base.record;
	const struct far_marks *status = &view->status;
	if (folder->ending.ended || view->base_messages == 0)
		return false;
	if (view->far && status->uidvalidity == 0)
		return false; /* that is seen when it is observed */
	if (!view->far || record->uidnext == 0 || status->uidvalidity != record->uidvalidity ||
	    status->uidnext < record->uidnext)
		return true;
	return status->messages <
	       (uint64_t)record->far_messages + status->uidnext - record->uidnext;
}

size_t sync_gather_count_losers(const struct sync_folder *folders, size_t count)
{
	size_t losers = 0;
	for (size_t i = 0; i < count; i++)
		losers += may_have_lost(&folders[i]);
	return losers;
}

/* What is new in a folder cannot have moved there from it. */
static bool may_have_got_a_move(const struct sync_folder *folder)
{
	return folder->context->losers > (may_have_lost(folder) ? 1 : 0);
}

/* --- Asking --- */

/* The first UID that may be new; 0: nobody can say. */
static uint32_t first_new(const struct sync_folder *folder, bool has_base)
{
	const struct state_folder *record = &folder->base.record;
	const struct far_marks *status = &folder->target.view->status;
	if (!has_base)
		return 1;
	if (status->uidvalidity != 0 && status->uidvalidity != record->uidvalidity)
		return 0;
	/* As after a first run that did not end. */
	if (record->uidnext == 0)
		return status->messages > folder->target.view->base_messages ? 1 : 0;
	return record->uidnext;
}

/* How many messages there are from FIRST on, at most; 0 also where the server does not tell. */
static uint32_t count_new(const struct sync_folder *folder, uint32_t first)
{
	const struct far_marks *status = &folder->target.view->status;
	if (status->uidvalidity == 0 || status->uidnext == 0)
		return 0;
	uint32_t most = status->uidnext > first ? status->uidnext - first : 0;
	return most < status->messages ? most : status->messages;
}

/* What tells one from all others: what the server calls it; else all of what stays the same where
 * it goes, for what may have moved. */
static unsigned int items_of(const struct sync_folder *folder, const struct far_session *session)
{
	bool lost = may_have_got_a_move(folder);
	unsigned int objects = far_has(session, FAR_OBJECTS) ? FAR_OBJECT : 0u;
	return lost || objects != 0 ? FAR_FLAGS | FAR_SIZE | FAR_DATE | objects : 0;
}

/* Whether so many more may be told of. */
static bool has_room(struct sync_folder *folder, uint64_t expected)
{
	atomic_uint *asked = &folder->context->new_asked;
	if (expected == 0 || expected > NEW_MAX)
		return false;
	if (atomic_fetch_add(asked, (unsigned int)expected) + expected <= NEW_MAX)
		return true;
	(void)atomic_fetch_sub(asked, (unsigned int)expected);
	return false;
}

static bool takes_new(const struct sync_folder *folder)
{
	return (sync_target_rules(&folder->target)->pull & CONFIG_KIND_NEW) &&
	       !(folder->target.view->attributes & MAILBOX_DRAFTS);
}

void sync_gather_new_ask(struct sync_folder *folder, const struct far_session *session,
			 bool has_base, struct far_question *question)
{
	uint32_t first = takes_new(folder) ? first_new(folder, has_base) : 0;
	unsigned int items = first != 0 ? items_of(folder, session) : 0;
	uint32_t expected = items != 0 ? count_new(folder, first) : 0;
	if (!has_room(folder, expected))
		return;
	folder->far.new.expected = expected;
	question->news_from = first;
	question->news = items;
}

/* --- What it tells --- */

void sync_gather_new_see(struct sync_folder *folder, const struct far_message *message)
{
	struct far_new_list *list = &folder->far.new;
	/* Without all of it a message is not recognised. */
	if (!message->flags || !message->has_size ||
	    list->count >= (size_t)list->expected + NEW_MORE)
		return;
	const struct far_new one = {
		.uid = message->uid,
		.flags = sync_flags_learn(folder, message->flags),
		.size = message->size,
		.date = message->date,
		.has_date = message->has_date,
		.object = message->object,
	};
	far_new_list_add(list, &one);
}

/* --- Later: when it is known that something was lost --- */

static int see(void *context, const struct far_message *message, struct error *error)
{
	(void)error; /* nothing fails */
	sync_gather_new_see(context, message);
	return 0;
}

bool sync_gather_new_is_wanting(const struct sync_folder *folder)
{
	return takes_new(folder) && folder->far.new.expected == 0 &&
	       !uid_set_is_empty(&folder->far.changes.added) &&
	       !uid_set_is_empty(&folder->plan.downloads);
}

void sync_gather_new_again(struct sync_folder *folder, struct far_session *session)
{
	uint64_t expected = uid_set_size(&folder->plan.downloads);
	struct error ignored = ERROR_INITIAL;
	if (!has_room(folder, expected))
		return;
	const struct far_fetch fetch = { .mailbox = sync_folder_mailbox(folder),
					 .uids = &folder->plan.downloads,
					 .items = FAR_FLAGS | FAR_SIZE | FAR_DATE | FAR_OBJECT,
					 .context = folder,
					 .see = see };
	folder->far.new.expected = (uint32_t)expected;
	(void)far_fetch(session, &fetch, &ignored);
	far_new_list_settle(&folder->far.new, &folder->far.changes.added);
}
