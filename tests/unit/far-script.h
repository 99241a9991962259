/* The far side over IMAP to a server that follows a script (imap-script.h).
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_TESTS_FAR_SCRIPT_H
#define NAVETTE_TESTS_FAR_SCRIPT_H

#include "config/config.h"
#include "far/far.h"
#include "imap-script.h"

struct far_script {
	struct imap_script *script;
	struct config_account account;
	struct far_side *side;
	struct far_session *session;
};

/* A session with it; fails the test when there is none. */
struct far_script *far_script_open(const char *const *lines);
/* Fails the test when the script was not followed. */
void far_script_close(struct far_script **script);

#endif
