/* The desktop's keyring, by libsecret. SPDX-License-Identifier: GPL-3.0-or-later */
#include "credential/keyring.h"

#include <libsecret/secret.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/library.h"
#include "base/memory.h"

static struct {
	__typeof__(secret_service_get_sync) *get;
	__typeof__(secret_service_search_sync) *search;
	__typeof__(secret_service_store_sync) *store;
	__typeof__(secret_service_clear_sync) *clear;
	__typeof__(secret_item_get_locked) *item_is_locked;
	__typeof__(secret_item_get_secret) *item_secret;
	__typeof__(secret_value_get) *value_bytes;
	__typeof__(secret_value_new) *value_new;
	__typeof__(secret_value_unref) *value_unref;
	__typeof__(g_hash_table_new) *table_new;
	__typeof__(g_hash_table_insert) *table_insert;
	__typeof__(g_hash_table_unref) *table_unref;
	__typeof__(g_str_hash) *text_hash;
	__typeof__(g_str_equal) *text_equal;
	__typeof__(g_list_free_full) *list_free;
	__typeof__(g_object_unref) *object_unref;
	__typeof__(g_error_free) *error_free;
} secret;

static pthread_once_t loaded = PTHREAD_ONCE_INIT;
static struct error load_error = ERROR_INITIAL;

static void load(void)
{
	/* GLib's own, found through libsecret, which needs them. */
	const struct library_symbol symbols[] = {
		{ "secret_service_get_sync", (void **)&secret.get },
		{ "secret_service_search_sync", (void **)&secret.search },
		{ "secret_service_store_sync", (void **)&secret.store },
		{ "secret_service_clear_sync", (void **)&secret.clear },
		{ "secret_item_get_locked", (void **)&secret.item_is_locked },
		{ "secret_item_get_secret", (void **)&secret.item_secret },
		{ "secret_value_get", (void **)&secret.value_bytes },
		{ "secret_value_new", (void **)&secret.value_new },
		{ "secret_value_unref", (void **)&secret.value_unref },
		{ "g_hash_table_new", (void **)&secret.table_new },
		{ "g_hash_table_insert", (void **)&secret.table_insert },
		{ "g_hash_table_unref", (void **)&secret.table_unref },
		{ "g_str_hash", (void **)&secret.text_hash },
		{ "g_str_equal", (void **)&secret.text_equal },
		{ "g_list_free_full", (void **)&secret.list_free },
		{ "g_object_unref", (void **)&secret.object_unref },
		{ "g_error_free", (void **)&secret.error_free },
		{ NULL, NULL }
	};
	(void)library_load("libsecret-1.so.0", "libsecret-1-0", symbols, &load_error);
}

/* --- Errors --- */

/* Takes PROBLEM, which may be NULL. */
static int fail(const char *what, GError *problem, struct error *error)
{
	(void)error_set(error, ERROR_FAILED, SCOPE_ACCOUNT, /* always -1 */
			"the desktop's keyring cannot %s: %s; it is there in a session of the "
			"desktop only: elsewhere use password-command, or token-store = file",
			what, problem ? problem->message : "it does not say why");
	if (problem)
		secret.error_free(problem);
	return -1;
}

static int refuse_locked(struct error *error)
{
	return error_set(
		error, ERROR_FAILED, SCOPE_ACCOUNT,
		"the desktop's keyring is locked, and a run asks nobody to open it: log in "
		"to the desktop, or unlock it there");
}

/* --- Asking --- */

static int begin(SecretService **service_r, struct error *error)
{
	GError *problem = NULL;
	(void)pthread_once(&loaded, load); /* fails for no control that is one */
	if (load_error.kind != ERROR_NONE) {
		*error = load_error;
		return -1;
	}
	*service_r = secret.get(SECRET_SERVICE_OPEN_SESSION, NULL, &problem);
	return *service_r ? 0 : fail("be reached", problem, error);
}

/* Texts are borrowed from ITEM. */
static GHashTable *attributes_of(const struct keyring_item *item)
{
	GHashTable *table = secret.table_new(secret.text_hash, secret.text_equal);
	for (size_t i = 0; i < KEYRING_ATTRIBUTES_MAX && item->attributes[i].name; i++)
		(void)secret.table_insert(table, (void *)item->attributes[i].name,
					  (void *)item->attributes[i].value);
	return table;
}

/* A copy; NULL: it has none, or it is locked. */
static char *secret_of(SecretItem *found)
{
	SecretValue *value = secret.item_secret(found);
	gsize length = 0;
	if (!value)
		return NULL;
	const char *bytes = secret.value_bytes(value, &length);
	char *copy = memory_text_length(bytes, strnlen(bytes, length));
	secret.value_unref(value);
	return copy;
}

/* What was found, or whether some of it is locked. */
static int take_found(GList *found, char **secret_r, struct error *error)
{
	bool locked = false;
	for (GList *rest = found; rest && !*secret_r; rest = rest->next) {
		*secret_r = secret_of(rest->data);
		locked = locked || (!*secret_r && secret.item_is_locked(rest->data));
	}
	secret.list_free(found, secret.object_unref);
	return !*secret_r && locked ? refuse_locked(error) : 0;
}

int keyring_read(const struct keyring_item *item, bool asking, char **secret_r, struct error *error)
{
	SecretService *service;
	GError *problem = NULL;
	int flags = SECRET_SEARCH_ALL | SECRET_SEARCH_LOAD_SECRETS;
	if (asking)
		flags |= SECRET_SEARCH_UNLOCK;
	*secret_r = NULL;
	if (begin(&service, error) != 0)
		return -1;
	GHashTable *attributes = attributes_of(item);
	GList *found =
		secret.search(service, NULL, attributes, (SecretSearchFlags)flags, NULL, &problem);
	int result =
		problem ? fail("be searched", problem, error) : take_found(found, secret_r, error);
	secret.table_unref(attributes);
	secret.object_unref(service);
	return result;
}

int keyring_write(const struct keyring_item *item, const char *label, const char *text, bool asking,
		  struct error *error)
{
	SecretService *service;
	GError *problem = NULL;
	char *before = NULL;
	/* Where it is locked, storing would ask. */
	if (!asking && keyring_read(item, false, &before, error) != 0)
		return -1;
	memory_free_secret(before);
	if (begin(&service, error) != 0)
		return -1;
	GHashTable *attributes = attributes_of(item);
	SecretValue *value = secret.value_new(text, -1, "text/plain");
	int result = 0;
	if (!secret.store(service, NULL, attributes, SECRET_COLLECTION_DEFAULT, label, value, NULL,
			  &problem))
		result = fail("keep the tokens", problem, error);
	secret.value_unref(value);
	secret.table_unref(attributes);
	secret.object_unref(service);
	return result;
}

int keyring_remove(const struct keyring_item *item, bool *had_r, struct error *error)
{
	SecretService *service;
	GError *problem = NULL;
	if (begin(&service, error) != 0)
		return -1;
	GHashTable *attributes = attributes_of(item);
	*had_r = secret.clear(service, NULL, attributes, NULL, &problem);
	int result = problem ? fail("remove the tokens", problem, error) : 0;
	secret.table_unref(attributes);
	secret.object_unref(service);
	return result;
}

const char *keyring_library(void)
{
	return "libsecret " NAVETTE_LIBSECRET;
}
