/* Readers of the keys of a window. Internal to config. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_CONFIG_WINDOW_H
#define NAVETTE_CONFIG_WINDOW_H

#include "config/config.h"
#include "config/values.h"

/* Of the members of struct config_window; "none" is nothing of it. */
bool config_read_max_age(void *field, const char *value, char **problem_r); /* uint32_t, days */
bool config_read_max_messages(void *field, const char *value, char **problem_r); /* uint32_t */
bool config_read_max_size(void *field, const char *value, char **problem_r); /* uint64_t, bytes */
bool config_read_keep(void *field, const char *value, char **problem_r); /* struct config_keep */

#endif
