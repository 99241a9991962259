/* Messages of the account that have a wanted identity. SPDX-License-Identifier: GPL-3.0-or-later */
#include "state/identities.h"

#include <stdlib.h>

#include "base/memory.h"

struct lookup {
	enum identity_kind kind;
	const struct identity *wanted;
	size_t count;
	state_identity_seen *see;
	void *context;
	size_t runs;
	bool any_noted; /* any message is noted as not in the index */
};

/* The first entry of the run at or after ENTRY: 1 found, 0 none, -1 error. */
static int seek_entry(struct state_transaction *transaction, size_t run,
		      const struct identity_entry *entry, struct identity_entry *entry_r,
		      struct error *error)
{
	unsigned char bytes[IDENTITY_KEY_SIZE];
	MDB_val value;
	MDB_val key = { .mv_size = IDENTITY_KEY_SIZE, .mv_data = bytes };
	identity_entry_key(bytes, run, entry);
	int found = state_seek(transaction, STATE_TABLE_IDENTITIES, &key, &value, error);
	if (found <= 0)
		return found;
	if (key.mv_size != IDENTITY_KEY_SIZE)
		return state_refuse(transaction->state,
				    "is damaged (the index of identities makes no sense)", error);
	if (memcmp(key.mv_data, bytes, 2) != 0)
		return 0;
	memcpy(entry_r->bytes, (const unsigned char *)key.mv_data + 2, IDENTITY_ENTRY_SIZE);
	return 1;
}

/* The first entry of any run at or after *place with the beginning of IDENTITY: 1 found (*place is
 * its own), 0 none, -1 error. One that stands in two runs is found once. */
static int next_entry(struct state_transaction *transaction, const struct lookup *lookup,
		      const struct identity *identity, struct state_place *place,
		      struct error *error)
{
	struct identity_entry from = identity_entry_make(identity, *place);
	struct identity_entry least;
	bool any = false;
	for (size_t run = 0; run < lookup->runs; run++) {
		struct identity_entry entry;
		int found = seek_entry(transaction, run, &from, &entry, error);
		if (found < 0)
			return -1;
		if (found == 0 || memcmp(entry.bytes, identity->bytes, IDENTITY_BEGIN_SIZE) != 0 ||
		    (any && memcmp(&entry, &least, sizeof entry) >= 0))
			continue;
		least = entry;
		any = true;
	}
	if (any)
		*place = (struct state_place){ state_read_u32(least.bytes + IDENTITY_BEGIN_SIZE),
					       state_read_u32(least.bytes + IDENTITY_BEGIN_SIZE +
							      4) };
	return any;
}

/* What the index says of one identity; what is noted is seen with the rest. */
static int see_entries(struct state_transaction *transaction, const struct lookup *lookup,
		       const struct identity *identity, struct error *error)
{
	struct state_place place = { 0, 0 };
	int found;
	for (; (found = next_entry(transaction, lookup, identity, &place, error)) > 0;
	     place = state_place_after(place)) {
		struct state_message message;
		int noted =
			lookup->any_noted ? state_unindexed_contains(transaction, place, error) : 0;
		if (noted == 0)
			found = state_message_by_uid(transaction, place.folder, place.uid, &message,
						     error);
		if (noted < 0 || found < 0)
			return -1;
		if (noted || found == 0)
			continue;
		struct identity own;
		if (identity_of_message(&message, lookup->kind, &own) &&
		    identity_equal(&own, identity) &&
		    lookup->see(lookup->context, place.folder, &message, error) != 0)
			return -1;
	}
	return found;
}

static int compare_identities(const void *a, const void *b)
{
	return memcmp(a, b, IDENTITY_SIZE);
}

/* A message that the index does not have. */
static int see_record(const struct lookup *lookup, uint32_t folder,
		      const struct state_message *message, struct error *error)
{
	struct identity own;
	if (!identity_of_message(message, lookup->kind, &own) ||
	    !bsearch(&own, lookup->wanted, lookup->count, sizeof own, compare_identities))
		return 0;
	return lookup->see(lookup->context, folder, message, error);
}

static int see_block(struct state_transaction *transaction, const struct lookup *lookup,
		     const struct state_uid_block *block, struct error *error)
{
	for (uint32_t bit = 0; bit < STATE_BLOCK_UIDS; bit++) {
		struct state_message message;
		uint32_t uid = block->number * STATE_BLOCK_UIDS + bit;
		if (!state_block_contains(block, bit))
			continue;
		int found = state_message_by_uid(transaction, block->folder, uid, &message, error);
		if (found < 0 ||
		    (found > 0 && see_record(lookup, block->folder, &message, error) != 0))
			return -1;
	}
	return 0;
}

static int see_blocks(struct state_transaction *transaction, const struct lookup *lookup,
		      struct error *error)
{
	struct state_uid_block block = { .folder = 0, .number = 0 };
	int found;
	while ((found = state_unindexed_next(transaction, block.folder, block.number, &block,
					     error)) > 0) {
		if (see_block(transaction, lookup, &block, error) != 0)
			return -1;
		block.number++;
	}
	return found;
}

/* The messages behind those that the index got to. */
static int see_rest(struct state_transaction *transaction, const struct lookup *lookup,
		    struct error *error)
{
	struct state_place place;
	struct state_message message;
	int found = 0;
	if (state_indexed_get(transaction, &place, error) != 0)
		return -1;
	while (!state_place_is_end(place)) {
		place = state_place_after(place);
		found = state_message_next_anywhere(transaction, &place, &message, error);
		if (found <= 0)
			break;
		if (see_record(lookup, place.folder, &message, error) != 0)
			return -1;
	}
	return found < 0 ? -1 : 0;
}

static int look_up(struct state_transaction *transaction, struct lookup lookup, struct error *error)
{
	size_t noted;
	if (lookup.count == 0)
		return 0;
	if (state_unindexed_flush(transaction, error) != 0 ||
	    identity_table_entries(transaction, STATE_TABLE_UNINDEXED, &noted, error) != 0 ||
	    identity_runs(transaction, &lookup.runs, error) != 0)
		return -1;
	lookup.any_noted = noted > 0;
	for (size_t i = 0; i < lookup.count; i++) {
		if (see_entries(transaction, &lookup, &lookup.wanted[i], error) != 0)
			return -1;
	}
	return see_blocks(transaction, &lookup, error) != 0 ||
			       see_rest(transaction, &lookup, error) != 0
		       ? -1
		       : 0;
}

int state_identities_each(struct state_transaction *transaction, const struct identity *wanted,
			  size_t count, state_identity_seen *see, void *context,
			  struct error *error)
{
	return look_up(transaction,
		       (struct lookup){ .kind = IDENTITY_OF_HEADER,
					.wanted = wanted,
					.count = count,
					.see = see,
					.context = context },
		       error);
}

int state_objects_each(struct state_transaction *transaction, const struct object_id *wanted,
		       size_t count, state_identity_seen *see, void *context, struct error *error)
{
	struct identity *keys = memory_array(count + 1, sizeof *keys);
	for (size_t i = 0; i < count; i++)
		memcpy(keys[i].bytes, wanted[i].bytes, IDENTITY_SIZE);
	int result = look_up(transaction,
			     (struct lookup){ .kind = IDENTITY_OF_OBJECT,
					      .wanted = keys,
					      .count = count,
					      .see = see,
					      .context = context },
			     error);
	free(keys);
	return result;
}

int state_identity_each(struct state_transaction *transaction, const struct identity *identity,
			uint64_t size, state_identity_seen *see, void *context, struct error *error)
{
	const struct identity wanted = identity_with_size(identity, size);
	return state_identities_each(transaction, &wanted, 1, see, context, error);
}
