/* In place of notmuch.c, where there is no libnotmuch. SPDX-License-Identifier: GPL-3.0-or-later */
#include "tags/tags.h"

const struct tags_side *tags_notmuch(void)
{
	return NULL;
}

const char *tags_library(void)
{
	return NULL;
}
