/* Libraries that are loaded when they are first needed: with what they bring along they take longer
 * to load than a run with nothing to do takes in all. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_BASE_LIBRARY_H
#define NAVETTE_BASE_LIBRARY_H

#include "base/error.h"

/* A function of the library, and where its address goes. */
struct library_symbol {
	const char *name;
	void **place;
};

/* Loads FILE ("libcurl.so.4"), which stays loaded, and finds SYMBOLS, which end with a NULL name.
 * What is not there is ERROR_CONFIG, SCOPE_ACCOUNT, with PACKAGE as the way on. Returns 0 or -1. */
int library_load(const char *file, const char *package, const struct library_symbol *symbols,
		 struct error *error);

#endif
