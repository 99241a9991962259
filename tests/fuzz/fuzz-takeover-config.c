/* Fuzz target: the configurations of other synchronisers. The first byte picks whose: 'm' mbsync's,
 * else OfflineIMAP's. SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config/config.h"
#include "takeover/takeover.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

/* PATH_R: of a file in memory with those bytes; the descriptor is the caller's. */
static int make_file(const void *bytes, size_t size, char path_r[64])
{
	int file = memfd_create("takeover", 0);
	if (file < 0 || fchmod(file, 0600) != 0 || write(file, bytes, size) != (ssize_t)size)
		abort();
	(void)snprintf(path_r, 64, "/proc/self/fd/%d", file);
	return file;
}

/* Nothing of theirs becomes a line of its own: each is empty, a comment, a section, a key,
 * or goes on with a list. */
static void check_lines(const char *text)
{
	while (*text != '\0') {
		size_t length = strcspn(text, "\n");
		size_t key = strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-");
		if (length > 0 && *text != ';' && *text != '[' && *text != ' ' &&
		    (key == 0 || strncmp(text + key, " = ", 3) != 0))
			abort();
		text += length + (text[length] == '\n');
	}
}

/* What can be read here has what was taken over; what cannot is told by its line. */
static void check_config(const struct takeover *takeover)
{
	char path[64];
	struct config *config = NULL;
	struct error error = ERROR_INITIAL;
	int file = make_file(takeover->config.bytes, takeover->config.length, path);
	if (config_load(path, &config, &error) != 0 && error.kind != ERROR_CONFIG)
		abort();
	config_destroy(&config);
	(void)close(file);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct takeover takeover = { .directory = "/nowhere" };
	struct error error = ERROR_INITIAL;
	char path[64];
	char *read = NULL;
	if (size == 0)
		return 0;
	int file = make_file(bytes + 1, size - 1, path);
	int result = bytes[0] == 'm' ? takeover_read_mbsync(path, &takeover, &read, &error)
				     : takeover_read_offlineimap(path, &takeover, &read, &error);
	if (result == 0) {
		check_lines(buffer_text(&takeover.config));
		check_config(&takeover);
	} else if (error.kind != ERROR_CONFIG) {
		abort();
	}
	free(read);
	takeover_release(&takeover);
	(void)close(file);
	return 0;
}
