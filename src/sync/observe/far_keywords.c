/* Keywords that the far side tells, by name. SPDX-License-Identifier: GPL-3.0-or-later */
#include "sync/observe/far_keywords.h"

#include <stdlib.h>

#include "base/memory.h"
#include "mail/name_set.h"
#include "state/tags.h"

static int read_known(struct state_transaction *transaction, uint32_t folder, uint32_t uid,
		      struct state_tags *known_r, struct error *error)
{
	*known_r = (struct state_tags){ .thread = NULL };
	return transaction ? state_tags_get(transaction, folder, uid, known_r, error) : 0;
}

int far_keywords_see(struct far_keywords *list, struct state_transaction *transaction,
		     uint32_t folder, uint32_t uid, const struct flag_names *flags,
		     struct error *error)
{
	struct state_tags known;
	struct text_list told = { .items = NULL };
	if (read_known(transaction, folder, uid, &known, error) < 0)
		return -1;
	name_set_add_all(&told, &flags->keywords);
	if (!name_set_equal(&told, &known.far) || uid_set_contains(&list->uids, uid)) {
		memory_grow((void **)&list->items, &list->capacity, list->count + 1,
			    sizeof *list->items);
		list->items[list->count++] =
			(struct far_keyword_set){ .uid = uid, .names = name_set_text(&told) };
		uid_set_add(&list->uids, uid);
	}
	text_list_release(&told);
	state_tags_release(&known);
	return 0;
}

void far_keywords_clear(struct far_keywords *list)
{
	for (size_t i = 0; i < list->count; i++)
		free(list->items[i].names);
	free(list->items);
	uid_set_release(&list->uids);
	*list = (struct far_keywords){ .items = NULL };
}
