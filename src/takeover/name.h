/* Names of accounts and channels. Internal to takeover. SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef NAVETTE_TAKEOVER_NAME_H
#define NAVETTE_TAKEOVER_NAME_H

#include "base/text.h"

/* TEXT with what cannot stand in such a name left away, and a number behind it where NAMES has it
 * already; it is added to NAMES. The caller's. */
char *takeover_unique_name(struct text_list *names, const char *text);

#endif
