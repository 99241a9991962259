/* Flags as IMAP lists them <-> flags as bits of a folder. Internal to sync.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_SYNC_OBSERVE_FLAGS_H
#define NAVETTE_SYNC_OBSERVE_FLAGS_H

#include "mail/flags.h"

struct sync_folder;

/* The names behind the folder's keyword bits: the account's table; or its own, where its files have
 * letters by another (observe/letters.h). */
const struct keyword_table *sync_flags_table(const struct sync_folder *folder);

/* The bits of FLAGS that are synchronised; keywords that have no letter yet are given one while
 * there are any left, and where there is none that is said. Several threads may do so. */
uint32_t sync_flags_learn(const struct sync_folder *folder, const struct flag_names *flags);

/* Whether keywords are tags, by name, and no bits at all. */
bool sync_flags_are_tags(const struct sync_folder *folder);

/* Which bits are synchronised whatever their names are: all, or only the system flags. */
uint32_t sync_flags_mask(const struct sync_folder *folder);
/* Those that both sides can hold: with a name. */
uint32_t sync_flags_managed(const struct sync_folder *folder);
/* Those of them whose changes made here the rules let go to the server. */
uint32_t sync_flags_pushed(const struct sync_folder *folder);
/* The bits whose changes made here can go to the server: what the rules let go, and PERMANENT lets
 * store. */
uint32_t sync_flags_storable(const struct sync_folder *folder, const struct flag_names *permanent);

#endif
