/* Which channel takes a folder, and what it is called on either side. Pure.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_SYNC_FOLDERS_ROUTE_H
#define NAVETTE_SYNC_FOLDERS_ROUTE_H

#include "config/config.h"

struct route {
	const struct config_channel *channel; /* NULL: none takes it */
	char *local;                          /* its name here; NULL: none takes it */
};

/* Where a folder of the server goes: the first channel that takes it has it. The local name need
 * not be a valid folder name. Release with route_release(). */
struct route route_far(const struct config_account *account, const struct folder_facts *folder);
void route_release(struct route *route);

/* Whether both channels have their folders below one root, in one layout. */
bool route_is_one_place(const struct config_channel *a, const struct config_channel *b);

/* The name on the server that a folder gets which is only here, by the name LOCAL in the place of
 * CHANNEL, when that channel has it: the caller's. NULL when it has not. Such a folder has no
 * special use and nobody subscribed to it. */
char *route_near(const struct config_account *account, const struct config_channel *channel,
		 const char *local);

/* The channel of CHANNEL's place that would have a directory LOCAL there if that could be the name
 * of a folder; NULL: none. */
const struct config_channel *route_near_taker(const struct config_account *account,
					      const struct config_channel *place,
					      const char *local);

/* Whether a rule asks which folders are subscribed to. */
bool route_wants_subscriptions(const struct config_account *account);

#endif
