/* An account that is planned, for tests of what is decided for all its folders. A message is named
 * by its content, a number, which is its UID as well. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_TESTS_SYNC_ACCOUNT_H
#define NAVETTE_TESTS_SYNC_ACCOUNT_H

#include "sync/plan/moves.h"

enum { ACCOUNT_FOLDERS = 4, ACCOUNT_MESSAGES = 40 };

/* Folders "A" to "D", with the plans that each has by itself. */
struct account {
	struct plan plans[ACCOUNT_FOLDERS];
	struct near_changes changes[ACCOUNT_FOLDERS];
	struct near_added added[ACCOUNT_FOLDERS][ACCOUNT_MESSAGES];
	struct gone_message gone[ACCOUNT_FOLDERS][ACCOUNT_MESSAGES];
	struct moves_folder folders[ACCOUNT_FOLDERS];
	struct arrival_list arrivals;
	struct source_list sources;
};

struct identity account_identity(uint32_t content);

void account_begin(struct account *account);
void account_end(struct account *account);

/* --- What happened. Pointers are good until the next of the same kind in that folder --- */

/* A message that was removed here. */
struct gone_message *account_gone(struct account *account, size_t folder, uint32_t content);
/* A new file. PLANNED: the plan uploads it, or takes it for one that the server has; FORGET: it has
 * no plan for it, and the result is NULL. */
struct operation *account_arrives(struct account *account, size_t folder, uint32_t content,
				  enum operation_kind planned);
/* A new file that is uploaded, with that body. */
struct operation *account_arrives_as(struct account *account, size_t folder, uint32_t content,
				     uint8_t body);
/* A new file of no folder of the round. */
void account_stands(struct account *account, uint32_t content, enum arrival_kind kind);
/* The server has a message with that body in the folder. */
struct source *account_has(struct account *account, size_t folder, uint32_t content, uint8_t body);

/* --- What becomes of it --- */

void account_plan(struct account *account);
const struct operation *account_find(const struct account *account, size_t folder,
				     enum operation_kind kind, uint32_t uid);
/* Of a removal, in a word: the folder it moved to, "awaits", "removed", "held", "trash",
 * "withheld"; "nothing": there is none. */
const char *account_fate(const struct account *account, size_t folder, uint32_t uid);

#endif
