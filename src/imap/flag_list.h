/* Flags as STORE and APPEND write them. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_IMAP_FLAG_LIST_H
#define NAVETTE_IMAP_FLAG_LIST_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buffer.h"
#include "mail/flags.h"

/* Appends "(\Seen $Forwarded keyword)" (RFC 9051 section 9, flag-list). Keyword bits take their
 * names from KEYWORDS (may be NULL: none); bits without a name, and names that are no atom, are
 * left out. Returns whether the list holds any flag. */
bool imap_flag_list_add(struct buffer *text, uint32_t flags, const struct keyword_table *keywords);

#endif
