/* Removals that must wait. Internal to sync. SPDX-License-Identifier:
 * GPL-3.0-or-later
 */
#ifndef NAVETTE_SYNC_APPLY_HOLD_H
#define NAVETTE_SYNC_APPLY_HOLD_H

struct run;

/* When all of the account's new mail was tried: fills transfer.held of each folder, which its
 * removals then leave out: what the plan holds, and what awaits files that did not arrive. */
void run_hold_removals(struct run *run);

/* Likewise of files here: one whose message moved on the server stays until it has come where it is
 * now, so that what was changed of it here is not lost. */
void run_hold_departures(struct run *run);

#endif
