/* The base of one folder, out of the state. SPDX-License-Identifier: GPL-3.0-or-later */
#include "sync/observe/base_view.h"

static int by_uid(void *context, uint32_t uid, struct state_message *message_r, struct error *error)
{
	const struct base_view_state *state = context;
	return state_message_by_uid(state->transaction, state->folder, uid, message_r, error);
}

static int by_name(void *context, const char *base, size_t base_length,
		   struct state_message *message_r, struct error *error)
{
	const struct base_view_state *state = context;
	return state_message_by_name(state->transaction, state->folder, base, base_length,
				     message_r, error);
}

static int next(void *context, uint32_t from_uid, struct state_message *message_r,
		struct error *error)
{
	const struct base_view_state *state = context;
	return state_message_next(state->transaction, state->folder, from_uid, message_r, error);
}

int base_view_of_state(struct base_view_state *state, struct base_view *view_r, struct error *error)
{
	*view_r = (struct base_view){
		.context = state, .by_uid = by_uid, .by_name = by_name, .next = next
	};
	if (state_message_count(state->transaction, state->folder, &view_r->count, error) != 0)
		return -1;
	return state_message_absent(state->transaction, state->folder, &view_r->absent_near,
				    &view_r->absent_far, error);
}

int base_view_missing(const struct base_view *base, const struct uid_set *seen,
		      struct uid_set *missing, struct error *error)
{
	struct state_message message;
	uint32_t from = 1;
	int found;
	while ((found = base->next(base->context, from, &message, error)) > 0) {
		if (!uid_set_contains(seen, message.uid))
			uid_set_add(missing, message.uid);
		if (message.uid == UINT32_MAX)
			break;
		from = message.uid + 1;
	}
	return found < 0 ? -1 : 0;
}

static int nothing_by_uid(void *context, uint32_t uid, struct state_message *message_r,
			  struct error *error)
{
	(void)context, (void)uid, (void)message_r, (void)error;
	return 0;
}

static int nothing_by_name(void *context, const char *base, size_t base_length,
			   struct state_message *message_r, struct error *error)
{
	(void)context, (void)base, (void)base_length, (void)message_r, (void)error;
	return 0;
}

struct base_view base_view_of_nothing(void)
{
	return (struct base_view){ .by_uid = nothing_by_uid,
				   .by_name = nothing_by_name,
				   .next = nothing_by_uid };
}
