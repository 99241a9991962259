/* How many of each message a side has in each folder of the user.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_TESTS_ENGINE_COUNTS_H
#define NAVETTE_TESTS_ENGINE_COUNTS_H

#include "engine-user.h"

struct counts {
	unsigned int of[USER_FOLDERS][USER_NUMBERS][USER_VERSIONS];
};

/* Which of the user's folders it is. */
size_t counts_folder(const char *name);
/* What a message on the server says of itself. */
struct rig_content counts_content(const struct world *world, const struct world_message *message);
void counts_near(const struct rig *rig, struct counts *counts_r);
void counts_far(const struct rig *rig, struct counts *counts_r);
/* Those of the server that TAKES says yes to. */
typedef bool counts_takes(const void *context, const struct world_mailbox *mailbox,
			  const struct world_message *message);
void counts_far_of(const struct rig *rig, counts_takes *takes, const void *context,
		   struct counts *counts_r);

#endif
