/* New files of an account, to find what moved from one folder to another. Pure.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_SYNC_PLAN_ARRIVAL_H
#define NAVETTE_SYNC_PLAN_ARRIVAL_H

#include <stdbool.h>
#include <stddef.h>

#include "mail/identity.h"

/* What becomes of a new file. */
enum arrival_kind {
	ARRIVAL_SENT,      /* it goes to the server in this run */
	ARRIVAL_THERE,     /* the server has it already */
	ARRIVAL_WAITS,     /* it goes to the server in another run */
	ARRIVAL_WITHHELD,  /* the rules keep it from the server, which has its folder */
	ARRIVAL_HERE_ONLY, /* its folder is not made on the server */
	ARRIVAL_STRAY      /* a stub in a Maildir that the run does not look at */
};
#define ARRIVAL_KINDS (ARRIVAL_STRAY + 1)

struct arrival {
	struct identity identity; /* identity_with_size(); first, for identity_find() */
	enum arrival_kind kind;
	size_t folder; /* of the round, and the file's index in its near_changes.added; SIZE_MAX: of
			  none */
	size_t added;
};

/* Start zeroed. */
struct arrival_list {
	struct arrival *items; /* ascending by identity once sorted */
	size_t count, capacity;
	bool unknown[ARRIVAL_KINDS]; /* there may be more of the kind: nobody knows what they are */
};

void arrival_list_add(struct arrival_list *list, const struct arrival *arrival);
/* To be called when all are added, before the others. */
void arrival_list_sort(struct arrival_list *list);
/* Those of that identity: COUNT of them from the index on that is returned. */
size_t arrival_list_find(const struct arrival_list *list, const struct identity *identity,
			 size_t *count_r);
/* Whether any of them is of KIND. */
bool arrival_list_holds(const struct arrival_list *list, const struct identity *identity,
			enum arrival_kind kind);
void arrival_list_release(struct arrival_list *list);

#endif
