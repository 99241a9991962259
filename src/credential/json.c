/* JSON objects, by jansson. SPDX-License-Identifier: GPL-3.0-or-later */
#include "credential/json.h"

#include <jansson.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"
#include "base/wiping.h"

/* A name of our own for json_t. */
struct credential_json {
	json_t *object;
};

static pthread_once_t begun = PTHREAD_ONCE_INIT;

static void begin(void)
{
	json_set_alloc_funcs(wiping_allocate, wiping_free);
}

/* Takes OBJECT. */
static struct credential_json *wrap(json_t *object)
{
	struct credential_json *json = memory_allocate(sizeof *json);
	json->object = object;
	return json;
}

struct credential_json *credential_json_read(const char *bytes, size_t length)
{
	(void)pthread_once(&begun, begin); /* fails for no control that is one */
	json_t *value = json_loadb(bytes, length, 0, NULL);
	if (json_is_object(value))
		return wrap(value);
	json_decref(value);
	return NULL;
}

struct credential_json *credential_json_create(void)
{
	(void)pthread_once(&begun, begin); /* as above */
	return wrap(json_object());
}

const char *credential_json_text(const struct credential_json *json, const char *name)
{
	const char *text = json_string_value(json_object_get(json->object, name));
	return text && *text ? text : NULL;
}

int64_t credential_json_number(const struct credential_json *json, const char *name,
			       int64_t fallback)
{
	const json_t *value = json_object_get(json->object, name);
	uint64_t number;
	if (json_is_array(value))
		value = json_array_get(value, 0);
	if (json_is_integer(value) && json_integer_value(value) >= 0)
		return json_integer_value(value);
	if (json_is_real(value) && json_real_value(value) >= 0 && json_real_value(value) < 1e15)
		return (int64_t)json_real_value(value);
	if (json_is_string(value) &&
	    text_parse_number(json_string_value(value), INT64_MAX, &number))
		return (int64_t)number;
	return fallback;
}

bool credential_json_flag(const struct credential_json *json, const char *name)
{
	return json_is_true(json_object_get(json->object, name));
}

void credential_json_set_text(struct credential_json *json, const char *name, const char *value)
{
	if (value && text_is_utf8(value, strlen(value)) &&
	    json_object_set_new(json->object, name, json_string(value)) != 0)
		memory_fail(); /* its only error */
}

void credential_json_set_number(struct credential_json *json, const char *name, int64_t value)
{
	if (json_object_set_new(json->object, name, json_integer(value)) != 0)
		memory_fail(); /* likewise */
}

char *credential_json_print(const struct credential_json *json)
{
	char *printed = json_dumps(json->object, JSON_COMPACT);
	if (!printed)
		memory_fail();
	char *copy = memory_text(printed);
	wiping_free(printed);
	return copy;
}

void credential_json_release(struct credential_json **json)
{
	if (!json || !*json)
		return;
	json_decref((*json)->object);
	memory_wipe(*json, sizeof **json);
	free(*json);
	*json = NULL;
}
