/* OfflineIMAP's status files of sqlite. The library is loaded when it is needed.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <unistd.h>

#include "takeover/offlineimap_state.h"

#ifdef HAVE_SQLITE3

#include <sqlite3.h>

#include "base/library.h"

static struct {
	__typeof__(sqlite3_open_v2) *open;
	__typeof__(sqlite3_prepare_v2) *prepare;
	__typeof__(sqlite3_step) *step;
	__typeof__(sqlite3_column_int64) *number;
	__typeof__(sqlite3_column_text) *text;
	__typeof__(sqlite3_finalize) *finalize;
	__typeof__(sqlite3_close) *close;
} sqlite;

static int load(struct error *error)
{
	const struct library_symbol symbols[] = {
		{ "sqlite3_open_v2", (void **)&sqlite.open },
		{ "sqlite3_prepare_v2", (void **)&sqlite.prepare },
		{ "sqlite3_step", (void **)&sqlite.step },
		{ "sqlite3_column_int64", (void **)&sqlite.number },
		{ "sqlite3_column_text", (void **)&sqlite.text },
		{ "sqlite3_finalize", (void **)&sqlite.finalize },
		{ "sqlite3_close", (void **)&sqlite.close },
		{ NULL, NULL }
	};
	struct error ignored = ERROR_INITIAL;
	if (library_load("libsqlite3.so.0", "libsqlite3-0", symbols, &ignored) == 0)
		return 0;
	return error_set(
		error, ERROR_CONFIG, SCOPE_ACCOUNT,
		"OfflineIMAP's state is in files of sqlite, and the library libsqlite3.so.0 "
		"cannot be loaded: install the package libsqlite3-0");
}

static int read_rows(sqlite3 *database, struct offlineimap_rows *rows)
{
	sqlite3_stmt *statement = NULL;
	int step = SQLITE_ERROR;
	int result = 0;
	if (sqlite.prepare(database, "SELECT id, flags FROM status", -1, &statement, NULL) !=
	    SQLITE_OK)
		return -1;
	while (result == 0 && (step = sqlite.step(statement)) == SQLITE_ROW) {
		const unsigned char *flags = sqlite.text(statement, 1);
		result = offlineimap_rows_add(rows, sqlite.number(statement, 0),
					      flags ? (const char *)flags : "");
	}
	(void)sqlite.finalize(statement); /* says again what step() said */
	return result == 0 && step == SQLITE_DONE ? 0 : -1;
}

int offlineimap_rows_read_sqlite(const char *path, struct offlineimap_rows *rows,
				 struct error *error)
{
	sqlite3 *database = NULL;
	if (access(path, F_OK) != 0)
		return 0;
	if (load(error) != 0)
		return -1;
	int result = sqlite.open(path, &database, SQLITE_OPEN_READONLY, NULL) == SQLITE_OK ? 0 : -1;
	if (result == 0)
		result = read_rows(database, rows);
	(void)sqlite.close(database); /* only read from; NULL is allowed */
	if (result == 0)
		return 1;
	return error_set(error, ERROR_FAILED, SCOPE_FOLDER,
			 "%s is no status file of OfflineIMAP, or it is damaged", path);
}

#else

int offlineimap_rows_read_sqlite(const char *path, struct offlineimap_rows *rows,
				 struct error *error)
{
	(void)rows;
	if (access(path, F_OK) != 0)
		return 0;
	return error_set(
		error, ERROR_CONFIG, SCOPE_ACCOUNT,
		"OfflineIMAP's state is in files of sqlite, and this navette was built without "
		"sqlite3");
}

#endif
