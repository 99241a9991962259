/* What the files of the far side over IMAP share. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_FAR_IMAP_PRIVATE_H
#define NAVETTE_FAR_IMAP_PRIVATE_H

#include <pthread.h>

#include "far/connect.h"
#include "far/imap.h"
#include "far/implementation.h"
#include "imap/commands.h"

struct far_imap_side {
	struct far_side base;
	const struct config_account *account;
	pthread_mutex_t lock; /* over all that follows */
	struct connector connector;
};

struct far_imap {
	struct far_session base;
	struct far_imap_side *side;
	struct imap_session *session;
	unsigned int asked; /* with which of the connector's answers it logged in */
};

static inline struct far_imap_side *far_imap_side_of(struct far_side *side)
{
	return (struct far_imap_side *)side;
}

static inline struct far_imap *far_imap_of(struct far_session *session)
{
	return (struct far_imap *)session;
}

static inline const struct far_imap *far_imap_of_const(const struct far_session *session)
{
	return (const struct far_imap *)session;
}

extern const struct far_operations far_imap_operations;

/* --- imap_side.c --- */
void far_imap_close(struct far_session *session);

#endif
