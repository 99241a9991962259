/* File names of any bytes. Input: 4 bytes flags, 4 bytes managed, the name.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../unit/maildir-name-check.h"
#include "base/memory.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	uint32_t masks[2];
	if (length < sizeof masks)
		return 0;
	memcpy(masks, bytes, sizeof masks);
	/* Of its own size, so that an over-read is seen; a '/' or NUL cannot be in a file name. */
	char *name = memory_text_length((const char *)bytes + sizeof masks, length - sizeof masks);
	for (char *slash = name; (slash = strchr(slash, '/')) != NULL;)
		*slash = ':';
	const char *wrong = name_check(name, masks[0], masks[1]);
	if (wrong) {
		(void)fprintf(stderr, "%s: %s\n", name, wrong);
		abort();
	}
	free(name);
	return 0;
}
