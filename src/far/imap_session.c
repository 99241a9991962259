/* The far side over IMAP: one session. SPDX-License-Identifier: GPL-3.0-or-later */
#include "far/imap_private.h"

static bool is_alive(const struct far_session *session)
{
	return imap_session_is_alive(far_imap_of_const(session)->session);
}

static enum far_end end(const struct far_session *session)
{
	switch (imap_session_end(far_imap_of_const(session)->session)) {
	case IMAP_SESSION_BYE:
		return FAR_END_BYE;
	case IMAP_SESSION_BYE_TO_CLIENT:
		return FAR_END_BYE_TO_CLIENT;
	case IMAP_SESSION_BROKE:
		break;
	}
	return FAR_END_BROKE;
}

static bool has(const struct far_session *session, enum far_feature feature)
{
	const struct imap_session *imap = far_imap_of_const(session)->session;
	switch (feature) {
	case FAR_MOVES:
		return imap_session_has(imap, IMAP_CAPABILITY_MOVE);
	case FAR_REPLACES:
		return imap_session_has(imap, IMAP_CAPABILITY_REPLACE);
	case FAR_OBJECTS:
		return imap_session_has(imap, IMAP_CAPABILITY_OBJECTID) ||
		       imap_session_has(imap, IMAP_CAPABILITY_X_GM_EXT_1);
	case FAR_LISTS_SUBSCRIBED:
		return imap_session_has(imap, IMAP_CAPABILITY_LIST_EXTENDED);
	}
	return false;
}

/* A link that is slower than this is worth compressing. */
#define SLOW_ROUND_TRIP_US 3000

/* Compression pays where a link is slow: next door it takes three times as long to compress mail as
 * to send it. */
static bool should_compress(const struct far_imap *imap, bool many)
{
	switch (imap->side->account->compress) {
	case CONFIG_COMPRESS_YES:
		return true;
	case CONFIG_COMPRESS_NO:
		return false;
	case CONFIG_COMPRESS_AUTO:
		break;
	}
	int64_t round_trip = imap_session_round_trip_us(imap->session);
	return many && (round_trip < 0 || round_trip >= SLOW_ROUND_TRIP_US);
}

static int expect_messages(struct far_session *session, bool many, struct error *error)
{
	const struct far_imap *imap = far_imap_of_const(session);
	return should_compress(imap, many) ? imap_compress(imap->session, error) : 0;
}

const struct far_operations far_imap_operations = {
	.close = far_imap_close,
	.is_alive = is_alive,
	.end = end,
	.has = has,
	.expect_messages = expect_messages,
	.describe = far_imap_describe,
	.list = far_imap_list,
	.meaning = far_imap_meaning,
	.ask_sizes = far_imap_ask_sizes,
	.ask_ids = far_imap_ask_ids,
	.create = far_imap_create_mailbox,
	.rename = far_imap_rename,
	.resubscribe = far_imap_resubscribe,
	.remove_mailbox = far_imap_delete,
	.look = far_imap_look,
	.observe_begin = far_imap_observe_begin,
	.observe_finish = far_imap_observe_finish,
	.search_begin = far_imap_search_begin,
	.search_finish = far_imap_search_finish,
	.search_drop = far_imap_search_drop,
	.find = far_imap_find,
	.fetch_begin = far_imap_fetch_begin,
	.fetch_is_sent = far_imap_fetch_is_sent,
	.fetch_finish = far_imap_fetch_finish,
	.store = far_imap_store,
	.open_next = far_imap_open_next,
	.remove = far_imap_remove,
	.move = far_imap_move,
	.copy = far_imap_copy,
	.append_begin = far_imap_append_begin,
	.append_batch = far_imap_append_batch,
	.append_learn = far_imap_append_learn,
	.append_next_uid = far_imap_append_next_uid,
	.append_end = far_imap_append_end,
	.watch_offered = far_imap_watch_offered,
	.watch_begin = far_imap_watch_begin,
	.watch_reach = far_imap_watch_reach,
	.watch_fd = far_imap_watch_fd,
	.watch_pending = far_imap_watch_pending,
	.watch_next_due = far_imap_watch_next_due,
	.watch_read = far_imap_watch_read,
	.watch_look_every = far_imap_watch_look_every,
	.watch_end = far_imap_watch_end,
};
