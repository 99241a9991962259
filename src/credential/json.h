/* JSON objects (RFC 8259) of providers, and our own. All of them are secrets.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_CREDENTIAL_JSON_H
#define NAVETTE_CREDENTIAL_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct credential_json;

/* Reads LENGTH bytes; NULL: they are no object. credential_json_release() ends it. */
struct credential_json *credential_json_read(const char *bytes, size_t length);
/* An empty one. */
struct credential_json *credential_json_create(void);

/* The text of that name; NULL where there is none, or an empty one. Belongs to JSON. */
const char *credential_json_text(const struct credential_json *json, const char *name);
/* A number, or a text that is one, as some providers have it; of an array its first. FALLBACK where
 * there is none, and for negative ones. */
int64_t credential_json_number(const struct credential_json *json, const char *name,
			       int64_t fallback);
bool credential_json_flag(const struct credential_json *json, const char *name);

/* A NULL VALUE sets nothing; so does one that is no UTF-8. */
void credential_json_set_text(struct credential_json *json, const char *name, const char *value);
void credential_json_set_number(struct credential_json *json, const char *name, int64_t value);
/* In one line. The caller's, to be released with memory_free_secret(). */
char *credential_json_print(const struct credential_json *json);

/* Wiped. NULL is allowed. */
void credential_json_release(struct credential_json **json);

#endif
