/* The keys of what goes which way: direction, pull, push, expunge, trash. Internal to config.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_CONFIG_DIRECTION_H
#define NAVETTE_CONFIG_DIRECTION_H

#include "config/config.h"
#include "config/values.h"

bool config_read_direction(void *field, const char *value, char **problem_r); /* said.direction */
bool config_read_kinds(void *field, const char *value, char **problem_r);     /* said.pull, .push */
bool config_read_expunge(void *field, const char *value, char **problem_r);   /* said.expunge */
bool config_read_trash(void *field, const char *value, char **problem_r);     /* said.trash */

/* At the end of a section: what it said itself goes before what it inherited, and must make sense
 * together. */
bool config_direction_finish(struct config_rules *rules, char **problem_r);

#endif
