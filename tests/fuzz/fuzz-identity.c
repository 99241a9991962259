/* Fuzz target: identities of headers. SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdint.h>
#include <stdlib.h>

#include "mail/identity.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

/* How a header is cut into pieces does not matter; the first byte says where. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	if (size == 0)
		return 0;
	size_t step = (size_t)bytes[0] % 7 + 1;
	bytes++;
	size--;
	struct identity_reader *reader = identity_reader_create();
	for (size_t place = 0; place < size && !identity_reader_is_done(reader); place += step)
		identity_reader_feed(reader, bytes + place,
				     size - place < step ? size - place : step);
	struct identity pieces = identity_reader_finish(&reader);
	struct identity whole = identity_of_header(bytes, size);
	if (!identity_equal(&pieces, &whole))
		abort();
	return 0;
}
