/* Letters of keywords in file names, and what they mean. SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "sync/apply/letters.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/text.h"
#include "mail/letters.h"
#include "maildir/keywords_file.h"
#include "maildir/message.h"
#include "maildir/name.h"
#include "maildir/scan.h"
#include "state/keywords.h"
#include "sync/folder.h"
#include "sync/observe/base.h"
#include "sync/observe/flags.h"
#include "sync/observe/look.h"
#include "sync/report.h"

/* A file whose letters are to be exchanged. */
struct lettered {
	struct maildir_location location;
	char *name; /* that it shall have */
};

struct exchange {
	struct sync_folder *folder;
	const struct state_letters *letters;
	struct letter_map map;
	int64_t begun_ns; /* to be noted */
	struct sync_base base;
	struct lettered *items;
	size_t count, capacity;
	size_t renamed;
};

/* --- Which names --- */

/* NAME with other letters; NULL: it stays. The caller's. */
static char *exchange_name(const char *name, uint32_t before, uint32_t after)
{
	struct maildir_name parsed;
	uint32_t managed = FLAGS_KEYWORDS | (after & FLAG_FORWARDED);
	if (before == after)
		return NULL;
	maildir_name_parse(name, &parsed);
	return maildir_name_with_flags(name, after, managed,
				       parsed.separator == '\0' ? ':' : parsed.separator);
}

static bool same_letters(uint32_t a, uint32_t b)
{
	return ((a ^ b) & FLAGS_KEYWORDS) == 0;
}

/* Of a run that goes on with what another began: whether the file has its new letters already.
 * Where its letters do not tell, the time of its last renaming does. */
static bool is_done(const struct exchange *exchange, const struct maildir_entry *entry,
		    const uint32_t *recorded, uint32_t flags)
{
	const struct maildir_location location = { .place = entry->place,
						   .name = (char *)entry->name };
	if (exchange->letters->begun_ns == 0)
		return false;
	if (recorded && exchange->letters->of_base && same_letters(flags, *recorded))
		return false;
	if (recorded && exchange->letters->of_base &&
	    same_letters(flags, letter_map_apply(&exchange->map, *recorded)))
		return true;
	return maildir_message_change_ns(exchange->folder->transfer.maildir, &location) >=
	       exchange->letters->begun_ns;
}

/* What the letters of the file become. Where the base is by the account's table, so are those that
 * the file had when it was seen last. */
static uint32_t exchange_flags(const struct exchange *exchange, const uint32_t *recorded,
			       uint32_t flags)
{
	uint32_t kept = 0;
	if (recorded && !exchange->letters->of_base)
		kept = flags & *recorded & FLAGS_KEYWORDS;
	return kept | letter_map_apply(&exchange->map, flags & ~kept);
}

static int see_file(void *context, const struct maildir_entry *entry, struct error *error)
{
	struct exchange *exchange = context;
	struct state_message message;
	struct maildir_name name;
	struct maildir_name before;
	maildir_name_parse(entry->name, &name);
	if (!(name.flags & FLAGS_KEYWORDS))
		return 0;
	int found = exchange->base.view.by_name(exchange->base.view.context, name.base,
						name.base_length, &message, error);
	if (found < 0)
		return -1;
	if (found > 0)
		maildir_name_parse(message.name, &before);
	const uint32_t *recorded = found > 0 ? &before.flags : NULL;
	if (is_done(exchange, entry, recorded, name.flags))
		return 0;
	char *renamed = exchange_name(entry->name, name.flags,
				      exchange_flags(exchange, recorded, name.flags));
	if (!renamed)
		return 0;
	memory_grow((void **)&exchange->items, &exchange->capacity, exchange->count + 1,
		    sizeof *exchange->items);
	exchange->items[exchange->count++] =
		(struct lettered){ .location = { .place = entry->place,
						 .name = memory_text(entry->name) },
				   .name = renamed };
	return 0;
}

static void forget_names(struct exchange *exchange)
{
	for (size_t i = 0; i < exchange->count; i++) {
		free(exchange->items[i].location.name);
		free(exchange->items[i].name);
	}
	exchange->count = 0;
}

static int begin_scan(void *context, struct error *error)
{
	(void)error; /* nothing fails */
	forget_names(context);
	return 0;
}

/* All of them, or the folder waits: a file that is missed would keep letters of before. */
static int find_names(struct exchange *exchange, struct error *error)
{
	const struct maildir_scanner scanner = { .context = exchange,
						 .begin = begin_scan,
						 .see = see_file };
	const struct maildir *maildir = exchange->folder->transfer.maildir;
	bool certain = false;
	if (sync_base_begin(exchange->folder, &exchange->base, error) != 0)
		return -1;
	int result = maildir_scan_stable(maildir, &scanner, &certain, error);
	sync_base_end(&exchange->base);
	if (result != 0 || certain)
		return result;
	return error_set(
		error, ERROR_TEMPORARY, SCOPE_FOLDER,
		"files in %s are renamed all the time, so the letters of keywords in their "
		"names could not be changed; the next run tries again",
		maildir_path(maildir));
}

/* --- Renaming --- */

static void tell_renamed(const struct exchange *exchange, const struct lettered *item)
{
	const struct maildir_location now = { .place = item->location.place, .name = item->name };
	sync_report_change(exchange->folder, SYNC_CHANGE_MOVED, &now, &item->location);
}

/* One that is gone was renamed by a reader: the next try sees it. */
static int rename_all(struct exchange *exchange, struct error *error)
{
	const struct maildir *maildir = exchange->folder->transfer.maildir;
	for (size_t i = 0; i < exchange->count; i++) {
		const struct lettered *item = &exchange->items[i];
		switch (maildir_message_rename(maildir, &item->location, item->name, error)) {
		case MAILDIR_MESSAGE_OK:
			exchange->renamed++;
			tell_renamed(exchange, item);
			break;
		case MAILDIR_MESSAGE_GONE:
			return error_set(error, ERROR_TEMPORARY, SCOPE_FOLDER,
					 "%s vanished from %s while the letters of keywords were "
					 "changed; run again",
					 item->location.name, maildir_path(maildir));
		case MAILDIR_MESSAGE_ERROR:
			return error_widen(error, SCOPE_FOLDER);
		}
	}
	return exchange->renamed > 0 ? maildir_sync(maildir, error) : 0;
}

static int exchange_files(struct exchange *exchange, struct error *error)
{
	struct keyword_table table;
	state_keywords_copy(exchange->folder->context->state, &table);
	int result = maildir_keywords_write(exchange->folder->transfer.maildir, &table, error);
	keyword_table_release(&table);
	if (result == 0)
		result = find_names(exchange, error);
	if (result == 0)
		result = rename_all(exchange, error);
	forget_names(exchange);
	free(exchange->items);
	return result;
}

/* --- The state --- */

static int note_begin(struct state_transaction *transaction, void *context, struct error *error)
{
	const struct exchange *exchange = context;
	struct state_letters begun = *exchange->letters;
	begun.begun_ns = exchange->begun_ns;
	return state_letters_put(transaction, exchange->folder->target.view->name, &begun, error);
}

static int exchange_record(struct state_transaction *transaction, const struct exchange *exchange,
			   struct state_message *message, struct error *error)
{
	struct maildir_name name;
	uint32_t flags = letter_map_apply(&exchange->map, message->flags);
	maildir_name_parse(message->name, &name);
	char *renamed = exchange_name(message->name, name.flags,
				      letter_map_apply(&exchange->map, name.flags));
	if (!renamed && flags == message->flags)
		return 0;
	char *kept = memory_text(renamed ? renamed : message->name);
	message->flags = flags;
	message->name = kept;
	int result =
		state_message_put(transaction, exchange->folder->base.record.id, message, error);
	free(kept);
	free(renamed);
	return result;
}

static int note_end(struct state_transaction *transaction, void *context, struct error *error)
{
	const struct exchange *exchange = context;
	struct sync_folder *folder = exchange->folder;
	struct state_message message;
	uint32_t from = 1;
	int found = exchange->letters->of_base && folder->base.record.id != 0 ? 1 : 0;
	while (found > 0 && (found = state_message_next(transaction, folder->base.record.id, from,
							&message, error)) > 0) {
		uint32_t uid = message.uid;
		if (exchange_record(transaction, exchange, &message, error) != 0)
			return -1;
		if (uid == UINT32_MAX)
			break;
		from = uid + 1;
	}
	if (found < 0)
		return -1;
	return state_letters_remove(transaction, folder->target.view->name, error);
}

/* --- The whole --- */

/* From then on a file that is renamed is younger than when it was begun: stamps are as coarse as
 * the clock's tick. */
static int begin(struct exchange *exchange, struct error *error)
{
	if (exchange->letters->begun_ns != 0)
		return 0;
	(void)clock_sleep(20, NULL);
	if (maildir_keywords_stamp(exchange->folder->transfer.maildir, &exchange->begun_ns,
				   error) != 0)
		return -1;
	return state_write(exchange->folder->context->state, note_begin, exchange, error);
}

/* For which there is none, the letter goes: that is said. */
static void give_letters(struct sync_folder *folder)
{
	const struct state_letter_choice choice = { .wanted = FLAG_KEYWORD_COUNT,
						    .limit = FLAG_KEYWORD_COUNT };
	for (size_t i = 0; i < FLAG_KEYWORD_COUNT; i++) {
		const char *name = folder->base.letters.table.names[i];
		if (!name || text_equal_ignoring_case(name, FLAG_FORWARDED_NAME) ||
		    state_keyword_give(folder->context->state, name, &choice, NULL) != 0)
			continue;
		log_line(LOG_WARNING,
			 "%s/%s: the account has no letter left for the keyword %s, which is not "
			 "shown in this folder any more",
			 folder->context->account->name, sync_folder_name(folder), name);
	}
}

static void tell(const struct exchange *exchange)
{
	if (exchange->renamed > 0)
		log_line(LOG_NOTICE,
			 "%s/%s: the letters of keywords were changed in %zu file %s, so that each "
			 "means the same in all folders of the account",
			 exchange->folder->context->account->name,
			 sync_folder_name(exchange->folder), exchange->renamed,
			 text_plural(exchange->renamed, "name", "names"));
}

int sync_folder_settle_letters(struct sync_folder *folder, struct error *error)
{
	struct state *state = folder->context->state;
	struct exchange exchange = { .folder = folder, .letters = &folder->base.letters };
	if (!folder->base.has_letters || folder->context->options->dry_run ||
	    !folder->target.view->near)
		return 0;
	if (sync_folder_open(folder, error) != 0)
		return -1;
	give_letters(folder);
	exchange.map = letter_map_make(&folder->base.letters.table, state_keywords(state));
	if (begin(&exchange, error) != 0 || exchange_files(&exchange, error) != 0 ||
	    state_write(state, note_end, &exchange, error) != 0)
		return -1;
	tell(&exchange);
	folder->base.has_letters = false;
	state_letters_release(&folder->base.letters);
	folder->near.changed = true;
	return 0;
}

/* --- Beside the files --- */

void sync_letters_place(struct sync_folder *folder, uint32_t flags)
{
	struct sync_context *context = folder->context;
	struct error error = ERROR_INITIAL;
	struct keyword_table table;
	uint32_t letters = flags & FLAGS_KEYWORDS;
	(void)pthread_mutex_lock(&context->lock);
	bool stand = (letters & ~folder->transfer.letters) == 0;
	(void)pthread_mutex_unlock(&context->lock);
	if (stand)
		return;
	if (folder->base.has_letters)
		keyword_table_copy(&table, &folder->base.letters.table);
	else
		state_keywords_copy(context->state, &table);
	if (maildir_keywords_write(folder->transfer.maildir, &table, &error) != 0)
		sync_report_message(folder, &error);
	(void)pthread_mutex_lock(&context->lock);
	folder->transfer.letters |= letters | keyword_table_known(&table);
	(void)pthread_mutex_unlock(&context->lock);
	keyword_table_release(&table);
}
