/* Configuration files for tests. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_TESTS_CONFIG_FILE_H
#define NAVETTE_TESTS_CONFIG_FILE_H

#include <stddef.h>

#include "config/config.h"

/* Writes TEXT to a new file of mode 0600, loads it, removes it. In the error's text the file is
 * called FILE. Returns what config_load() returns. */
int config_file_load(const char *text, struct config **config_r, struct error *error);
int config_file_load_bytes(const void *bytes, size_t length, unsigned int mode,
			   struct config **config_r, struct error *error);

/* Loads, or fails the test. */
struct config *config_file_good(const char *text);

/* Must be refused with a text that holds EXPECTED, as an error of the configuration. */
void config_file_bad(const char *text, const char *expected);

#endif
