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

#endif
