/* Whether another synchroniser worked on a Maildir. Internal to sync. SPDX-License-Identifier:
 * GPL-3.0-or-later */
#ifndef NAVETTE_SYNC_FOREIGN_TREE_H
#define NAVETTE_SYNC_FOREIGN_TREE_H

/* As `navette init --from` calls it: "mbsync" by the files that it keeps in a Maildir,
 * "offlineimap" by the names that it gives; NULL: nothing tells of any. Looks at a few names alone.
 */
const char *foreign_tree_program(const char *maildir);

#endif
