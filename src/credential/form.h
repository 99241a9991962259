/* Parameters as forms and addresses carry them. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_CREDENTIAL_FORM_H
#define NAVETTE_CREDENTIAL_FORM_H

#include <stdbool.h>

#include "base/buffer.h"

/* Adds "NAME=VALUE", after a "&" where FORM has something already, percent-encoded (RFC 3986
 * section 2.1). A NULL VALUE adds nothing. */
void form_add(struct buffer *form, const char *name, const char *value);

/* The next parameter of TEXT, decoded ("+" is a space), which is then behind it. False at the end.
 * Both are the caller's; *value_r is a secret. *good_r becomes false where the encoding makes no
 * sense or hides a control byte; it is never set to true. */
bool form_next(const char **text, char **name_r, char **value_r, bool *good_r);

/* The host of an address, for sentences. The caller owns it. */
char *form_host(const char *url);

#endif
