/* Messages that the server has, and that new files here may be: such need not be sent. Pure.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_SYNC_PLAN_SOURCE_H
#define NAVETTE_SYNC_PLAN_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mail/identity.h"
#include "mail/message_digest.h"
#include "sync/observe/changes.h"

/* A folder of the account that has some. */
struct source_folder {
	char *name;
	char *mailbox; /* the server's octets */
	uint32_t uidvalidity;
	uint32_t id;          /* in the state */
	size_t number;        /* in the round; SIZE_MAX: it takes no part */
	bool has_letters;     /* of its own: keyword bits are no one else's (observe/letters.h) */
	bool has_drafts;      /* what is in it may be edited in place */
	struct uid_set gone;  /* the server has these no more */
	struct uid_set stubs; /* of these only the header is here */
};

/* A message of the base, and of the server as far as is known. */
struct source {
	struct identity identity; /* identity_with_size(); first, for identity_find() */
	const struct source_folder *folder;
	uint32_t uid;
	uint32_t flags;          /* what the base has */
	uint32_t far_flags;      /* what the server has now */
	uint64_t size;           /* as the server told it */
	struct body_digest body; /* not known of a stub, and in records of before */
	char *base;              /* the base name of its file */
	bool is_stub;
};

/* Start zeroed. */
struct source_list {
	struct source *items; /* ascending by identity once sorted, then by folder and UID */
	size_t count, capacity;
	struct source_folder **folders;
	size_t folder_count, folder_capacity;
};

/* FOLDER's members become the list's; the result lives as long as that. */
const struct source_folder *source_list_add_folder(struct source_list *list,
						   const struct source_folder *folder);
/* The folder of that id of the state; NULL: it is not in the list. */
const struct source_folder *source_list_find_folder(const struct source_list *list, uint32_t id);
/* SOURCE's text becomes the list's. */
void source_list_add(struct source_list *list, const struct source *source);
/* To be called when all are added; from then on pointers to them are good. */
void source_list_sort(struct source_list *list);
/* Those of that identity: COUNT of them from the index on that is returned. */
size_t source_list_find(const struct source_list *list, const struct identity *identity,
			size_t *count_r);
void source_list_release(struct source_list *list);

/* Whether the new file is certainly that message, which the server could put into the file's folder
 * itself: of equal identity, and with the same body to the byte. Other fields of the header may
 * differ: readers add Status, Lines, Content-Length. Where the base has no digest of the body it
 * must have the same size and base name. A stub is the message of its header and size. Never a
 * draft, of which there may be several versions; DRAFTS: the file's folder is one of drafts. */
bool source_is_same(const struct source *source, const struct near_added *added, bool drafts);

#endif
