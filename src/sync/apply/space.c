/* Whether the disks have room for what is to be downloaded. Sizes of new messages are not known
 * before they come; to ask for them costs a round trip, so that is done only where little is free.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "sync/apply/space.h"

#include "base/path.h"
#include "base/text.h"
#include "sync/folder.h"
#include "sync/observe/mailbox.h"

#define LOW_BYTES (256ull * 1024 * 1024)
#define BLOCK_BYTES 4096ull      /* a file takes whole ones, as on most file systems */
#define STUB_BYTES 8192ull       /* of a header */
#define RESERVE_BYTES 1048576ull /* directories, the state's pages, and others who write */

bool sync_space_is_low(const struct sync_folder *folder)
{
	uint64_t free_bytes;
	return path_free_bytes(folder->target.view->path, &free_bytes) && free_bytes < LOW_BYTES;
}

struct need {
	uint64_t messages, bytes;
	bool stubs;
};

static int see_size(void *context, const struct far_message *message, struct error *error)
{
	struct need *need = context;
	(void)error; /* nothing fails */
	if (!message->has_size)
		return 0;
	need->messages++;
	need->bytes += need->stubs ? STUB_BYTES : (message->size / BLOCK_BYTES + 1) * BLOCK_BYTES;
	return 0;
}

int sync_space_check(const struct sync_folder *folder, struct far_session *session,
		     const struct uid_set *uids, bool stubs, struct error *error)
{
	struct need need = { .stubs = stubs };
	struct error ignored = ERROR_INITIAL; /* the bodies' FETCH meets it too */
	uint64_t free_bytes;
	const struct far_fetch fetch = { .mailbox = sync_folder_mailbox(folder),
					 .uids = uids,
					 .items = FAR_SIZE,
					 .context = &need,
					 .see = see_size };
	if (far_fetch(session, &fetch, &ignored) == FAR_ERROR) {
		*error = ignored;
		return -1;
	}
	if (!path_free_bytes(folder->target.view->path, &free_bytes) ||
	    need.bytes + RESERVE_BYTES <= free_bytes)
		return 0;
	return error_set(
		error, ERROR_FAILED, SCOPE_ACCOUNT,
		"the disk is full: the next %llu %s of %s %s %llu kB and 1 MB to "
		"spare, and only %llu kB are free in %s; make room there and run again. What "
		"came so far stays",
		(unsigned long long)need.messages,
		text_plural(need.messages, "message", "messages"), sync_folder_name(folder),
		text_plural(need.messages, "needs", "need"),
		(unsigned long long)(need.bytes / 1024), (unsigned long long)(free_bytes / 1024),
		folder->target.view->path);
}
