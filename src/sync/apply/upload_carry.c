/* Uploads: messages that the server has already, in another mailbox. It moves or copies them itself
 * (UID MOVE, RFC 6851; UID COPY, RFC 9051 section 6.4.7), and nothing is sent.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>
#include <time.h>

#include "base/log.h"
#include "base/memory.h"
#include "mail/letters.h"
#include "sync/apply/upload.h"
#include "sync/folder.h"
#include "sync/observe/content.h"
#include "sync/observe/mailbox.h"
#include "sync/plan/rules.h"

/* --- Whether the file is still what was found to be the message --- */

static bool is_untouched(const struct upload *upload, const struct outgoing *outgoing,
			 const struct near_added *added)
{
	struct file_stamp now = { .inode = 0 };
	return maildir_message_stamp(upload->folder->transfer.maildir, &outgoing->location, &now) &&
	       now.inode == added->file.inode &&
	       file_stamp_is_untouched(&added->file, now.size, now.mtime_ns);
}

bool upload_recall_source(const struct upload *upload, struct outgoing *outgoing)
{
	const struct operation *operation = outgoing->operation;
	const struct timespec pause = { .tv_nsec = 50 * 1000000L };
	if (!operation->upload.source)
		return false;
	const struct near_added *added = &upload->folder->near.changes.added[operation->added];
	/* It may be written to further without a trace in its time. */
	if (content_is_of_this_moment(&added->file))
		(void)nanosleep(&pause, NULL); /* waking early only means that it may be sent */
	if (!file_stamp_is_known(&added->file) || content_is_of_this_moment(&added->file) ||
	    !is_untouched(upload, outgoing, added))
		return false;
	outgoing->source = operation->upload.source;
	outgoing->facts = (struct maildir_message_facts){ .wire_size = added->size,
							  .whole_size = added->size,
							  .is_stub = added->is_stub,
							  .identity = added->identity,
							  .plain = added->plain,
							  .file = added->file,
							  .body = added->body };
	return true;
}

/* --- One source mailbox at a time --- */

/* What goes from one mailbox in one step: each message once, ascending. */
struct load {
	struct upload *upload;
	const struct source_folder *from;
	bool moves;
	struct outgoing **items;
	size_t count;
	struct uid_set uids;
};

static void release_load(struct load *load)
{
	free(load->items);
	load->items = NULL;
	uid_set_release(&load->uids);
}

static bool is_moved(const struct upload *upload, const struct outgoing *outgoing)
{
	return outgoing->operation->upload.moves && far_has(upload->session, FAR_MOVES);
}

/* One message may be the source of two: a command makes one copy of it. */
static bool fits(const struct load *load, const struct outgoing *outgoing)
{
	return outgoing->source->folder == load->from &&
	       is_moved(load->upload, outgoing) == load->moves &&
	       !uid_set_contains(&load->uids, outgoing->source->uid);
}

static int compare_sources(const void *a, const void *b)
{
	uint32_t one = (*(struct outgoing *const *)a)->source->uid;
	uint32_t other = (*(struct outgoing *const *)b)->source->uid;
	return (one > other) - (one < other);
}

/* The first that was not tried yet decides; false: there is none. */
static bool fill_load(struct load *load, struct upload *upload)
{
	*load = (struct load){ .upload = upload,
			       .items = memory_array(upload->count + 1, sizeof *load->items) };
	for (size_t i = 0; i < upload->count; i++) {
		struct outgoing *outgoing = &upload->batch[i];
		if (!outgoing->source || outgoing->sent->state != FAR_SENT_WAITS)
			continue;
		if (!load->from) {
			load->from = outgoing->source->folder;
			load->moves = is_moved(upload, outgoing);
		}
		if (!fits(load, outgoing))
			continue;
		uid_set_add(&load->uids, outgoing->source->uid);
		load->items[load->count++] = outgoing;
	}
	memory_sort(load->items, load->count, sizeof *load->items, compare_sources);
	return load->count > 0;
}

static void take_told(const struct load *load, const struct far_copied *copied)
{
	uint32_t from = 0;
	uint32_t to = 0;
	size_t i = 0;
	if (copied->uidvalidity != load->upload->folder->far.state.marks.uidvalidity)
		return;
	while (uid_set_next(&copied->from, &from) && uid_set_next(&copied->to, &to)) {
		while (i < load->count && load->items[i]->source->uid < from)
			i++;
		if (i == load->count || load->items[i]->source->uid != from ||
		    to < load->upload->batch_from_uid)
			continue;
		load->items[i]->sent->uid = to;
		far_append_learn(load->upload->append, to);
	}
}

/* All of the load may have arrived: the server need not have told of it, and a refusal may come
 * half way. GONE: what left its mailbox. */
static void note_load(const struct load *load, const struct uid_set *gone,
		      const struct far_copied *copied)
{
	for (size_t i = 0; i < load->count; i++) {
		struct outgoing *outgoing = load->items[i];
		outgoing->sent->state = FAR_SENT_STORED;
		outgoing->has_left = load->moves && uid_set_contains(gone, outgoing->source->uid);
	}
	take_told(load, copied);
}

static void tell_refusal(const struct load *load, const struct error *reason)
{
	log_line(LOG_VERBOSE, "%s: what the server did not %s from %s is sent: %s",
		 sync_folder_name(load->upload->folder), load->moves ? "move" : "copy",
		 load->from->name, reason->text);
}

static int carry(const struct load *load, struct error *error)
{
	struct far_session *session = load->upload->session;
	const char *to = sync_folder_mailbox(load->upload->folder).name;
	const struct far_mailbox from = { .name = load->from->mailbox,
					  .uidvalidity = load->from->uidvalidity };
	struct far_copied copied = { .uidvalidity = 0 };
	struct error refusal = ERROR_INITIAL;
	struct uid_set gone = UID_SET_INITIAL;
	uid_set_add_set(&gone, &load->uids);
	int result = load->moves ? far_move(session, &from, &gone, to, &copied, &refusal)
				 : far_copy(session, &from, &load->uids, to, &copied, &refusal);
	if (result != 0)
		uid_set_clear(&gone);
	note_load(load, &gone, &copied);
	far_copied_release(&copied);
	uid_set_release(&gone);
	if (result == 0)
		return 0;
	if (!far_is_alive(session) || far_wants_pause(&refusal)) {
		*error = refusal;
		return -1;
	}
	tell_refusal(load, &refusal);
	return 0;
}

/* --- The batch --- */

/* A message that another client removed meanwhile is left out without a word, and some servers put
 * a second one of the same bytes nowhere. */
static void send_missing(struct upload *upload)
{
	for (size_t i = 0; i < upload->count; i++) {
		struct outgoing *outgoing = &upload->batch[i];
		if (!outgoing->source || outgoing->sent->uid != 0)
			continue;
		outgoing->source = NULL;
		outgoing->has_left = false;
		outgoing->sent->state = FAR_SENT_WAITS;
	}
}

static void count_carried(struct upload *upload)
{
	for (size_t i = 0; i < upload->count; i++) {
		const struct outgoing *outgoing = &upload->batch[i];
		upload->done += outgoing->source != NULL;
		if (outgoing->source && !outgoing->operation->upload.moved_from)
			upload->folder->transfer.counts.copied++;
	}
}

int upload_carry_batch(struct upload *upload, struct error *error)
{
	struct load load = { .upload = upload };
	int result = 0;
	while (result == 0 && fill_load(&load, upload)) {
		result = carry(&load, error);
		release_load(&load);
	}
	release_load(&load);
	if (result == 0)
		result = upload_find_uids(upload, error);
	if (result != 0)
		return -1;
	send_missing(upload);
	count_carried(upload);
	return 0;
}

/* --- Flags --- */

/* As bits of this folder: those of the account, unless one of both has letters of its own. */
static uint32_t flags_here(const struct sync_folder *folder, const struct source *source,
			   uint32_t flags)
{
	bool differ = folder->base.has_letters || source->folder->has_letters;
	return flags & folder->far.managed & (differ ? FLAGS_SYSTEM : UINT32_MAX);
}

uint32_t upload_base_flags(const struct upload *upload, const struct outgoing *outgoing)
{
	const struct source *source = outgoing->source;
	return source ? flags_here(upload->folder, source, source->flags)
		      : outgoing->operation->base_flags;
}

/* The message has the flags that it had on the server; what either side changed of them since both
 * agreed is merged as where it was. */
void upload_merge_carried(const struct upload *upload, const struct outgoing *outgoing)
{
	struct sync_folder *folder = upload->folder;
	struct transfer *transfer = &folder->transfer;
	const struct source *source = outgoing->source;
	const struct plan_rules rules = rules_of_plan(folder->context->options, &folder->target,
						      &folder->base, &folder->far);
	uint32_t base = upload_base_flags(upload, outgoing);
	struct operation *merge =
		operation_list_add(&transfer->carried, OPERATION_MERGE, outgoing->sent->uid);
	uint32_t near = letters_meant(base, outgoing->operation->near_flags, true);
	plan_set_flags(&rules, merge, base, near, flags_here(folder, source, source->far_flags));
	merge->near_flags = outgoing->operation->near_flags; /* letters may come back */
	if (!operation_stores(merge) && !operation_renames(merge) && merge->base_flags == base) {
		transfer->carried.count--;
		return;
	}
	text_list_add(&transfer->carried_names, outgoing->location.name);
	merge->name = transfer->carried_names.items[transfer->carried_names.count - 1];
	merge->place = outgoing->location.place;
}
