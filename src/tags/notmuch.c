/* The database of tags by libnotmuch, which is loaded when it is first needed.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <notmuch.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/library.h"
#include "base/memory.h"
#include "tags/tags.h"

#define TEXT_OF(number) #number
#define VERSION_PART(number) TEXT_OF(number)
#define LIBRARY_FILE "libnotmuch.so.5"

/* Its functions, by their names without "notmuch_". */
static struct {
	__typeof__(notmuch_status_to_string) *status_to_string;
	__typeof__(notmuch_database_open_with_config) *database_open_with_config;
	__typeof__(notmuch_database_destroy) *database_destroy;
	__typeof__(notmuch_database_get_path) *database_get_path;
	__typeof__(notmuch_database_get_revision) *database_get_revision;
	__typeof__(notmuch_database_begin_atomic) *database_begin_atomic;
	__typeof__(notmuch_database_end_atomic) *database_end_atomic;
	__typeof__(notmuch_database_close) *database_close;
	__typeof__(notmuch_database_find_message) *database_find_message;
	__typeof__(notmuch_database_find_message_by_filename) *find_by_filename;
	__typeof__(notmuch_config_get) *config_get;
	__typeof__(notmuch_query_create) *query_create;
	__typeof__(notmuch_query_set_omit_excluded) *query_set_omit_excluded;
	__typeof__(notmuch_query_set_sort) *query_set_sort;
	__typeof__(notmuch_query_search_messages) *query_search_messages;
	__typeof__(notmuch_query_destroy) *query_destroy;
	__typeof__(notmuch_messages_valid) *messages_valid;
	__typeof__(notmuch_messages_get) *messages_get;
	__typeof__(notmuch_messages_move_to_next) *messages_move_to_next;
	__typeof__(notmuch_message_get_message_id) *message_get_message_id;
	__typeof__(notmuch_message_get_thread_id) *message_get_thread_id;
	__typeof__(notmuch_message_get_filenames) *message_get_filenames;
	__typeof__(notmuch_message_get_tags) *message_get_tags;
	__typeof__(notmuch_message_add_tag) *message_add_tag;
	__typeof__(notmuch_message_remove_tag) *message_remove_tag;
	__typeof__(notmuch_message_freeze) *message_freeze;
	__typeof__(notmuch_message_thaw) *message_thaw;
	__typeof__(notmuch_message_destroy) *message_destroy;
	__typeof__(notmuch_filenames_valid) *filenames_valid;
	__typeof__(notmuch_filenames_get) *filenames_get;
	__typeof__(notmuch_filenames_move_to_next) *filenames_move_to_next;
	__typeof__(notmuch_filenames_destroy) *filenames_destroy;
	__typeof__(notmuch_tags_valid) *tags_valid;
	__typeof__(notmuch_tags_get) *tags_get;
	__typeof__(notmuch_tags_move_to_next) *tags_move_to_next;
	__typeof__(notmuch_tags_destroy) *tags_destroy;
} notmuch;

static struct error failure = ERROR_INITIAL;
static pthread_once_t loaded = PTHREAD_ONCE_INIT;

/* From open to close: accounts work at the same time, a database has one writer, and a process
 * would wait for itself. */
static pthread_mutex_t in_use = PTHREAD_MUTEX_INITIALIZER;

static void load(void)
{
	const struct library_symbol symbols[] = {
		{ "notmuch_status_to_string", (void **)&notmuch.status_to_string },
		{ "notmuch_database_open_with_config",
		  (void **)&notmuch.database_open_with_config },
		{ "notmuch_database_destroy", (void **)&notmuch.database_destroy },
		{ "notmuch_database_get_path", (void **)&notmuch.database_get_path },
		{ "notmuch_database_get_revision", (void **)&notmuch.database_get_revision },
		{ "notmuch_database_begin_atomic", (void **)&notmuch.database_begin_atomic },
		{ "notmuch_database_end_atomic", (void **)&notmuch.database_end_atomic },
		{ "notmuch_database_close", (void **)&notmuch.database_close },
		{ "notmuch_database_find_message", (void **)&notmuch.database_find_message },
		{ "notmuch_database_find_message_by_filename", (void **)&notmuch.find_by_filename },
		{ "notmuch_config_get", (void **)&notmuch.config_get },
		{ "notmuch_query_create", (void **)&notmuch.query_create },
		{ "notmuch_query_set_omit_excluded", (void **)&notmuch.query_set_omit_excluded },
		{ "notmuch_query_set_sort", (void **)&notmuch.query_set_sort },
		{ "notmuch_query_search_messages", (void **)&notmuch.query_search_messages },
		{ "notmuch_query_destroy", (void **)&notmuch.query_destroy },
		{ "notmuch_messages_valid", (void **)&notmuch.messages_valid },
		{ "notmuch_messages_get", (void **)&notmuch.messages_get },
		{ "notmuch_messages_move_to_next", (void **)&notmuch.messages_move_to_next },
		{ "notmuch_message_get_message_id", (void **)&notmuch.message_get_message_id },
		{ "notmuch_message_get_thread_id", (void **)&notmuch.message_get_thread_id },
		{ "notmuch_message_get_filenames", (void **)&notmuch.message_get_filenames },
		{ "notmuch_message_get_tags", (void **)&notmuch.message_get_tags },
		{ "notmuch_message_add_tag", (void **)&notmuch.message_add_tag },
		{ "notmuch_message_remove_tag", (void **)&notmuch.message_remove_tag },
		{ "notmuch_message_freeze", (void **)&notmuch.message_freeze },
		{ "notmuch_message_thaw", (void **)&notmuch.message_thaw },
		{ "notmuch_message_destroy", (void **)&notmuch.message_destroy },
		{ "notmuch_filenames_valid", (void **)&notmuch.filenames_valid },
		{ "notmuch_filenames_get", (void **)&notmuch.filenames_get },
		{ "notmuch_filenames_move_to_next", (void **)&notmuch.filenames_move_to_next },
		{ "notmuch_filenames_destroy", (void **)&notmuch.filenames_destroy },
		{ "notmuch_tags_valid", (void **)&notmuch.tags_valid },
		{ "notmuch_tags_get", (void **)&notmuch.tags_get },
		{ "notmuch_tags_move_to_next", (void **)&notmuch.tags_move_to_next },
		{ "notmuch_tags_destroy", (void **)&notmuch.tags_destroy },
		{ NULL, NULL }
	};
	(void)library_load(LIBRARY_FILE, "libnotmuch5", symbols, &failure); /* `failure` tells */
}

struct tags_database {
	notmuch_database_t *handle;
	char *root;      /* as notmuch spells it in the names of files */
	char *real_root; /* without links */
};

/* --- Errors --- */

static int fail(notmuch_status_t status, const char *what, struct error *error)
{
	return error_set(error, ERROR_TEMPORARY, SCOPE_ACCOUNT,
			 "notmuch's database cannot be %s (%s); tags and keywords wait for the "
			 "next run",
			 what, notmuch.status_to_string(status));
}

/* MESSAGE is libnotmuch's, of several lines, or NULL. */
static int fail_to_open(notmuch_status_t status, char *message, struct error *error)
{
	const char *told = message ? message : notmuch.status_to_string(status);
	int result = -1;
	if (status == NOTMUCH_STATUS_NO_CONFIG || status == NOTMUCH_STATUS_NO_DATABASE ||
	    status == NOTMUCH_STATUS_NO_MAIL_ROOT || status == NOTMUCH_STATUS_FILE_ERROR)
		result = error_set(error, ERROR_TEMPORARY, SCOPE_ACCOUNT,
				   "there is no database of notmuch (%.*s); tags and keywords wait "
				   "until there is: run notmuch setup, and notmuch new",
				   (int)strcspn(told, "\n"), told);
	else
		result = error_set(error, ERROR_TEMPORARY, SCOPE_ACCOUNT,
				   "notmuch's database cannot be opened (%.*s); tags and keywords "
				   "wait until it can: try notmuch count",
				   (int)strcspn(told, "\n"), told);
	free(message);
	return result;
}

/* --- Opening --- */

static int open_handle(const char *path, notmuch_database_mode_t mode,
		       notmuch_database_t **handle_r, struct error *error)
{
	char *message = NULL;
	*handle_r = NULL;
	notmuch_status_t status =
		notmuch.database_open_with_config(path, mode, NULL, NULL, handle_r, &message);
	if (status == NOTMUCH_STATUS_SUCCESS) {
		free(message);
		return 0;
	}
	if (*handle_r)
		(void)notmuch.database_destroy(*handle_r); /* it was not open */
	*handle_r = NULL;
	return fail_to_open(status, message, error);
}

static struct tags_mark mark_of(notmuch_database_t *handle)
{
	struct tags_mark mark = { .revision = 0 };
	const char *uuid = NULL;
	mark.revision = notmuch.database_get_revision(handle, &uuid);
	(void)snprintf(mark.uuid, sizeof mark.uuid, "%s", uuid ? uuid : ""); /* 36 letters */
	return mark;
}

static void learn_root(struct tags_database *database)
{
	char real[PATH_MAX];
	const char *root = notmuch.config_get(database->handle, NOTMUCH_CONFIG_MAIL_ROOT);
	database->root = memory_text(root ? root : "");
	database->real_root = memory_text(root && realpath(root, real) ? real : "");
}

static int open_database(void *context, struct tags_database **database_r, struct tags_mark *mark_r,
			 struct error *error)
{
	(void)context;
	*database_r = NULL;
	(void)pthread_once(&loaded, load); /* fails for no control that is one */
	if (failure.kind != ERROR_NONE) {
		*error = failure;
		return -1;
	}
	(void)pthread_mutex_lock(&in_use);
	struct tags_database *database = memory_allocate(sizeof *database);
	if (open_handle(NULL, NOTMUCH_DATABASE_MODE_READ_ONLY, &database->handle, error) != 0) {
		free(database);
		(void)pthread_mutex_unlock(&in_use);
		return -1;
	}
	*mark_r = mark_of(database->handle);
	learn_root(database);
	*database_r = database;
	return 0;
}

static void close_database(struct tags_database *database)
{
	(void)notmuch.database_destroy(database->handle); /* it was only read */
	free(database->root);
	free(database->real_root);
	free(database);
	(void)pthread_mutex_unlock(&in_use);
}

static const char *root_of(struct tags_database *database)
{
	return database->real_root;
}

/* --- Reading --- */

/* The name of a file below the root, with the root that has no links; the caller's. */
static char *real_file(const struct tags_database *database, const char *file)
{
	size_t length = strlen(database->root);
	if (length > 0 && database->real_root[0] && text_starts_with(file, database->root) &&
	    file[length] == '/')
		return memory_format("%s%s", database->real_root, file + length);
	return memory_text(file);
}

static void read_files(const struct tags_database *database, notmuch_message_t *message,
		       struct text_list *files)
{
	notmuch_filenames_t *names = notmuch.message_get_filenames(message);
	for (; notmuch.filenames_valid(names); notmuch.filenames_move_to_next(names))
		text_list_adopt(files, real_file(database, notmuch.filenames_get(names)));
	notmuch.filenames_destroy(names);
}

static void read_tags(notmuch_message_t *message, struct text_list *list)
{
	notmuch_tags_t *tags = notmuch.message_get_tags(message);
	for (; notmuch.tags_valid(tags); notmuch.tags_move_to_next(tags))
		text_list_add(list, notmuch.tags_get(tags));
	notmuch.tags_destroy(tags);
}

static int show(const struct tags_database *database, notmuch_message_t *message,
		tags_see_function *see, void *context, struct error *error)
{
	struct tags_message seen = { .id = notmuch.message_get_message_id(message),
				     .thread = notmuch.message_get_thread_id(message) };
	/* libnotmuch gives NULL where the database was changed twice since it was opened. */
	if (!seen.id || !seen.thread)
		return fail(NOTMUCH_STATUS_XAPIAN_EXCEPTION, "read to its end", error);
	read_files(database, message, &seen.files);
	read_tags(message, &seen.tags);
	int result = see(context, &seen, error);
	text_list_release(&seen.files);
	text_list_release(&seen.tags);
	return result;
}

static int show_all(struct tags_database *database, notmuch_query_t *query, tags_see_function *see,
		    void *context, struct error *error)
{
	notmuch_messages_t *messages = NULL;
	notmuch.query_set_omit_excluded(query, NOTMUCH_EXCLUDE_FALSE);
	notmuch.query_set_sort(query, NOTMUCH_SORT_UNSORTED);
	notmuch_status_t status = notmuch.query_search_messages(query, &messages);
	if (status != NOTMUCH_STATUS_SUCCESS)
		return fail(status, "searched", error);
	int result = 0;
	for (; result == 0 && notmuch.messages_valid(messages);
	     notmuch.messages_move_to_next(messages)) {
		notmuch_message_t *message = notmuch.messages_get(messages);
		result = message ? show(database, message, see, context, error)
				 : fail(NOTMUCH_STATUS_XAPIAN_EXCEPTION, "read to its end", error);
		if (message)
			notmuch.message_destroy(message);
	}
	return result;
}

static int changed(struct tags_database *database, uint64_t since, tags_see_function *see,
		   void *context, struct error *error)
{
	const struct tags_mark now = mark_of(database->handle);
	char *text = since == 0 ? memory_text("*")
				: memory_format("lastmod:%" PRIu64 "..%" PRIu64, since + 1,
						now.revision);
	notmuch_query_t *query = notmuch.query_create(database->handle, text);
	int result = query ? show_all(database, query, see, context, error)
			   : fail(NOTMUCH_STATUS_OUT_OF_MEMORY, "searched", error);
	if (query)
		notmuch.query_destroy(query);
	free(text);
	return result;
}

/* notmuch takes names below the root, and such as begin with the root as it spells it. */
static int find(struct tags_database *database, const char *path, tags_see_function *see,
		void *context, struct error *error)
{
	notmuch_message_t *message = NULL;
	size_t length = strlen(database->real_root);
	if (length == 0 || !text_starts_with(path, database->real_root) || path[length] != '/')
		return 0;
	notmuch_status_t status =
		notmuch.find_by_filename(database->handle, path + length + 1, &message);
	if (status != NOTMUCH_STATUS_SUCCESS)
		return fail(status, "read", error);
	if (!message)
		return 0;
	int result = show(database, message, see, context, error);
	notmuch.message_destroy(message);
	return result == 0 ? 1 : -1;
}

/* --- Writing --- */

/* Opening for writing waits for as long as another holds the lock, perhaps for an hour of indexing;
 * so it is looked at before. It is Xapian's, of one byte, of the file description where there are
 * such locks. */
static bool is_locked(const char *directory)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_len = 1 };
	char *path = memory_format("%s/flintlock", directory);
	int file = open(path, O_RDWR | O_CLOEXEC);
	bool locked = file >= 0 && fcntl(file, F_OFD_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
	if (file >= 0)
		(void)close(file); /* nothing was written */
	free(path);
	return locked;
}

/* Where the index stands below the path of the database, in either of notmuch's layouts. */
static bool is_held(const struct tags_database *database)
{
	const char *path = notmuch.database_get_path(database->handle);
	char *inside = memory_format("%s/.notmuch/xapian", path);
	char *split = memory_format("%s/xapian", path);
	bool held = is_locked(inside) || is_locked(split);
	free(inside);
	free(split);
	return held;
}

static notmuch_status_t apply_tags(notmuch_message_t *message, const struct tags_change *change)
{
	notmuch_status_t status = notmuch.message_freeze(message);
	for (size_t i = 0; status == NOTMUCH_STATUS_SUCCESS && i < change->remove.count; i++)
		status = notmuch.message_remove_tag(message, change->remove.items[i]);
	for (size_t i = 0; status == NOTMUCH_STATUS_SUCCESS && i < change->add.count; i++)
		status = notmuch.message_add_tag(message, change->add.items[i]);
	return status == NOTMUCH_STATUS_SUCCESS ? notmuch.message_thaw(message) : status;
}

static notmuch_status_t change_one(notmuch_database_t *handle, const struct tags_change *change)
{
	notmuch_message_t *message = NULL;
	notmuch_status_t status = notmuch.database_find_message(handle, change->id, &message);
	if (status != NOTMUCH_STATUS_SUCCESS || !message)
		return status;
	status = apply_tags(message, change);
	notmuch.message_destroy(message);
	return status;
}

/* A section that is left open is undone when the database is closed. */
static int change_all(notmuch_database_t *handle, const struct tags_change *changes, size_t count,
		      struct error *error)
{
	notmuch_status_t status = notmuch.database_begin_atomic(handle);
	for (size_t i = 0; status == NOTMUCH_STATUS_SUCCESS && i < count; i++)
		status = change_one(handle, &changes[i]);
	if (status == NOTMUCH_STATUS_SUCCESS)
		status = notmuch.database_end_atomic(handle);
	return status == NOTMUCH_STATUS_SUCCESS ? 0 : fail(status, "written to", error);
}

static int write_changes(struct tags_database *database, const struct tags_change *changes,
			 size_t count, struct tags_mark *before_r, struct tags_mark *after_r,
			 struct error *error)
{
	notmuch_database_t *handle;
	if (is_held(database))
		return error_set(error, ERROR_TEMPORARY, SCOPE_ACCOUNT,
				 "another program is writing to notmuch's database; tags wait for "
				 "the next run");
	if (open_handle(NULL, NOTMUCH_DATABASE_MODE_READ_WRITE, &handle, error) != 0)
		return -1;
	*before_r = mark_of(handle);
	int result = change_all(handle, changes, count, error);
	*after_r = mark_of(handle);
	notmuch_status_t status = notmuch.database_close(handle);
	if (status != NOTMUCH_STATUS_SUCCESS && result == 0)
		result = fail(status, "written to", error);
	(void)notmuch.database_destroy(handle); /* it is closed */
	return result;
}

/* --- The whole --- */

static const struct tags_operations operations = { .open = open_database,
						   .root = root_of,
						   .changed = changed,
						   .find = find,
						   .write = write_changes,
						   .close = close_database };
static const struct tags_side side = { .operations = &operations };

const struct tags_side *tags_notmuch(void)
{
	return &side;
}

const char *tags_library(void)
{
	return "libnotmuch " VERSION_PART(LIBNOTMUCH_MAJOR_VERSION) "." VERSION_PART(
		LIBNOTMUCH_MINOR_VERSION) "." VERSION_PART(LIBNOTMUCH_MICRO_VERSION);
}
