/* Writing a base that another synchroniser left. SPDX-License-Identifier: GPL-3.0-or-later */
#include "sync/takeover.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"
#include "far/imap.h"
#include "mail/letters.h"
#include "maildir/message.h"
#include "maildir/name.h"
#include "state/keywords.h"
#include "state/last_run.h"
#include "state/state.h"
#include "sync/account.h"
#include "sync/sync.h"

/* One folder that both sides have. */
struct folder {
	char *name, *mailbox, *path, *local;
	const struct takeover_source *source;
};

struct taking {
	const struct config_account *account;
	const struct takeover *takeover;
	const atomic_bool *cancel;
	void (*see)(void *context, const struct sync_taken *taken);
	void *context;
	struct folder *folders;
	size_t count, capacity;
	struct far_session *session;
	struct state *state;
};

/* --- Which folders there are --- */

static int see_folder(void *context, const struct folder_view *view)
{
	struct taking *taking = context;
	const struct takeover_source *source =
		view->channel ? takeover_find_source(taking->takeover, view->channel->name) : NULL;
	if (!source || !view->far || !view->near || view->blocked || !view->path)
		return 0;
	memory_grow((void **)&taking->folders, &taking->capacity, taking->count + 1,
		    sizeof *taking->folders);
	taking->folders[taking->count++] = (struct folder){ .name = memory_text(view->name),
							    .mailbox = memory_text(view->mailbox),
							    .path = memory_text(view->path),
							    .local = memory_text(view->local),
							    .source = source };
	return 0;
}

static void release_folders(struct taking *taking)
{
	for (size_t i = 0; i < taking->count; i++) {
		free(taking->folders[i].name);
		free(taking->folders[i].mailbox);
		free(taking->folders[i].path);
		free(taking->folders[i].local);
	}
	free(taking->folders);
}

/* --- What the server has of it --- */

struct there {
	uint32_t uid;
	uint64_t size;
	struct identity identity;
	struct identity_plain plain;
};

struct far_list {
	struct there *items; /* by UID, once each, when it is whole */
	size_t count, capacity;
};

static int see_far(void *context, const struct far_message *message, struct error *error)
{
	struct far_list *list = context;
	(void)error; /* nothing fails */
	if (!message->has_header || !message->has_size)
		return 0;
	memory_grow((void **)&list->items, &list->capacity, list->count + 1, sizeof *list->items);
	list->items[list->count++] = (struct there){
		.uid = message->uid,
		.size = message->size,
		.identity = identity_of_header(message->header, message->header_length),
		.plain = identity_plain_of_header(message->header, message->header_length),
	};
	return 0;
}

static int compare_far(const void *a, const void *b)
{
	uint32_t one = ((const struct there *)a)->uid;
	uint32_t other = ((const struct there *)b)->uid;
	return (one > other) - (one < other);
}

static const struct there *find_far(const struct far_list *list, uint32_t uid)
{
	const struct there key = { .uid = uid };
	return list->count > 0 && uid != 0
		       ? bsearch(&key, list->items, list->count, sizeof *list->items, compare_far)
		       : NULL;
}

/* All of the mailbox, for a message that is not told of would count as removed there. */
static int ask_far(const struct taking *taking, const struct folder *folder,
		   const struct takeover_base *base, struct far_list *list, struct error *error)
{
	const struct far_mailbox mailbox = { .name = folder->mailbox, .read_only = true };
	const struct far_fetch fetch = { .mailbox = mailbox,
					 .first = 1,
					 .items = FAR_SIZE | FAR_IDENTITY,
					 .context = list,
					 .see = see_far };
	struct far_state now = { .read_only = false };
	int result = far_look(taking->session, &mailbox, &now, error);
	if (result == 0 && now.marks.uidvalidity != base->uidvalidity)
		result = error_set(error, ERROR_FAILED, SCOPE_FOLDER,
				   "the mailbox was made anew on the server since (UIDVALIDITY)");
	if (result == 0 && now.marks.messages > 0 &&
	    far_fetch(taking->session, &fetch, error) != FAR_OK)
		result = -1;
	memory_sort(list->items, list->count, sizeof *list->items, compare_far);
	far_state_release(&now);
	return result;
}

/* --- The records --- */

struct record {
	struct state_message message;
	char *name; /* owned */
	bool is_stub;
};

struct records {
	struct record *items;
	size_t count, capacity;
	size_t doubtful;
};

static void add_record(struct records *records, const struct state_message *message, char *name,
		       bool is_stub)
{
	struct maildir_name parsed;
	memory_grow((void **)&records->items, &records->capacity, records->count + 1,
		    sizeof *records->items);
	struct record *record = &records->items[records->count++];
	*record = (struct record){ .message = *message, .name = name, .is_stub = is_stub };
	maildir_name_parse(name, &parsed);
	record->message.name = name;
	record->message.base_length = parsed.base_length;
}

/* What a message that has no file is recorded under: no file is called so. */
static char *name_of_nothing(uint32_t uid)
{
	char *unique = maildir_name_unique();
	char *name = memory_format("%s.%u.taken-over:2,", unique, uid);
	free(unique);
	return name;
}

static bool read_near(const struct maildir *maildir, const struct takeover_message *taken,
		      struct maildir_message_facts *facts_r)
{
	const struct maildir_location location = { .place = (enum maildir_place)taken->place,
						   .name = taken->name };
	struct error ignored = ERROR_INITIAL;
	return maildir_message_read_facts(maildir, &location, false, facts_r, &ignored) ==
	       MAILDIR_MESSAGE_OK;
}

/* Whether the file is the message. What stands for one has another subject. */
static bool is_same(const struct there *far, const struct maildir_message_facts *near, bool is_stub)
{
	if (!is_stub && identity_equal(&far->identity, &near->identity))
		return true;
	return !identity_is_none(&far->plain.message_id) &&
	       identity_equal(&far->plain.message_id, &near->plain.message_id);
}

static void take_near(struct state_message *message, const struct takeover_message *taken,
		      const struct maildir_message_facts *facts)
{
	message->place = taken->place;
	message->size = facts->wire_size - facts->added_size;
	message->identity = facts->identity;
	message->file = facts->file;
	message->body = facts->body;
}

/* A message of the base that the server knows, or knew. */
static void take_message(struct records *records, const struct maildir *maildir,
			 const struct far_list *list, const struct takeover_message *taken)
{
	const struct there *far = find_far(list, taken->uid);
	struct maildir_message_facts facts;
	bool is_stub = taken->kind == TAKEOVER_STUB;
	bool near = taken->name && read_near(maildir, taken, &facts);
	struct state_message message = { .uid = taken->uid, .flags = taken->flags, .place = 1 };
	if (taken->kind == TAKEOVER_ABSENT_NEAR)
		message.absent = STATE_ABSENT_NEAR;
	/* A file that is there and cannot be read must not look as if it were gone; one that is
	 * another message got its UID by a reader's hand. Both are matched by what they hold. */
	if ((taken->name && !near) || (near && far && !is_same(far, &facts, is_stub))) {
		records->doubtful++;
		return;
	}
	if (!near && !far)
		return;
	if (near)
		take_near(&message, taken, &facts);
	if (is_stub)
		message.body.known = false;
	if (far && (!near || is_stub))
		message.identity = far->identity;
	if (far)
		message.size = far->size;
	add_record(records, &message, near ? memory_text(taken->name) : name_of_nothing(taken->uid),
		   near && is_stub);
}

/* Those that messages have, or had. */
static void collect_uids(const struct far_list *list, const struct takeover_base *base,
			 struct uid_set *used)
{
	for (size_t i = 0; i < list->count; i++)
		uid_set_add(used, list->items[i].uid);
	for (size_t i = 0; i < base->count; i++) {
		if (base->messages[i].uid != 0)
			uid_set_add(used, base->messages[i].uid);
	}
}

/* A UID below BASE's next, from FROM on, that no message has: the base knows messages by it, and
 * the server gives it to none any more. 0: there is none left. */
static uint32_t free_uid(const struct uid_set *used, const struct takeover_base *base,
			 uint32_t from)
{
	for (uint32_t uid = from; uid < base->uidnext; uid++) {
		if (!uid_set_contains(used, uid))
			return uid;
	}
	return 0;
}

/* A file whose message is gone on the server, and that stays here marked as deleted. */
static void take_far_gone(struct records *records, const struct maildir *maildir, uint32_t uid,
			  const struct takeover_message *taken)
{
	struct maildir_message_facts facts;
	struct state_message message = { .uid = uid,
					 .flags = taken->flags,
					 .absent = STATE_ABSENT_FAR };
	if (uid == 0 || !read_near(maildir, taken, &facts)) {
		records->doubtful++;
		return;
	}
	take_near(&message, taken, &facts);
	add_record(records, &message, memory_text(taken->name), false);
}

static void take_all(struct records *records, const struct maildir *maildir,
		     const struct far_list *list, const struct takeover_base *base)
{
	struct uid_set used = UID_SET_INITIAL;
	uint32_t next = 1;
	collect_uids(list, base, &used);
	for (size_t i = 0; i < base->count; i++) {
		const struct takeover_message *taken = &base->messages[i];
		if (taken->kind != TAKEOVER_ABSENT_FAR) {
			take_message(records, maildir, list, taken);
			continue;
		}
		uint32_t uid = next != 0 ? free_uid(&used, base, next) : 0;
		next = uid != 0 ? uid + 1 : 0;
		take_far_gone(records, maildir, uid, taken);
	}
	uid_set_release(&used);
}

/* --- The folder --- */

struct writing {
	struct state *state;
	const struct folder *folder;
	const struct takeover_base *base;
	const struct records *records;
};

/* What letters mean to the other program; where the account has others, the first run exchanges
 * them. */
static int put_letters(struct state_transaction *transaction, const struct writing *writing,
		       struct error *error)
{
	struct state *state = writing->state;
	struct state_letters letters = { .of_base = true };
	for (size_t i = 0; i < FLAG_KEYWORD_COUNT; i++) {
		const struct state_letter_choice choice = { .wanted = i,
							    .limit = FLAG_KEYWORD_COUNT };
		char *name = writing->base->keywords[i];
		letters.table.names[i] = name; /* borrowed */
		if (name && !text_equal_ignoring_case(name, FLAG_FORWARDED_NAME))
			(void)state_keyword_give(state, name, &choice, NULL);
	}
	const struct letter_map map = letter_map_make(&letters.table, state_keywords(state));
	return letter_map_changes(&map, keyword_table_known(&letters.table))
		       ? state_letters_put(transaction, writing->folder->name, &letters, error)
		       : 0;
}

static int write_folder(struct state_transaction *transaction, void *context, struct error *error)
{
	const struct writing *writing = context;
	const struct folder *folder = writing->folder;
	struct uid_set stubs = UID_SET_INITIAL;
	/* Borrowed texts: what the state stores is a copy. */
	struct state_folder record = { .name = folder->name,
				       .far_name = folder->mailbox,
				       .near_path = folder->path,
				       .uidvalidity = writing->base->uidvalidity };
	int result = state_folder_put(transaction, &record, error);
	if (result == 0)
		result = put_letters(transaction, writing, error);
	for (size_t i = 0; result == 0 && i < writing->records->count; i++) {
		const struct record *one = &writing->records->items[i];
		result = state_message_put(transaction, record.id, &one->message, error);
		if (one->is_stub)
			uid_set_add(&stubs, one->message.uid);
	}
	if (result == 0)
		result = state_set_put(transaction, record.id, STATE_STUBS, &stubs, error);
	uid_set_release(&stubs);
	return result;
}

static void release_records(struct records *records)
{
	for (size_t i = 0; i < records->count; i++)
		free(records->items[i].name);
	free(records->items);
}

static int make_base(const struct taking *taking, const struct folder *folder,
		     const struct takeover_base *base, struct sync_taken *taken,
		     struct error *error)
{
	struct far_list list = { .items = NULL };
	struct records records = { .items = NULL };
	struct maildir *maildir = NULL;
	int result = ask_far(taking, folder, base, &list, error);
	if (result == 0 && maildir_open(folder->path, &maildir, error) != MAILDIR_OPEN_OK)
		result = error->kind == ERROR_NONE
				 ? error_set(error, ERROR_FAILED, SCOPE_FOLDER,
					     "the Maildir %s vanished", folder->path)
				 : -1;
	if (result == 0) {
		struct writing writing = {
			.state = taking->state, .folder = folder, .base = base, .records = &records
		};
		maildir_set_digest_key(maildir, state_digest_key(taking->state));
		take_all(&records, maildir, &list, base);
		result = state_write(taking->state, write_folder, &writing, error);
	}
	taken->taken = result == 0;
	taken->messages = (uint32_t)records.count;
	taken->doubtful = base->doubtful + records.doubtful;
	maildir_close(&maildir);
	release_records(&records);
	free(list.items);
	return result;
}

/* -1: nothing further can be done. */
static int take_folder(const struct taking *taking, const struct folder *folder,
		       struct error *error)
{
	const struct takeover_place place = { .mailbox = folder->mailbox,
					      .far = folder->name,
					      .local = folder->local,
					      .path = folder->path };
	struct sync_taken taken = { .folder = folder->name };
	struct takeover_base base;
	struct error one = ERROR_INITIAL;
	int found = takeover_read_base(folder->source, &place, &base, &one);
	if (found > 0 && make_base(taking, folder, &base, &taken, &one) != 0)
		found = -1;
	if (found < 0 && one.scope < SCOPE_CONNECTION && one.kind != ERROR_TEMPORARY) {
		taken.why = one.text;
		found = 0;
	}
	takeover_base_release(&base);
	if (found >= 0)
		taking->see(taking->context, &taken);
	else
		*error = one;
	if (found < 0)
		(void)error_prefix(error, "folder %s", folder->name); /* always -1 */
	return found < 0 ? -1 : 0;
}

/* --- The account --- */

static int add_name(void *context, const struct state_folder *folder, struct error *error)
{
	(void)error; /* nothing fails */
	text_list_add(context, folder->name);
	return 0;
}

static int remove_folders(struct state_transaction *transaction, void *context, struct error *error)
{
	const struct text_list *names = context;
	for (size_t i = 0; i < names->count; i++) {
		struct state_folder folder = { .name = NULL };
		int found = state_folder_get(transaction, names->items[i], &folder, error);
		if (found > 0)
			found = state_folder_remove(transaction, folder.id, folder.name, error);
		state_folder_release(&folder);
		if (found < 0)
			return -1;
	}
	return 0;
}

/* What a takeover left that did not come to its end: no run has worked with it. */
static int clear_state(const struct taking *taking, const char *directory, struct error *error)
{
	struct text_list names = { .items = NULL };
	struct state_last_run last = { .begun = 0 };
	struct state_transaction *transaction;
	int found = state_last_run_read(directory, &last, error);
	state_last_run_release(&last);
	if (found < 0)
		return -1;
	if (found > 0)
		return error_set(
			error, ERROR_SAFETY, SCOPE_ACCOUNT,
			"navette has synchronised this account already (its state is in %s), so "
			"nothing is taken over",
			directory);
	if (state_read_begin(taking->state, &transaction, error) != 0)
		return -1;
	int result = state_folder_each(transaction, add_name, &names, error);
	state_read_end(&transaction);
	if (result == 0)
		result = state_write(taking->state, remove_folders, &names, error);
	text_list_release(&names);
	return result;
}

static int open_state(struct taking *taking, struct error *error)
{
	char *directory = account_state_directory(taking->account);
	char *key = account_key(taking->account);
	int result = state_open(directory, key, STATE_READ_WRITE, 0, &taking->state, error);
	if (result == 0)
		result = clear_state(taking, directory, error);
	free(directory);
	free(key);
	return result;
}

int sync_takeover(const struct config_account *account, const struct takeover *takeover,
		  struct far_side *far, const atomic_bool *cancel,
		  void (*see)(void *context, const struct sync_taken *taken), void *context,
		  struct error *error)
{
	struct taking taking = { .account = account,
				 .takeover = takeover,
				 .cancel = cancel,
				 .see = see,
				 .context = context };
	const struct sync_options options = { .dry_run = true, .cancel = cancel, .far = far };
	struct far_side *own = far ? NULL : far_imap_create(account, cancel);
	int result = sync_list(account, &options, see_folder, &taking, error);
	if (result == 0)
		result = far_open(far ? far : own, 0, &taking.session, error);
	if (result == 0)
		result = open_state(&taking, error);
	for (size_t i = 0; result == 0 && i < taking.count; i++)
		result = take_folder(&taking, &taking.folders[i], error);
	state_close(&taking.state);
	far_close(&taking.session);
	far_side_destroy(&own);
	release_folders(&taking);
	return result;
}
