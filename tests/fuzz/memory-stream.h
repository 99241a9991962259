/* A server that is only bytes: takes the place of imap/stream.c in a fuzz target. Everything it
 * says is there from the start, whatever it is asked. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_TESTS_MEMORY_STREAM_H
#define NAVETTE_TESTS_MEMORY_STREAM_H

#include <stddef.h>

/* What the next stream that is opened reads: PREAMBLE, then the LENGTH bytes at BYTES, CHUNK of
 * them at a time (0: as many as fit), then the end of file. All is borrowed. */
void memory_stream_set(const char *preamble, const void *bytes, size_t length, size_t chunk);

#endif
