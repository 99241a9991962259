/* One JSON object a line (RFC 8259). SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_CLI_JSON_H
#define NAVETTE_CLI_JSON_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buffer.h"

/* Of the objects as navette-json(5) describes them; new members do not make a new version. */
#define JSON_VERSION 1u

/* An object in the making. Start with json_begin(), end with json_print(). */
struct json_object {
	struct buffer text;
};

void json_begin(struct json_object *object,
		const char *type); /* {"type":"TYPE","version":JSON_VERSION */
/* NULL is written as null. Bytes that are no UTF-8 become U+FFFD; what a terminal obeys or
 * does not show is escaped. */
void json_add_text(struct json_object *object, const char *name, const char *value);
void json_add_number(struct json_object *object, const char *name, uint64_t value);
void json_add_boolean(struct json_object *object, const char *name, bool value);
/* Closes the object, prints it with a newline on stdout at once, releases it. */
void json_print(struct json_object *object);

#endif
