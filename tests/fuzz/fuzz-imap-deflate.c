/* Fuzz target: the compressed bytes of a server. SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../unit/imap-wire.h"
#include "base/buffer.h"
#include "imap/deflate.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

/* More than this is a bomb: it was seen that it expands step by step. */
#define EXPANDED_MAX (1024u * 1024u)

/* Expands WIRE, STEP bytes at a time, the first AHEAD of its bytes read ahead. */
static struct buffer expand(struct wire wire, size_t ahead, size_t step, struct error *error)
{
	const struct imap_deflate_below below = { .context = &wire, .read = wire_read };
	struct imap_deflate *layer = imap_deflate_create(&below, wire.bytes, ahead);
	struct buffer out = BUFFER_INITIAL;
	char *part = malloc(step);
	size_t length = 0;

	if (part == NULL)
		abort();
	wire.place = ahead;
	while (out.length < EXPANDED_MAX &&
	       imap_deflate_read(layer, part, step, &length, error) == 0 && length > 0) {
		if (length > step)
			abort();
		buffer_add(&out, part, length);
	}
	free(part);
	imap_deflate_destroy(&layer);
	return out;
}

/* However the bytes come and are asked for, they mean the same. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	const struct wire wire = { .bytes = (const char *)bytes, .length = size };
	const struct wire slow = { .bytes = wire.bytes, .length = size, .chunk = 1 };
	struct error first = ERROR_INITIAL;
	struct error second = ERROR_INITIAL;
	struct buffer whole = expand(wire, 0, 65536, &first);
	struct buffer slowly = expand(slow, size / 2, 100, &second);
	bool complete = whole.length < EXPANDED_MAX && slowly.length < EXPANDED_MAX;
	size_t length = whole.length < slowly.length ? whole.length : slowly.length;

	if (complete && (whole.length != slowly.length || first.kind != second.kind))
		abort();
	if (length > 0 && memcmp(whole.bytes, slowly.bytes, length) != 0)
		abort();
	buffer_release(&whole);
	buffer_release(&slowly);
	return 0;
}
