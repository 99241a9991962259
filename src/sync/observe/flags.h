/* Flags as IMAP lists them <-> flags as bits of a folder. SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef NAVETTE_SYNC_OBSERVE_FLAGS_H
#define NAVETTE_SYNC_OBSERVE_FLAGS_H

#include "mail/flags.h"

/* The bits of FLAGS; keywords that KEYWORDS does not have yet are given a letter there while
 * letters last, those beyond are left out. */
uint32_t sync_flags_of_imap(struct keyword_table *keywords, const struct flag_names *flags);

/* The first keyword of FLAGS that is left out because all letters of KEYWORDS are taken; NULL: none
 * is. */
const char *sync_flags_beyond(const struct keyword_table *keywords, const struct flag_names *flags);

/* Which bits a mailbox with these PERMANENTFLAGS can store. */
uint32_t sync_flags_storable(const struct keyword_table *keywords,
			     const struct flag_names *permanent);

#endif
