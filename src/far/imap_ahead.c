/* The far side over IMAP: messages that are fetched in the flight of the observation, before
 * anybody decided that they are wanted. So new mail costs one round trip. Only small ones: of a
 * large one the start came in vain. SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "far/imap_private.h"

void far_imap_early_release(struct far_imap_early *early)
{
	text_list_release(&early->flags.keywords);
	buffer_release(&early->body);
	*early = (struct far_imap_early){ .uid = 0 };
}

void far_imap_ahead_forget(struct far_imap *imap)
{
	struct far_imap_ahead *ahead = &imap->ahead;
	for (size_t i = 0; i < ahead->count; i++)
		far_imap_early_release(&ahead->items[i]);
	buffer_release(&ahead->coming);
	free(ahead->mailbox);
	*ahead = (struct far_imap_ahead){ .mailbox = NULL };
}

/* --- What comes --- */

static int begin_body(void *context, const struct imap_fetch_data *fetch, uint64_t size,
		      struct error *error)
{
	struct far_imap_ahead *ahead = context;
	(void)fetch;
	buffer_clear(&ahead->coming);
	if (size < IMAP_FETCH_START_BYTES)
		return 0;
	return error_set(error, ERROR_FAILED, SCOPE_MESSAGE, "this may be only its start");
}

static int write_body(void *context, const void *bytes, size_t length, struct error *error)
{
	struct far_imap_ahead *ahead = context;
	(void)error; /* nothing fails */
	buffer_add(&ahead->coming, bytes, length);
	return 0;
}

static struct far_imap_early *find(struct far_imap_ahead *ahead, uint32_t uid)
{
	for (size_t i = 0; i < ahead->count; i++) {
		if (ahead->items[i].uid == uid)
			return &ahead->items[i];
	}
	return NULL;
}

static void keep_flags(struct far_imap_early *early, const struct flag_names *flags)
{
	early->flags.system = flags->system;
	for (size_t i = 0; i < flags->keywords.count; i++)
		text_list_add(&early->flags.keywords, flags->keywords.items[i]);
}

/* What is not whole in every respect is asked for when it is wanted. */
static int see(void *context, const struct imap_fetch_data *fetch, struct error *error)
{
	struct far_imap_ahead *ahead = context;
	(void)error; /* nothing fails */
	if (fetch->body != IMAP_BODY_RECEIVED || !fetch->has_flags || fetch->body_size == 0 ||
	    fetch->body_size != ahead->coming.length || ahead->count == FAR_AHEAD_MAX ||
	    find(ahead, fetch->uid))
		return 0;
	struct far_imap_early *early = &ahead->items[ahead->count++];
	*early = (struct far_imap_early){ .uid = fetch->uid,
					  .has_date = fetch->has_internaldate,
					  .has_size = fetch->has_size,
					  .date = fetch->internaldate,
					  .size = fetch->size,
					  .object = fetch->object,
					  .body = ahead->coming };
	ahead->coming = (struct buffer)BUFFER_INITIAL;
	keep_flags(early, &fetch->flags);
	return 0;
}

/* --- Asking --- */

struct imap_command *far_imap_ahead_send(struct far_imap *imap, const char *mailbox, uint32_t first,
					 uint32_t count)
{
	const unsigned int items = IMAP_FETCH_FLAGS | IMAP_FETCH_INTERNALDATE | IMAP_FETCH_SIZE |
				   IMAP_FETCH_START | far_imap_items(imap, FAR_OBJECT);
	const struct imap_body_sink sink = { .context = &imap->ahead,
					     .begin = begin_body,
					     .write = write_body };
	struct uid_set uids = UID_SET_INITIAL;
	uint32_t most = count < FAR_AHEAD_MAX ? count : FAR_AHEAD_MAX;
	/* Two answers in one place would give a message of one mailbox for that of another. */
	if (imap->ahead.asked)
		return NULL;
	far_imap_ahead_forget(imap);
	imap->ahead.asked = true;
	imap->ahead.mailbox = memory_text(mailbox);
	imap->ahead.sink = sink;
	uid_set_add_range(&uids, first, first > UINT32_MAX - most ? UINT32_MAX : first + most - 1);
	struct imap_command *command =
		imap_fetch_send(imap->session, &uids, items, see, &imap->ahead, &imap->ahead.sink);
	uid_set_release(&uids);
	return command;
}

int far_imap_ahead_finish(struct far_imap *imap, struct imap_command **command,
			  uint32_t uidvalidity, struct error *error)
{
	if (!*command)
		return 0;
	enum imap_result result = imap_fetch_finish(imap->session, command, error);
	imap->ahead.asked = false;
	/* Also of a mailbox whose validity changed while it was open nothing may be taken. */
	imap->ahead.uidvalidity = result == IMAP_RESULT_ERROR ? 0 : uidvalidity;
	return result == IMAP_RESULT_ERROR ? -1 : 0;
}

struct far_imap_early *far_imap_ahead_find(struct far_imap *imap, const struct far_mailbox *mailbox,
					   uint32_t uid)
{
	struct far_imap_ahead *ahead = &imap->ahead;
	if (ahead->uidvalidity == 0 || ahead->uidvalidity != mailbox->uidvalidity ||
	    strcmp(ahead->mailbox, mailbox->name) != 0)
		return NULL;
	return find(ahead, uid);
}
