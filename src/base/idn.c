/* Names of hosts that are not ASCII. SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/idn.h"

#include <stdbool.h>

#include "base/library.h"
#include "base/memory.h"

/* As idn2.h has them, which need not be there. */
#define NONTRANSITIONAL 8
static struct {
	int (*to_ascii)(const char *name, char **ascii, int flags);
	const char *(*error_text)(int code);
	void (*free)(void *text);
} idn2;

static bool is_ascii(const char *host)
{
	for (; *host; host++) {
		if ((unsigned char)*host >= 0x80)
			return false;
	}
	return true;
}

int idn_to_ascii(const char *host, char **ascii_r, struct error *error)
{
	const struct library_symbol symbols[] = { { "idn2_to_ascii_8z", (void **)&idn2.to_ascii },
						  { "idn2_strerror", (void **)&idn2.error_text },
						  { "idn2_free", (void **)&idn2.free },
						  { NULL, NULL } };
	char *ascii = NULL;
	if (is_ascii(host)) {
		*ascii_r = memory_text(host);
		return 0;
	}
	if (library_load("libidn2.so.0", "libidn2-0", symbols, error) != 0)
		return -1;
	int code = idn2.to_ascii(host, &ascii, NONTRANSITIONAL);
	if (code != 0)
		return error_set(error, ERROR_CONFIG, SCOPE_ACCOUNT, "%s is no name of a host: %s",
				 host, idn2.error_text(code));
	*ascii_r = memory_text(ascii);
	idn2.free(ascii);
	return 0;
}
