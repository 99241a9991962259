/* Fuzz target: whole configuration files. SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config/config.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	char path[64];
	struct config *config = NULL;
	struct error error = ERROR_INITIAL;
	int file = memfd_create("config", 0);
	if (file < 0 || fchmod(file, 0600) != 0 || write(file, bytes, size) != (ssize_t)size)
		abort();
	(void)snprintf(path, sizeof path, "/proc/self/fd/%d", file);
	/* Either a configuration with an account or an error that says where. */
	if (config_load(path, &config, &error) == 0) {
		if (config->account_count == 0 || !config->accounts[0].maildir)
			abort();
	} else if (error.kind != ERROR_CONFIG || !strstr(error.text, path) || config) {
		abort();
	}
	config_destroy(&config);
	(void)close(file);
	return 0;
}
