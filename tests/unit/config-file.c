/* Configuration files for tests. SPDX-License-Identifier: GPL-3.0-or-later */
#include "config-file.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/path.h"

/* The name of the file is different each time. */
static void rename_in_text(struct error *error, const char *path)
{
	char *found;
	while ((found = strstr(error->text, path)) != NULL) {
		memcpy(found, "FILE", 4);
		memmove(found + 4, found + strlen(path), strlen(found + strlen(path)) + 1);
	}
}

int config_file_load_bytes(const void *bytes, size_t length, unsigned int mode,
			   struct config **config_r, struct error *error)
{
	const char *base = getenv("TMPDIR");
	char *path = path_join(base ? base : "/tmp", "navette-config-XXXXXX");
	int descriptor = mkstemp(path);
	cr_assert_geq(descriptor, 0);
	cr_assert_eq(write(descriptor, bytes, length), (ssize_t)length);
	cr_assert_eq(fchmod(descriptor, mode), 0);
	cr_assert_eq(close(descriptor), 0);
	int result = config_load(path, config_r, error);
	cr_assert_eq(unlink(path), 0);
	rename_in_text(error, path);
	free(path);
	return result;
}

int config_file_load(const char *text, struct config **config_r, struct error *error)
{
	return config_file_load_bytes(text, strlen(text), 0600, config_r, error);
}

struct config *config_file_good(const char *text)
{
	struct config *config = NULL;
	struct error error = ERROR_INITIAL;
	int result = config_file_load(text, &config, &error);
	cr_assert_eq(result, 0, "%s\nin:\n%s", error.text, text);
	cr_assert_not_null(config);
	return config;
}

void config_file_bad(const char *text, const char *expected)
{
	struct config *config = NULL;
	struct error error = ERROR_INITIAL;
	int result = config_file_load(text, &config, &error);
	cr_assert_eq(result, -1, "was taken:\n%s", text);
	cr_assert_null(config);
	cr_assert_eq(error.kind, ERROR_CONFIG);
	cr_assert_eq(error.scope, SCOPE_ACCOUNT);
	cr_assert_not_null(strstr(error.text, expected), "\"%s\" lacks \"%s\"", error.text,
			   expected);
}
