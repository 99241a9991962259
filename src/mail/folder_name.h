/* Names of folders inside navette: UTF-8, "/" between the components, whatever the server's
 * delimiter or the Maildir layout. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_MAIL_FOLDER_NAME_H
#define NAVETTE_MAIL_FOLDER_NAME_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buffer.h"

/* A folder name is safe as a relative path by construction, because bytes of a component that could
 * harm are written as %XX (upper-case hex): "/" itself, control bytes and DEL, bytes that are not
 * well-formed UTF-8, a "." at the start of a component, a "%" that two hex digits follow, and the
 * first letter of the components "cur", "new" and "tmp" (which would be a Maildir's own). The form
 * is unique: every sequence of bytes has one escaped form, and only that form is valid. */

#define FOLDER_COMPONENT_MAX 255 /* bytes of one escaped component (NAME_MAX) */
#define FOLDER_NAME_MAX 4000     /* bytes of a whole folder name */
#define FOLDER_DEPTH_MAX 100     /* components */

/* Appends one component, escaped. False (nothing added) when it is empty or too long. */
bool folder_name_escape_component(struct buffer *out, const char *component, size_t length);
/* Appends the component's original bytes; the inverse of the above. */
void folder_name_unescape_component(struct buffer *out, const char *escaped, size_t length);

/* Whether NAME is a valid folder name: not empty, no empty component, every component in its unique
 * escaped form and within the limits. "INBOX" in any other case as the first component is invalid:
 * it is always written INBOX. */
bool folder_name_is_valid(const char *name);
/* The same, but INBOX may be written in any case: what a folder may be called here. */
bool folder_name_is_safe(const char *name);

#endif
