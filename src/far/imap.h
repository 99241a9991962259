/* The far side over IMAP. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_FAR_IMAP_H
#define NAVETTE_FAR_IMAP_H

#include <stdatomic.h>

#include "config/config.h"
#include "far/far.h"

/* The server of ACCOUNT, which is borrowed, as is CANCEL (may be NULL): a signal sets it, and every
 * wait ends soon. Nothing is connected before far_open(). Never NULL. */
struct far_side *far_imap_create(const struct config_account *account, const atomic_bool *cancel);
/* Asks for the account's secret where none is at hand, as far_open() does. Returns 0 or -1. */
int far_imap_need_secret(struct far_side *side, struct error *error);

/* Whether the server refused user and secret when a session was last opened. */
bool far_imap_was_refused(struct far_side *side);

/* The session as such: until all of the engine speaks far.h. */
struct imap_session;
struct imap_session *far_imap_session(const struct far_session *session);
int far_imap_need(const struct far_session *session, const struct far_mailbox *mailbox,
		  struct error *error);
struct imap_mailbox_state;
/* Whether a mailbox of UIDVALIDITY NOW is the one that is meant. Returns 0 or -1. */
int far_imap_check_validity(const struct far_mailbox *mailbox, uint32_t now, struct error *error);
/* What SELECT told; *state is released. */
struct far_state far_imap_take_state(struct imap_mailbox_state *state);

#endif
