/* Where the bodies of new far messages come from: from the server, or from a file that is here
 * already, because another client moved or copied a message, or put another label to it. Pure: no
 * I/O, no clock, no globals. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_SYNC_PLAN_ORIGINS_H
#define NAVETTE_SYNC_PLAN_ORIGINS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mail/identity.h"
#include "mail/message_digest.h"
#include "mail/object_id.h"

/* What stays the same of a message wherever it goes, as far as it is known. */
struct origin_content {
	struct object_id object;
	uint64_t size; /* as the server tells it */
	bool has_date;
	int64_t date; /* when it arrived; seconds since the epoch */
	bool has_identity;
	struct identity identity;
};

/* A message of the base with a file here. */
struct origin_known {
	struct origin_content content;
	struct body_digest body;
	uint32_t uid;
	uint32_t base_flags;
	size_t folder; /* whatever the caller numbers */
	bool is_lost;  /* the far side has it there no more: it may have moved */
	bool is_taken; /* result: ... and is taken for a move */
};

enum origin_kind {
	ORIGIN_SERVER, /* it is fetched */
	ORIGIN_KNOWN,  /* it is a message of the base */
	ORIGIN_NEW     /* it is another new one, which is fetched */
};

/* A new far message, and what becomes of it. */
struct origin_new {
	struct origin_content content;
	uint32_t uid;
	uint32_t flags;
	size_t folder;
	enum origin_kind kind; /* result, as the rest */
	size_t from;           /* index of the known or new one */
	bool moves;            /* the known one has gone there, and to no other */
	bool wants_identity;   /* its identity would decide, and is not known */
};

/* Both kinds, in the order of folder and UID. */
struct origins {
	struct origin_known *known;
	size_t known_count, known_capacity;
	struct origin_new *new;
	size_t new_count, new_capacity;
};
void origins_add_known(struct origins *origins, const struct origin_known *known);
void origins_add_new(struct origins *origins, const struct origin_new *one);
void origins_release(struct origins *origins);

/* Of each new message. What the server calls the content decides, where it is known and the size is
 * the same: RFC 8474 section 5.1 says that it is one content. A server that has one such name for
 * new messages of different sizes is believed none (section 8.4). Else only what is lost is
 * considered, for one new message of another folder each, for which size, date and identity must
 * all be the same: what then differs in its body from another such one is in doubt, and nothing is
 * taken for it. Of two new ones with one name the first is fetched. */
void origins_pair(struct origins *origins);

#endif
