/* What gather learns of both sides of a folder: its end. SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "sync/observe/far_observation.h"

#include "sync/observe/near_observation.h"

void far_observation_release(struct far_observation *far)
{
	far_state_release(&far->state);
	far_changes_release(&far->changes);
	far_new_list_release(&far->new);
	far_keywords_clear(&far->names);
	window_release(&far->window);
}

void near_observation_release(struct near_observation *near)
{
	near_changes_release(&near->changes);
}
