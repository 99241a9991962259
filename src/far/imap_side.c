/* The far side over IMAP: the server, and logging in. SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "far/imap_private.h"

static void lock(struct far_imap_side *side)
{
	(void)pthread_mutex_lock(&side->lock); /* fails only for wrong use */
}

static void unlock(struct far_imap_side *side)
{
	(void)pthread_mutex_unlock(&side->lock);
}

/* --- Secrets --- */

/* Only one thread asks at a time: the others then have its answer. */
static int take_connector(struct far_imap_side *side, struct connector *connector_r,
			  struct error *error)
{
	lock(side);
	int result = connector_need_password(&side->connector, error);
	if (result == 0)
		*connector_r = connector_copy(&side->connector);
	unlock(side);
	return result;
}

/* What it logged in with may have been valid for a time. */
static void forget_secret(struct far_imap_side *side, unsigned int asked)
{
	lock(side);
	connector_forget_password(&side->connector, asked);
	unlock(side);
}

/* The server did not take it. */
static void refuse_secret(struct far_imap_side *side, unsigned int asked)
{
	lock(side);
	connector_refuse_password(&side->connector, asked);
	unlock(side);
}

/* Whether password-command, run again, has another secret than the one that was refused. */
static bool has_other_secret(struct far_imap_side *side, struct connector *connector)
{
	struct connector next;
	struct error ignored = ERROR_INITIAL; /* the refusal is told */
	if (!connector->answer)
		return false;
	refuse_secret(side, connector->asked);
	if (take_connector(side, &next, &ignored) != 0)
		return false;
	bool other = strcmp(next.answer, connector->answer) != 0;
	connector_end(connector);
	*connector = next;
	return other;
}

int far_imap_need_secret(struct far_side *side, struct error *error)
{
	struct connector connector;
	if (take_connector(far_imap_side_of(side), &connector, error) != 0)
		return -1;
	connector_end(&connector);
	return 0;
}

/* --- Sessions --- */

static void note_refusal(struct far_imap_side *side, bool refused)
{
	lock(side);
	side->refused = refused;
	unlock(side);
}

bool far_imap_was_refused(struct far_side *base)
{
	struct far_imap_side *side = far_imap_side_of(base);
	lock(side);
	bool refused = side->refused;
	unlock(side);
	return refused;
}

static int open_session(struct far_side *base, size_t number, struct far_session **session_r,
			struct error *error)
{
	struct far_imap_side *side = far_imap_side_of(base);
	struct connector connector;
	struct imap_session *imap = NULL;
	bool refused = false;
	*session_r = NULL;
	if (take_connector(side, &connector, error) != 0)
		return -1;
	int result = connector_open(&connector, number, &refused, &imap, error);
	if (result != 0 && refused && has_other_secret(side, &connector))
		result = connector_open(&connector, number, NULL, &imap, error);
	unsigned int asked = connector.asked;
	connector_end(&connector);
	note_refusal(side, result != 0 && refused);
	if (result != 0)
		return -1;
	struct far_imap *session = memory_allocate(sizeof *session);
	session->base.operations = &far_imap_operations;
	session->side = side;
	session->session = imap;
	session->asked = asked;
	*session_r = &session->base;
	return 0;
}

void far_imap_close(struct far_session *session)
{
	struct far_imap *imap = far_imap_of(session);
	imap_session_close(&imap->session);
	far_imap_ahead_forget(imap);
	free(imap->next.mailbox);
	forget_secret(imap->side, imap->asked);
	free(imap);
}

/* --- The server --- */

static void destroy(struct far_side *base)
{
	struct far_imap_side *side = far_imap_side_of(base);
	connector_release(&side->connector);
	(void)pthread_mutex_destroy(&side->lock);
	free(side);
}

static const struct far_side_operations side_operations = {
	.open = open_session,
	.destroy = destroy,
};

struct far_side *far_imap_create(const struct config_account *account, const atomic_bool *cancel)
{
	struct far_imap_side *side = memory_allocate(sizeof *side);
	side->base.operations = &side_operations;
	side->account = account;
	if (pthread_mutex_init(&side->lock, NULL) != 0)
		memory_fail();
	connector_begin(&side->connector, account, cancel);
	return &side->base;
}
