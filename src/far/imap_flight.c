/* The far side over IMAP: one thing for many messages, in as many commands as their UIDs need.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>

#include "base/memory.h"
#include "far/imap_private.h"

void far_imap_flight_send(struct far_imap_flight *flight, const struct far_imap *imap,
			  const struct uid_set *uids, far_imap_send_function *send,
			  const void *context)
{
	struct uid_set left = UID_SET_INITIAL;
	struct uid_set part = UID_SET_INITIAL;
	uid_set_add_set(&left, uids);
	while (uid_set_take_part(&left, FAR_IMAP_SET_BYTES, &part)) {
		memory_grow((void **)&flight->commands, &flight->capacity, flight->count + 1,
			    sizeof(struct imap_command *));
		flight->commands[flight->count++] = send(imap->session, &part, context);
	}
	uid_set_release(&left);
	uid_set_release(&part);
}

int far_imap_flight_finish(struct far_imap_flight *flight, const struct far_imap *imap,
			   far_imap_finish_function *finish, void *context, struct error *error)
{
	int result = 0;
	for (size_t i = 0; i < flight->count; i++) {
		struct error failure = ERROR_INITIAL;
		if (finish(imap->session, &flight->commands[i], context, &failure) ==
			    IMAP_RESULT_OK ||
		    result != 0)
			continue;
		*error = failure;
		result = error_widen(error, SCOPE_FOLDER);
	}
	free(flight->commands);
	*flight = (struct far_imap_flight){ .count = 0 };
	return result;
}
