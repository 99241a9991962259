/* Libraries that are loaded when they are needed. SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/library.h"

#include <dlfcn.h>
#include <stddef.h>

int library_load(const char *file, const char *package, const struct library_symbol *symbols,
		 struct error *error)
{
	void *library = dlopen(file, RTLD_NOW | RTLD_LOCAL);
	if (!library)
		return error_set(
			error, ERROR_CONFIG, SCOPE_ACCOUNT,
			"the library %s, which the configuration needs, cannot be loaded: install "
			"the package %s (%s)",
			file, package, dlerror());
	for (; symbols->name; symbols++) {
		*symbols->place = dlsym(library, symbols->name);
		if (!*symbols->place)
			return error_set(error, ERROR_CONFIG, SCOPE_ACCOUNT,
					 "the library %s has no %s; install a newer %s", file,
					 symbols->name, package);
	}
	return 0;
}
