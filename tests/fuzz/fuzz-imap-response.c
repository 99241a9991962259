/* Fuzz target: responses of a server. SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../unit/imap-wire.h"
#include "base/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

/* However the bytes come, they mean the same; and what is cut off means nothing else. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	const char *wire = (const char *)bytes;
	struct error end = ERROR_INITIAL;
	char *whole = wire_parse(wire, size, 0, true, &end);
	char *slowly = wire_parse(wire, size, 1, true, NULL);
	char *half = wire_parse(wire, size / 2, 0, true, NULL);

	if (strcmp(whole, slowly) != 0 || !text_starts_with(whole, half))
		abort();
	if (end.kind == ERROR_NONE || end.scope < SCOPE_CONNECTION || end.text[0] == '\0')
		abort();
	free(whole);
	free(slowly);
	free(half);
	return 0;
}
