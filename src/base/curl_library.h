/* libcurl, loaded when it is first needed. For files that are built only where it is there.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_BASE_CURL_LIBRARY_H
#define NAVETTE_BASE_CURL_LIBRARY_H

#define CURL_DISABLE_TYPECHECK   /* of calls by the names that are not used here */
#define CURL_DISABLE_DEPRECATION /* of options whose successors Debian 11 has not */
#include <curl/curl.h>

#include "base/error.h"

/* Its functions, by their names without "curl_". */
struct curl_functions {
	__typeof__(curl_global_init_mem) *global_init_mem;
	__typeof__(curl_easy_init) *easy_init;
	__typeof__(curl_easy_setopt) *easy_setopt;
	__typeof__(curl_easy_perform) *easy_perform;
	__typeof__(curl_easy_getinfo) *easy_getinfo;
	__typeof__(curl_easy_strerror) *easy_strerror;
	__typeof__(curl_easy_escape) *easy_escape;
	__typeof__(curl_easy_cleanup) *easy_cleanup;
	__typeof__(curl_slist_append) *slist_append;
	__typeof__(curl_slist_free_all) *slist_free_all;
	__typeof__(curl_free) *free;
};

/* The same for all who ask, from any thread. What libcurl frees is wiped. NULL, with ERROR_CONFIG,
 * SCOPE_ACCOUNT, where it is not installed any more. */
const struct curl_functions *curl_library_load(struct error *error);

#endif
