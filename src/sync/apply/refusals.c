/* Messages that the server refuses to give. SPDX-License-Identifier: GPL-3.0-or-later */
#include "sync/apply/refusals.h"

#include <string.h>

#include "sync/observe/deferred.h"
#include "sync/report.h"

static void report(const struct refusals *refusals)
{
	struct error reason = refusals->reason;
	uint64_t count = uid_set_size(&refusals->uids);
	uint32_t first = 0;
	if (!uid_set_next(&refusals->uids, &first))
		return;
	if (count == 1)
		(void)error_prefix(&reason, "message with UID %u", first);
	else
		(void)error_prefix(&reason, "%llu messages, the first of them with UID %u",
				   (unsigned long long)count, first);
	sync_report_messages(refusals->folder, count, &reason);
}

int refusals_tell(struct refusals *refusals, struct error *error)
{
	const struct error *reason = &refusals->reason;
	int result = 0;
	if (reason->kind == ERROR_FAILED && reason->scope == SCOPE_MESSAGE)
		result = sync_deferred_note(refusals->folder, &refusals->uids, SYNC_FAILURE_REFUSED,
					    reason->text, error);
	report(refusals);
	uid_set_add_set(&refusals->told, &refusals->uids);
	uid_set_clear(&refusals->uids);
	return result;
}

int refusals_add(struct refusals *refusals, uint32_t uid, const struct error *reason,
		 struct error *error)
{
	if (strcmp(refusals->reason.text, reason->text) != 0 && refusals_tell(refusals, error) != 0)
		return -1;
	refusals->reason = *reason;
	uid_set_add(&refusals->uids, uid);
	return 0;
}

void refusals_release(struct refusals *refusals)
{
	uid_set_release(&refusals->uids);
	uid_set_release(&refusals->told);
}
