/* What building the index of identities and looking into it share.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_STATE_IDENTITIES_H
#define NAVETTE_STATE_IDENTITIES_H

#include "state/private.h"

#define IDENTITY_BEGIN_SIZE 8 /* so many bytes of an identity are in the index */
#define IDENTITY_ENTRY_SIZE (IDENTITY_BEGIN_SIZE + 8)
#define IDENTITY_KEY_SIZE (2 + IDENTITY_ENTRY_SIZE) /* behind the number of its run */

/* One of the index: the beginning of an identity, folder, UID. They are ordered by their bytes. */
struct identity_entry {
	unsigned char bytes[IDENTITY_ENTRY_SIZE];
};

struct identity_entry identity_entry_make(const struct identity *identity,
					  struct state_place place);
void identity_entry_key(unsigned char key[IDENTITY_KEY_SIZE], size_t run,
			const struct identity_entry *entry);

/* What a message is found by: its identity, and what the server calls its content. */
enum identity_kind { IDENTITY_OF_HEADER, IDENTITY_OF_OBJECT, IDENTITY_KINDS };

/* False: it has none of that kind. */
static inline bool identity_of_message(const struct state_message *message, enum identity_kind kind,
				       struct identity *identity_r)
{
	_Static_assert(OBJECT_ID_SIZE == IDENTITY_SIZE, "one index holds both");
	if (kind == IDENTITY_OF_HEADER)
		*identity_r = identity_with_size(&message->identity, message->size);
	else
		memcpy(identity_r->bytes, message->object.bytes, IDENTITY_SIZE);
	return kind == IDENTITY_OF_HEADER || object_id_is_known(&message->object);
}

/* Where the index got to when it is whole. */
static inline bool state_place_is_end(struct state_place place)
{
	return place.folder == UINT32_MAX && place.uid == UINT32_MAX;
}

static inline struct state_place state_place_after(struct state_place place)
{
	if (place.uid == UINT32_MAX)
		return (struct state_place){ place.folder + 1, 0 };
	return (struct state_place){ place.folder, place.uid + 1 };
}

static inline bool state_block_contains(const struct state_uid_block *block, uint32_t bit)
{
	return (block->bits[bit / 8] >> bit % 8 & 1) != 0;
}

/* How many runs there are, and entries of a table. Return 0 or -1. */
int identity_runs(struct state_transaction *transaction, size_t *runs_r, struct error *error);
int identity_table_entries(struct state_transaction *transaction, enum state_table table,
			   size_t *count_r, struct error *error);

/* Works a bounded number of messages into the index; *is_last_r: nothing is left. Returns 0 or -1.
 */
int identity_index_some(struct state_transaction *transaction, bool *is_last_r,
			struct error *error);

#endif
