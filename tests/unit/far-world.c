/* A server in memory: what is in it. SPDX-License-Identifier: GPL-3.0-or-later */
#include "far-world.h"

#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/memory.h"
#include "mail/mailbox_attribute.h"

struct world *world_create(void)
{
	struct world *world = mmap(NULL, sizeof *world, PROT_READ | PROT_WRITE,
				   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pthread_mutexattr_t shared;
	if (world == MAP_FAILED || pthread_mutexattr_init(&shared) != 0 ||
	    pthread_mutexattr_setpshared(&shared, PTHREAD_PROCESS_SHARED) != 0 ||
	    pthread_mutexattr_setrobust(&shared, PTHREAD_MUTEX_ROBUST) != 0 ||
	    pthread_mutex_init(&world->lock, &shared) != 0)
		memory_fail();
	(void)pthread_mutexattr_destroy(&shared);
	for (size_t i = 0; i < WORLD_WATCHES; i++)
		world->wakers[i] = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	world_clear(world);
	return world;
}

void world_destroy(struct world **world)
{
	for (size_t i = 0; *world && i < WORLD_WATCHES; i++)
		(void)close((*world)->wakers[i]);
	if (*world)
		(void)munmap(*world, sizeof **world);
	*world = NULL;
}

void world_clear(struct world *world)
{
	world->ways = (struct world_ways){ .without_modseq = false };
	world->steps = world->effects = world->fault_at = 0;
	world->bodies_given = world->bodies_taken = 0;
	world->listed = 0;
	world->told_effects = 0;
	memset(world->is_waked, 0, sizeof world->is_waked);
	world->fault = WORLD_WELL;
	world->used = 0;
	world->next_uidvalidity = 1000;
	memset(world->keywords, 0, sizeof world->keywords);
	for (size_t i = 0; i < WORLD_MAILBOXES; i++)
		world->mailboxes[i].exists = false;
	(void)world_make(world, "INBOX");
}

void world_tell(struct world *world)
{
	static const uint64_t one = 1;
	for (size_t i = 0; i < WORLD_WATCHES; i++) {
		if (world->is_waked[i] && write(world->wakers[i], &one, sizeof one) < 0)
			continue; /* it was waked often enough */
	}
}

struct world_mailbox *world_find(struct world *world, const char *name)
{
	for (size_t i = 0; i < WORLD_MAILBOXES; i++) {
		if (world->mailboxes[i].exists && strcmp(world->mailboxes[i].name, name) == 0)
			return &world->mailboxes[i];
	}
	return NULL;
}

struct world_mailbox *world_make(struct world *world, const char *name)
{
	for (size_t i = 0; i < WORLD_MAILBOXES; i++) {
		struct world_mailbox *mailbox = &world->mailboxes[i];
		if (mailbox->exists)
			continue;
		*mailbox = (struct world_mailbox){ .exists = true,
						   .id = world->next_uidvalidity,
						   .uidvalidity = world->next_uidvalidity++,
						   .uidnext = 1,
						   .highestmodseq = 1 };
		(void)snprintf(mailbox->name, sizeof mailbox->name, "%s", name);
		return mailbox;
	}
	return NULL;
}

/* Whether NAME is FROM or below it: *rest_r is what comes behind. */
static bool is_within(const char *name, const char *from, const char **rest_r)
{
	size_t length = strlen(from);
	*rest_r = name + length;
	return strncmp(name, from, length) == 0 && (**rest_r == '\0' || **rest_r == '/');
}

static void call(struct world *world, struct world_mailbox *mailbox, const char *to,
		 const char *rest)
{
	char name[2 * WORLD_NAME_SIZE];
	(void)snprintf(name, sizeof name, "%s%s", to, rest);
	(void)snprintf(mailbox->name, sizeof mailbox->name, "%.*s", WORLD_NAME_SIZE - 1, name);
	mailbox->attributes &= ~(unsigned int)MAILBOX_SUBSCRIBED;
	if (world->ways.renames_anew)
		mailbox->uidvalidity = world->next_uidvalidity++;
}

bool world_rename(struct world *world, const char *from, const char *to)
{
	const char *rest;
	size_t count = 0;
	struct world_mailbox *within[WORLD_MAILBOXES];
	if (!world_find(world, from) || world_find(world, to))
		return false;
	for (size_t i = 0; i < WORLD_MAILBOXES; i++) {
		struct world_mailbox *mailbox = &world->mailboxes[i];
		if (mailbox->exists && is_within(mailbox->name, from, &rest))
			within[count++] = mailbox;
	}
	for (size_t i = 0; i < count; i++) {
		char old[WORLD_NAME_SIZE];
		memcpy(old, within[i]->name, sizeof old);
		(void)is_within(old, from, &rest);
		call(world, within[i], to, rest);
	}
	return true;
}

void world_renumber(struct world *world, struct world_mailbox *mailbox)
{
	size_t kept = 0;
	mailbox->uidvalidity = world->next_uidvalidity++;
	mailbox->uidnext = 1;
	for (size_t i = 0; i < mailbox->count; i++) {
		if (mailbox->messages[i].is_gone)
			continue;
		mailbox->messages[kept] = mailbox->messages[i];
		mailbox->messages[kept++].uid = mailbox->uidnext++;
	}
	mailbox->count = kept;
}

/* Those that are gone longest make room. */
static void make_room(struct world_mailbox *mailbox)
{
	for (size_t i = 0; i < mailbox->count; i++) {
		if (!mailbox->messages[i].is_gone)
			continue;
		memmove(&mailbox->messages[i], &mailbox->messages[i + 1],
			(mailbox->count - i - 1) * sizeof mailbox->messages[0]);
		mailbox->count--;
		return;
	}
	memory_fail();
}

uint32_t world_add(struct world *world, struct world_mailbox *mailbox, uint32_t flags, int64_t date,
		   const void *bytes, size_t length)
{
	if (mailbox->count == WORLD_MESSAGES)
		make_room(mailbox);
	if (length > WORLD_BYTES - world->used)
		memory_fail();
	struct world_message *message = &mailbox->messages[mailbox->count++];
	*message = (struct world_message){ .uid = mailbox->uidnext++,
					   .flags = flags,
					   .date = date,
					   .modseq = ++mailbox->highestmodseq,
					   .body = world->used,
					   .length = length };
	memcpy(world->bytes + world->used, bytes, length);
	world->used += length;
	return message->uid;
}

uint32_t world_copy(struct world_mailbox *mailbox, const struct world_message *message)
{
	struct world_message copy = *message; /* making room may move it */
	if (mailbox->count == WORLD_MESSAGES)
		make_room(mailbox);
	copy.uid = mailbox->uidnext++;
	copy.modseq = ++mailbox->highestmodseq;
	mailbox->messages[mailbox->count++] = copy;
	return copy.uid;
}

struct world_message *world_message(struct world_mailbox *mailbox, uint32_t uid)
{
	for (size_t i = 0; i < mailbox->count; i++) {
		if (mailbox->messages[i].uid == uid && !mailbox->messages[i].is_gone)
			return &mailbox->messages[i];
	}
	return NULL;
}

void world_set_flags(struct world_mailbox *mailbox, uint32_t uid, uint32_t flags)
{
	struct world_message *message = world_message(mailbox, uid);
	if (!message || message->flags == flags)
		return;
	message->flags = flags;
	message->modseq = ++mailbox->highestmodseq;
}

void world_remove(struct world_mailbox *mailbox, uint32_t uid)
{
	struct world_message *message = world_message(mailbox, uid);
	if (!message)
		return;
	message->is_gone = true;
	message->modseq = ++mailbox->highestmodseq;
}

void world_carry(struct world *world, const char *from, uint32_t uid, const char *to, bool moves)
{
	struct world_mailbox *mailbox = world_find(world, from);
	struct world_mailbox *other = world_find(world, to);
	const struct world_message message = *world_message(mailbox, uid);
	(void)world_copy(other ? other : world_make(world, to), &message);
	if (moves)
		world_remove(mailbox, uid);
}

struct world_message *world_nth(struct world_mailbox *mailbox, size_t n)
{
	for (size_t i = 0; i < mailbox->count; i++) {
		if (!mailbox->messages[i].is_gone && n-- == 0)
			return &mailbox->messages[i];
	}
	return NULL;
}

size_t world_count(const struct world_mailbox *mailbox)
{
	size_t count = 0;
	for (size_t i = 0; i < mailbox->count; i++)
		count += !mailbox->messages[i].is_gone;
	return count;
}

uint32_t world_keyword(struct world *world, const char *name)
{
	for (unsigned int i = 0; i < WORLD_KEYWORDS; i++) {
		if (world->keywords[i][0] == '\0')
			(void)snprintf(world->keywords[i], WORLD_NAME_SIZE, "%s", name);
		if (strcmp(world->keywords[i], name) == 0)
			return FLAG_KEYWORD(i);
	}
	return 0;
}
