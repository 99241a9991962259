/* The key `as`: what a folder of the server is called here. SPDX-License-Identifier:
 * GPL-3.0-or-later */
#ifndef NAVETTE_CONFIG_AS_H
#define NAVETTE_CONFIG_AS_H

#include <stdbool.h>

enum config_as_kind {
	CONFIG_AS_SAME,  /* as on the server */
	CONFIG_AS_NAME,  /* "Sent": one folder's name */
	CONFIG_AS_UNDER, /* "Server/": its whole name below that */
	CONFIG_AS_STAR   /* "Mail/x*": the star is what is left of its name without the directories
			    that its pattern names */
};

/* Start zeroed. */
struct config_as {
	enum config_as_kind kind;
	char *before, *after; /* the star; or all of it and NULL */
};

/* A config_value_function of a struct config_as. */
bool config_read_as(void *field, const char *value, char **problem_r);
void config_as_release(struct config_as *as);

/* The local name of the folder NAME; DIRECTORY is pattern_directory() of what takes it. The
 * caller's. It need not be a valid folder name. */
char *config_as_near(const struct config_as *as, const char *name, const char *directory);
/* The name on the server that gives LOCAL; NULL when there is none, or when the local name does not
 * tell. The caller's. It need not be a valid folder name. */
char *config_as_far(const struct config_as *as, const char *local, const char *directory);

#endif
