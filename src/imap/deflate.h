/* A stream of DEFLATE in each direction (RFC 1951, as RFC 4978 uses it: no zlib header), on top of
 * whatever carries its bytes. Knows nothing of IMAP. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_IMAP_DEFLATE_H
#define NAVETTE_IMAP_DEFLATE_H

#include <stddef.h>

#include "base/error.h"

/* What carries the compressed bytes: as imap_stream_read() and imap_stream_write(). A result of
 * reading above 0 means that there is nothing now, and is passed on. */
struct imap_deflate_below {
	void *context;
	int (*read)(void *context, void *bytes, size_t size, size_t *length_r, struct error *error);
	int (*write)(void *context, const void *bytes, size_t length, struct error *error);
};

struct imap_deflate;

/* AHEAD are LENGTH compressed bytes that were read already; they are copied and come first. All of
 * it takes about 340 kB (256 kB to compress, 48 kB to expand, 32 kB between), and LENGTH where that
 * is over 16 kB; whatever comes in, it does not grow. Never NULL. */
struct imap_deflate *imap_deflate_create(const struct imap_deflate_below *below, const void *ahead,
					 size_t length);
/* NULL is allowed. */
void imap_deflate_destroy(struct imap_deflate **layer);

/* Gives 1..SIZE expanded bytes (SIZE > 0), and expands no more than these. Reads from below only
 * when nothing can be made of what is here. *length_r 0: the connection was closed below, or the
 * compressed stream ended. Damaged bytes are ERROR_FAILED, SCOPE_CONNECTION; what came before them
 * is given first. Returns 0, -1, or what is above 0 from below. */
int imap_deflate_read(struct imap_deflate *layer, void *bytes, size_t size, size_t *length_r,
		      struct error *error);
/* Compresses and writes everything, up to a byte boundary (Z_SYNC_FLUSH): the other side can expand
 * it at once. Costs about five bytes each time, so call it with much. Returns 0 or -1 with the
 * error from below. */
int imap_deflate_write(struct imap_deflate *layer, const void *bytes, size_t length,
		       struct error *error);

#endif
