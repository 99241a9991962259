/* The database of tags. SPDX-License-Identifier: GPL-3.0-or-later */
#include "tags/tags.h"

#include <stdlib.h>

int tags_refuse_absent(struct error *error)
{
	return error_set(error, ERROR_CONFIG, SCOPE_ACCOUNT,
			 "this navette was built without libnotmuch, so keywords = notmuch cannot "
			 "be: build it with the Debian package libnotmuch-dev, or set keywords = "
			 "both");
}

void tags_change_release(struct tags_change *change)
{
	free(change->id);
	text_list_release(&change->add);
	text_list_release(&change->remove);
	*change = (struct tags_change){ .id = NULL };
}
