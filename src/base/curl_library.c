/* libcurl, loaded when it is first needed. SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/curl_library.h"

#include <pthread.h>

#include "base/library.h"
#include "base/memory.h"
#include "base/wiping.h"

static struct curl_functions curl;
static struct error failure = ERROR_INITIAL;
static pthread_once_t loaded = PTHREAD_ONCE_INIT;

static void load(void)
{
	const struct library_symbol symbols[] = {
		{ "curl_global_init_mem", (void **)&curl.global_init_mem },
		{ "curl_easy_init", (void **)&curl.easy_init },
		{ "curl_easy_setopt", (void **)&curl.easy_setopt },
		{ "curl_easy_perform", (void **)&curl.easy_perform },
		{ "curl_easy_getinfo", (void **)&curl.easy_getinfo },
		{ "curl_easy_strerror", (void **)&curl.easy_strerror },
		{ "curl_easy_escape", (void **)&curl.easy_escape },
		{ "curl_easy_cleanup", (void **)&curl.easy_cleanup },
		{ "curl_slist_append", (void **)&curl.slist_append },
		{ "curl_slist_free_all", (void **)&curl.slist_free_all },
		{ "curl_free", (void **)&curl.free },
		{ NULL, NULL }
	};
	if (library_load("libcurl.so.4", "libcurl4", symbols, &failure) == 0 &&
	    curl.global_init_mem(CURL_GLOBAL_DEFAULT, wiping_allocate, wiping_free, wiping_resize,
				 wiping_text, wiping_array) != CURLE_OK)
		memory_fail(); /* what else can be wrong was set up by us before */
}

const struct curl_functions *curl_library_load(struct error *error)
{
	(void)pthread_once(&loaded, load); /* fails for no control that is one */
	if (failure.kind == ERROR_NONE)
		return &curl;
	if (error)
		*error = failure;
	return NULL;
}
