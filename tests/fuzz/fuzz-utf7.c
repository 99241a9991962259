/* Fuzz target: modified UTF-7. SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "mail/utf7.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

typedef bool convert(struct buffer *out, const char *bytes, size_t length);

/* What one direction takes, the other gives back. */
static void check(convert *there, convert *back, const char *bytes, size_t size)
{
	struct buffer converted = BUFFER_INITIAL;
	struct buffer again = BUFFER_INITIAL;

	if (there(&converted, bytes, size)) {
		if (!text_is_utf8(buffer_text(&converted), converted.length) ||
		    !back(&again, buffer_text(&converted), converted.length) ||
		    again.length != size || (size > 0 && memcmp(again.bytes, bytes, size) != 0))
			abort();
	}
	buffer_release(&converted);
	buffer_release(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	check(utf7_decode, utf7_encode, (const char *)bytes, size);
	check(utf7_encode, utf7_decode, (const char *)bytes, size);
	return 0;
}
